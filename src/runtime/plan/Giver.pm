package Giver;

# What one guest takes and another one has goes from hand to hand in that order: first the step that gives it up, then the one that takes it. Where
# it is not given up (held back, refused, not in the program any more), the taker waits, and says for what.
#
# Asked only about guests whose config changes in what others may want, or that are about to be started.

use strict;
use warnings;
use Holdings;

# { edges => { taker's step => [giver's step, …] }, barred => { taker's step => { reason, flag? } }, notes => { step => [text, …] } };
# undef if nobody takes anything from anybody.
sub moves {
    my ($plan, $look, $verdicts) = @_;
    my @takers  = takers($plan, $look, $verdicts) or return undef;
    my $holders = holders($look);
    my $moves   = { edges => {}, barred => {}, notes => {} };
    for my $taker (@takers) {
        for my $taken (@{ $taker->{takes} }) {
            move($plan, $look, $verdicts, $moves, $taker, $taken, $_) for grep { $_->{vmid} != $taker->{vmid} } @{ $holders->{ $taken->{name} } // [] };
        }
    }
    bar_circles($plan, $moves);
    return keys(%{ $moves->{edges} }) + keys(%{ $moves->{barred} }) + keys(%{ $moves->{notes} }) ? $moves : undef;
}

# ---- Who takes

# [{ vmid, step, takes }]: guests of which a step is open, by the first step that may not be done before the thing is free.
sub takers {
    my ($plan, $look, $verdicts) = @_;
    my @takers;
    for my $step (grep { $_->{kind} =~ /^guest-(?:config|state)$/ } @{ $plan->{steps} }) {
        my $verdict = $verdicts->{ $step->{id} } // next;
        next unless Verdict::open($verdict);
        my @takes = $step->{kind} eq 'guest-config' ? taken_by_config($step, $look, $verdict) : ($verdict->{do} // '') eq 'start' ? taken_by_start($step, $look) : ();
        push @takers, { vmid => $step->{has}{guest}[1], step => first_of($plan, $verdicts, $step), takes => \@takes } if @takes;
    }
    return @takers;
}

sub taken_by_config {
    my ($step, $look, $verdict) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my @keys = grep { Holdings::is_key($_) } map { $_->{key} } grep { !$_->{held} && !$_->{refused} } @{ $verdict->{changes} } or return ();
    my %wanted = wanted($look, $vmid);
    my $conf   = conf_of($look, $vmid);
    my %has    = map { $_->{name} => 1 } $conf ? Holdings::of($look->{host}, $type, $conf->{keys}) : ();
    return grep { !$has{ $_->{name} } } Holdings::of($look->{host}, $type, { %{ $conf ? $conf->{keys} : {} }, %wanted }, @keys);
}

# What its config says already, and only one can have: it comes into force with the start.
sub taken_by_start {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $conf = conf_of($look, $vmid) // return ();
    return grep { $_->{alone} } Holdings::of($look->{host}, $type, { %{ $conf->{keys} }, wanted($look, $vmid) });
}

# A guest that is not there yet is not made before it can be finished.
sub first_of {
    my ($plan, $verdicts, $step) = @_;
    return $step if $step->{kind} ne 'guest-config';
    my $maker = $plan->{creator}{ $step->{has}{guest}[1] };
    return $maker && $verdicts->{ $maker->{id} } && ($verdicts->{ $maker->{id} }{do} // '') =~ /^(?:create|clone)$/ ? $maker : $step;
}

# { key => value } that the program asks for.
sub wanted {
    my ($look, $vmid) = @_;
    return map { $_->[0] eq 'key' ? ($_->[1] => $_->[3]) : () } map { @{ $_->{options} } } @{ $look->{configs}{$vmid} // [] };
}

sub conf_of {
    my ($look, $vmid) = @_;
    my $guest = $look->{host}->guest($vmid) // return undef;
    return $guest->{conf};
}

# ---- Who has it

# { name => [{ vmid, key, alone, waiting }, …] } of all guests of this node; `waiting`: it comes into force with the next start.
sub holders {
    my ($look) = @_;
    my $host = $look->{host};
    my %holders;
    for my $vmid (sort { $a <=> $b } keys %{ $host->guests }) {
        my $guest = $host->guest($vmid);
        next if $guest->{node} ne $host->node_name;
        my ($type, $conf) = @$guest{qw(type conf)};
        push @{ $holders{ $_->{name} } }, { %$_, vmid => $vmid, waiting => 0 } for Holdings::of($host, $type, $conf->{keys});
        push @{ $holders{ $_->{name} } }, { %$_, vmid => $vmid, waiting => 1 } for map { Holdings::of($host, $type, { %{ $conf->{keys} }, %{ $conf->{pending} } }, $_) } sort keys %{ $conf->{pending} };
    }
    return \%holders;
}

sub move {
    my ($plan, $look, $verdicts, $moves, $taker, $taken, $held) = @_;
    my $id   = $taker->{step}{id};
    my $gift = gift($plan, $look, $verdicts, $taken, $held);
    if    ($gift->{steps})  { push @{ $moves->{edges}{$id} }, map { { step => $_, what => $taken->{name}, vmid => $held->{vmid}, alone => $taken->{alone} || $held->{alone} } } @{ $gift->{steps} } }
    elsif ($gift->{note})   { push @{ $moves->{notes}{$id} }, $gift->{note} }
    elsif ($gift->{reason}) { $moves->{barred}{$id} //= $gift }
}

# How the holder parts with it: { steps }, or { reason, flag? } for which it does not, or { note }, or nothing of it matters.
sub gift {
    my ($plan, $look, $verdicts, $taken, $held) = @_;
    my $vmid    = $held->{vmid};
    my $guest   = $look->{host}->guest($vmid);
    my $running = $look->{host}->running($vmid, $guest->{type});
    my $named   = "$taken->{name} is " . name_of($plan, $vmid) . "'s";
    if (my $goes = $verdicts->{"guest/$vmid/destroy"}) { return given($named, $plan, $verdicts, "guest/$vmid/destroy") }
    my @configs = @{ $look->{configs}{$vmid} // [] };
    my $who     = @configs ? 'which' : 'which is not in the program and';
    my $keeps   = { $taken->{alone} || $held->{alone} ? $running && !$held->{waiting} ? (reason => "$named, $who runs") : (note => "$named, too, $who does not run") : () };
    return stopped($plan, $look, $verdicts, $taken, $named, $vmid, $running) // $keeps if is_wanted($look, $held) || !@configs;
    return { reason => "$named, and its giving it up is not part of this run" } unless grep { $verdicts->{ $_->{id} } } @configs;
    my ($config, $change) = changing($look, $verdicts, $held);
    if ($config) {
        my $held_back = $change->{held} || $change->{refused};
        return { reason => "$named, where giving it up is " . ($change->{held} ? 'held back' : 'refused'), flag => $verdicts->{ $config->{id} }{flag} } if $held_back;
        my @state = $running && $change->{impact} eq 'restart' ? map { $_->{id} } state_of($plan, $vmid) : ();
        return given($named, $plan, $verdicts, $config->{id}, @state);
    }
    my $conf = $guest->{conf};
    return $keeps unless $conf->{deleting}{ $held->{key} } || defined $conf->{pending}{ $held->{key} };
    return {} unless $running;
    my ($state) = state_of($plan, $vmid) or return { reason => "$named until it is restarted" };
    return given($named, $plan, $verdicts, $state->{id});
}

# Steps that give it up, if all of them will be done in this run.
sub given {
    my ($named, $plan, $verdicts, @ids) = @_;
    for my $id (@ids) {
        my $verdict = $verdicts->{$id} // return { reason => "$named, and not part of this run" };
        return { reason => "$named, where giving it up ($plan->{by_id}{$id}{title}) is $verdict->{verdict}" . (($verdict->{reason} // '') eq '' ? '' : ": $verdict->{reason}"), flag => $verdict->{flag} }
            if Verdict::stuck($verdict);
    }
    return { steps => \@ids };
}

# A guest that keeps it in its config and is stopped by this plan is out of the way.
sub stopped {
    my ($plan, $look, $verdicts, $taken, $named, $vmid, $running) = @_;
    return undef unless $running;
    my ($state) = grep { $_->{has}{state}[0] eq 'stopped' } state_of($plan, $vmid) or return undef;
    return given($named, $plan, $verdicts, $state->{id});
}

# True of what the program goes on asking for, under this key or another one.
sub is_wanted {
    my ($look, $held) = @_;
    my %wanted = wanted($look, $held->{vmid});
    return scalar grep { $_->{name} eq $held->{name} } Holdings::of($look->{host}, '', \%wanted);
}

# The config step that changes the key in which a guest has something, and how.
sub changing {
    my ($look, $verdicts, $held) = @_;
    for my $step (@{ $look->{configs}{ $held->{vmid} } // [] }) {
        my $verdict = $verdicts->{ $step->{id} } // next;
        for my $change (@{ $verdict->{changes} }) { return ($step, $change) if $change->{key} eq $held->{key} }
    }
    return ();
}

sub state_of {
    my ($plan, $vmid) = @_;
    return grep { $_->{kind} eq 'guest-state' && $_->{has}{guest}[1] == $vmid } @{ $plan->{steps} };
}

sub name_of {
    my ($plan, $vmid) = @_;
    my $maker = $plan->{creator}{$vmid};
    return $maker ? "$maker->{path} ($vmid)" : "guest $vmid";
}

# ---- Circles: two guests that exchange something cannot both go first. What both may have is exchanged in any order.

sub bar_circles {
    my ($plan, $moves) = @_;
    my @circles;
    for my $taker (sort keys %{ $moves->{edges} }) {
        push @circles, map { [ $taker, $_ ] } grep { depends($plan, $moves, $_->{step}, $taker) } @{ $moves->{edges}{$taker} };
    }
    for my $circle (@circles) {
        my ($taker, $edge) = @$circle;
        $moves->{barred}{$taker} //= { reason => "$edge->{what} is " . name_of($plan, $edge->{vmid}) . "'s, which waits for this one in turn: take it away there, apply, and give it here in a second run" }
            if $edge->{alone};
        $moves->{edges}{$taker} = [ grep { $_ != $edge } @{ $moves->{edges}{$taker} } ];
    }
}

# True if a step has to wait for another one, by the program or by these edges.
sub depends {
    my ($plan, $moves, $from, $on) = @_;
    my @open = ($from);
    my %seen;
    while (defined(my $id = pop @open)) {
        return 1 if $id eq $on;
        next if $seen{$id}++;
        push @open, @{ ($plan->{by_id}{$id} // { needs => [] })->{needs} }, map { $_->{step} } @{ $moves->{edges}{$id} // [] };
    }
    return 0;
}

# ---- Right before it is done

# The verdict of a step about to be done, if others are in its way. Guests may come and go while they are looked at, so that is tried again.
sub judged {
    my ($plan, $step, $verdict) = @_;
    my $look = $plan->{look};
    my $trouble;
    for (1 .. 5) {
        my $obstacle;
        if (eval { $obstacle = obstacle($plan, $look, $step, $verdict); 1 }) {
            return defined $obstacle ? Verdict::refused($obstacle, changes => $verdict->{changes}) : $verdict;
        }
        die $@ unless ref $@ eq 'Unknown';
        $trouble = $@->{reason};
        select undef, undef, undef, 0.1;
        $look = $plan->look('check', $step->{kind});
    }
    return Verdict::unknown($trouble, changes => $verdict->{changes});
}

# Why a step that would take something has to wait after all: somebody who runs has it still, or again. Undef if all is free.
sub obstacle {
    my ($plan, $look, $step, $verdict) = @_;
    my ($taker) = takers({ %$plan, steps => [$step], creator => {} }, $look, { $step->{id} => $verdict }) or return undef;
    my $holders = holders($look);
    for my $taken (@{ $taker->{takes} }) {
        for my $held (grep { $_->{vmid} != $taker->{vmid} && !$_->{waiting} && ($_->{alone} || $taken->{alone}) } @{ $holders->{ $taken->{name} } // [] }) {
            my $guest = $look->{host}->guest($held->{vmid});
            return "$taken->{name} is " . name_of($plan, $held->{vmid}) . "'s, which runs" if $look->{host}->running(@$guest{qw(vmid type)});
        }
    }
    return undef;
}

1;
