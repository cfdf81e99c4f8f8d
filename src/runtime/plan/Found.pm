package Found;

# What was found on the host about all steps, and what stops a run.
#
# A session holds { root, verb, operands, flags, assembly, app, started } as they were said, then { stacks, steps } as they were read, { plan, found }.

use strict;
use warnings;
use Plan;
use Runbook;
use Verdict;
use Clock;

# Verbs whose steps stand in no runbook, and what they do to a guest; nothing of other verbs.
my %chores = (orphan => 'orphaned', destroy => 'destroyed', restore => 'restored');

sub chore { return $chores{ $_[0] } }

# The verdicts of all selected steps, together with what is told about them.
sub all {
    my ($session) = @_;
    my $plan = plan($session);
    my $all  = $plan->all;
    my $host = $all->{look}{host};
    my $found = $session->{found} = {
        %$all,
        flags     => $session->{flags},
        stacks    => $plan->{stacks},
        app       => $plan->{app},
        here      => $plan->{here},
        skipped   => $plan->{skipped},
        remarks   => $plan->{remarks} // [],
        left      => left($session, $all->{look}),
        version   => $host->pve_version,
        processes => 1 + $host->{processes},
        seconds   => Clock::now() - $session->{started},
    };
    reduce_to_drift($found) if $session->{verb} eq 'drift';
    $found->{privileges} = [ privileges($session) ];
    $found->{stops} = [ stops($session) ];
    $found->{stop} = sentence(@{ $found->{stops} });
    return $found;
}

sub plan {
    my ($session) = @_;
    return $session->{plan} if $session->{plan};
    Runbook::read_all($session, $session->{assembly}) if defined $session->{assembly};
    my ($verb, $flags) = @$session{qw(verb flags)};
    $flags->{repair} = 1 if $verb eq 'drift';
    my @stacks = sort { $a->{order} <=> $b->{order} } @{ $session->{stacks} };
    my $plan = $session->{plan} = Plan->new(stacks => \@stacks, steps => $session->{steps}, flags => $flags, root => $session->{root});
    return $plan unless $chores{$verb} || $flags->{prune};
    require Chore;
    my @chores = Chore::arrange($plan, $flags, $verb, @{ $session->{operands} });
    my %names  = map { $_->{stack}{name} => $_->{stack} } @chores;
    $plan->{stacks}  = [] if $chores{$verb};
    push @{ $plan->{stacks} }, values %names;
    $plan->{remarks} = [ Restore::remains($plan->look('plan'), $session->{operands}[0], @chores) ] if $verb eq 'restore';
    return $plan;
}

sub reduce_to_drift {
    my ($found) = @_;
    require Drift;
    my $verdicts = $found->{verdicts};
    my %drift = map { $_->{id} => Drift::of($_, $verdicts->{ $_->{id} }, $found->{look}) } @{ $found->{steps} };
    for my $step (@{ $found->{steps} }) { $verdicts->{ $step->{id} } = $drift{ $step->{id} } // Verdict::satisfied() }
}

# Who may do more or less than now once this is done: looked for only where something is to be done.
sub privileges {
    my ($session) = @_;
    return () if $session->{verb} !~ /^(?:plan|apply|drift|restore)$/ || !differences($session->{found});
    require Privileges;
    return Privileges::table($session->{found});
}

# What left the program: { guests, things }. Said by whoever looks at all of it.
sub left {
    my ($session, $look) = @_;
    my $plan = $session->{plan};
    return { guests => [], things => [] } if $chores{ $session->{verb} } || $session->{verb} eq 'drift' || !$plan->{journal};
    return { guests => [], things => [] } unless grep({ !$plan->{about}{$_} } keys %{ $plan->{journal}{guest} }) || grep { !$plan->{by_id}{$_} } map { keys %{ $plan->{journal}{$_} } } qw(applied made);
    require Left;
    return { guests => [ Left::guests($plan, $look) ], things => [ Left::things($plan, $look) ] };
}

# Why nothing may be changed, as problems (Problem.pm); nothing if it may.
sub stops {
    my ($session) = @_;
    my ($plan, $found) = @$session{qw(plan found)};
    my @stops = of_host($plan, $found->{look}, $session->{flags});
    @stops = map { of_step($_, $found->{verdicts}{ $_->{id} }) } @{ $found->{steps} } unless @stops;
    push @stops, { code => 'applier/unknown', message => $found->{unseen} } if !@stops && defined $found->{unseen};
    require Problem if @stops;
    return @stops;
}

# What concerns the host as a whole.
sub of_host {
    my ($plan, $look, $flags) = @_;
    my @troubles = (
        { code => 'applier/other-host', message => nothing_here($plan) },
        { code => 'applier/other-release', message => $flags->{'allow-version'} ? undef : $plan->wrong_version($look) },
        { code => 'applier/cluster', message => $look->{host}->cluster_trouble },
    );
    return grep { defined $_->{message} } @troubles;
}

sub of_step {
    my ($step, $verdict) = @_;
    my $code = { unknown => 'applier/unknown', foreign => 'applier/foreign' }->{ $verdict->{verdict} } // return ();
    return { code => $code, path => $step->{path}, message => $verdict->{reason} };
}

# In one line, for a plan; undef if nothing stops it. Steps that stop it say so in the plan themselves: of those the first, and how many more.
sub sentence {
    my ($first, @more) = @_;
    return undef unless $first;
    return join '; ', map { $_->{message} } $first, @more unless defined $first->{path};
    return "$first->{path}: $first->{message}" . (@more ? ' (and ' . @more . ' more)' : '');
}

# A host to which none of the stacks belongs is most often the right host under another name, and never one where all is well.
sub nothing_here {
    my ($plan) = @_;
    return undef if grep { $_->{host} eq $plan->{here} || $_->{host} eq '' } @{ $plan->{stacks} };
    my %hosts = map { $_->{host} => 1 } @{ $plan->{stacks} };
    my @hosts = sort keys %hosts or return undef;
    return "this host is $plan->{here}, and the stacks are for @hosts: run it there, or give the PveNode its `nodeName`";
}

sub differences {
    my ($found) = @_;
    return scalar grep { $found->{verdicts}{ $_->{id} }{verdict} !~ /^(?:satisfied|note)$/ } @{ $found->{steps} };
}

1;
