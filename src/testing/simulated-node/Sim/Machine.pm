package Sim::Machine;
# A running machine, as the host sees it: its pid file, and the process with the command line that names the file.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::QemuConfig;

# Above every process id of this machine, so that no fake process hides a real one.
sub FIRST_PID () { 5_000_000 }

sub pid_file { return "/run/qemu-server/$_[0].pid" }

# The process id, undef when it does not run. A pid file whose process is gone means nothing.
sub pid {
    my ($vmid) = @_;
    my ($pid) = (Sim::Node::slurp(Sim::Node::host_path(pid_file($vmid))) // '') =~ /^(\d+)$/ or return undef;
    my $command = Sim::Node::slurp(Sim::Node::host_path("/proc/$pid/cmdline")) // return undef;
    return $command =~ m{\0-pidfile\0/var/run/qemu-server/$vmid\.pid\0} ? $pid : undef;
}

sub is_running { return defined pid($_[0]) }

sub check_exists {
    my ($vmid) = @_;
    fail("unable to find configuration file for VM $vmid on node '" . Sim::Node::name() . "'")
        if !-e Sim::QemuConfig::file($vmid);
}

sub appear {
    my ($vmid, $section) = @_;
    my $pid = FIRST_PID + Sim::Node::next_number('machine-pid');
    my @command = ('/usr/bin/kvm', '-id', $vmid, '-name', ($section->{name} // "vm$vmid") . ',debug-threads=on',
        '-no-shutdown', '-pidfile', "/var/run/qemu-server/$vmid.pid", '-daemonize',
        '-smp', ($section->{sockets} // 1) * ($section->{cores} // 1), '-m', Sim::QemuConfig::memory($section));
    Sim::Node::spew(Sim::Node::host_path("/proc/$pid/cmdline"), join('', map { "$_\0" } @command));
    Sim::Node::spew(Sim::Node::host_path(pid_file($vmid)), "$pid\n");
}

# A disk that the machine's process copies to, for as long as this process lives.
sub mirror_file { return "$Sim::Node::state/mirrors/$_[0]" }

sub begin_mirror { my ($vmid, $volume) = @_; Sim::Node::spew(mirror_file($vmid), pid($vmid) . " $volume\n") }
sub end_mirror   { unlink mirror_file($_[0]) }

sub is_mirrored_to {
    my ($vmid, $volume) = @_;
    my ($pid, $to) = (Sim::Node::slurp(mirror_file($vmid)) // '') =~ /^(\d+) (.*)$/ or return 0;
    return $to eq $volume && $pid == (pid($vmid) // 0);
}

sub disappear {
    my ($vmid) = @_;
    my $pid = pid($vmid);
    Sim::Node::remove_tree(Sim::Node::host_path("/proc/$pid")) if defined $pid;
    unlink Sim::Node::host_path(pid_file($vmid));
}

1;
