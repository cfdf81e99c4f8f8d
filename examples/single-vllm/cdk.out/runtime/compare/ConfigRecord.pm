package ConfigRecord;

# The journal's record of what was asked of a guest's config.

use strict;
use warnings;

sub values_of {
    my ($step) = @_;
    my %values;
    for my $option (@{ $step->{options} }) {
        my ($name, @words) = @$option;
        if    ($name eq 'key')    { $values{ $words[0] } = $words[2] }
        elsif ($name eq 'volume') { $values{ $words[0] } = "$words[2]:$words[3]" }
        elsif ($name eq 'absent') { $values{"absent:$words[0]"} = 1 }
        elsif ($name eq 'raw')    { $values{raw} = join "\n", grep { defined } $values{raw}, "$words[0]: $words[1]" }
    }
    return \%values;
}

sub remember {
    my ($step, $state) = @_;
    my $known  = $state->{applied};
    my $record = of($step, $state->{owner}, $known);
    return () if $known && join("\0", @$record[ 4 .. $#$record ]) eq join("\0", map { "$_=$known->{values}{$_}" } sort keys %{ $known->{values} });
    return (remember => $record);
}

# What was ours and is still in force, because its removal waits for a restart, is ours until then: or nobody would bring that about.
sub of {
    my ($step, $owner, $former) = @_;
    my $values  = values_of($step);
    my $leaving = $owner->{guest}{conf}{deleting};
    my $was     = ($former // {})->{values} // {};
    my %all     = (map({ $leaving->{$_} ? ($_ => $was->{$_}) : () } keys %$was), %$values);
    return [ 'applied', $step->{id}, $owner->{guid}, '-', map { "$_=$all{$_}" } sort keys %all ];
}

1;
