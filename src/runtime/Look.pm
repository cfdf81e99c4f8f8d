package Look;

# The verbs that only look: `plan`, `verify`, `status`. Each prints its result and gives the exit code.

use strict;
use warnings;
use Found;
use Report;
use Verdict;
use Ownership;

sub plan {
    my ($session) = @_;
    my $found = Found::all($session);
    if (Found::differences($found)) { require Snapshots; Snapshots::note($found) }
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? Report::plan_json($found) : Report::plan($found);
    return 1 if defined $found->{stop};
    return 3 if $Found::chores{ $session->{verb} } && grep { Verdict::open($_) } values %{ $found->{verdicts} };
    return $session->{flags}{fail} && Found::differences($found) ? 3 : 0;
}

# ---- verify

sub verify {
    my ($session) = @_;
    my $found = Found::all($session);
    my ($wrong, $asked) = answers($found);
    my $elsewhere = Found::nothing_here($session->{plan});
    push @$wrong, { path => $found->{here}, title => 'host', verdict => 'unknown', reason => $elsewhere } if defined $elsewhere;
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? verified_json($wrong, $asked) : verified($found, $wrong, $asked);
    return @$wrong || grep({ !$_->{ok} } @$asked) ? 1 : 0;
}

# Steps that are not as they should be, and endpoints with their answers.
sub answers {
    my ($found) = @_;
    require Health;
    my (@wrong, @asked, %unready);
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        if ($verdict->{asks}) {
            # what is not there does not answer, however patiently it is asked
            my $answer = $unready{ $step->{path} }
                ? { ok => 0, text => "not asked: $step->{path} is not as it should be" }
                : Health::ask_briefly($found->{look}{host}, @{ $verdict->{arguments} });
            push @asked, { path => $step->{path}, title => $step->{title}, text => $answer->{text}, ok => $answer->{ok} };
        }
        elsif ($verdict->{verdict} !~ /^(?:satisfied|note)$/) {
            $unready{ $step->{path} } = 1;
            push @wrong, { path => $step->{path}, title => $step->{title}, verdict => $verdict->{verdict}, reason => $verdict->{reason} // differing($verdict) };
        }
    }
    return (\@wrong, \@asked);
}

sub differing {
    my ($verdict) = @_;
    return join ', ', map { "$_->{key} is " . ($_->{from} eq '' ? 'absent' : $_->{from}) . ", not $_->{to}" } @{ $verdict->{changes} };
}

sub verified {
    my ($found, $wrong, $asked) = @_;
    my @silent = grep { !$_->{ok} } @$asked;
    my $text   = join '', map({ "? $_->{path}  $_->{title}  $_->{verdict}: $_->{reason}\n" } @$wrong), map { ($_->{ok} ? '=' : '!') . " $_->{path}  $_->{title}  $_->{text}\n" } @$asked;
    return $text . 'Not as it should be: ' . Report::count(scalar @$wrong, 'step', 'steps') . ', ' . Report::count(scalar @silent, 'endpoint', 'endpoints') . ".\n"
        if @$wrong || @silent;
    return $text . 'Verified: ' . Report::counts($found)->{satisfied} . ' steps in place' . (@$asked ? ', ' . Report::count(scalar @$asked, 'endpoint answers', 'endpoints answer') : '') . ".\n";
}

sub verified_json {
    my ($wrong, $asked) = @_;
    my $ok = !@$wrong && !grep { !$_->{ok} } @$asked;
    return Json::text({ ok => \($ok ? 'true' : 'false'), wrong => $wrong, endpoints => [ map { { %$_, ok => \($_->{ok} ? 'true' : 'false') } } @$asked ] }) . "\n";
}

# ---- status

sub status {
    my ($session) = @_;
    my $plan = Found::plan($session);
    my $look = $plan->look('plan');
    my %ours = (%{ $plan->{creator} // {} }, %{ $plan->{journal}{guest} });
    my @rows = map { row($plan, $look, $_) } sort { $a <=> $b } keys %ours;
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? Json::text({ app => $plan->{app}, host => $plan->{here}, guests => \@rows }) . "\n" : Report::status(\@rows);
    return 0;
}

sub row {
    my ($plan, $look, $vmid) = @_;
    my $maker = $plan->{creator}{$vmid};
    my $type  = $maker ? $maker->{has}{guest}[0] : $plan->{journal}{guest}{$vmid}{type};
    my $owner = eval { Ownership::of($look, $vmid, $type) } // { is => 'unknown', reason => ref $@ ? $@->{reason} : "$@" };
    my $conf  = $owner->{guest} && $owner->{guest}{conf};
    return {
        vmid => $vmid, path => $maker ? $maker->{path} : '(not in the program)', type => $type, owner => $owner->{is},
        state    => $owner->{is} eq 'absent' ? 'absent' : !$conf ? 'unknown' : $look->{host}->running($vmid, $type) ? 'running' : 'stopped',
        lock     => $conf ? $conf->{keys}{lock} // '' : '',
        pending  => $conf ? join(',', sort keys %{ $conf->{pending} }, map { "-$_" } keys %{ $conf->{deleting} }) : '',
        template => defined $plan->{journal}{sealed}{$vmid} ? 'sealed' : $conf && $conf->{keys}{template} ? 'template' : '',
    };
}

1;
