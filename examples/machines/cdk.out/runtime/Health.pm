package Health;

# An endpoint that has to answer with a status, asked again until it does or the tries are used up.

use strict;
use warnings;

# As `ask`, for no longer than it takes a server to answer that nobody has just started.
sub ask_briefly { return ask(@_, 20) }

# { ok, text }. The tries end it, or the number of seconds given last.
sub ask {
    my ($host, $url, $status, $retries, $interval, $seconds) = @_;
    my $last_try = defined $seconds && time + $seconds;
    my $pause = $ENV{PHOENIX_PAUSE} // $interval;
    my $last  = '';
    for my $try (1 .. $retries) {
        my ($exit, $lines) = $host->output('curl', '-sS', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}', '--', $url);
        my $code = @$lines ? $lines->[-1] : '';
        return { ok => 1, text => "$url $status" } if $exit == 0 && $code eq $status;
        $last = $exit == 0 ? "answered $code" : (grep { $_ ne '000' } @$lines)[0] // "curl failed with exit $exit";
        last if $last_try && time + $pause > $last_try;
        select undef, undef, undef, $pause if $try < $retries;
    }
    return { ok => 0, text => "$url: $last, wanted $status" };
}

1;
