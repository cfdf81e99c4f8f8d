package Sim::Storage;
# Proxmox's storages: storage.cfg and the volumes on them. Guests' volumes are simulated on zfspool storages only.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::Schema;
use Sim::Sections;
use Sim::StorageTypes;
use Sim::Zfs::Mounts;
use Sim::Zfs::Operations;
use Sim::Zfs::State;

sub FILE () { '/etc/pve/storage.cfg' }

my %FOLDER   = (vztmpl => 'template/cache', iso => 'template/iso', backup => 'dump', snippets => 'snippets',
    images => 'images', rootdir => 'private', import => 'import');
# Properties of every dataset that Proxmox makes for a container.
sub SUBVOL () { return (acltype => 'posix', xattr => 'sa') }

sub sections {
    my $sections = Sim::Sections::read_file(FILE);
    return $sections if grep { $_->{id} eq 'local' } @$sections;
    my %local = (path => '/var/lib/vz', content => 'backup,iso,vztmpl');
    return [{ type => 'dir', id => 'local', values => \%local }, @$sections];
}

sub store { Sim::Sections::write_file(FILE, $_[0], sub { ['comment', 'disable', Sim::StorageTypes::required($_[0])] }) }

sub find {
    my ($id) = @_;
    my @found = grep { $_->{id} eq $id } @{ sections() };
    return $found[-1];
}

