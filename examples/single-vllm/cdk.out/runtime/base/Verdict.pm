package Verdict;

# What was found out about a step:
#
#   { verdict, reason?, changes, notes, do?, arguments?, fields?, remember?, flag? }
#
# verdict    satisfied | change | create | waiting | held | refused | unknown | foreign | blocked | note
# changes    [{ key, from, to, impact, held?, refused? }] for people and for the log
# do         the next thing that bash has to do about it, with its arguments (words of the command) and fields (name => value)
# remember   a journal record that is missing although all is well
# pending    [{ key, from, to, ours }]: values of a guest that wait for a restart
# first      true of a change for which all else about its guest waits
# flag       the option of the command line that would allow it

use strict;
use warnings;

sub satisfied { return { verdict => 'satisfied', changes => [], notes => [], @_ } }

sub change {
    my ($do, $arguments, %rest) = @_;
    return { verdict => 'change', changes => [], notes => [], do => $do, arguments => $arguments, %rest };
}

sub create {
    my ($do, $arguments, %rest) = @_;
    return { verdict => 'create', changes => [], notes => [], do => $do, arguments => $arguments, %rest };
}

sub waiting { my ($reason, %rest) = @_; return { verdict => 'waiting', reason => $reason, changes => [], notes => [], %rest } }
sub held    { my ($reason, %rest) = @_; return { verdict => 'held',    reason => $reason, changes => [], notes => [], %rest } }
sub refused { my ($reason, %rest) = @_; return { verdict => 'refused', reason => $reason, changes => [], notes => [], %rest } }
sub unknown { my ($reason, %rest) = @_; return { verdict => 'unknown', reason => $reason, changes => [], notes => [], %rest } }
sub foreign { my ($reason, %rest) = @_; return { verdict => 'foreign', reason => $reason, changes => [], notes => [], %rest } }

sub difference {
    my ($key, $from, $to, $impact, %rest) = @_;
    return { key => $key, from => $from, to => $to, impact => $impact // 'live', %rest };
}

# True of a verdict that no action of ours can change in this run.
my %stuck = map { $_ => 1 } qw(held refused unknown foreign blocked);
sub stuck { return $stuck{ $_[0]{verdict} } }

# True of a verdict that still has something to be done about it.
my %open = map { $_ => 1 } qw(change create waiting);
sub open { return $open{ $_[0]{verdict} } }

1;
