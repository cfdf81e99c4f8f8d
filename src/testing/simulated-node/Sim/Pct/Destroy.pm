package Sim::Pct::Destroy;
# pct destroy: every volume the guest owns goes, data included; volumes of others are spared.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Firewall;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Ha;
use Sim::Node;
use Sim::Pct::Start;
use Sim::Pct::Update;
use Sim::Storage;

sub destroy {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    check($vmid, Sim::GuestConfig::load($vmid), $values);
    fail("unable to destroy CT $vmid - container is running") if !$values->{force} && Sim::Guest::is_running($vmid);
    Sim::Pct::Start::in_worker(sub {
        Sim::ConfigLock::with($vmid, sub { destroy_locked($vmid, $values) });
    });
    return 0;
}

sub check {
    my ($vmid, $config, $values) = @_;
    Sim::GuestConfig::check_protection($config, "can't remove CT $vmid");
    Sim::GuestConfig::check_lock($config);
    fail("unable to remove CT $vmid - used in HA resources and purge parameter not set.")
        if !$values->{purge} && Sim::Ha::is_configured($vmid);
}

sub destroy_locked {
    my ($vmid, $values) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    check($vmid, $config, $values);
    if (Sim::Guest::is_running($vmid)) {
        fail("unable to destroy CT $vmid - container is running") if !$values->{force};
        print STDERR "forced to stop CT $vmid before destroying!\n";
        Sim::Guest::disappear($vmid);
    }
    free_volumes($vmid, $config);
    if ($values->{'destroy-unreferenced-disks'}) {
        Sim::Storage::free($_) for Sim::Storage::volumes_of($vmid);
    }
    leave_marker($vmid);
    Sim::Faults::middle();
    Sim::Firewall::remove($vmid);
    purge($vmid) if $values->{purge};
    Sim::GuestConfig::remove($vmid);
    unlink Sim::Node::host_path("/var/lib/lxc/$vmid/config");
    rmdir Sim::Node::host_path("/var/lib/lxc/$vmid");
}

sub free_volumes {
    my ($vmid, $config) = @_;
    my %seen;
    for my $section ($config->{main}, $config->{pending}) {
        my @unused = map { $section->{keys}{$_} } sort grep { /^unused\d+\z/ } keys %{ $section->{keys} };
        for my $volume (Sim::GuestConfig::volumes($section), @unused) {
            next if $seen{$volume}++ || $volume =~ Sim::Pct::Update::NEW_VOLUME;
            Sim::Pct::Update::free_own_volume($vmid, $volume);
        }
    }
}

# The volumes are gone, the id is still taken.
sub leave_marker {
    my ($vmid) = @_;
    my $config = Sim::GuestConfig::empty();
    $config->{main}{keys}{lock} = 'destroyed';
    Sim::GuestConfig::store($vmid, $config);
}

sub purge {
    my ($vmid) = @_;
    print "purging CT $vmid from related configurations..\n";
    return if !Sim::Ha::is_configured($vmid);
    Sim::Ha::change(sub { [grep { $_->{type} ne 'ct' || $_->{id} ne $vmid } @{ $_[0] }] });
    print "NOTE: removed CT $vmid from HA resource configuration.\n";
}

1;
