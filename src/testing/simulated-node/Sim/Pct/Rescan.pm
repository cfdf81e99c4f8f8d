package Sim::Pct::Rescan;
# pct rescan: corrects `size=` from the storage and lists volumes that nobody names as unused.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::GuestConfig;
use Sim::Storage;

sub rescan {
    my ($values) = @_;
    print "NOTE: running in dry-run mode, won't write changes out!\n" if $values->{dryrun};
    print "rescan volumes...\n";
    for my $vmid (defined $values->{vmid} ? $values->{vmid} : Sim::GuestConfig::ids()) {
        Sim::ConfigLock::with($vmid, sub { rescan_guest($vmid, $values->{dryrun}) });
    }
    return 0;
}

sub rescan_guest {
    my ($vmid, $dry) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    Sim::GuestConfig::check_lock($config);
    my %size = map { $_ => Sim::Storage::size($_) } Sim::Storage::volumes_of($vmid);
    my $changed = add_unreferenced($vmid, $config, \%size);
    $changed += correct_sizes($vmid, $config->{main}, \%size);
    Sim::GuestConfig::store($vmid, $config) if $changed && !$dry;
}

sub add_unreferenced {
    my ($vmid, $config, $size) = @_;
    my $changed = 0;
    my %used = map { $_ => 1 } Sim::GuestConfig::volumes($config->{main});
    for my $volume (grep { !$used{$_} } sort keys %$size) {
        my $key = Sim::GuestConfig::add_unused($config->{main}, $volume) or next;
        print "CT $vmid: add unreferenced volume '$volume' as '$key' to config.\n";
        $changed++;
    }
    return $changed;
}

sub correct_sizes {
    my ($vmid, $section, $size) = @_;
    my $changed = 0;
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my ($key, $mount) = @$entry;
        my $real = $size->{ $mount->{volume} };
        next if !defined $real || ($mount->{size} // -1) == $real;
        print "CT $vmid: updated volume size of '$mount->{volume}' in config.\n";
        $mount->{size} = $real;
        $section->{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount);
        $changed++;
    }
    return $changed;
}

1;
