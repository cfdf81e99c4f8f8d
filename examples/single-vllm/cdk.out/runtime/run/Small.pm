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

sub refusal {
    my ($session, $text) = @_;
    require Json;
    require Approval;
    $session->{channel}->send_record('json', Json::text({ error => $text, Approval::refused($session) }));
}

sub nothing { die "the engine knows no such question\n" }

1;
