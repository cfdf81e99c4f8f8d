package Health;

# Endpoints that have to answer with a status: `GET URL = STATUS` is what is asked for.
#
# `verify` asks from here, a step of a run from its worker (apply-health.bash), because the engine would hear nobody else while a server is slow to
# answer. Both run the same command, and what its answer means is said here.

use strict;
use warnings;
use Clock;

sub condition {
    my ($url, $status) = @_;
    return "GET $url = $status";
}

sub command {
    my ($url) = @_;
    # root's proxy may answer for a server that is down, or not know it at all
    return ('curl', '-sS', '--noproxy', '*', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}', '--', $url);
}

# What the exit code and the lines of curl mean: { is => answers | wrong-answer | silent, text }.
sub meaning {
    my ($status, $exit, @lines) = @_;
    my $code = @lines ? $lines[-1] : '';
    return { is => 'answers', text => '' } if $exit == 0 && $code eq $status;
    return { is => 'wrong-answer', text => "answered $code" } if $exit == 0;
    # some releases write the 000 of no answer before their message, some behind it
    my ($message) = grep { $_ ne '' } map { s/^000//r } @lines;
    return { is => 'silent', text => $message // "curl failed with exit $exit" };
}

# ---- Asked by verify

# One try.
sub ask {
    my ($host, $url, $status) = @_;
    my ($exit, $lines) = $host->output(command($url));
    return meaning($status, $exit, @$lines);
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

# ---- Asked by a worker

# The condition, and the command that it runs for each try.
sub endpoint {
    my ($session, $url, $status) = @_;
    $session->{channel}->send_record('endpoint', condition($url, $status), command($url));
}

# What came of one try.
sub heard {
    my ($session, $status, $exit, $said) = @_;
    $session->{channel}->send_record('heard', @{ meaning($status, $exit, split /\n/, $said) }{qw(is text)});
}

1;
