package HostStorages;

# What is asked of Proxmox's storages, and of the volumes and images on them.

use strict;
use warnings;
use Unknown;

# { type, options }; undef if storage.cfg has no such entry.
sub storage {
    my ($self, $id) = @_;
    return $self->storages->{$id};
}

sub storages {
    my ($self) = @_;
    return $self->{storages} //= do {
        require SectionConf;
        SectionConf::parse($self->read('/etc/pve/storage.cfg') // Unknown::because('/etc/pve/storage.cfg is not there'));
    };
}

# The storage whose volumes are the children of a dataset; undef if there is none, or no longer.
sub storage_on {
    my ($self, $pool) = @_;
    for my $id (sort keys %{ $self->storages }) {
        my $entry = $self->{storages}{$id};
        return $id if $entry->{type} eq 'zfspool' && ($entry->{options}{pool} // '') eq $pool && $self->is_for_us($entry);
    }
    return undef;
}

# True of a storage that this node may use.
sub is_for_us {
    my ($self, $entry) = @_;
    my ($nodes, $off) = @{ $entry->{options} }{qw(nodes disable)};
    return !$off && (!defined $nodes || grep { $_ eq $self->node_name } split /[,\s]+/, $nodes);
}

# The storage in whose folder a path lies, the innermost; undef if in none.
sub storage_above {
    my ($self, $path) = @_;
    $self->storage('');
    my %folder = map { my $folder = $self->{storages}{$_}{options}{path}; defined $folder ? ($_ => $folder =~ s{/*\z}{/}r) : () } sort keys %{ $self->{storages} };
    my ($innermost) = sort { length $folder{$b} <=> length $folder{$a} || $a cmp $b } grep { index($path, $folder{$_}) == 0 } keys %folder;
    return $innermost;
}

# ---- Volumes

# The dataset behind a volume id such as `local-zfs:basevol-901-disk-0/subvol-930-disk-0`; undef if it lies on no ZFS pool.
sub volume_dataset {
    my ($self, $volume) = @_;
    my ($id, $rest) = $volume =~ /^([^:]+):(.+)$/ or return undef;
    my $storage = $self->storage($id) // return undef;
    return undef unless $storage->{type} eq 'zfspool' && defined $storage->{options}{pool};
    return "$storage->{options}{pool}/" . $rest =~ s{.*/}{}r;
}

# How large a volume is: as the storage says for ZFS and for images in folders; undef where nobody can tell without Proxmox.
sub volume_bytes {
    my ($self, $volume) = @_;
    my $dataset = $self->volume_dataset($volume);
    return $self->image_bytes($volume) unless defined $dataset;
    my $facts = $self->dataset($dataset) // Unknown::because("volume $volume is in the config, but there is no dataset $dataset");
    for my $property (qw(volsize refquota)) { return $facts->{$property} if ($facts->{$property} // '') =~ /^[1-9]\d*$/ }
    return undef;
}

# True of a filesystem whose limit somebody took away.
sub is_unlimited {
    my ($self, $volume) = @_;
    my $facts = $self->dataset($self->volume_dataset($volume) // return 0) // return 0;
    return ($facts->{volsize} // '-') eq '-' && ($facts->{refquota} // '') eq '0';
}

# Of an image in a folder: the length of a raw one, what a qcow2 says of itself at its beginning.
sub image_bytes {
    my ($self, $volume) = @_;
    my $path  = $volume =~ /\.(?:raw|qcow2)$/ ? $self->image_path($volume) // return undef : return undef;
    my $facts = $self->facts($path) // Unknown::because("volume $volume is in the config, but there is no file $path");
    return $facts->{size} if $path =~ /raw$/;
    my $head = $self->head($path) // return undef;
    return $head =~ /^QFI\xfb/ && length $head == 32 ? unpack('Q>', substr $head, 24) : undef;
}

# Where an image lies in a folder of this host; undef of a volume that does not.
sub image_path {
    my ($self, $volume) = @_;
    my ($id, $vmid, $name) = $volume =~ m{^([^:]+):(?:\d+/[^/]+/)?(\d+)/([^/]+)$} or return undef;
    my $folder = $self->images_folder($id) // return undef;
    $name =~ s{\.raw$}{/disk.raw} if $self->storage($id)->{type} eq 'btrfs';
    return "$folder/$vmid/$name";
}

sub images_folder {
    my ($self, $id) = @_;
    my $entry = $self->storage($id) // return undef;
    return undef unless $entry->{type} =~ /^(?:dir|btrfs)$/ && defined $entry->{options}{path};
    return $entry->{options}{path} =~ s{/+$}{}r . '/images';
}

# Images of a guest that lie in folders of this host: [{ volume, path, mtime }, …]. Each file once, whatever number of storages share its folder;
# folders of other hosts are not looked into, because one that does not answer would hold us up for ever.
sub images_by_number {
    my ($self, $vmid) = @_;
    my (@images, %seen);
    for my $id (sort keys %{ $self->storages }) {
        my $folder = $self->images_folder($id) // next;
        for my $name (sort grep { /^(?:vm|base|subvol|basevol)-$vmid-/ } @{ $self->names("$folder/$vmid") // [] }) {
            my $volume = "$id:$vmid/$name" . ($self->{storages}{$id}{type} eq 'btrfs' && $name !~ /\./ ? '.raw' : '');
            my $path   = $self->image_path($volume);
            next if $seen{$path}++;
            my $facts = $self->facts($path) // next;
            push @images, { volume => $volume, path => $path, mtime => $facts->{mtime} // 0 };
        }
    }
    return @images;
}

# Those of them that are none of these volumes: the same file under the name of another storage, or by another path, is the same.
sub images_besides {
    my ($self, $vmid, @volumes) = @_;
    my @images = $self->images_by_number($vmid) or return ();
    my %named  = map { $_ => 1 } grep { defined } map { ($_, $self->inode($_)) } grep { defined } map { $self->image_path($_) } @volumes;
    return grep { !$named{ $_->{path} } && !$named{ $self->inode($_->{path}) // '' } } @images;
}

1;
