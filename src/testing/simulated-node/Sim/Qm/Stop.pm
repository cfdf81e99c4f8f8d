package Sim::Qm::Stop;
# qm stop, shutdown, reboot and reset. Stopping what does not run is no failure; what was pending counts afterwards.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Ha;
use Sim::Machine;
use Sim::QemuConfig;
use Sim::Qm::Pending;
use Sim::Qm::Start;

sub stop { return leave($_[0]) }

sub shutdown {
    my ($values) = @_;
    print STDERR "VM $values->{vmid} not running\n\n" if !Sim::Machine::is_running($values->{vmid});
    return leave($values);
}

sub leave {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    if (Sim::Ha::is_managed($vmid, 'vm')) {
        print "Requesting HA stop for VM $vmid\n";
        Sim::Ha::set_state($vmid, 'stopped', 'vm');
        return 0;
    }
    Sim::QemuConfig::locked($vmid, sub { stop_locked($vmid, $values->{skiplock}) });
    return 0;
}

sub stop_locked {
    my ($vmid, $skiplock) = @_;
    Sim::Machine::check_exists($vmid);
    return if !Sim::Machine::is_running($vmid);
    my $config = Sim::QemuConfig::load($vmid);
    Sim::QemuConfig::check_lock($config) if !$skiplock;
    Sim::Faults::middle();
    Sim::Machine::disappear($vmid);
    return if !%{ $config->{pending} };
    my $errors = Sim::Qm::Pending::take_over_stopped($vmid, $config);
    print STDERR map { "$errors->{$_}\n" } sort keys %$errors;
}

sub check_reboot {
    my ($values) = @_;
    Sim::Machine::check_exists($values->{vmid});
    fail("VM $values->{vmid} not running") if !Sim::Machine::is_running($values->{vmid});
}

# The real one asks for a shutdown, and a daemon starts the machine again as soon as it is gone.
sub reboot {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub {
        stop_locked($vmid);
        Sim::Qm::Start::start_locked($vmid);
    });
    return 0;
}

sub reset {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub { Sim::QemuConfig::check_lock(Sim::QemuConfig::load($vmid)) });
    return 0;
}

1;
