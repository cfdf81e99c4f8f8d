package RunLog;

# The log of a run: a JSON line for each thing that happened, in /var/lib/phoenix/<app>/runs/<run>.jsonl.

use strict;
use warnings;
use Clock;

my $counted = qr/^(?:seconds|number|of|exit|count|done|failed|held|skipped|stopped)$/;

sub line {
    my ($session, %entry) = @_;
    require Json;
    require Write;
    my $folder = "$session->{root}/var/lib/phoenix/$session->{plan}{app}/runs";
    Write::folder($folder, 0700);
    $entry{reason} = redacted($session, $entry{reason}) if defined $entry{reason};
    $entry{$_} = \"$entry{$_}" for grep { /$counted/ && ($entry{$_} // '') =~ /^\d+(?:\.\d+)?$/ } keys %entry;
    Write::append("$folder/$session->{run}.jsonl", Json::text({ ts => Clock::stamp(), run => $session->{run}, %entry }) . "\n");
}

# A text without the values that this run decrypted.
sub redacted {
    my ($session, $text) = @_;
    my $plan = $session->{plan};
    return $plan && $plan->{secrets} ? $plan->{secrets}->redacted($text) : $text;
}

1;
