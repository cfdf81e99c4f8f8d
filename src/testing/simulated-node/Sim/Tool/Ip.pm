package Sim::Tool::Ip;
# ip neigh show to ADDRESS, and ip -o addr show
use strict;
use warnings;

use Sim::Failure;
use Sim::Network;

sub run {
    my ($tool, @argv) = @_;
    return addresses() if "@argv" eq '-o addr show';
    not_simulated("ip @argv") if "@argv" !~ /^neigh show to (\S+)\z/;
    my $address = $1;
    my ($device, $answers) = Sim::Network::neighbour($address);
    print "$address dev $device ", ($answers ? 'lladdr 02:00:00:00:00:01 REACHABLE' : 'FAILED'), "\n" if defined $device;
    return 0;
}

# Each address on a line; the kernel itself adds those of the loop and of the link.
sub addresses {
    my $forever = '\\       valid_lft forever preferred_lft forever';
    my $number  = 1;
    print "1: lo    inet 127.0.0.1/8 scope host lo$forever\n1: lo    inet6 ::1/128 scope host noprefixroute $forever\n";
    for my $name (Sim::Network::names()) {
        $number++;
        for my $address (Sim::Network::addresses($name)) {
            my $family = $address =~ /:/ ? 'inet6' : 'inet';
            print "$number: $name    $family $address scope global $name$forever\n";
        }
        print "$number: $name    inet6 fe80::be24:11ff:fe00:$number/64 scope link proto kernel_ll $forever\n" if Sim::Network::addresses($name);
    }
    return 0;
}

1;
