package Verify;

# Is everything as it should be, and do the endpoints answer? Nothing is changed.
#
# An endpoint is asked for as long as a server needs to answer that nobody has just started. With --wait SECONDS both are looked at again until all is
# well or the time is up: after a reboot guests start one after the other, and servers load their models.

use strict;
use warnings;
use Clock;
use Found;
use Health;
use Report;
use Terminal;

my $briefly = 20;

sub verify {
    my ($session) = @_;
    my $wait     = $session->{flags}{wait};
    my $deadline = defined $wait && Clock::now() + $wait;
    my $tell     = teller($session, $wait);
    my ($found, $wrong) = steps($session, $deadline, $tell);
    my $asked = [ endpoints($found, $wrong, $deadline, $tell) ];
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? as_json($wrong, $asked) : Terminal::harmless(as_text($found, $wrong, $asked));
    return @$wrong || silent(@$asked) ? 1 : 0;
}

# ---- Steps

# What was found, and the steps that are not as they should be: [{ path, title, verdict, reason }, …].
sub steps {
    my ($session, $deadline, $tell) = @_;
    while (1) {
        my $found = Found::all($session);
        my @wrong = wrong($session, $found);
        my $pause = $ENV{PHOENIX_PAUSE} // 5;
        return ($found, \@wrong) if !@wrong || !$deadline || Clock::now() + $pause > $deadline;
        $tell->("$wrong[0]{path}  $wrong[0]{title}  $wrong[0]{verdict}: $wrong[0]{reason}" . (@wrong > 1 ? ' (and ' . (@wrong - 1) . ' more)' : ''));
        select undef, undef, undef, $pause;
    }
}

sub wrong {
    my ($session, $found) = @_;
    my @wrong;
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        next if $verdict->{asks} || $verdict->{verdict} =~ /^(?:satisfied|note)$/;
        push @wrong, { path => $step->{path}, title => $step->{title}, verdict => $verdict->{verdict}, reason => reason($verdict) };
    }
    my $elsewhere = Found::nothing_here($session->{plan});
    push @wrong, { path => $found->{here}, title => 'host', verdict => 'unknown', reason => $elsewhere } if defined $elsewhere;
    return @wrong;
}

sub reason {
    my ($verdict) = @_;
    my $reason = $verdict->{reason} // '';
    return $reason ne '' ? $reason : @{ $verdict->{changes} } ? differing($verdict) : 'for a step before it';
}

sub differing {
    my ($verdict) = @_;
    return join ', ', map { "$_->{key} is " . ($_->{from} eq '' ? 'absent' : $_->{from}) . ", not $_->{to}" } @{ $verdict->{changes} };
}

# ---- Endpoints

# [{ path, title, condition, is, text }, …], `is` being answers, wrong-answer, silent, starting (silent, and its guest runs for less than it may
# take) or not-asked: what is not there does not answer, however patiently it is asked.
sub endpoints {
    my ($found, $wrong, $deadline, $tell) = @_;
    my %unready = map { $_->{path} => 1 } @$wrong;
    my $until   = $deadline || Clock::now() + $briefly;
    my @asked;
    for my $step (grep { $found->{verdicts}{ $_->{id} }{asks} } @{ $found->{steps} }) {
        my ($url, $status, $retries, $interval) = @{ $found->{verdicts}{ $step->{id} }{arguments} };
        my $condition = Health::condition($url, $status);
        my $heard     = sub { $tell->("$step->{path}  $step->{title}  $condition: $_[0]") };
        my $answer    = $unready{ $step->{path} }
            ? { is => 'not-asked', text => "not asked: $step->{path} is not as it should be" }
            : Health::ask_until($found->{look}{host}, $until, $deadline ? 0 : $retries, $heard, $url, $status, $interval);
        $answer = starting($step, $found->{look}{host}, $answer, $retries * $interval) // $answer if $answer->{is} =~ /^(?:silent|wrong-answer)$/;
        push @asked, { path => $step->{path}, title => $step->{title}, condition => $condition, %$answer };
    }
    return @asked;
}

# The answer of a guest that was started a moment ago; undef if it had its time.
sub starting {
    my ($step, $host, $answer, $may_take) = @_;
    my ($vmid) = $step->{resource} =~ m{^guest/(\d+)$} or return undef;
    my $guest  = $host->guest($vmid) // return undef;
    my $since  = $guest->{type} eq 'qemu' ? $host->started_at($vmid) : (stat $host->place("/sys/fs/cgroup/lxc/$vmid"))[9] // 0;
    my $age    = int(Clock::now() - $since);
    my $left   = $may_take - $age;
    return undef if $age < 0 || $left <= 0;
    return { is => 'starting', text => "$answer->{text}; guest $vmid was started $age s ago and may take $may_take s: --wait $left" };
}

sub silent { return grep { $_->{is} ne 'answers' } @_ }

# ---- What is told

# Says now and then, on standard error, what is waited for.
sub teller {
    my ($session, $wait) = @_;
    return sub { } if !defined $wait || $session->{flags}{quiet};
    my $begun = Clock::now();
    my $last  = 0;
    my $tick  = $ENV{PHOENIX_TICK} // 10;
    return sub {
        my $now = Clock::now();
        return if $last && $now - $last < $tick;
        $last = $now;
        printf STDERR "waiting, %d s of %d: %s\n", $now - $begun, $wait, Terminal::harmless($_[0]);
    };
}

sub as_text {
    my ($found, $wrong, $asked) = @_;
    my @silent = silent(@$asked);
    my $text   = join '', map({ "? $_->{path}  $_->{title}  $_->{verdict}: $_->{reason}\n" } @$wrong),
        map { ($_->{is} eq 'answers' ? '=' : '!') . " $_->{path}  $_->{title}  $_->{condition}" . ($_->{text} eq '' ? '' : "  $_->{text}") . "\n" } @$asked;
    return $text . 'Not as it should be: ' . Report::count(scalar @$wrong, 'step', 'steps') . ', ' . Report::count(scalar @silent, 'endpoint', 'endpoints') . ".\n"
        if @$wrong || @silent;
    return $text . 'Verified: ' . Report::counts($found)->{satisfied} . ' steps in place' . (@$asked ? ', ' . Report::count(scalar @$asked, 'endpoint answers', 'endpoints answer') : '') . ".\n";
}

sub as_json {
    my ($wrong, $asked) = @_;
    my $ok = !@$wrong && !silent(@$asked);
    return Json::text({ ok => \($ok ? 'true' : 'false'), wrong => $wrong, endpoints => [ map { { %$_, ok => \($_->{is} eq 'answers' ? 'true' : 'false') } } @$asked ] }) . "\n";
}

1;
