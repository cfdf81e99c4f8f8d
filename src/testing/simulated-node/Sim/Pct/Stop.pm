package Sim::Pct::Stop;
# pct stop, shutdown and reboot.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Ha;
use Sim::Node;

sub stop     { return leave($_[0], 'stop') }
sub shutdown { return leave($_[0], 'shutdown') }

sub leave {
    my ($values, $how) = @_;
    my $vmid = $values->{vmid};
    fail("CT $vmid not running") if !Sim::Guest::is_running($vmid);
    if (Sim::Ha::is_managed($vmid)) {
        print "Requesting HA stop for CT $vmid\n";
        Sim::Ha::set_state($vmid, 'stopped');
        return 0;
    }
    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_lock($config)
            if !$values->{skiplock} && ($config->{main}{keys}{lock} // '') ne 'mounted';
        Sim::Faults::middle();
        Sim::Guest::disappear($vmid);
    });
    return 0;
}

sub stop_now { my ($vmid) = @_; Sim::ConfigLock::with($vmid, sub { Sim::Guest::disappear($vmid) }) }

sub reboot {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    fail("VM $vmid not running") if !Sim::Guest::is_running($vmid);
    require Sim::Pct::Start;
    Sim::Pct::Start::in_worker(sub {
        stop_now($vmid);
        Sim::Faults::middle();
        Sim::Pct::Start::start_now($vmid, 1);
    });
    return 0;
}

1;
