package Unknown;

# Thrown where a question has no answer: unknown is not absent, and it stops.

use strict;
use warnings;

sub because {
    my ($reason) = @_;
    die bless { reason => $reason }, 'Unknown';
}

1;
