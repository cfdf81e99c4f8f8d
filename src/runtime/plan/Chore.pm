package Chore;

# Steps that stand in no runbook: guests and things are let go (`orphan`) or destroyed, files are put back (`restore`). They are looked at, done and
# looked at again like all others.

use strict;
use warnings;
use Ownership;
use Plan;
use Made;
use Removal;

my %verbs = (orphan => \&orphan, destroy => \&destroy, restore => \&restore);

# Puts the steps of a verb in the place of the program's; `apply --prune` has its own behind them.
sub arrange {
    my ($plan, $flags, $verb, @operands) = @_;
    if (my $steps = $verbs{$verb}) { $plan->{steps} = [ $steps->($plan, $flags, @operands) ] }
    elsif ($flags->{prune})        { push @{ $plan->{steps} }, prune($plan) }
    $plan->{by_id}{ $_->{id} } = $_ for @{ $plan->{steps} };
    connect_users($plan) if $verb eq 'destroy' || $flags->{prune};
    return grep { $_->{chore} } @{ $plan->{steps} };
}

sub orphan {
    my ($plan, $flags, @names) = @_;
    refuse_without('orphan what?', 'PATH ..., or --all') if !@names == !$flags->{all};
    require LetGo;
    my @steps = map { defined $_->{vmid} ? about_guest($_, 'orphan') : about_record($_) } named($plan, [ guests($plan), LetGo::records($plan) ], $flags, @names);
    return (@steps, $flags->{all} ? about_journal(@steps) : ());
}

sub destroy {
    my ($plan, $flags, @names) = @_;
    refuse_without('destroy what?', 'PATH ...') unless @names;
    my @chosen = named($plan, [ guests($plan), things($plan) ], {}, @names);
    my @guests = grep { defined $_->{vmid} } @chosen;
    my %goes   = map { $_->{vmid} => 1 } @guests;
    my %exact  = map { $_ => 1 } @names;
    my @things = grep { !defined $_->{vmid} && !($_->{id} =~ m{^guest/(\d+)/} && $goes{$1}) } @chosen;
    return (destroying($plan, @guests), removing(map { +{ %$_, exact => scalar grep { $exact{$_} } @$_{qw(path resource id)} } } @things));
}

sub restore {
    my ($plan, $flags, @runs) = @_;
    refuse_without('restore which run?', 'one RUN') unless @runs == 1;
    require Restore;
    return Restore::steps($plan->look('plan'), $runs[0]);
}

sub refuse_without {
    my ($question, $answer) = @_;
    require Problem;
    Problem::stop({ code => 'usage/missing-argument', message => "$question $answer", fix => 'see `applier help`' });
}

# What left the program and was said to go with it.
sub prune {
    my ($plan) = @_;
    my $look = $plan->look('plan');
    require Destroy;
    my @guests = grep { !$plan->{about}{ $_->{vmid} } && Destroy::is_disposable($look, $_->{vmid}) } guests($plan);
    my @things = grep { !$_->{asked} && Removal::policy($look, $_->{id}) eq 'destroy' } things($plan);
    return (destroying($plan, @guests), removing(@things));
}

