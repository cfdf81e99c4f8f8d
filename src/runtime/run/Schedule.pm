package Schedule;

# Which step may begin now, and what became of each. Knows nothing of hosts.
#
# A step begins when all that it needs is done, and while nobody else uses what it needs for itself. What needs something that did not come about is
# not begun, and told with the first cause of it. Where there is a choice, steps begin in the order in which they were given.

use strict;
use warnings;

# todo: steps { id, needs, exclusive, alone } in an order in which each comes after what it needs; stuck: ids of steps that will not come about.
# Afterwards `left_out` holds the steps that need one of those.
sub new {
    my ($class, %given) = @_;
    my $self = bless { steps => $given{todo}, place => {}, waits => [], followers => {}, ready => [], running => {}, used => {}, outcome => {}, cause => {} }, $class;
    $self->{place}{ $self->{steps}[$_]{id} } = $_ for 0 .. $#{ $self->{steps} };
    $self->{outcome}{$_} = 'stuck' for @{ $given{stuck} // [] };
    for my $at (0 .. $#{ $self->{steps} }) {
        my $step  = $self->{steps}[$at];
        my %needs = map { $_ => 1 } grep { defined $self->{place}{$_} || $self->{outcome}{$_} } @{ $step->{needs} };
        $self->{waits}[$at] = keys %needs;
        push @{ $self->{followers}{$_} }, $at for keys %needs;
    }
    @{ $self->{ready} } = grep { !$self->{waits}[$_] } 0 .. $#{ $self->{steps} };
    $self->{left_out} = [ map { $self->leave_out($_, $_) } @{ $given{stuck} // [] } ];
    return $self;
}

# The steps that may begin now, at most as many as there are free hands.
sub begin {
    my ($self, $hands) = @_;
    my (@begun, @later);
    while (@{ $self->{ready} } && @begun < $hands) {
        my $at   = shift @{ $self->{ready} };
        my $step = $self->{steps}[$at];
        if ($self->is_free($step)) {
            $self->{running}{ $step->{id} } = $step;
            $self->{used}{$_} = $step->{id} for @{ $step->{exclusive} };
            push @begun, $step;
        }
        else { push @later, $at }
        last if $step->{alone};    # begun or not: who waits to be alone is not overtaken for ever
    }
    unshift @{ $self->{ready} }, @later;
    return @begun;
}

sub is_free {
    my ($self, $step) = @_;
    my @running = values %{ $self->{running} };
    return 0 if @running && ($step->{alone} || grep { $_->{alone} } @running);
    return !grep { defined $self->{used}{$_} } @{ $step->{exclusive} };
}

# A step has come to its end: `done`, or any other word for why it is not. Gives the steps that are not begun because of it.
sub end {
    my ($self, $id, $outcome) = @_;
    my $step = delete $self->{running}{$id} // return;
    delete $self->{used}{$_} for grep { ($self->{used}{$_} // '') eq $id } @{ $step->{exclusive} };
    $self->{outcome}{$id} = $outcome;
    return $self->leave_out($id, $id) if $outcome ne 'done';
    for my $follower (@{ $self->{followers}{$id} // [] }) {
        $self->now_ready($follower) unless --$self->{waits}[$follower];
    }
    return;
}

sub now_ready {
    my ($self, $at) = @_;
    return if defined $self->{outcome}{ $self->{steps}[$at]{id} };
    my $ready = $self->{ready};
    my $slot  = @$ready;
    $slot-- while $slot > 0 && $ready->[ $slot - 1 ] > $at;
    splice @$ready, $slot, 0, $at;
}

# What needs this, near or far, is not begun.
sub leave_out {
    my ($self, $id, $cause) = @_;
    my (@left, @open);
    push @open, @{ $self->{followers}{$id} // [] };
    while (defined(my $at = shift @open)) {
        my $step = $self->{steps}[$at];
        next if defined $self->{outcome}{ $step->{id} };
        $self->{outcome}{ $step->{id} } = 'skipped';
        $self->{cause}{ $step->{id} }   = $cause;
        push @left, $step;
        push @open, @{ $self->{followers}{ $step->{id} } // [] };
    }
    return sort { $self->{place}{ $a->{id} } <=> $self->{place}{ $b->{id} } } @left;
}

# Nothing more is to begin. Gives the steps that will not.
sub stop {
    my ($self) = @_;
    my @left = grep { !defined $self->{outcome}{ $_->{id} } && !$self->{running}{ $_->{id} } } @{ $self->{steps} };
    $self->{outcome}{ $_->{id} } = 'stopped' for @left;
    $self->{ready} = [];
    return @left;
}

sub is_over {
    my ($self) = @_;
    return !%{ $self->{running} } && !@{ $self->{ready} };
}

1;
