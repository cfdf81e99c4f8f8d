package Sim::Tool::Ifreload;
# ifreload of ifupdown2: -a [-s] [-v] [-d] [-f] [-n]
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Network;
use Sim::Options;

sub run {
    my ($tool, @argv) = @_;
    my ($option, @words) = Sim::Options::parse('ifreload', 'acsvdfnlu', '', @argv);
    not_simulated("ifreload @argv") if @words || $option->{c} || $option->{n};
    fail("ifreload: error: one of the arguments -a/--all -c/--currently-up --allow is required", 2) if !$option->{a};

    my $config = Sim::Network::read_config('/etc/network/interfaces');
    print STDERR "$_\n" for @{ $config->{errors} };
    return @{ $config->{errors} } ? 1 : 0 if $option->{s};

    # What is understood is brought up all the same.
    my @errors = Sim::Network::reload($config, \&Sim::Faults::middle);
    print STDERR "$_\n" for @errors;
    return @{ $config->{errors} } || grep({ /^error/ } @errors) ? 1 : 0;
}

1;
