package Addresses;

# Addresses and ports of firewall rules: whether all of some lie in others.

use strict;
use warnings;
use Socket ();

# Each of them within one of the others: `10.0.0.5`, `10.0.0.0/24`, `10.0.0.1-10.0.0.9`, lists with commas, and names, which `names` may know: a function
# that gives { name => [address, …] }, sets with a `+`. What has no address is within itself alone.
sub lies_in {
    my ($some, $others, $names) = @_;
    return 1 if $some eq $others;
    my @wide = map { resolved($_, $names) } split /,/, $others;
    for my $one (map { resolved($_, $names) } split /,/, $some) {
        my $range = range($one);
        return 0 unless grep { lc eq lc $one || ($range && holds(range($_), $range)) } @wide;
    }
    return 1;
}

# A set that leaves some out is not what its members are.
sub resolved {
    my ($name, $names) = @_;
    return $name if !$names || $name =~ /^[\d:]/;
    my $known   = $names->();
    my $members = $known->{ short($name) } // return $name;
    return $name if !@$members || grep { /^!/ } @$members;
    return map { my $of = $known->{ short($_) }; $of ? @$of : $_ } @$members;
}

sub short { return lc($_[0]) =~ s{^(\+?)(?:dc|guest)/}{$1}r }

sub holds {
    my ($wide, $narrow) = @_;
    return $wide && length $wide->[0] == length $narrow->[0] && $wide->[0] le $narrow->[0] && $narrow->[1] le $wide->[1];
}

# [first, last] as packed bytes; nothing of what is no address.
sub range {
    my ($text) = @_;
    if ($text =~ /^([^-]+)-([^-]+)$/) {
        my ($first, $last) = map { packed($_) } $1, $2;
        return defined $first && defined $last ? [ $first, $last ] : undef;
    }
    my ($address, $prefix) = $text =~ m{^([0-9A-Fa-f:.]+)(?:/(\d{1,3}))?$} or return undef;
    my $bytes = packed($address) // return undef;
    my $bits  = 8 * length $bytes;
    return [ $bytes, $bytes ] unless defined $prefix;
    return undef if $prefix > $bits;
    my $mask = pack "B$bits", '1' x $prefix . '0' x ($bits - $prefix);
    return [ $bytes & $mask, $bytes | ~$mask ];
}

sub packed {
    my ($text) = @_;
    return Socket::inet_pton($text =~ /:/ ? Socket::AF_INET6() : Socket::AF_INET(), $text);
}

# Whether each port of a list is in one of the others: `80`, `80:85`, names of services.
sub ports_in {
    my ($some, @others) = @_;
    my @wide = merged(map { ports($_) } map { split /,/ } @others);
    for my $port (split /,/, $some) {
        my $range = ports($port);
        return 0 unless $range ? grep { $_->[0] <= $range->[0] && $range->[1] <= $_->[1] } @wide : grep { $_ eq $port } map { split /,/ } @others;
    }
    return 1;
}

sub ports { return $_[0] =~ /^(\d+)(?::(\d+))?$/ ? [ $1, $2 // $1 ] : () }

sub merged {
    my @merged;
    for my $range (sort { $a->[0] <=> $b->[0] } @_) {
        if (@merged && $range->[0] <= $merged[-1][1] + 1) { $merged[-1] = [ $merged[-1][0], $range->[1] > $merged[-1][1] ? $range->[1] : $merged[-1][1] ] }
        else                                              { push @merged, $range }
    }
    return @merged;
}

1;
