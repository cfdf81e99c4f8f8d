package Small;

# Short questions of bash that belong to nothing larger.

use strict;
use warnings;
use Host;

sub running {
    my ($session, @guest) = @_;
    $session->{channel}->send_record('running', Host->new(root => $session->{root})->running(@guest));
}

sub hash {
    my ($session, $place, $algorithm) = @_;
    $session->{channel}->send_record('hash', HostFiles::hash_of($place, $algorithm) // '');
}

# Why the run cannot go on: said by a worker, and asked for by the run when the others have ended.
sub halted {
    my ($session, @why) = @_;
    push @{ $session->{halted} }, @why;
    $session->{channel}->send_record('halted', @{ $session->{halted} // [] }) unless @why;
}

sub nothing { die "the engine knows no such question\n" }

1;
