package Order;

# Steps in an order in which each comes after what it needs; where that leaves a choice, in the order in which they were given.

use strict;
use warnings;

# Needs that name no given step are somebody else's and do not order anything. Dies with the names of a cycle.
sub sorted {
    my (@steps) = @_;
    return @steps if is_sorted(@steps);
    my %place = map { $steps[$_]{id} => $_ } 0 .. $#steps;
    my (@waits, @followers);
    for my $at (0 .. $#steps) {
        my %needs = map { $_ => 1 } grep { defined } map { $place{$_} } @{ $steps[$at]{needs} };
        $waits[$at] = keys %needs;
        push @{ $followers[$_] }, $at for keys %needs;
    }
    my @heap;
    push_heap(\@heap, $_) for grep { !$waits[$_] } 0 .. $#steps;
    my @sorted;
    while (@heap) {
        my $at = pop_heap(\@heap);
        push @sorted, $steps[$at];
        for my $follower (@{ $followers[$at] // [] }) {
            push_heap(\@heap, $follower) unless --$waits[$follower];
        }
    }
    if (@sorted < @steps) {
        my @stuck = map { $steps[$_]{id} } grep { $waits[$_] > 0 } 0 .. $#steps;
        require Problem;
        Problem::stop({ code => 'assembly/invalid', message => 'these steps need each other: ' . join(', ', @stuck), fix => 'take one of the needs out of the program, then: phoenix synth' });
    }
    return @sorted;
}

# Mostly they are: what wrote them had sorted them.
sub is_sorted {
    my (@steps) = @_;
    my %later = map { $_->{id} => 1 } @steps;
    for my $step (@steps) {
        for my $need (@{ $step->{needs} }) { return 0 if $later{$need} }
        delete $later{ $step->{id} };
    }
    return 1;
}

sub push_heap {
    my ($heap, $value) = @_;
    my $at = @$heap;
    while ($at > 0) {
        my $parent = ($at - 1) >> 1;
        last if $heap->[$parent] <= $value;
        $heap->[$at] = $heap->[$parent];
        $at = $parent;
    }
    $heap->[$at] = $value;
}

sub pop_heap {
    my ($heap) = @_;
    my $top  = $heap->[0];
    my $last = pop @$heap;
    return $top unless @$heap;
    my $at = 0;
    while ((my $child = 2 * $at + 1) < @$heap) {
        $child++ if $child + 1 < @$heap && $heap->[ $child + 1 ] < $heap->[$child];
        last if $last <= $heap->[$child];
        $heap->[$at] = $heap->[$child];
        $at = $child;
    }
    $heap->[$at] = $last;
    return $top;
}

1;
