package Size;

# Numbers of bytes in the forms that Proxmox takes.

use strict;
use warnings;

my @units = ([ G => 1_073_741_824 ], [ M => 1_048_576 ], [ K => 1024 ]);
my %bytes = ('' => 1, K => 1024, M => 1_048_576, G => 1_073_741_824, T => 1_099_511_627_776);

# In `STORAGE:SIZE`: gibibytes, a fraction where it has to be one.
sub gibibytes {
    my ($bytes) = @_;
    return $bytes % 1_073_741_824 ? sprintf('%.6f', $bytes / 1_073_741_824) =~ s/0+$//r : $bytes / 1_073_741_824;
}

# For `pct resize`, and for people: in the largest unit that leaves no rest.
sub absolute {
    my ($bytes) = @_;
    for my $unit (@units) {
        return $bytes / $unit->[1] . $unit->[0] unless $bytes % $unit->[1];
    }
    return $bytes;
}

# Bytes of a text such as `32G`; undef if it is none.
sub parse {
    my ($text) = @_;
    return defined $text && $text =~ /^(\d+(?:\.\d+)?)([KMGT]?)$/ ? $1 * $bytes{$2} : undef;
}

1;
