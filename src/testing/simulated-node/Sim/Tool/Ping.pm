package Sim::Tool::Ping;
# ping of a neighbour: [-n] -c 1 -W 1 ADDRESS. Setting `pings no`: routers that never answer one.
use strict;
use warnings;

use Sim::Failure;
use Sim::Network;
use Sim::Node;
use Sim::Options;

sub run {
    my ($tool, @argv) = @_;
    my ($option, $address, @rest) = Sim::Options::parse('ping', 'nq46', 'cWw', @argv);
    not_simulated("ping @argv") if @rest || !defined $address;
    $address =~ s/%.*//;
    my ($device, $answers) = Sim::Network::neighbour($address);
    if (!defined $device) {
        print STDERR "ping: connect: Network is unreachable\n";
        return 2;
    }
    $answers = 0 if Sim::Node::setting('pings', 'yes') eq 'no';
    print "PING $address ($address) 56(84) bytes of data.\n";
    print "64 bytes from $address: icmp_seq=1 ttl=64 time=0.200 ms\n" if $answers;
    printf "\n--- %s ping statistics ---\n1 packets transmitted, %d received, %d%% packet loss, time 0ms\n", $address, $answers ? (1, 0) : (0, 100);
    return $answers ? 0 : 1;
}

1;
