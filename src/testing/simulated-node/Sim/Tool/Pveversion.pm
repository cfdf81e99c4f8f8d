package Sim::Tool::Pveversion;
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

sub run {
    my ($tool, @argv) = @_;
    not_simulated("pveversion @argv") if @argv;
    my $release = Sim::Node::setting('pve-release', '9.1.4');
    print "pve-manager/$release/0123456789abcdef (running kernel: 6.17.4-1-pve)\n";
    return 0;
}

1;
