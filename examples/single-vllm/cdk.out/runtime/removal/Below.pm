package Below;

# What lies below the disks of a guest on ZFS: datasets, snapshots, and what was cloned of those. Proxmox destroys a disk with `zfs destroy -r`, which
# asks nobody: children and snapshots go with it, and where one cannot go the guest is left half destroyed.

use strict;
use warnings;
use Remove;

# Why the guest stays, whatever was said about it: undef if nothing below its disks is in the way.
sub trouble {
    my ($look, $guest) = @_;
    my $vmid   = $guest->{vmid};
    my @inside = datasets($look->{host}, $vmid);
    return Remove::some(@inside) . ": below a disk of guest $vmid, and would go with it; move that away first (zfs rename)" if @inside;
    my @clones = clones($look->{host}, $vmid);
    return Remove::some(@clones) . ": made of snapshots of guest $vmid, which cannot go before; promote or destroy that first (zfs promote)" if @clones;
    my @held = map { $_->{held} ? $_->{name} : () } snapshots($look->{host}, $vmid);
    return Remove::some(@held) . ': held by somebody (zfs holds), and no disk goes without its snapshots; release them first (zfs release)' if @held;
    return undef;
}

# Names of snapshots that Proxmox does not know and destroys all the same.
sub unknown_to_proxmox {
    my ($look, $guest) = @_;
    my %known = map { $_ => 1 } '__base__', @{ $guest->{conf}{snapshots} };
    return grep { !$known{ s/^.*@//r } } map { $_->{name} } snapshots($look->{host}, $guest->{vmid});
}

sub datasets {
    my ($host, $vmid) = @_;
    my @disks = $host->datasets_by_number($vmid) or return ();
    return grep { my $name = $_; grep { index($name, "$_/") == 0 } @disks } sort keys %{ $host->all_datasets };
}

# Clones that are no guest's disks; those are told of by the number of their guest.
sub clones {
    my ($host, $vmid) = @_;
    my @disks = $host->datasets_by_number($vmid) or return ();
    my $all   = $host->all_datasets;
    return grep { my $origin = $all->{$_}{origin} // ''; !Destroy::owner_of($_) && grep { index($origin, "$_\@") == 0 } @disks } sort keys %$all;
}

# [{ name, held }, …]. Asked only about a guest that is about to go: it costs a process.
sub snapshots {
    my ($host, $vmid) = @_;
    my @disks = $host->datasets_by_number($vmid) or return ();
    return @{ $host->{below}{$vmid} //= [ $host->snapshots_of(@disks) ] };
}

1;
