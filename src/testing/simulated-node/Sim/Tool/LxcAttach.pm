package Sim::Tool::LxcAttach;
# lxc-attach -n ID [--clear-env] [-v NAME=VALUE] -- COMMAND
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestRun;

sub run {
    my ($tool, @argv) = @_;
    my ($vmid, $clear, %set);
    while (@argv) {
        my $word = shift @argv;
        last if $word eq '--';
        if    ($word =~ /^--name=(.*)\z/ || $word =~ /^-n(\d+)\z/) { $vmid = $1 }
        elsif ($word eq '-n' || $word eq '--name')                 { $vmid = shift @argv }
        elsif ($word eq '--clear-env')                             { $clear = 1 }
        elsif ($word eq '--keep-env')                              { $clear = 0 }
        elsif ($word =~ /^(?:--set-var=|-v)([^=]+)=(.*)\z/s)       { $set{$1} = $2 }
        elsif ($word eq '-v' || $word eq '--set-var')              { unshift @argv, '--set-var=' . shift @argv }
        elsif ($word =~ /^-/)                                      { not_simulated("lxc-attach $word") }
        else                                                       { unshift @argv, $word; last }
    }
    fail('lxc-attach: No container name specified', 1) if !defined $vmid;
    if (!Sim::Guest::is_running($vmid)) {
        my $where = "lxc-attach: $vmid: ../src/lxc/attach.c:";
        fail("$where get_attach_context: 406 Connection refused - Failed to get init pid\n"
                . "$where lxc_attach: 1470 Connection refused - Failed to get attach context", 1);
    }
    return Sim::GuestRun::run($vmid, \@argv, { ($clear ? () : %ENV), %set });
}

1;
