package Sim::Images;
# The disks of machines: zvols on zfspool storages, files below `images` on storages with folders.
use strict;
use warnings;

use Sim::DiskImage;
use Sim::Failure;
use Sim::Node;
use Sim::Storage;
use Sim::Zfs::Operations;
use Sim::Zfs::State;

sub KIB () { 1024 }
sub MIB () { 1024 * 1024 }

my $IMAGE_FORMAT = qr/raw|qcow2|vmdk/;

sub storage_kind {
    my ($storage) = @_;
    return 'zfs' if $storage->{type} eq 'zfspool';
    return 'file' if $storage->{type} =~ /^(?:dir|nfs|cifs)\z/;
    not_simulated("machines' disks on a storage of type '$storage->{type}'");
}

sub check_content {
    my ($storage_id) = @_;
    bad_parameters({ storage => "storage '$storage_id' does not support vm images" })
        if !Sim::Storage::contents(Sim::Storage::get($storage_id))->{images};
}

# { storage, kind (images iso import snippets ...), owner, name, base, format, is_base } of a volume id
sub parse {
    my ($id) = @_;
    my ($storage_id, $volume) = Sim::Storage::parse_volume_id($id);
    my $storage = Sim::Storage::get($storage_id);
    return { storage => $storage, parse_zfs($volume) } if $storage->{type} eq 'zfspool';
    return { storage => $storage, parse_file($volume) };
}

sub parse_zfs {
    my ($volume) = @_;
    my ($base, $name, $kind, $owner) = $volume =~ m{^(?:((?:base|basevol)-\d+-\S+)/)?((base|basevol|vm|subvol)-(\d+)-\S+)\z}
        or fail("unable to parse zfs volume name '$volume'");
    return (kind => 'images', name => $name, owner => $owner, base => $base, is_base => scalar($kind =~ /^base/),
        format => $kind =~ /vol\z/ ? 'subvol' : 'raw');
}

sub parse_file {
    my ($volume) = @_;
    if ($volume =~ m{^(?:(\d+/[^/\s]+)/)?(\d+)/([^/\s]+)\z}) {
        my ($base, $owner, $name) = ($1, $2, $3);
        my ($format) = $name =~ /^[^\/\s]+\.(raw|qcow2|vmdk|subvol)\z/ or fail("unable to parse volume filename '$name'");
        return (kind => 'images', name => $name, owner => $owner, base => $base, format => $format,
            is_base => scalar($name =~ /^base-/));
    }
    my ($kind, $name) = $volume =~ m{^(iso|vztmpl|backup|snippets|import)/([^/]+)\z};
    fail("unable to parse directory volume name '$volume'")
        if !defined $kind || $kind eq 'iso' && $name !~ /\.(?:iso|img)\z/i
        || $kind eq 'import' && $name !~ /^[ a-zA-Z0-9\-.+=_]+\.(?:ova|ovf|qcow2|raw|vmdk)\z/;
    my ($format) = $kind eq 'import' ? $name =~ /\.([^.]+)\z/ : 'raw';
    return (kind => $kind, name => $name, owner => undef, format => $format);
}

# The file of this node, for volumes on storages with folders.
sub path {
    my ($id) = @_;
    my $volume = parse($id);
    my $storage = $volume->{storage};
    return "/dev/zvol/$storage->{values}{pool}/$volume->{name}" if $storage->{type} eq 'zfspool';
    my $folder = Sim::Storage::content_folder($storage, $volume->{kind});
    return $volume->{kind} eq 'images' ? "$folder/$volume->{owner}/$volume->{name}" : "$folder/$volume->{name}";
}

sub file_of { return Sim::Node::host_path(path($_[0])) }

sub dataset_of { my ($volume) = @_; return "$volume->{storage}{values}{pool}/$volume->{name}" }

# The formats that a storage takes, its default first.
sub formats {
    my ($storage) = @_;
    return storage_kind($storage) eq 'zfs' ? ('raw') : qw(raw qcow2 vmdk);
}

# A new disk each time it is called; answers the volume id. Without a name the next free number is taken.
sub allocate {
    my ($storage_id, $vmid, $bytes, $format, $name) = @_;
    my $storage = Sim::Storage::activate($storage_id);
    $format //= (formats($storage))[0];
    return "$storage_id:" . allocate_zvol($storage, $vmid, $bytes, $format, $name) if storage_kind($storage) eq 'zfs';
    return "$storage_id:" . allocate_file($storage, $vmid, $bytes, $format, $name);
}

