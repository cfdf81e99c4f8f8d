package Sim::Tool::LxcInfo;
# lxc-info -n ID -sH
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;

sub run {
    my ($tool, @argv) = @_;
    my ($vmid, $state, $bare);
    while (@argv) {
        my $word = shift @argv;
        if    ($word eq '-n' || $word eq '--name')  { $vmid = shift @argv }
        elsif ($word =~ /^--name=(.*)\z/)           { $vmid = $1 }
        elsif ($word =~ /^-[sH]+\z/)                { $state ||= $word =~ /s/; $bare ||= $word =~ /H/ }
        elsif ($word eq '--state')                  { $state = 1 }
        elsif ($word eq '--no-humanize')            { $bare = 1 }
        else                                        { not_simulated("lxc-info $word") }
    }
    not_simulated('lxc-info without -s') if !$state;
    fail('lxc-info: No container name specified', 1) if !defined $vmid;
    fail("$vmid doesn't exist", 1) if !-e Sim::GuestConfig::file($vmid);
    my $word = Sim::Guest::is_running($vmid) ? 'RUNNING' : 'STOPPED';
    print $bare ? "$word\n" : "State:          $word\n";
    return 0;
}

1;
