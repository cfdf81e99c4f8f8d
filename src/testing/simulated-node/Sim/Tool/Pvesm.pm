package Sim::Tool::Pvesm;
# pvesm: add, set, remove, status, list, alloc, free, path.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::Faults;
use Sim::Node;
use Sim::PropertyString;
use Sim::Schema;
use Sim::Storage;
use Sim::Zfs::Properties;

my $BOOLEAN = { type => 'boolean' };
my $TEXT    = { type => 'string' };
my $ID      = { type => 'string', format => 'storage-id' };
my $CONTENT = { type => 'string', format => 'content-list', list => 1 };
my $VMID    = { type => 'integer', min => 100, max => 999_999_999 };

# Options of storages that are simulated, beside those that only other types take.
my %OPTION = (
    content => $CONTENT, disable => $BOOLEAN, nodes => { %$TEXT, list => 1 }, shared => $BOOLEAN, bwlimit => $TEXT,
    'prune-backups' => $TEXT, 'max-protected-backups' => { type => 'integer', min => -1 }, format => $TEXT,
    preallocation => $TEXT, mkdir => $BOOLEAN, 'create-base-path' => $BOOLEAN, 'create-subdirs' => $BOOLEAN,
    is_mountpoint => $TEXT, 'content-dirs' => $TEXT, 'snapshot-as-volume-chain' => $BOOLEAN,
    blocksize => { type => 'string', pattern => '\d+[kKmM]?' }, sparse => $BOOLEAN, mountpoint => $TEXT,
);
my %FIXED = (path => $TEXT, pool => $TEXT);
my %FOREIGN = map { $_ => $TEXT } qw(server export subdir username password domain smbversion options fingerprint
    datastore namespace encryption-key master-pubkey port monhost krbd keyring fs-name data-pool vgname thinpool base
    saferemove saferemove-stepsize saferemove_throughput portal target tagged_only authsupported comstar_hg comstar_tg
    fuse iscsiprovider lio_tpg nocow nowritecache skip-cert-verification zfs-base-path);

# What each type takes; an option of another type is an error.
my $COMMON = 'content disable nodes shared bwlimit';
my %TAKES = (
    dir     => "$COMMON path prune-backups max-protected-backups format preallocation mkdir create-base-path"
        . ' create-subdirs is_mountpoint content-dirs snapshot-as-volume-chain',
    zfspool => "$COMMON pool blocksize sparse mountpoint",
);
my %ALLOWED_CONTENT = (
    dir => { map { $_ => 1 } qw(images rootdir vztmpl iso backup snippets none import) },
    zfspool => { map { $_ => 1 } qw(images rootdir none) },
);
my %TYPES = map { $_ => 1 } qw(dir zfspool btrfs nfs cifs cephfs rbd iscsi iscsidirect lvm lvmthin pbs zfs esxi);

my %COMMAND = (
    add    => [\&add, ['type', 'storage'], { type => $TEXT, storage => $ID, %OPTION, %FIXED, %FOREIGN }],
    set    => [\&set, ['storage'], {
        storage => $ID, pool => $TEXT, %OPTION, %FOREIGN, delete => { %$TEXT, list => 1 }, digest => $TEXT }],
    remove => [\&remove, ['storage'], { storage => $ID }],
    status => [\&status, [], {
        content => $CONTENT, enabled => $BOOLEAN, format => $BOOLEAN, storage => $ID, target => $TEXT }],
    list   => [\&list, ['storage'], { storage => $ID, content => $TEXT, vmid => $VMID }],
    alloc  => [\&alloc, ['storage', 'vmid', 'filename', 'size'], {
        storage => $ID, vmid => $VMID, size => { type => 'string', pattern => '\d+[MG]?' }, format => $TEXT }],
    free   => [\&free, ['volume'], { storage => $ID, delay => { type => 'integer', min => 1, max => 30 } }],
    path   => [\&path, ['volume'], {}],
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("ERROR: no command specified\nUSAGE: pvesm <COMMAND> [ARGS] [OPTIONS]");
    not_simulated("pvesm $command")
        if $command =~ /^(?:apiinfo|\w*scan|export|import|extractconfig|prune-backups|help)\z/;
    my $entry = $COMMAND{$command}
        or fail("ERROR: unknown command 'pvesm $command'\nUSAGE: pvesm <COMMAND> [ARGS] [OPTIONS]");
    my ($code, $positional, $rules) = @$entry;
    return $code->(Sim::Arguments::parse(
        command => "pvesm $command", positional => $positional, rules => $rules, argv => \@argv));
}

