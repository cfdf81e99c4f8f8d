package Sim::MappedPci;
# What the map of a PCI device says, beside what the kernel shows of the device: compared when a guest starts.
use strict;
use warnings;

use Sim::Failure;
use Sim::Mapping;
use Sim::Node;

# Every device of the mapping is compared, not only the one that the guest would get.
sub check {
    my ($id) = @_;
    my ($entry) = grep { $_->{id} eq $id } Sim::Mapping::read_all('pci');
    for my $map (Sim::Mapping::on_this_node('pci', $id)) {
        next if eval { check_map($id, $map, $entry->{values}{mdev}); 1 };
        my $error = $@;
        die $error if ref $error ne 'Sim::Failure';
        fail("PCI device mapping invalid (hardware probably changed): $error->{text}");
    }
}

sub check_map {
    my ($id, $map, $mdev) = @_;
    my $is_first = 1;
    for my $path (split /;/, $map->{path}) {
        $path .= '.0' if $path !~ /\.[a-f0-9]/i;
        my %says = (%$map{qw(id iommugroup subsystem-id)}, mdev => $mdev ? 1 : 0);
        my $has  = hardware($path) // likely(\%says);
        delete $has->{iommugroup}, delete $says{iommugroup} if !$is_first;
        compare($id, $path, $has, \%says);
        $is_first = 0;
    }
}

sub compare {
    my ($id, $path, $has, $says) = @_;
    for my $name (sort keys %$says) {
        my ($is, $said) = map { defined $_->{$name} ? $_->{$name} =~ s/0x//gr : undef } $has, $says;
        next if !defined $is && !defined $said;
        fail("missing expected property '$name' for device '$path'")      if !defined $said;
        fail("unexpected property '$name' configured for device '$path'") if !defined $is;
        fail("'$name' does not match for '$id' ($is != $said)")           if $is ne $said;
    }
}

# Undef for a device that is not on the bus of this node: only cards are laid out there, and any device may be mapped.
sub hardware {
    my ($path) = @_;
    my $folder = Sim::Node::host_path("/sys/bus/pci/devices/$path");
    return undef if !-d $folder;
    my %word = map { $_ => word("$folder/$_") } qw(vendor device subsystem_vendor subsystem_device);
    my ($group) = (readlink("$folder/iommu_group") // '') =~ m{/(\d+)\z};
    return {
        id => "$word{vendor}:$word{device}", iommugroup => $group, mdev => -d "$folder/mdev_supported_types" ? 1 : 0,
        'subsystem-id' => $word{subsystem_vendor} eq '' ? undef : "$word{subsystem_vendor}:$word{subsystem_device}",
    };
}

sub word { my ($file) = @_; return (Sim::Node::slurp($file) // '') =~ s/^0x|\s+\z//gr }

# As it is said to be, with what no device lacks that can be passed to a guest.
sub likely {
    my ($says) = @_;
    my @said = grep { defined $says->{$_} } keys %$says;
    return { iommugroup => 0, 'subsystem-id' => '0000:0000', map { $_ => $says->{$_} } @said };
}

1;