sub get { return find($_[0]) // fail("storage '$_[0]' does not exist") }

# Exists, is not disabled, and what it lies over is there (an exported pool is imported on the way).
sub activate {
    my ($id) = @_;
    my $storage = get($id);
    fail("storage '$id' is disabled") if $storage->{values}{disable};
    activate_section($storage);
    return $storage;
}

sub activate_section {
    my ($storage) = @_;
    my $type = $storage->{type};
    return activate_dataset($storage) if $type eq 'zfspool';
    mount_share($storage) if $type =~ /^(?:nfs|cifs|cephfs)\z/;
    return if !defined $storage->{values}{path};
    check_mount_point($storage);
    make_folders($storage);
}

sub activate_dataset {
    my ($storage) = @_;
    activate_pool($storage);
    my $name = $storage->{values}{pool};
    fail("zfs error: cannot open '$name': dataset does not exist\n") if !Sim::Zfs::State::load()->{datasets}{$name};
}

# Servers answer unless a test says `unreachable SERVER` in the node's settings.
sub mount_share {
    my ($storage) = @_;
    my $values = $storage->{values};
    my $server = $values->{server} // $values->{monhost} // 'ceph';
    my $point  = $values->{path};
    return if Sim::Zfs::Mounts::is_mount_point($point);
    fail("storage '$storage->{id}' is not online") if Sim::Node::setting('unreachable', '') eq $server;
    Sim::Node::make_folder(Sim::Node::host_path($point));
    my $source = $storage->{type} eq 'nfs' ? "$server:$values->{export}"
        : $storage->{type} eq 'cifs' ? "//$server/$values->{share}" . ($values->{subdir} // '') : "$server:" . ($values->{subdir} // '/');
    Sim::Zfs::Mounts::add($point, $storage->{type} eq 'cephfs' ? 'ceph' : $storage->{type}, $source, 'rw');
}

sub make_folders {
    my ($storage) = @_;
    my $values  = $storage->{values};
    my $no_base = grep { defined $values->{$_} && !$values->{$_} } qw(mkdir create-base-path);
    my $folder  = Sim::Node::host_path($values->{path});
    if (!-d $folder) {
        fail("unable to activate storage '$storage->{id}' - directory '$values->{path}' does not exist or is unreachable")
            if $no_base;
        Sim::Node::make_folder($folder);
    }
    return if grep { defined $values->{$_} && !$values->{$_} } qw(mkdir create-subdirs);
    for my $content (grep { $_ ne 'none' } sort keys %{ contents($storage) }) {
        Sim::Node::make_folder(Sim::Node::host_path(content_folder($storage, $content)));
    }
}

sub activate_pool {
    my ($storage) = @_;
    my ($pool) = split m{/}, $storage->{values}{pool};
    my $found = Sim::Zfs::State::load()->{pools}{$pool};
    return if $found && !$found->{exported};
    print STDERR "zfs error: cannot open '$pool': no such pool\n\n";
    if ($found) {
        require Sim::Zfs::Pools;
        return Sim::Zfs::Pools::import_pool($pool);
    }
    print STDERR "zfs error: cannot open '$pool': no such pool\n\n";
    fail("could not activate storage '$storage->{id}', zfs error: cannot import '$pool': no such pool available\n\n");
}

sub check_mount_point {
    my ($storage) = @_;
    my $wanted = $storage->{values}{is_mountpoint} // 'no';
    return if $wanted =~ /^(?:0|no|off|false)\z/i;
    my $path = $wanted =~ m{^/} ? $wanted : $storage->{values}{path};
    return if Sim::Zfs::Mounts::is_mount_point($path);
    fail("unable to activate storage '$storage->{id}' - directory is expected to be a mount point but is not mounted:"
            . " '$path'");
}

sub contents {
    my ($storage) = @_;
    my $content = $storage->{values}{content} // Sim::StorageTypes::default_content($storage->{type});
    return { map { $_ => 1 } Sim::Schema::split_list($content) };
}

sub parse_volume_id {
    my ($id) = @_;
    my ($storage, $name) = $id =~ /^([^:\/]+):(.+)\z/ or fail("unable to parse volume ID '$id'");
    return ($storage, $name);
}

# 'local:vztmpl/x.tar.zst' -> host path, for storages with folders
sub file_of {
    my ($id) = @_;
    my ($storage_id, $name) = parse_volume_id($id);
    my $storage = get($storage_id);
    my ($content, $file) = $name =~ m{^([^/]+)/(.+)\z} or fail("unable to parse directory volume name '$name'");
    fail("unable to parse directory volume name '$name'") if !$storage->{values}{path} || !$FOLDER{$content};
    return content_folder($storage, $content) . "/$file";
}

sub content_folder {
    my ($storage, $content) = @_;
    my %own = map { split /=/, $_, 2 } Sim::Schema::split_list($storage->{values}{'content-dirs'} // '');
    return "$storage->{values}{path}/" . ($own{$content} // $FOLDER{$content});
}

# rpool/data/subvol-900-disk-0 of 'local-zfs:basevol-901-disk-0/subvol-900-disk-0'
sub dataset_of {
    my ($id) = @_;
    my ($storage_id, $name) = parse_volume_id($id);
    my $storage = get($storage_id);
    not_simulated("guest volumes on a storage of type '$storage->{type}'") if $storage->{type} ne 'zfspool';
    return $storage->{values}{pool} . '/' . own_name($name);
}

sub own_name { my ($name) = @_; $name =~ s{^.*/}{}; return $name }

# (kind, owner): subvol basevol vm base and the VMID in the name
sub parse_name {
    my ($name) = @_;
    my ($kind, $owner) = own_name($name) =~ /^(subvol|basevol|vm|base)-(\d+)-\S+\z/
        or fail("unable to parse zfs volume name '$name'");
    return ($kind, $owner);
}

sub owner { my ($id) = @_; return (parse_name((parse_volume_id($id))[1]))[1] }

sub exists_volume { return exists Sim::Zfs::State::load()->{datasets}{ dataset_of($_[0]) } }

# bytes; a failure as zfs words it when the dataset is missing
sub size {
    my ($id) = @_;
    my $name    = dataset_of($id);
    my $dataset = Sim::Zfs::State::load()->{datasets}{$name}
        or fail("zfs error: cannot open '$name': dataset does not exist\n");
    return $dataset->{local}{volsize} // $dataset->{local}{refquota} // 0;
}

sub free_name {
    my ($state, $pool, $kind, $vmid) = @_;
    my $bare = $kind =~ s/^base//r;
    my %taken;
    for (keys %{ $state->{datasets} }) {
        $taken{$1} = 1 if m{^\Q$pool\E/(?:subvol|basevol|vm|base)-$vmid-disk-(\d+)\z};
    }
    my $number = 0;
    $number++ while $taken{$number};
    return "$kind-$vmid-disk-$number";
}

# A new dataset each time it is called; answers the volume id.
sub allocate {
    my ($storage_id, $vmid, $bytes) = @_;
    my $storage = activate($storage_id);
    fail("content type 'rootdir' is not available or configured on storage '$storage_id'")
        if !contents($storage)->{rootdir};
    not_simulated("guest volumes on a storage of type '$storage->{type}'") if $storage->{type} ne 'zfspool';

    my $name = Sim::Zfs::State::change(sub {
        my ($state) = @_;
        my $pool = $storage->{values}{pool};
        my $free = free_name($state, $pool, 'subvol', $vmid);
        Sim::Zfs::Operations::create_filesystem($state, "$pool/$free",
            SUBVOL(), ($bytes ? (refquota => $bytes) : ()));
        return $free;
    });
    return "$storage_id:$name";
}

sub resize {
    my ($id, $bytes) = @_;
    my $name = dataset_of($id);
    Sim::Zfs::State::change(sub { $_[0]{datasets}{$name}{local}{refquota} = $bytes });
}

# Removing what is not there is no error, as on the real zfspool storage.
sub free {
    my ($id) = @_;
    my (undef, $volume) = parse_volume_id($id);
    my $name = dataset_of($id);
    my ($kind) = parse_name($volume);
    check_not_busy($id, $name);
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        my @snapshots = Sim::Zfs::State::snapshots($state, $name);
        fail("base volume '$volume' is still in use by linked clones")
            if $kind =~ /^base/ && grep { Sim::Zfs::State::clones_of($state, $_) } @snapshots;
        fail("zfs error: cannot destroy '$name': filesystem has dependent clones\n")
            if grep { Sim::Zfs::State::clones_of($state, $_) } @snapshots;
        my ($held) = Sim::Zfs::State::held($state, grep { /@/ } Sim::Zfs::State::children($state, $name));
        fail("zfs error: cannot destroy snapshot $held: dataset is busy\n") if defined $held;
        Sim::Zfs::Operations::destroy_tree($state, $name) if $state->{datasets}{$name};
    });
}

# A machine that runs may be copying to a disk that no file names.
sub check_not_busy {
    my ($id, $dataset) = @_;
    require Sim::Machine;
    fail("zfs error: cannot destroy '$dataset': dataset is busy\n") if Sim::Machine::is_mirrored_to(owner($id), $id);
}

# subvol-ID-disk-N becomes basevol-ID-disk-N with the snapshot that linked clones start from.
sub make_base {
    my ($id) = @_;
    my ($storage_id, $volume) = parse_volume_id($id);
    my ($before) = $volume =~ m{^(.*/)};
    my $old = dataset_of($id);
    my $new = $old =~ s{/subvol-([^/]+)\z}{/basevol-$1}r;
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        Sim::Zfs::Operations::rename_dataset($state, $old, $new);
        Sim::Zfs::Operations::snapshot($state, $new, '__base__');
    });
    return "$storage_id:" . ($before // '') . own_name($new);
}

sub can_be_base {
    my ($id) = @_;
    return 0 if $id =~ m{^/};
    my ($storage_id, $volume) = parse_volume_id($id);
    return get($storage_id)->{type} eq 'zfspool' && (parse_name($volume))[0] =~ /^(?:subvol|vm)\z/;
}

sub is_base {
    my ($id) = @_;
    return (parse_name((parse_volume_id($id))[1]))[0] =~ /^base/;
}

sub linked_clone {
    my ($id, $new_vmid) = @_;
    my ($storage_id, $volume) = parse_volume_id($id);
    my $base = dataset_of($id);
    my $pool = get($storage_id)->{values}{pool};
    my $name = Sim::Zfs::State::change(sub {
        my ($state) = @_;
        my $free = free_name($state, $pool, 'subvol', $new_vmid);
        my $size = $state->{datasets}{$base}{local}{refquota};
        Sim::Zfs::Operations::clone($state, "$base\@__base__", "$pool/$free", ($size ? (refquota => $size) : ()));
        return $free;
    });
    return "$storage_id:" . own_name($volume) . "/$name";
}

# An rsync of the tree, from the snapshot when one is named.
sub full_clone {
    my ($id, $storage_id, $new_vmid, $bytes, $snapshot) = @_;
    my $new   = allocate($storage_id, $new_vmid, $bytes);
    my $state = Sim::Zfs::State::load();
    my $old   = dataset_of($id);
    my $from  = defined $snapshot
        ? Sim::Zfs::Mounts::of_snapshot($state->{datasets}{"$old\@$snapshot"})
        : Sim::Zfs::Mounts::content_folder($old);
    Sim::Node::copy_content($from, Sim::Zfs::Mounts::content_folder(dataset_of($new))) if -d $from;
    return $new;
}

sub snapshot_volume {
    my ($id, $snapshot) = @_;
    my $name = dataset_of($id);
    Sim::Zfs::State::change(sub { Sim::Zfs::Operations::snapshot($_[0], $name, $snapshot) });
}

sub delete_volume_snapshot {
    my ($id, $snapshot) = @_;
    my $name = dataset_of($id) . "\@$snapshot";
    Sim::Zfs::State::change(sub { Sim::Zfs::Operations::destroy_one($_[0], $name) });
}

sub check_rollback {
    my ($id, $snapshot) = @_;
    my @snapshots = Sim::Zfs::State::snapshots(Sim::Zfs::State::load(), dataset_of($id));
    return if @snapshots && $snapshots[-1] =~ /\@\Q$snapshot\E\z/;
    fail("can't rollback, '$snapshot' is not most recent snapshot on '$id'");
}

sub roll_back_volume {
    my ($id, $snapshot) = @_;
    my $name = dataset_of($id);
    Sim::Zfs::State::change(sub { Sim::Zfs::Operations::rollback($_[0], $name, $snapshot) });
}

# Mounted before a guest starts, as Proxmox's activation of volumes does.
sub mount_volume {
    my ($id) = @_;
    my $name = dataset_of($id);
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("zfs error: cannot open '$name': dataset does not exist\n") if !$state->{datasets}{$name};
        Sim::Zfs::Mounts::mount($state, $name);
    });
}

sub volumes_of {
    my ($vmid) = @_;
    my $state = Sim::Zfs::State::load();
    my @ids;
    for my $storage (@{ sections() }) {
        next if $storage->{type} ne 'zfspool' || $storage->{values}{disable};
        my $pool = $storage->{values}{pool};
        for my $name (grep { m{^\Q$pool\E/(?:subvol|basevol)-$vmid-[^/@]+\z} } sort keys %{ $state->{datasets} }) {
            my $origin = $state->{datasets}{$name}{origin};
            my $base = defined $origin && $origin =~ m{/(basevol-[^/@]+)\@__base__\z} ? "$1/" : '';
            push @ids, "$storage->{id}:$base" . own_name($name);
        }
    }
    return @ids;
}

1;
