package Health;

# Endpoints that have to answer with a status: `GET URL = STATUS` is what is asked for.

use strict;
use warnings;
use Clock;

sub condition {
    my ($url, $status) = @_;
    return "GET $url = $status";
}

# One try: { is => answers | wrong-answer | silent, text }.
sub ask {
    my ($host, $url, $status) = @_;
    # root's proxy may answer for a server that is down, or not know it at all
    my ($exit, $lines) = $host->output('curl', '-sS', '--noproxy', '*', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}', '--', $url);
    my $code = @$lines ? $lines->[-1] : '';
    return { is => 'answers', text => '' } if $exit == 0 && $code eq $status;
    return { is => 'wrong-answer', text => "answered $code" } if $exit == 0;
    # some releases write the 000 of no answer before their message, some behind it
    my ($message) = grep { $_ ne '' } map { s/^000//r } @$lines;
    return { is => 'silent', text => $message // "curl failed with exit $exit" };
}

# Asks again until it answers, the tries are used up (none: as many as it takes) or the time is up. `tell` hears of each try that was in vain.
sub ask_until {
    my ($host, $deadline, $tries, $tell, $url, $status, $interval) = @_;
    my $pause = $ENV{PHOENIX_PAUSE} // $interval;
    for (my $try = 1; ; $try++) {
        my $answer = ask($host, $url, $status);
        return $answer if $answer->{is} eq 'answers' || ($tries && $try >= $tries) || Clock::now() + $pause > $deadline;
        $tell->($answer->{text});
        select undef, undef, undef, $pause;
    }
}

1;
