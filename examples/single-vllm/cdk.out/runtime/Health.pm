package Health;

# An endpoint that has to answer with a status, asked again until it does or the tries are used up.

use strict;
use warnings;

# { ok, text }
sub ask {
    my ($host, $url, $status, $retries, $interval) = @_;
    my $pause = $ENV{PHOENIX_PAUSE} // $interval;
    my $last  = '';
    for my $try (1 .. $retries) {
        my ($exit, $lines) = $host->output('curl', '-sS', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}', '--', $url);
        my $code = @$lines ? $lines->[-1] : '';
        return { ok => 1, text => "$url $status" } if $exit == 0 && $code eq $status;
        $last = $exit == 0 ? "answered $code" : (grep { $_ ne '000' } @$lines)[0] // "curl failed with exit $exit";
        select undef, undef, undef, $pause if $try < $retries;
    }
    return { ok => 0, text => "$url: $last, wanted $status" };
}

1;