sub allocate_zvol {
    my ($storage, $vmid, $bytes, $format, $name) = @_;
    fail("unsupported format '$format'") if $format ne 'raw';
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        my $pool = $storage->{values}{pool};
        $name //= Sim::Storage::free_name($state, $pool, 'vm', $vmid);
        fail("zfs error: cannot create '$pool/$name': dataset already exists\n") if $state->{datasets}{"$pool/$name"};
        my $made = Sim::Zfs::State::add($state, "$pool/$name", 'volume');
        $made->{local} = { volsize => in_units($bytes, MIB) };
        return $name;
    });
}

sub allocate_file {
    my ($storage, $vmid, $bytes, $format, $name) = @_;
    $name //= free_file_name($storage, $vmid) . ".$format";
    my $file = Sim::Node::host_path(Sim::Storage::content_folder($storage, 'images') . "/$vmid/$name");
    fail("disk image '" . substr($file, length $Sim::Node::root) . "' already exists") if -e $file;
    Sim::DiskImage::create($file, $format, in_units($bytes, KIB));
    return "$vmid/$name";
}

sub in_units { my ($bytes, $unit) = @_; return int(($bytes + $unit - 1) / $unit) * $unit }

sub free_file_name {
    my ($storage, $vmid) = @_;
    my %taken = map { /^(?:vm|base|subvol)-$vmid-disk-(\d+)\./ ? ($1 => 1) : () }
        Sim::Node::entries(Sim::Node::host_path(Sim::Storage::content_folder($storage, 'images') . "/$vmid"));
    my $number = 0;
    $number++ while $taken{$number};
    return "vm-$vmid-disk-$number";
}

# bytes, undef for a file that is not there or no image; a failure as zfs words it when the zvol is missing
sub size {
    my ($id) = @_;
    my $volume = parse($id);
    if ($volume->{storage}{type} eq 'zfspool') {
        my $name    = dataset_of($volume);
        my $dataset = Sim::Zfs::State::load()->{datasets}{$name}
            or fail("zfs error: cannot open '$name': dataset does not exist\n");
        return $dataset->{local}{volsize} // $dataset->{local}{refquota};
    }
    my $file = file_of($id);
    if (!-e $file) {
        print STDERR "failed to stat '", path($id), "'\n";
        return undef;
    }
    my $info = Sim::DiskImage::info($file, $volume->{kind} eq 'iso' ? 'raw' : $volume->{format});
    return $info && $info->{size};
}

sub exists_volume {
    my ($id) = @_;
    my $volume = parse($id);
    return -e file_of($id) if $volume->{storage}{type} ne 'zfspool';
    return exists Sim::Zfs::State::load()->{datasets}{ dataset_of($volume) };
}

sub resize {
    my ($id, $bytes) = @_;
    my $volume = parse($id);
    return Sim::DiskImage::resize(file_of($id), $bytes) if $volume->{storage}{type} ne 'zfspool';
    my $name = dataset_of($volume);
    Sim::Zfs::State::change(sub { $_[0]{datasets}{$name}{local}{volsize} = in_units($bytes, MIB) });
}

# Removing what is not there is no error.
sub free {
    my ($id) = @_;
    my $volume = parse($id);
    Sim::Storage::activate($volume->{storage}{id});
    my (undef, $name) = Sim::Storage::parse_volume_id($id);
    fail("base volume '$name' is still in use by linked clones") if is_base_in_use($id);
    return free_file($id) if $volume->{storage}{type} ne 'zfspool';
    my $dataset = dataset_of($volume);
    Sim::Storage::check_not_busy($id, $dataset);
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        Sim::Zfs::Operations::destroy_tree($state, $dataset) if $state->{datasets}{$dataset};
    });
}

sub free_file {
    my ($id) = @_;
    my $file = file_of($id);
    if (!-e $file) {
        print STDERR "disk image '", path($id), "' does not exist\n";
        return;
    }
    unlink $file;
    rmdir $file =~ s{/[^/]+\z}{}r;
}

sub is_base { return parse($_[0])->{is_base} }
sub owner   { return parse($_[0])->{owner} }

