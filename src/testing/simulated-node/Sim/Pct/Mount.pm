package Sim::Pct::Mount;
# pct mount and unmount: only the lock `mounted` that they set and clear.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Guest;

sub mount {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    fail("cannot mount CT $vmid while it is running") if Sim::Guest::is_running($vmid);
    Sim::ConfigLock::mark($vmid, 'mounted');
    print "mounted CT $vmid in '/var/lib/lxc/$vmid/rootfs'\n";
    return 0;
}

sub unmount { my ($values) = @_; Sim::ConfigLock::unmark($values->{vmid}, 'mounted'); return 0 }

1;
