package Sim::Qm::Unlock;
# qm unlock: also where nothing is locked.
use strict;
use warnings;

use Sim::QemuConfig;

sub unlock {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        delete $_->{lock} for $config->{main}, $config->{pending};
        Sim::QemuConfig::store($vmid, $config);
    });
    return 0;
}

1;
