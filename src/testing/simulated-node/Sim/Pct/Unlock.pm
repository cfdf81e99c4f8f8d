package Sim::Pct::Unlock;
use strict;
use warnings;

use Sim::ConfigLock;

sub unlock { my ($values) = @_; Sim::ConfigLock::unmark($values->{vmid}); return 0 }

1;
