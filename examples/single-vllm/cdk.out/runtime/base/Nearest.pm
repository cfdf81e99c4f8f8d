package Nearest;

# What somebody meant who mistyped a name, as the command line of phoenix guesses it (src/base/nearest.ts).

use strict;
use warnings;

# The candidate that is most like the text, undef if none is like it at all. In up to three letters one may differ. Ties go to the first.
sub to {
    my ($text, @candidates) = @_;
    utf8::decode($text);
    my $most = int(length($text) / 2);
    my $least = length $text > 3 ? 2 : 1;
    my ($best, $best_distance) = (undef, ($most > $least ? $most : $least) + 1);
    my $wanted = plain($text);
    for my $candidate (@candidates) {
        utf8::decode(my $name = $candidate);
        my $distance = distance($wanted, plain($name));
        ($best, $best_distance) = ($candidate, $distance) if $distance < $best_distance;
    }
    return $best;
}

# The way out of a mistyped name; undef if nothing is like it.
sub question {
    my $near = to(@_) // return undef;
    return "did you mean `$near`?";
}

# `--allow_move` and `--allow-move` are the same to somebody who mistypes.
sub plain { return lc($_[0]) =~ tr/-_. //dr }

sub distance {
    my ($from, $to) = @_;
    my @to = split //, $to;
    my @previous = 0 .. @to;
    my $row = 0;
    for my $letter (split //, $from) {
        my @current = (++$row);
        for my $at (1 .. @to) {
            my $best = $previous[ $at - 1 ] + ($letter eq $to[ $at - 1 ] ? 0 : 1);
            for my $other ($previous[$at] + 1, $current[-1] + 1) { $best = $other if $other < $best }
            push @current, $best;
        }
        @previous = @current;
    }
    return $previous[-1];
}

1;
