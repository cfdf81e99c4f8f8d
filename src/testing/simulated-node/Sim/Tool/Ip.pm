package Sim::Tool::Ip;
# ip neigh show to ADDRESS
use strict;
use warnings;

use Sim::Failure;
use Sim::Network;

sub run {
    my ($tool, @argv) = @_;
    not_simulated("ip @argv") if "@argv" !~ /^neigh show to (\S+)\z/;
    my $address = $1;
    my ($device, $answers) = Sim::Network::neighbour($address);
    print "$address dev $device ", ($answers ? 'lladdr 02:00:00:00:00:01 REACHABLE' : 'FAILED'), "\n" if defined $device;
    return 0;
}

1;
