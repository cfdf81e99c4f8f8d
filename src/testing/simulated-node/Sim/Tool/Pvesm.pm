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
use Sim::StorageTypes;
use Sim::Zfs::Properties;

my $BOOLEAN = { type => 'boolean' };
my $TEXT    = { type => 'string' };
my $ID      = { type => 'string', format => 'storage-id' };
my $CONTENT = { type => 'string', format => 'content-list', list => 1 };
my $VMID    = { type => 'integer', min => 100, max => 999_999_999 };

my %COMMAND = (
    add    => [\&add, ['type', 'storage'], sub {
        return { type => $TEXT, storage => $ID, %{ Sim::StorageTypes::create_rules() } };
    }],
    set    => [\&set, ['storage'], sub {
        return { storage => $ID, %{ Sim::StorageTypes::update_rules() }, delete => { %$TEXT, list => 1 }, digest => $TEXT };
    }],
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
    $rules = $rules->() if ref $rules eq 'CODE';
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
    my $types = join ', ', Sim::StorageTypes::names();
    bad_parameters({ type => "value '$type' does not have a value in the enumeration '$types'" })
        if !Sim::StorageTypes::of($type);
    my %secret = take_secrets($type, $values);
    $values->{path} //= "/mnt/pve/$id" if $type =~ /^(?:nfs|cifs|cephfs)\z/;
    checked(sub { Sim::StorageTypes::read_values($type, $values, 1) }, '');
    fail("illegal path for directory storage: $values->{path}")
        if $type =~ /^(?:dir|btrfs)\z/ && $values->{path} !~ m{^/[-/a-zA-Z0-9_.\@]+\z};
    $values->{path} =~ s{(?<=.)/+\z}{} if defined $values->{path};

    return change(sub {
        my ($sections) = @_;
        fail("create storage failed: storage ID '$id' already defined") if grep { $_->{id} eq $id } @$sections;
        my $section = { type => $type, id => $id, values => {%$values} };
        fail('create storage failed: missing password') if $type eq 'esxi' && !defined $secret{password};
        keep_secrets($section, \%secret);
        complete_new($section);
        activate_new($section) if !$values->{disable} && on_this_node($values);
        push @$sections, $section;
        return $sections;
    });
}

sub checked {
    my ($code, $before) = @_;
    eval { $code->(); 1 } and return;
    fail($before . (ref $@ ? $@->{text} : $@));
}

sub on_this_node {
    my ($values) = @_;
    return 1 if !defined $values->{nodes};
    return scalar grep { $_ eq Sim::Node::name() } Sim::Schema::split_list($values->{nodes});
}

# Passwords are words or come from standard input; everything else is in a file.
sub take_secrets {
    my ($type, $values) = @_;
    my %secret = map { defined $values->{$_} ? ($_ => delete $values->{$_}) : () } Sim::StorageTypes::secrets($type);
    for my $name (grep { $_ ne 'password' } keys %secret) {
        not_simulated("pvesm --$name autogen") if $secret{$name} eq 'autogen';
        $secret{$name} = Sim::Node::slurp($secret{$name}) // fail("unable to open file '$secret{$name}' - No such file or directory");
    }
    return %secret;
}

# What is secret lies in a folder of its own that only root reads; the entry says at most that it is there.
sub keep_secrets {
    my ($section, $secret) = @_;
    my ($type, $id) = @$section{qw(type id)};
    my %ending = (password => 'pw', 'encryption-key' => 'enc', 'master-pubkey' => 'master.pem', keyring => $type eq 'cephfs' ? 'secret' : 'keyring');
    my $folder = Sim::Node::host_path($type =~ /^(?:rbd|cephfs)\z/ ? '/etc/pve/priv/ceph' : '/etc/pve/priv/storage');
    for my $name (sort keys %$secret) {
        my $file = "$folder/$id.$ending{$name}";
        Sim::Node::spew($file, kept_form($type, $name, $secret->{$name}));
        chmod 0600, $file;
        $section->{values}{$name} = 1 if $name =~ /^(?:encryption-key|master-pubkey)\z/;
    }
}

# Goes with its entry.
sub drop_secrets {
    my ($section) = @_;
    my ($type, $id) = @$section{qw(type id)};
    my ($folder, @endings) = $type =~ /^(?:rbd|cephfs)\z/ ? ('ceph', qw(keyring secret)) : ('storage', qw(pw enc master.pem));
    unlink map { Sim::Node::host_path("/etc/pve/priv/$folder/$id.$_") } @endings;
}

# The text of the file, each type in its own way.
sub kept_form {
    my ($type, $name, $value) = @_;
    return "password=$value\n" if $type eq 'cifs';
    return $value if $type eq 'esxi';
    chomp $value if $name eq 'keyring';
    return "$value\n";
}

# What Proxmox finds out by itself as an entry is made.
sub complete_new {
    my ($section) = @_;
    my $values = $section->{values};
    $values->{'zfs-base-path'} //= '/dev/zvol' if $section->{type} eq 'zfs';
    return if $section->{type} ne 'zfspool' || defined $values->{mountpoint};
    my $state = Sim::Zfs::State::load();
    my ($pool) = split m{/}, $values->{pool};
    return if !$state->{datasets}{ $values->{pool} } || $state->{pools}{$pool}{exported};
    my ($point) = Sim::Zfs::Properties::value($state, $values->{pool}, 'mountpoint');
    $values->{mountpoint} = $point if $point =~ m{^/};
}

sub activate_new {
    my ($section) = @_;
    checked(sub { Sim::Storage::activate_section($section) }, 'create storage failed: ');
    # A pool that was imported on the way tells only now where it is mounted.
    complete_new($section);
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
        my $type = $section->{type};
        my %secret = take_secrets($type, $values);
        checked(sub { Sim::StorageTypes::read_values($type, $values, 0) }, 'update storage failed: ');
        checked(sub { check_deletions($type, $values, @delete) }, 'update storage failed: ');
        keep_secrets($section, \%secret);
        delete $section->{values}{$_} for @delete;
        $section->{values} = { %{ $section->{values} }, %$values };
        return $sections;
    });
}

sub check_deletions {
    my ($type, $values, @names) = @_;
    my $options = Sim::StorageTypes::of($type)->{options};
    for my $name (@names) {
        my $option = $options->{$name} // die "no such option '$name'\n";
        die "unable to delete required option '$name'\n" if $option->{required};
        die "unable to delete fixed option '$name'\n" if $option->{fixed};
        die "cannot set and delete property '$name' at the same time!\n" if defined $values->{$name};
    }
}

sub remove {
    my ($values) = @_;
    my $id = $values->{storage};
    return change(sub {
        my ($sections) = @_;
        my ($section) = grep { $_->{id} eq $id } @$sections
            or fail("delete storage failed: storage '$id' does not exist");
        fail("delete storage failed: can't remove storage - storage is used as base of another storage")
            if grep { ($_->{values}{base} // '') =~ /^\Q$id\E:/ } @$sections;
        drop_secrets($section);
        return [grep { $_->{id} ne $id } @$sections];
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
        next if !on_this_node($storage->{values});
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
    my ($id, $name) = Sim::Storage::parse_volume_id($volume);
    if (Sim::Storage::get($id)->{type} eq 'zfspool') {
        Sim::Storage::free($volume);
    } elsif ($name =~ m{^\d+/}) {
        require Sim::Images;
        Sim::Images::free($volume);
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
