package Removal;

# Whether something may be removed. While it is in the program, the program says so (`removalPolicy`); once it left, the policy that was applied
# last, which is in the journal. Nothing of a protected stack may, and what it said last is that it stays.

use strict;
use warnings;

# `destroy` or `retain`, by the step that makes it.
sub wanted {
    my ($step) = @_;
    return $step->{has}{removal} && !$step->{stack}{protect} ? 'destroy' : 'retain';
}

sub applied {
    my ($journal, $id) = @_;
    my $applied = $journal->{applied}{$id} // return 'retain';
    return ($applied->{values}{removal} // '') eq 'destroy' ? 'destroy' : 'retain';
}

# The policy that counts now of what the step of this id makes.
sub policy {
    my ($look, $id) = @_;
    my $maker = $look->{by_id}{$id};
    return $maker ? wanted($maker) : applied($look->{journal}, $id);
}

# Values of a step's record that say so.
sub values_of {
    my ($step) = @_;
    return wanted($step) eq 'destroy' ? ('removal=destroy') : ();
}

# True if the program says something else than the journal about a guest of ours or a thing that we made: when it leaves, only the journal can tell.
sub is_news {
    my ($step, $journal) = @_;
    my $is_ours = $step->{kind} eq 'guest-create' ? $journal->{guest}{ $step->{has}{guest}[1] } : $journal->{made}{ $step->{id} };
    return defined $is_ours && wanted($step) ne applied($journal, $step->{id});
}

1;