sub change {
    my ($code) = @_;
    return Sim::Node::exclusively('storage', sub {
        my $sections = Sim::Storage::sections();
        my $answer = $code->($sections);
        Sim::Storage::store($answer // $sections);
        return 0;
    });
}

sub add {
    my ($values) = @_;
    my $type = delete $values->{type};
    my $id   = delete $values->{storage};
    my $types = join ', ', sort keys %TYPES;
    bad_parameters({ type => "value '$type' does not have a value in the enumeration '$types'" }) if !$TYPES{$type};
    not_simulated("a storage of type '$type'") if !$TAKES{$type};
    check_options($type, $values);
    check_required($type, $values);
    check_content($type, $values);

    return change(sub {
        my ($sections) = @_;
        fail("create storage failed: storage ID '$id' already defined") if grep { $_->{id} eq $id } @$sections;
        my $section = { type => $type, id => $id, values => {%$values} };
        activate_new($section);
        push @$sections, $section;
        return $sections;
    });
}

sub check_options {
    my ($type, $values) = @_;
    my %takes = map { $_ => 1 } split / /, $TAKES{$type};
    my %wrong = map { $_ => "unexpected property '$_'" } grep { !$takes{$_} } keys %$values;
    bad_parameters(\%wrong) if %wrong;
}

sub check_required {
    my ($type, $values) = @_;
    my ($needed) = $type eq 'dir' ? 'path' : 'pool';
    bad_parameters({ $needed => "missing value for required option '$needed'" }) if !defined $values->{$needed};
    bad_parameters({ path => "invalid format - value does not look like a valid absolute path\n" })
        if $type eq 'dir' && $values->{path} !~ m{^/};
}

# Unique and in no order that was asked for.
sub check_content {
    my ($type, $values) = @_;
    return if !defined $values->{content};
    my %seen = map { $_ => 1 } Sim::Schema::split_list($values->{content});
    for my $item (sort keys %seen) {
        bad_parameters({ content => "storage does not support content type '$item'" })
            if !$ALLOWED_CONTENT{$type}{$item};
    }
    $values->{content} = join ',', sort keys %seen;
}

sub activate_new {
    my ($section) = @_;
    my $values = $section->{values};
    if ($section->{type} eq 'zfspool') {
        my $done = eval { Sim::Storage::activate_pool($section); 1 };
        fail("create storage failed: $@->{text}") if !$done;
        my $state = Sim::Zfs::State::load();
        my $name  = $values->{pool};
        fail("create storage failed: zfs error: cannot open '$name': dataset does not exist\n")
            if !$state->{datasets}{$name};
        my ($point) = Sim::Zfs::Properties::value($state, $name, 'mountpoint');
        fail("create storage failed: cannot use mountpoint '$values->{mountpoint}': it is '$point'")
            if defined $values->{mountpoint} && $values->{mountpoint} ne $point;
        $values->{mountpoint} = $point if $point =~ m{^/};
        return;
    }
    my $done = eval { Sim::Storage::check_mount_point($section); 1 };
    fail("create storage failed: $@->{text}") if !$done;
    make_folders($section);
}

sub make_folders {
    my ($section) = @_;
    my $values = $section->{values};
    my $no_base = grep { defined $values->{$_} && !$values->{$_} } qw(mkdir create-base-path);
    my $folder  = Sim::Node::host_path($values->{path});
    if (!-d $folder) {
        fail("create storage failed: unable to activate storage '$section->{id}' - directory '$values->{path}'"
                . ' does not exist or is unreachable') if $no_base;
        Sim::Node::make_folder($folder);
    }
    return if grep { defined $values->{$_} && !$values->{$_} } qw(mkdir create-subdirs);
    for my $content (sort keys %{ Sim::Storage::contents($section) }) {
        next if $content eq 'none';
        Sim::Node::make_folder(Sim::Node::host_path(Sim::Storage::content_folder($section, $content)));
    }
}

sub set {
    my ($values) = @_;
    my $id = delete $values->{storage};
    my @delete = Sim::Schema::split_list(delete $values->{delete} // '');
    not_simulated('pvesm set --digest') if defined delete $values->{digest};
    fail("no options specified") if !%$values && !@delete;
    return change(sub {
        my ($sections) = @_;
        my ($section) = grep { $_->{id} eq $id } @$sections
            or fail("update storage failed: storage '$id' does not exist");
        not_simulated("a storage of type '$section->{type}'") if !$TAKES{ $section->{type} };
        check_options($section->{type}, $values);
        fail("update storage failed: can't change value of fixed parameter 'pool'") if defined $values->{pool};
        check_content($section->{type}, $values);
        for my $key (@delete) {
            fail("update storage failed: unable to delete required option '$key'") if $key eq 'path' || $key eq 'pool';
            delete $section->{values}{$key};
        }
        $section->{values} = { %{ $section->{values} }, %$values };
        return $sections;
    });
}

sub remove {
    my ($values) = @_;
    my $id = $values->{storage};
    return change(sub {
        my ($sections) = @_;
        my @left = grep { $_->{id} ne $id } @$sections;
        fail("delete storage failed: storage '$id' does not exist") if @left == @$sections;
        return \@left;
    });
}

sub status {
    my ($values) = @_;
    my %wanted = map { $_ => 1 } Sim::Schema::split_list($values->{content} // '');
    my @storages = sort { $a->{id} cmp $b->{id} } @{ Sim::Storage::sections() };
    if (defined(my $id = $values->{storage})) {
        @storages = grep { $_->{id} eq $id } @storages or bad_parameters({ storage => 'No such storage.' });
    }
    my @rows;
    for my $storage (@storages) {
        my $contents = Sim::Storage::contents($storage);
        next if %wanted && !grep { $contents->{$_} } keys %wanted;
        next if $values->{enabled} && $storage->{values}{disable};
        push @rows, [$storage->{id}, $storage->{type}, usage($storage)];
    }
    print_status(@rows);
    return 0;
}

# (word, total, used, available) in KiB; a broken storage is told on stderr only
sub usage {
    my ($storage) = @_;
    return ('disabled', 0, 0, 0) if $storage->{values}{disable};
    if (!eval { Sim::Storage::activate($storage->{id}); 1 }) {
        print STDERR ref $@ ? "$@->{text}\n" : $@;
        return ('inactive', 0, 0, 0);
    }
    return ('active', 8_154_588, 1_333_416, 6_821_172) if $storage->{type} ne 'zfspool';
    my $state = Sim::Zfs::State::load();
    my $name  = $storage->{values}{pool};
    my ($used, $available) = map { int((Sim::Zfs::Properties::value($state, $name, $_))[0] / 1024) } qw(used available);
    return ('active', $used + $available, $used, $available);
}

sub print_status {
    my (@rows) = @_;
    my $width = 0;
    for (@rows) { $width = length($_->[0]) + 1 if length $_->[0] >= $width }
    printf "%-${width}s %10s %10s %15s %15s %15s %8s\n",
        'Name', 'Type', 'Status', 'Total (KiB)', 'Used (KiB)', 'Available (KiB)', '%';
    for my $row (@rows) {
        my ($total, $used) = @$row[3, 4];
        my $share = sprintf '%.2f%%', $total ? 100 * $used / $total : 0;
        printf "%-${width}s %10s %10s %15d %15d %15d %8s\n", @$row, $share;
    }
}

my %TEMPLATE_FORMAT = (zst => 'tzst', gz => 'tgz', xz => 'txz');

sub list {
    my ($values) = @_;
    my $storage = Sim::Storage::activate($values->{storage});
    my @rows = $storage->{type} eq 'zfspool' ? dataset_rows($storage) : file_rows($storage);
    @rows = grep { $_->[2] eq $values->{content} } @rows if defined $values->{content};
    @rows = grep { ($_->[4] // '') eq $values->{vmid} } @rows if defined $values->{vmid};
    my $width = 5;
    my $digits = length 'Size';
    for (@rows) {
        $width  = length $_->[0] if length $_->[0] > $width;
        $digits = length $_->[3] if length $_->[3] > $digits;
    }
    my $line = "%-${width}s %-7s %-9s %${digits}s %s\n";
    printf $line, 'Volid', 'Format', 'Type', 'Size', 'VMID' ;
    printf $line, @$_[0 .. 3], $_->[4] // '' for sort { $a->[0] cmp $b->[0] } @rows;
    return 0;
}

sub dataset_rows {
    my ($storage) = @_;
    my $state = Sim::Zfs::State::load();
    my @rows;
    for my $name (sort keys %{ $state->{datasets} }) {
        my ($volume, $kind, $vmid) =
            $name =~ m{^\Q$storage->{values}{pool}\E/((subvol|basevol|vm|base)-(\d+)-[^/@]+)\z} or next;
        my $local = $state->{datasets}{$name}{local};
        my $subvol = $kind =~ /vol/;
        my ($base) = ($state->{datasets}{$name}{origin} // '') =~ m{/(base(?:vol)?-[^/@]+)\@};
        push @rows, [ "$storage->{id}:" . (defined $base ? "$base/" : '') . $volume, $subvol ? 'subvol' : 'raw',
            $subvol ? 'rootdir' : 'images', $local->{refquota} // $local->{volsize} // 0, $vmid];
    }
    return @rows;
}

sub file_rows {
    my ($storage) = @_;
    my @rows;
    my %folder = (vztmpl => 'template/cache', iso => 'template/iso', backup => 'dump', snippets => 'snippets');
    for my $content (grep { $folder{$_} } keys %{ Sim::Storage::contents($storage) }) {
        my $folder = Sim::Node::host_path("$storage->{values}{path}/$folder{$content}");
        for my $file (Sim::Node::entries($folder)) {
            next if $file =~ /\.tmp/;
            my ($ending) = $file =~ /\.([^.]+)\z/;
            my $format = $content eq 'vztmpl' ? $TEMPLATE_FORMAT{ $ending // '' } : $content;
            next if !defined $format;
            push @rows, ["$storage->{id}:$content/$file", $format, $content, -s "$folder/$file"];
        }
    }
    return @rows;
}

sub alloc {
    my ($values) = @_;
    my ($id, $vmid, $name, $size) = @$values{qw(storage vmid filename size)};
    my $storage = Sim::Storage::activate($id);
    not_simulated("pvesm alloc on a storage of type '$storage->{type}'") if $storage->{type} ne 'zfspool';
    my $subvol = ($values->{format} // ($name =~ /^subvol-/ ? 'subvol' : 'raw')) eq 'subvol';
    my $prefix = $subvol ? 'subvol' : 'vm';
    fail("illegal name '$name' - should be '$prefix-$vmid-*'") if $name !~ /^\Q$prefix\E-$vmid-/;
    my $bytes = Sim::PropertyString::size_to_bytes($size =~ /[MG]\z/ ? $size : "${size}K");
    my $full  = "$storage->{values}{pool}/$name";
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("zfs error: cannot create '$full': dataset already exists\n") if $state->{datasets}{$full};
        if ($subvol) {
            Sim::Zfs::Operations::create_filesystem($state, $full, Sim::Storage::SUBVOL(), refquota => $bytes);
        } else {
            Sim::Zfs::State::add($state, $full, 'volume')->{local}{volsize} = $bytes;
        }
    });
    print "successfully created '$id:$name'\n";
    return 0;
}

sub free {
    my ($values) = @_;
    my $volume = $values->{volume};
    $volume = "$values->{storage}:$volume" if defined $values->{storage} && $volume !~ /:/;
    my ($id) = Sim::Storage::parse_volume_id($volume);
    if (Sim::Storage::get($id)->{type} eq 'zfspool') {
        Sim::Storage::free($volume);
    } else {
        unlink Sim::Node::host_path(Sim::Storage::file_of($volume)) or fail("unable to remove '$volume' - $!", 2);
    }
    print "Removed volume '$volume'\n";
    return 0;
}

sub path {
    my ($values) = @_;
    my ($id, $name) = Sim::Storage::parse_volume_id($values->{volume});
    my $storage = Sim::Storage::get($id);
    if ($storage->{type} ne 'zfspool') { print Sim::Storage::file_of($values->{volume}) . "\n"; return 0 }
    my ($kind) = Sim::Storage::parse_name($name);
    my $pool   = $storage->{values}{pool};
    my $folder = $kind =~ /vol\z/ ? $storage->{values}{mountpoint} // "/$pool" : "/dev/zvol/$pool";
    print "$folder/" . Sim::Storage::own_name($name) . "\n";
    return 0;
}

1;
