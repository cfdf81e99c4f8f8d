package Sim::Tool::Ip;
# ip neigh show to ADDRESS, ip -o addr show, and what people do to interfaces past the file: ip link delete, set mtu, set nomaster.
use strict;
use warnings;

use Sim::Failure;
use Sim::Network;

my @COMMAND = (
    [qr/^neigh show to (\S+)\z/,               \&neighbour],
    [qr/^-o addr show\z/,                      \&addresses],
    [qr/^link del(?:ete)? (?:dev )?(\S+)\z/,   \&delete_],
    [qr/^link set (?:dev )?(\S+) mtu (\d+)\z/, sub { Sim::Network::set_attribute(existing($_[0]), 'mtu', $_[1]) }],
    [qr/^link set (?:dev )?(\S+) nomaster\z/,  sub { Sim::Network::release(existing($_[0])) }],
);

sub run {
    my ($tool, @argv) = @_;
    for my $command (@COMMAND) {
        my ($pattern, $code) = @$command;
        next if "@argv" !~ $pattern;
        $code->($1, $2);
        return 0;
    }
    not_simulated("ip @argv");
}

sub existing {
    my ($name) = @_;
    fail("Cannot find device \"$name\"", 1) if !Sim::Network::exists_($name);
    return $name;
}

sub neighbour {
    my ($address) = @_;
    my ($device, $answers) = Sim::Network::neighbour($address);
    print "$address dev $device ", ($answers ? 'lladdr 02:00:00:00:00:01 REACHABLE' : 'FAILED'), "\n" if defined $device;
}

sub delete_ {
    my ($name) = @_;
    fail('RTNETLINK answers: Operation not supported', 2) if Sim::Network::is_card(existing($name));
    Sim::Network::take_down($name);
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