sub is_base_in_use {
    my ($id) = @_;
    my $volume = parse($id);
    return 0 if !$volume->{is_base};
    if ($volume->{storage}{type} eq 'zfspool') {
        my $state = Sim::Zfs::State::load();
        return scalar grep { Sim::Zfs::State::clones_of($state, $_) } Sim::Zfs::State::snapshots($state, dataset_of($volume));
    }
    my $base = "../$volume->{owner}/$volume->{name}";
    my $images = Sim::Node::host_path(Sim::Storage::content_folder($volume->{storage}, 'images'));
    for my $file (glob "$images/*/*.qcow2") {
        my $info = Sim::DiskImage::info($file);
        return 1 if $info && ($info->{backing} // '') eq $base;
    }
    return 0;
}

# vm-ID-disk-N becomes base-ID-disk-N; zvols get the snapshot that linked clones start from.
sub make_base {
    my ($id) = @_;
    my ($storage_id, $name) = Sim::Storage::parse_volume_id($id);
    my $volume = parse($id);
    fail("create_base not possible with base image") if $volume->{is_base};
    my $new = $name =~ s{(^|/)vm-([^/]+)\z}{$1base-$2}r;
    if ($volume->{storage}{type} ne 'zfspool') {
        my $to = file_of("$storage_id:$new");
        fail("file '" . path("$storage_id:$new") . "' already exists") if -e $to;
        rename file_of($id), $to or fail("rename '" . path($id) . "' to '" . path("$storage_id:$new") . "' failed - $!", 2);
        chmod 0444, $to;
        return "$storage_id:$new";
    }
    my $from = dataset_of($volume);
    my $to   = dataset_of(parse("$storage_id:$new"));
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("zfs error: cannot open '$from': dataset does not exist\n") if !$state->{datasets}{$from};
        Sim::Zfs::Operations::rename_dataset($state, $from, $to);
        Sim::Zfs::Operations::snapshot($state, $to, '__base__');
    });
    return "$storage_id:$new";
}

sub linked_clone {
    my ($id, $new_vmid) = @_;
    my $volume = parse($id);
    my $storage = $volume->{storage};
    return linked_file($volume, $new_vmid) if $storage->{type} ne 'zfspool';
    my $base = dataset_of($volume);
    my $name = Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("zfs error: cannot open '$base': dataset does not exist\n") if !$state->{datasets}{"$base\@__base__"};
        my $free = Sim::Storage::free_name($state, $storage->{values}{pool}, 'vm', $new_vmid);
        Sim::Zfs::Operations::clone($state, "$base\@__base__", "$storage->{values}{pool}/$free");
        return $free;
    });
    return "$storage->{id}:$volume->{name}/$name";
}

# Always qcow2, with the base as its backing file.
sub linked_file {
    my ($volume, $new_vmid) = @_;
    my $storage = $volume->{storage};
    my $base = "$volume->{owner}/$volume->{name}";
    my $name = free_file_name($storage, $new_vmid) . '.qcow2';
    my $folder = Sim::Storage::content_folder($storage, 'images');
    my $info = Sim::DiskImage::info(Sim::Node::host_path("$folder/$base"), $volume->{format});
    print STDERR "clone $base: images, $name, $new_vmid to $name (base=../$base)\n";
    Sim::DiskImage::create(Sim::Node::host_path("$folder/$new_vmid/$name"), 'qcow2', $info->{size}, "../$base");
    return "$storage->{id}:$base/$new_vmid/$name";
}

sub snapshot {
    my ($id, $snapshot) = @_;
    my $volume = parse($id);
    not_simulated('snapshots of disks in files') if $volume->{storage}{type} ne 'zfspool';
    my $name = dataset_of($volume);
    Sim::Zfs::State::change(sub { Sim::Zfs::Operations::snapshot($_[0], $name, $snapshot) });
}

# Every disk that carries the machine's number, whether or not a configuration names it.
sub volumes_of {
    my ($vmid) = @_;
    my $state = Sim::Zfs::State::load();
    my @ids;
    for my $storage (@{ Sim::Storage::sections() }) {
        next if $storage->{values}{disable} || !Sim::Storage::contents($storage)->{images};
        if ($storage->{type} eq 'zfspool') {
            my $pool = $storage->{values}{pool};
            for my $name (grep { m{^\Q$pool\E/(?:vm|base)-$vmid-[^/@]+\z} } sort keys %{ $state->{datasets} }) {
                my $origin = $state->{datasets}{$name}{origin};
                my $base = defined $origin && $origin =~ m{/(base-[^/@]+)\@__base__\z} ? "$1/" : '';
                push @ids, "$storage->{id}:$base" . substr $name, length("$pool/");
            }
        } elsif ($storage->{values}{path}) {
            my $folder = Sim::Storage::content_folder($storage, 'images') . "/$vmid";
            for my $name (grep { /\.$IMAGE_FORMAT\z/ } Sim::Node::entries(Sim::Node::host_path($folder))) {
                my $info = Sim::DiskImage::info(Sim::Node::host_path("$folder/$name"));
                my $base = $info && $info->{backing} ? substr($info->{backing}, 3) . '/' : '';
                push @ids, "$storage->{id}:$base$vmid/$name";
            }
        }
    }
    return @ids;
}

1;
