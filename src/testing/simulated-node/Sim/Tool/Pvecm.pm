package Sim::Tool::Pvecm;
# pvecm status and nodes of a node that stands alone.
use strict;
use warnings;

use Sim::Failure;

sub run {
    my ($tool, @argv) = @_;
    not_simulated("pvecm @argv") if "@argv" !~ /^(?:status|nodes)\z/;
    fail("Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?", 2);
}

1;
