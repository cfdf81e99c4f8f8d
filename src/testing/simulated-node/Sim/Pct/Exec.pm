package Sim::Pct::Exec;
# pct exec: the inner command's exit code, and by default the caller's whole environment inside the guest.
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::GuestRun;

sub exec {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::GuestConfig::load($vmid);
    fail("container '$vmid' not running!") if !Sim::Guest::is_running($vmid);
    my @argv = @{ $values->{'extra-args'} };
    fail("missing command", 255) if !@argv;
    return Sim::GuestRun::run($vmid, \@argv, $values->{'keep-env'} // 1 ? {%ENV} : {});
}

1;
