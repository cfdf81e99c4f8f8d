package Summary;

# How a run ended: for people, as JSON, and as the exit code.

use strict;
use warnings;
use Report;

my @acts = qw(adopted orphaned destroyed restored);

# { exit, seconds, processes, of => { act => number }, outcomes => { outcome => number }, stopped, drifted } of a run that is over.
sub of {
    my ($session, $seconds) = @_;
    my ($work, $found) = @$session{qw(work counts)};
    my %of = map { $_ => 0 } qw(created changed failed held found_so), @acts;
    for my $step (@{ $work->{todo} }) {
        my $end = $work->{done}{ $step->{id} } // next;
        $of{ $end->{result} }++ if $end->{result} ne 'done';
        $of{ $end->{acted} ? made($step) : 'found_so' }++ if $end->{result} eq 'done';
    }
    my $outcomes = outcomes($work, $found);
    my $stopped  = $outcomes->{stopped};    # whatever was not begun, for whatever reason
    return {
        session => $session, work => $work, found => $found, of => \%of, seconds => $seconds, stopped => $stopped,
        exit      => $of{failed} || $stopped || $found->{refused} || $found->{blocked} ? 1 : 0,
        outcomes  => $outcomes,
        drifted   => scalar keys %{ $session->{found}{drift} },
        processes => $session->{found}{processes} + ($session->{plan}{processes} // 0) + ($work->{processes} // 0),
    };
}

sub outcomes {
    my ($work, $found) = @_;
    my %outcomes = (in_place => $found->{satisfied}, map { $_ => 0 } qw(done failed held refused blocked skipped stopped));
    $outcomes{ ended($work, $_)->{result} }++ for @{ $work->{todo} };
    $outcomes{ $_->{was} }++ for @{ $work->{left} };
    return \%outcomes;
}

sub made {
    my ($step) = @_;
    return 'changed' if $step->{was} eq 'change';
    return (grep { $_ eq $step->{was} } @acts) ? $step->{was} : 'created';
}

# ---- For people

sub text {
    my ($end) = @_;
    return nothing_to_do($end) if !@{ $end->{work}{todo} } && !@{ $end->{work}{left} };
    return join '', applied($end), interrupted($end), left($end), not_run($end), flags($end), notes($end), log_file($end);
}

sub nothing_to_do {
    my ($end) = @_;
    my $found = $end->{found};
    return "Nothing to do: $found->{satisfied} steps in place, $found->{guests} guests, 0 pending · $end->{seconds} s ($end->{processes} processes, no Proxmox command)\n" . notes($end);
}

sub applied {
    my ($end) = @_;
    my $of = $end->{of};
    my @parts = (map({ $of->{$_} ? "$of->{$_} $_" : () } @acts), "$of->{created} created", "$of->{changed} changed", "$of->{failed} failed", ($end->{found}{satisfied} + $of->{found_so}) . ' in place');
    return 'Applied: ' . join(', ', @parts) . " · $end->{seconds} s ($end->{processes} processes)\n";
}

sub interrupted {
    my ($end) = @_;
    return $end->{stopped} ? 'Interrupted: ' . Report::count($end->{stopped}, 'step was', 'steps were') . " not begun\n" : ();
}

sub left {
    my ($end) = @_;
    my $blocked = $end->{found}{blocked};
    return map({ sprintf "%-9s %s  %s  %s\n", ucfirst "$_->{was}:", @$_{qw(path title reason)} } grep { $_->{was} ne 'blocked' || $_->{barred} } @{ $end->{work}{left} }),
        $blocked ? "Blocked: $blocked steps wait for what is held back or refused\n" : ();
}

# What was not begun, under what it would have needed.
sub not_run {
    my ($end) = @_;
    my $work = $end->{work};
    my (%behind, @causes);
    for my $step (grep { $work->{skipped}{ $_->{id} } } @{ $work->{todo} }) {
        my $cause = $work->{schedule}{cause}{ $step->{id} };
        push @causes, $cause unless $behind{$cause};
        push @{ $behind{$cause} }, "$step->{path} ($step->{title})";
    }
    my $by_id = $end->{session}{plan}{by_id};
    return map { "Not run because of $by_id->{$_}{path} ($by_id->{$_}{title}): @{[ join ', ', @{ $behind{$_} } ]}\n" } @causes;
}

sub flags {
    my ($end) = @_;
    my %flags = map { $_->{flag} => 1 } grep { ($_->{flag} // '') ne '' } @{ $end->{work}{left} }, values %{ $end->{work}{done} };
    return %flags ? 'Held back (need a flag): ' . join(' ', sort keys %flags) . "\n" : ();
}

sub notes { return join '', map { "note: $_\n" } @{ $_[0]{work}{notes} } }

sub log_file {
    my ($end) = @_;
    my $session = $end->{session};
    return @{ $end->{work}{todo} } ? "Log /var/lib/phoenix/$session->{plan}{app}/runs/$session->{run}.jsonl\n" : ();
}

# ---- As JSON

sub json {
    my ($end) = @_;
    my ($work, $session) = @$end{qw(work session)};
    my @steps = (map({ [ $_, ended($work, $_) ] } @{ $work->{todo} }), map { [ $_, { result => $_->{was}, reason => $_->{reason}, flag => $_->{flag} } ] } @{ $work->{left} });
    my %outcomes;
    $outcomes{ $_->[1]{result} }++ for @steps;
    require Json;
    return Json::text({
        run => $session->{run}, app => $session->{plan}{app}, host => $session->{plan}{here}, seconds => \$end->{seconds}, processes => \$end->{processes},
        'in-place' => \$end->{found}{satisfied}, outcomes => { map { $_ => \"$outcomes{$_}" } keys %outcomes },
        steps => [ map { my ($step, $is) = @$_; +{ (map { $_ => $step->{$_} } qw(id path title stack)), outcome => $is->{result}, reason => $is->{reason} // '', flag => $is->{flag} // '' } } @steps ],
    }) . "\n";
}

sub ended {
    my ($work, $step) = @_;
    return $work->{done}{ $step->{id} } // { result => $work->{skipped}{ $step->{id} } ? 'skipped' : 'stopped' };
}

1;
