package Clock;

# Moments as seconds, and as people and logs write them.

use strict;
use warnings;

sub now {
    require Time::HiRes;
    return Time::HiRes::time();
}

# 2026-06-12T14:15:02.123Z
sub stamp {
    my ($moment) = @_;
    $moment //= now();
    my @part = gmtime int $moment;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $part[5] + 1900, $part[4] + 1, @part[ 3, 2, 1, 0 ], ($moment - int $moment) * 1000;
}

1;
