package Sim::Task;
# Proxmox's list of tasks: a line in /var/log/pve/tasks/active while a worker is at work, marked when it ended.
# /proc/PID of the node leads to this process, so that a killed worker can be told from one that is still busy.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

sub file { return Sim::Node::host_path('/var/log/pve/tasks/active') }

sub run {
    my ($kind, $vmid, $code) = @_;
    my $upid = begin($kind, $vmid);
    my $exit = eval { $code->() };
    my $error = $@;
    # A killed worker writes nothing more.
    die $error if Sim::Failure::was_killed($error);
    end($upid, $error ne '' ? (ref $error ? $error->{text} =~ s/\n.*//sr : 'error') : 'OK');
    die $error if $error ne '';
    return $exit;
}

# Work without a task: on the host it is seen as the process that does it, and by nothing else.
sub seen {
    my ($code) = @_;
    my $place = Sim::Node::host_path("/proc/$$");
    symlink "/proc/$$", $place;
    my $exit = eval { $code->() };
    my $error = $@;
    unlink $place;
    die $error if $error ne '';
    return $exit;
}

sub begin {
    my ($kind, $vmid) = @_;
    my $upid = sprintf 'UPID:%s:%08X:%08X:%08X:%s:%s:root@pam:',
        Sim::Node::name(), $$, start_time(), time, $kind, $vmid;
    symlink "/proc/$$", Sim::Node::host_path("/proc/$$");
    change(sub { return ("$upid 0", @_) });
    return $upid;
}

# Field 22 of /proc/PID/stat, counted behind the name, which may hold anything.
sub start_time {
    my $stat = Sim::Node::slurp("/proc/$$/stat") // return 0;
    return (split ' ', $stat =~ s/^.*\)\s*//sr)[19];
}

sub end {
    my ($upid, $status) = @_;
    change(sub { map { index($_, $upid) == 0 ? sprintf('%s 1 %08X %s', $upid, time, $status) : $_ } @_ });
    unlink Sim::Node::host_path("/proc/$$");
}

sub change {
    my ($code) = @_;
    Sim::Node::exclusively('tasks', sub {
        my @lines = $code->(split /\n/, Sim::Node::slurp(file()) // '');
        splice @lines, 25 if @lines > 25;
        Sim::Node::spew(file(), join '', map { "$_\n" } @lines);
    });
}

1;