# Those that were made last go first, and clones before what they were cloned from.
sub destroying {
    my ($plan, @guests) = @_;
    my %place = map { $plan->{steps}[$_]{has}{guest} ? ($plan->{steps}[$_]{has}{guest}[1] => $_) : () } 0 .. $#{ $plan->{steps} };
    my $last  = @{ $plan->{steps} };
    my @steps = map { about_guest($_, 'destroy') } sort { ($place{ $b->{vmid} } // $last) <=> ($place{ $a->{vmid} } // $last) || $b->{vmid} <=> $a->{vmid} } @guests;
    my %ids   = map { $_->{id} => 1 } @steps;
    my $host  = $plan->look('plan')->{host};
    require Destroy;
    for my $step (@steps) {
        push @{ $step->{needs} }, grep { $ids{$_} } map { "guest/$_/destroy" } Destroy::clones($host, $step->{has}{guest}[1]);
    }
    return Order::sorted(@steps);
}

sub removing {
    require Remove;
    return map { about_thing($_) } Remove::ordered(@_);
}

# What uses a thing goes before it, and if that stays, so does the thing.
sub connect_users {
    my ($plan) = @_;
    my @things = grep { $_->{kind} eq 'removal' } @{ $plan->{steps} } or return;
    my $look   = $plan->look('plan');
    require Users;
    for my $step (@things) {
        my $thing = $plan->{journal}{made}{ $step->{of} };
        push @{ $step->{needs} }, grep { defined && $_ ne $step->{id} } map { $_->{by} } Users::of($look, $thing);
    }
    $plan->{steps} = [ Order::sorted(@{ $plan->{steps} }) ];
}

# ---- The steps

sub about_guest {
    my ($guest, $chore) = @_;
    return step("guest-$chore", $chore, "guest/$guest->{vmid}", $guest->{path}, guest => [ @$guest{qw(type vmid)} ]);
}

sub about_thing {
    my ($thing) = @_;
    my $step  = step('removal', 'destroy', $thing->{resource}, $thing->{path}, $thing->{kind} eq 'firewall-entries' ? (file => $thing->{words}) : ());
    my $title = "remove the @{[ Made::what($thing) ]}";
    return { %$step, id => "$thing->{id}/destroy", of => $thing->{id}, exact => $thing->{exact} // 1, title => $title };
}

sub about_record {
    my ($record) = @_;
    return { %{ step('record-orphan', 'orphan', $record->{resource}, $record->{path}) }, id => "$record->{id}/orphan", of => $record->{id} };
}

# All that is left in the journal when the others are done.
sub about_journal {
    my (@steps) = @_;
    return { %{ step('journal-orphan', 'orphan', 'journal', 'journal') }, needs => [ map { $_->{id} } @steps ] };
}

# A step of the form that Words gives to those of a runbook.
sub step {
    my ($kind, $chore, $resource, $path, %has) = @_;
    return {
        kind => $kind, chore => $chore, id => "$resource/$chore", resource => $resource, path => $path, title => $chore,
        stack => { name => $chore, app => '', host => '', pve => '', order => 0, restart => 'never', protect => 0 }, needs => [], exclusive => [], options => [], has => \%has,
    };
}

# ---- What there is

# All guests that the journal has, or that bear our line: { vmid, type, path, id, resource }.
sub guests {
    my ($plan) = @_;
    my $look   = $plan->look('plan');
    my $there  = $look->{host}->guests;
    my $known  = $plan->{journal}{guest};
    my @guests;
    for my $vmid (sort { $a <=> $b } keys %{ { %$there, %$known } }) {
        my $marker = $there->{$vmid} && GuestConf::marker($look->{host}->guest($vmid)->{conf});
        my $ours   = $marker && $marker->{app} eq $plan->{app} && $marker->{vmid} == $vmid;
        next unless $ours || $known->{$vmid};
        my $maker = $plan->{creator}{$vmid};
        push @guests, {
            vmid     => $vmid,
            type     => $there->{$vmid} ? $there->{$vmid}{type} : $known->{$vmid}{type},
            path     => $maker ? $maker->{path} : $ours ? $marker->{path} : "guest/$vmid",
            id       => $vmid,
            resource => "guest/$vmid",
        };
    }
    return @guests;
}

# All other things that we made: { id, kind, words, known, resource, path, asked }. Files of guests that left go with those.
sub things {
    my ($plan) = @_;
    return map {
        my $maker = $plan->{by_id}{ $_->{id} };
        +{ %$_, path => $maker ? $maker->{path} : $_->{resource}, asked => Made::is_asked_for($plan, $_) };
    } grep { $_->{id} !~ m{^guest/(\d+)/} || $plan->{about}{$1} } Made::things($plan->{journal});
}

# Those that a name of the command line fits.
sub named {
    my ($plan, $all, $flags, @names) = @_;
    return @$all if $flags->{all};
    my $elsewhere = Found::nothing_here($plan);
    my $why       = defined $elsewhere ? "; $elsewhere" : '';
    my @unknown = grep { my $name = $_; !grep { Plan::is_named($_, $name) } @$all } @names;
    Problem::stop(map { Plan::unknown_name("nothing of ours is named $_$why", $_, '`applier status` lists our guests', map { Plan::names_of($_) } @$all) } @unknown) if @unknown;
    return grep { my $one = $_; grep { Plan::is_named($one, $_) } @names } @$all;
}

1;
