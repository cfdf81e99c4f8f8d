package Sim::Network;
# The host's interfaces: /etc/network/interfaces as ifupdown2 reads it, /sys/class/net and the routes as they come of it.
#
# Cards are what lies there with a `device`; one of them (setting `uplink`, otherwise the first) has the cable to the routers.
use strict;
use warnings;

use Sim::Node;

my $net = '/sys/class/net';

# ---- The file

# { order => [names], auto => {name => 1}, ifaces => {name => [{ family, method, options => [[name, value], …] }, …]}, errors => [texts] }
sub read_config {
    my ($path) = @_;
    my $config = { order => [], auto => {}, ifaces => {}, errors => [] };
    read_into($config, $path);
    return $config;
}

my %METHODS = map { $_ => 1 } qw(static manual dhcp loopback auto tunnel ppp none);

sub read_into {
    my ($config, $path) = @_;
    my ($number, $stanza) = (0);
    for my $line (split /\n/, Sim::Node::slurp(Sim::Node::host_path($path)) // '') {
        $number++;
        $line =~ s/^\s+|\s+$//g;
        # Unlike Proxmox it reads on behind blank lines.
        next if $line eq '' || $line =~ /^#/;
        my ($word, @rest) = split ' ', $line;
        if ($word =~ /^(?:auto|allow-auto|allow-hotplug|allow-ovs)\z/) {
            undef $stanza;
            if ($word =~ /auto/) { $config->{auto}{$_} = 1 for @rest }
        }
        elsif ($word eq 'source' || $word eq 'source-directory') {
            undef $stanza;
            my $pattern = $word eq 'source' ? $rest[0] : "$rest[0]/*";
            read_into($config, substr $_, length $Sim::Node::root) for sort grep { -f } glob Sim::Node::host_path($pattern);
        }
        elsif ($word eq 'iface') {
            my ($name, $family, $method) = @rest;
            push @{ $config->{order} }, $name if !$config->{ifaces}{$name};
            push @{ $config->{ifaces}{$name} }, $stanza = { family => $family, method => $method // 'static', options => [] };
            complain($config, $path, $number, "iface $name: unsupported address family '$family'") if defined $family && $family !~ /^inet6?\z/;
            complain($config, $path, $number, "iface $name: invalid method '$method'") if defined $method && !$METHODS{$method};
            complain($config, $path, $number, "$name: interface name too long") if length $name > 15;
        }
        elsif ($word eq 'mapping') { $stanza = { options => [] } }
        elsif (!$stanza)           { complain($config, $path, $number, "error processing line '$line'") }
        elsif (!@rest)             { complain($config, $path, $number, "invalid syntax '$line'") }
        else {
            (my $name = $word) =~ tr/_/-/;
            $name = 'bond-slaves' if $name eq 'slaves';
            push @{ $stanza->{options} }, [ $name, "@rest" ];
            complain($config, $path, $number, "invalid address '$rest[0]'") if $name =~ /^(?:address|gateway)\z/ && !is_address($rest[0]);
        }
    }
}

sub complain { my ($config, $path, $number, $text) = @_; push @{ $config->{errors} }, "error: $path: line$number: $text" }

sub is_address {
    my ($text) = @_;
    $text =~ s{/(\d+)\z}{};
    return $text =~ /^[0-9a-fA-F:.]+\z/ if $text =~ /:/;
    return $text =~ /^(\d+)\.(\d+)\.(\d+)\.(\d+)\z/ && !grep { $_ > 255 } $1, $2, $3, $4;
}

sub value {
    my ($config, $name, $option) = @_;
    my ($found) = map { $_->[1] } grep { $_->[0] eq $option } map { @{ $_->{options} } } @{ $config->{ifaces}{$name} };
    return $found;
}

sub listed { return grep { $_ ne 'none' } split /[\s,;]+/, $_[0] // '' }

# ---- The interfaces

sub exists_ { return -d Sim::Node::host_path("$net/$_[0]") }
sub is_card { return -e Sim::Node::host_path("$net/$_[0]/device") }
sub names   { return Sim::Node::entries(Sim::Node::host_path($net)) }

sub attribute {
    my ($name, $what) = @_;
    my $text = Sim::Node::slurp(Sim::Node::host_path("$net/$name/$what")) // return undef;
    return $text =~ s/\s+\z//r;
}

sub set_attribute { my ($name, $what, $value) = @_; Sim::Node::spew(Sim::Node::host_path("$net/$name/$what"), "$value\n") }

sub add_card {
    my ($name) = @_;
    set_attribute($name, 'device', 'card');
    set_attribute($name, 'mtu', 1500);
}

# What lies below an interface, as the kernel shows it by `lower_NAME`.
sub lower { return map { /^lower_(.+)/ ? $1 : () } Sim::Node::entries(Sim::Node::host_path("$net/$_[0]")) }

# Takes an interface off the bridge or bond that it is a part of.
sub release {
    my ($port) = @_;
    for my $other (names()) {
        unlink map { Sim::Node::host_path("$net/$other/$_") } "brif/$port", is_master($other) ? "lower_$port" : ();
    }
}

sub enslave {
    my ($name, $port) = @_;
    release($port);
    set_attribute($name, "lower_$port", '');
    set_attribute($name, "brif/$port", '') if -d Sim::Node::host_path("$net/$name/bridge");
}

sub is_master { return -d Sim::Node::host_path("$net/$_[0]/bridge") || -d Sim::Node::host_path("$net/$_[0]/bonding") }

sub take_down {
    my ($name) = @_;
    return if is_card($name) || $name eq 'lo';
    Sim::Node::remove_tree(Sim::Node::host_path("$net/$name"));
    take_down($_) for grep { my $upper = $_; !is_master($upper) && grep { $_ eq $name } lower($upper) } names();
}

# Brings an interface up with all that it stands on; false and a text for what fails.
sub bring_up {
    my ($config, $name, $errors, $done) = @_;
    return if $done->{$name}++;
    my @ports = listed(value($config, $name, 'bridge-ports') // value($config, $name, 'bond-slaves'));
    bring_up($config, $_, $errors, $done) for grep { $config->{ifaces}{$_} || /\.\d+\z/ } @ports;
    my $parent = $name =~ /^(.+)\.\d+\z/ ? $1 : value($config, $name, 'vlan-raw-device');
    if    (defined value($config, $name, 'bridge-ports')) { make_bridge($config, $name, $errors, @ports) }
    elsif (defined value($config, $name, 'bond-slaves'))  { make_bond($config, $name, $errors, @ports) }
    elsif (defined $parent) {
        bring_up($config, $parent, $errors, $done) if $config->{ifaces}{$parent};
        return push @$errors, "error: $name: raw device $parent not present" if !exists_($parent);
        set_attribute($name, 'mtu', attribute($parent, 'mtu')) if !exists_($name);
        set_attribute($name, "lower_$parent", '');
        list_vlan($name, $parent, $name =~ /\.(\d+)\z/ ? $1 : value($config, $name, 'vlan-id') // ($name =~ /(\d+)\z/)[0]);
    }
    elsif (!exists_($name)) { return push @$errors, "warning: $name: interface not recognized - please check interface configuration" }
    my $mtu = value($config, $name, 'mtu');
    set_attribute($name, 'mtu', $mtu) if defined $mtu;
}

# The kernel's own list of VLANs.
sub list_vlan {
    my ($name, $parent, $tag) = @_;
    my $file  = Sim::Node::host_path('/proc/net/vlan/config');
    my @lines = grep { !/^\Q$name\E / } split /\n/, Sim::Node::slurp($file) // "VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD";
    Sim::Node::spew($file, join '', map { "$_\n" } @lines, sprintf '%-15s| %d  | %s', $name, $tag, $parent);
}

sub make_bridge {
    my ($config, $name, $errors, @ports) = @_;
    set_attribute($name, 'mtu', 1500) if !exists_($name);
    my $aware = (value($config, $name, 'bridge-vlan-aware') // 'no') =~ /^(?:yes|on|1|true)\z/i ? 1 : 0;
    set_attribute($name, 'bridge/vlan_filtering', $aware);
    Sim::Node::make_folder(Sim::Node::host_path("$net/$name/brif"));
    release_others($name, @ports);
    for my $port (@ports) {
        if (exists_($port)) { enslave($name, $port) }
        else                { push @$errors, "error: $name: bridge port $port does not exist" }
    }
}

sub make_bond {
    my ($config, $name, $errors, @slaves) = @_;
    set_attribute($name, 'mtu', 1500) if !exists_($name);
    set_attribute($name, 'bonding/mode', value($config, $name, 'bond-mode') // 'balance-rr');
    release_others($name, @slaves);
    my @there = grep { exists_($_) } @slaves;
    push @$errors, "error: $name: failed to enslave $_: no such device" for grep { !exists_($_) } @slaves;
    enslave($name, $_) for @there;
    set_attribute($name, 'bonding/slaves', "@there");
}

# Ports that the file does not name go, save those of guests, which Proxmox's build of ifupdown2 leaves (setting `guest-ports go`: another one).
sub release_others {
    my ($name, @ports) = @_;
    my %keep = map { $_ => 1 } @ports;
    my $guests = Sim::Node::setting('guest-ports', 'stay') eq 'stay' ? qr/^(?:tap|veth|fwpr|fwln)/ : qr/^\z/;
    my @there  = (lower($name), Sim::Node::entries(Sim::Node::host_path("$net/$name/brif")));
    unlink map { (Sim::Node::host_path("$net/$name/lower_$_"), Sim::Node::host_path("$net/$name/brif/$_")) } grep { !$keep{$_} && !/$guests/ } @there;
}

# ---- Routes

sub write_routes {
    my ($config) = @_;
    my @routes = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
    my (@addresses, @six);
    for my $name (grep { exists_($_) } @{ $config->{order} }) {
        for my $stanza (@{ $config->{ifaces}{$name} }) {
            my %last = map { @$_ } @{ $stanza->{options} };
            my ($address, $bits) = split m{/}, $last{address} // '';
            next if !defined $address;
            push @addresses, "$name $address/" . ($bits // 24);
            my $gateway = $last{gateway} // next;
            if ($gateway =~ /:/) {
                require Socket;
                my $hex = unpack 'H32', Socket::inet_pton(Socket::AF_INET6(), $gateway);
                push @six, join ' ', '0' x 32, '00', '0' x 32, '00', $hex, '00000400', '00000001', '00000000', '00000003', "    $name";
            }
            else {
                push @routes, join "\t", $name, '00000000', unpack('H8', pack 'C4', reverse split /\./, $gateway) =~ tr/a-f/A-F/r, '0003', 0, 0, 0, '00000000', 0, 0, 0;
            }
        }
    }
    Sim::Node::spew(Sim::Node::host_path('/proc/net/route'), join '', map { "$_\n" } @routes);
    Sim::Node::spew(Sim::Node::host_path('/proc/net/ipv6_route'), join '', map { "$_\n" } @six);
    Sim::Node::spew("$Sim::Node::state/addresses", join '', map { "$_\n" } @addresses);
}

# Addresses of an interface, with their prefix.
sub addresses {
    my ($name) = @_;
    return map { /^\Q$name\E (\S+)\z/ ? $1 : () } split /\n/, Sim::Node::slurp("$Sim::Node::state/addresses") // '';
}

# The interface over which a neighbour would be asked for, and whether it answers: it does if the cable is at the end of the way.
sub neighbour {
    my ($address) = @_;
    for my $line (split /\n/, Sim::Node::slurp("$Sim::Node::state/addresses") // '') {
        my ($name, $own, $bits) = $line =~ m{^(\S+) (.+)/(\d+)\z} or next;
        next if ($own =~ /:/) != ($address =~ /:/) || !exists_($name);
        next if $own !~ /:/ && number($own) >> (32 - $bits) != number($address) >> (32 - $bits);
        return ($name, has_cable($name));
    }
    return;
}

sub number { return unpack 'N', pack 'C4', split /\./, $_[0] }

sub has_cable {
    my ($name) = @_;
    my ($first) = grep { is_card($_) } names();
    my $uplink = Sim::Node::setting('uplink', $first // '');
    return 1 if $name eq $uplink;
    return !!grep { has_cable($_) } lower($name);
}

# ---- A reload

sub reload {
    my ($config, $middle) = @_;
    my $file = "$Sim::Node::state/interfaces-up";
    for my $name (split /\n/, Sim::Node::slurp($file) // '') {
        take_down($name) if !$config->{ifaces}{$name};
    }
    $middle->();
    my (@errors, %done);
    my @up = grep { $config->{auto}{$_} } @{ $config->{order} };
    bring_up($config, $_, \@errors, \%done) for @up;
    Sim::Node::spew($file, join '', map { "$_\n" } sort keys %done);
    write_routes($config);
    return @errors;
}

1;
