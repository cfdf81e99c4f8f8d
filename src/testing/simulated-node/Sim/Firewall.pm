package Sim::Firewall;
# /etc/pve/firewall/ID.fw follows its guest: a clone gets its source's (or none), whatever lay there before.
use strict;
use warnings;

use Sim::Node;

sub file { return Sim::Node::host_path("/etc/pve/firewall/$_[0].fw") }

sub copy {
    my ($from, $to) = @_;
    my $text = Sim::Node::slurp(file($from));
    return unlink file($to) if !defined $text;
    Sim::Node::spew(file($to), $text);
}

sub remove { unlink file($_[0]) }

1;
