package Work;

# What a run asks: what is to be done, which step may begin, how it is with a step, and how it all ended.

use strict;
use warnings;
use Report;
use Verdict;
use Schedule;
use RunLog;

# What is to be done and what is left out, before anything is changed.
sub work {
    my ($session) = @_;
    require Known;
    my $known = Known::recall($session);
    return as_known($session, $known) if $known;
    require Found;    # and with it all that compares, which a run that is known does without
    require Made;
    my $found = Found::all($session);
    require Approval;
    if (!defined $found->{stop} and my @unapproved = Approval::lacking($session)) { return reply($session, 'unapproved', @unapproved) }
    if ($session->{plan}{secrets} && !defined $found->{stop}) {
        require RunSecrets;
        RunSecrets::unlock($session);
    }
    $found = $session->{found};
    my ($todo, $left) = divided($session, $found);
    $found->{drift} = drift($found, @$todo, @$left);
    $session->{work} = { todo => $todo, left => $left, done => {}, notes => [ notes($found), @{ $session->{notes} // [] } ], waits => {} };
    my $of = $session->{counts} = Report::counts($found);
    reply($session, 'about', @$found{qw(app here)});
    reply($session, 'skipped', @$_{qw(name host)}) for @{ $found->{skipped} };
    reply($session, 'stop', Problem::words(@{ $found->{stops} })) if defined $found->{stop};
    reply($session, 'work', scalar @$todo, scalar @$left, path_width(@$todo));
}

# Nothing is to be done, as in the run before, for nothing has changed since.
sub as_known {
    my ($session, $known) = @_;
    $session->{work}   = { todo => [], left => [], done => {}, notes => $known->{notes} };
    $session->{counts} = $known->{counts};
    $session->{plan}   = { app => $known->{about}[0], here => $known->{about}[1] };
    $session->{found}  = { processes => 1 + $session->{processes}, drift => {}, steps => [] };
    reply($session, 'about', @{ $known->{about} });
    reply($session, 'skipped', @$_) for @{ $known->{skipped} };
    reply($session, 'work', 0, 0, 16);
}

# Steps to be done as { id, kind, path, title, stack, was, needs, exclusive, alone }, and those that stay as they are as { …, was, reason, flag }.
sub divided {
    my ($session, $found) = @_;
    my (@todo, @left, %todo, %reached, %behind);
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        my $reached = grep { $reached{$_} } @{ $step->{needs} };
        my $do      = Verdict::open($verdict) || ($verdict->{asks} && $reached);
        # What is in place stands for those of its own needs that are still to be done: when they fail, that reaches us all the same.
        my %needs  = map { $_ => 1 } map { $behind{$_} ? @{ $behind{$_} } : $_ } @{ $step->{needs} };
        my $adopts = ($verdict->{do} // '') =~ /^(?:adopt|take)$/;
        my %row    = (
            (map { $_ => $step->{$_} } qw(id kind path)), title => $adopts ? 'adopted' : $step->{title}, stack => $step->{stack}{name},
            was => $step->{chore} ? Found::chore($step->{chore}) : $adopts ? 'adopted' : $verdict->{verdict},
        );
        if    ($do)                      { push @todo, { %row, needs => [ sort keys %needs ], for_itself($step) } }
        elsif (Verdict::stuck($verdict)) { push @left, { %row, was => $verdict->{verdict}, reason => $verdict->{reason} // '', flag => $verdict->{flag} // '', barred => $verdict->{barred} } }
        else                             { $behind{ $step->{id} } = [ grep { $todo{$_} } keys %needs ] }
        $todo{ $step->{id} }    = 1 if $do;
        $reached{ $step->{id} } = 1 if $do || $reached;
    }
    return (\@todo, \@left);
}

# Those among the steps that were done once by the same program.
sub drift {
    my ($found, @steps) = @_;
    return {} unless @steps;
    require Drift;
    my %open = map { $_->{id} => 1 } @steps;
    return { map { $_->{id} => 1 } grep { $open{ $_->{id} } && Drift::of($_, $found->{verdicts}{ $_->{id} }, $found->{look}) } @{ $found->{steps} } };
}

# What a step may not share while it is at work: its guest, the template that it copies, the file that it changes. A change of the host's network
# shares nothing, because whatever else goes on would be cut off; commands of the program may be anything, so one at a time.
my %uses = (
    'guest-create' => sub { $_[0]{has}{clone} ? ("guest/$_[0]{has}{clone}[0]") : () },
    storage        => sub { 'file/storage.cfg' },
    mapping        => sub { "file/mapping/$_[0]{has}{mapping}[0]" },
    'firewall-entries' => sub { "file$_[0]{has}{file}[0]" },
    run            => sub { 'commands' },
);

sub for_itself {
    my ($step) = @_;
    my %things = map { $_ => 1 } @{ $step->{exclusive} }, $step->{resource}, $uses{ $step->{kind} } ? $uses{ $step->{kind} }->($step) : ();
    return (exclusive => [ sort keys %things ], alone => $step->{kind} eq 'network');
}

sub notes {
    my ($found) = @_;
    my @notes = map { my $step = $_; map { "$step->{path}: $_" } @{ $found->{verdicts}{ $step->{id} }{notes} } } @{ $found->{steps} };
    return (@notes, map { "host: $_" } @{ $found->{notes} });
}

sub path_width {
    my $width = 16;
    for my $step (@_) {
        my $length = Report::width($step->{path});
        $width = $length if $length > $width && $length <= 40;
    }
    return $width;
}

# ---- The steps

# Begins as many steps as there are free hands: where each is to talk, and what it is called.
sub begin {
    my ($session, $hands, $folder) = @_;
    my $work     = $session->{work};
    my $schedule = $work->{schedule} // first_schedule($session, $folder);
    for my $step ($schedule->begin($hands)) {
        my $place = "$folder/channel-" . ++$work->{begun};
        reply($session, 'begin', @$step{qw(id kind path title)}, $session->{channels}->open_worker($step->{id}, $place));
        $work->{since}{ $step->{id} } = Clock::now();
    }
}

sub first_schedule {
    my ($session, $folder) = @_;
    Channels::clear_left($folder =~ s{/[^/]*$}{}r);
    my $work     = $session->{work};
    my $schedule = $work->{schedule} = Schedule->new(todo => $work->{todo}, stuck => [ map { $_->{id} } @{ $work->{left} } ]);
    skipped($session, @{ $schedule->{left_out} });
    return $schedule;
}

# What a worker found out in the end; answered with the place of this end among all.
sub outcome {
    my ($session, %said) = @_;
    my $work   = $session->{work};
    my $step   = $session->{plan}{by_id}{ $said{id} };
    my $result = $work->{done}{ $said{id} } = { %said, reason => RunLog::redacted($session, $said{reason}) };
    $work->{processes} += delete $result->{processes};
    log_outcome($session, $step, @said{qw(result seconds reason)});
    reply($session, 'number', number($work));
}

sub log_outcome {
    my ($session, $step, $outcome, $seconds, $reason) = @_;
    RunLog::line($session, event => 'step', step => $step->{id}, stack => $step->{stack}{name}, path => $step->{path}, outcome => $outcome, seconds => $seconds, reason => $reason);
}

# How many steps are done with, and of how many.
sub number { return (scalar keys %{ $_[0]{done} }, scalar @{ $_[0]{todo} }) }

# A worker is gone. One that said nothing about its step was killed.
sub ended {
    my ($session, $id) = @_;
    my $work = $session->{work};
    $session->{channels}->close_worker($id);
    delete $work->{waits}{$id};
    lost($session, $session->{plan}{by_id}{$id}) unless $work->{done}{$id};
    skipped($session, $work->{schedule}->end($id, $work->{done}{$id}{result}));
}

sub lost {
    my ($session, $step) = @_;
    my $work   = $session->{work};
    my $reason = 'its worker was killed';
    $work->{done}{ $step->{id} } = { result => 'failed', reason => $reason };
    my $seconds = Clock::now() - $work->{since}{ $step->{id} };
    log_outcome($session, $step, 'failed', sprintf('%.1f', $seconds > 0 ? $seconds : 0), $reason);    # a clock may be put back
    reply($session, 'lost', number($work), @$step{qw(path title)}, $reason);
}

sub skipped {
    my ($session, @steps) = @_;
    my $work = $session->{work};
    for my $step (@steps) {
        $work->{skipped}{ $step->{id} } = 1;
        RunLog::line($session, event => 'step', step => $step->{id}, stack => $step->{stack}, path => $step->{path}, outcome => 'skipped', because => $work->{schedule}{cause}{ $step->{id} });
    }
}

# Nothing more begins; those at work are waited for.
sub interrupt {
    my ($session) = @_;
    my $schedule = $session->{work}{schedule} // return;
    $schedule->stop;
}

# Something that people should know in the end.
sub note {
    my ($session, $id, $text) = @_;
    push @{ $session->{work}{notes} }, "$session->{plan}{by_id}{$id}{path}: $text";
}

# What a step is waiting for; told when it takes long.
sub waiting {
    my ($session, $text) = @_;
    $session->{work}{waits}{ $session->{channel}{name} } = $text;
}

# The steps at work since so many seconds.
sub at_work {
    my ($session, $seconds) = @_;
    my ($work, $now) = ($session->{work}, Clock::now());
    for my $step (sort { $a->{id} cmp $b->{id} } values %{ $work->{schedule}{running} }) {
        my $since = $now - $work->{since}{ $step->{id} };
        reply($session, 'at-work', @$step{qw(path title)}, int $since, $work->{waits}{ $step->{id} }) if $since >= $seconds;
    }
}

# How it all ended: the exit code, and the text or JSON to print.
sub summary {
    my ($session, $seconds) = @_;
    require Summary;
    my $end  = Summary::of($session, $seconds);
    my $work = $session->{work};
    Known::keep($session);
    push @{ $work->{notes} }, told_to_others($session, $end);
    reply($session, 'summary', $end->{exit}, $session->{flags}{json} ? Summary::json($end) : Summary::text($end));
}

# The log's last line, metrics, and spans of a run that did something.
sub told_to_others {
    my ($session, $end) = @_;
    require Metrics;
    my @notes = Metrics::write($session, $end);
    return @notes unless @{ $session->{work}{todo} };
    RunLog::line($session, event => 'end', exit => $end->{exit}, map { $_ => $end->{outcomes}{$_} } qw(done failed held skipped stopped));
    require Spans;
    return (@notes, Spans::write($session, $end));
}

# One step, looked at anew.
sub check {
    my ($session, $id, $acted) = @_;
    my $plan    = $session->{plan};
    my $verdict = looked_at($session, $plan->{by_id}{$id}, $acted);
    $session->{channel}{seen} = [ $id, $plan->{look}, $verdict ];
    reply($session, 'verdict', $verdict->{verdict}, RunLog::redacted($session, $verdict->{reason}), @$verdict{qw(do flag)});
    reply($session, 'arguments', @{ $verdict->{arguments} // [] });
    reply($session, 'field', $_, $verdict->{fields}{$_}) for sort keys %{ $verdict->{fields} // {} };
    for my $change (@{ $verdict->{changes} }) {
        reply($session, 'change', @$change{qw(key from to impact)}, $change->{held} ? 'held' : $change->{refused} ? 'refused' : '');
    }
}

# What a step makes is known by more than its comparison asks for. While that cannot be seen, nothing is made, and nothing is taken for made: later
# nobody could say that it was us.
sub looked_at {
    my ($session, $step, $acted) = @_;
    my $plan    = $session->{plan};
    my $verdict = $plan->one($step->{id}, $acted);
    my $is_open = Verdict::open($verdict);
    return $verdict if $step->{chore} || !($is_open || $acted && $verdict->{verdict} eq 'satisfied');
    my $trouble = Made::trouble($step, $plan->{look}{host});
    return Verdict::unknown($trouble) if defined $trouble;
    Made::watch($plan, $step, $plan->{look}, $session->{run}, $verdict) if $is_open;
    return $verdict;
}

sub reply {
    my ($session, @words) = @_;
    $session->{channel}->send_record(@words);
}

1;
