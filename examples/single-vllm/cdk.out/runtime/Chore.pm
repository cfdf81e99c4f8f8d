package Chore;

# Steps that stand in no runbook: guests are let go (`orphan`) or destroyed, files are put back (`restore`). They are looked at, done and looked at
# again like all others.

use strict;
use warnings;
use Ownership;
use Plan;

my %verbs = (orphan => \&orphan, destroy => \&destroy, restore => \&restore);

# Puts the steps of a verb in the place of the program's; `apply --prune` has its own behind them.
sub arrange {
    my ($plan, $flags, $verb, @operands) = @_;
    if (my $steps = $verbs{$verb}) { $plan->{steps} = [ $steps->($plan, $flags, @operands) ] }
    elsif ($flags->{prune})        { push @{ $plan->{steps} }, prune($plan) }
    $plan->{by_id}{ $_->{id} } = $_ for @{ $plan->{steps} };
    return grep { $_->{chore} } @{ $plan->{steps} };
}

sub orphan {
    my ($plan, $flags, @names) = @_;
    die "usage: orphan which guests? PATH ..., or --all\n" if !@names == !$flags->{all};
    return map { about_guest($_, 'orphan') } named([ guests($plan) ], $flags, @names);
}

sub destroy {
    my ($plan, $flags, @names) = @_;
    die "usage: destroy which guests? PATH ...\n" unless @names;
    return destroying($plan, named([ guests($plan) ], {}, @names));
}

sub restore {
    my ($plan, $flags, @runs) = @_;
    die "usage: restore which run? one RUN\n" unless @runs == 1;
    require Restore;
    return Restore::steps($plan->look('plan'), $runs[0]);
}

# What left the program and was said to go with it.
sub prune {
    my ($plan) = @_;
    my $look = $plan->look('plan');
    require Destroy;
    return destroying($plan, grep { !$plan->{about}{ $_->{vmid} } && Destroy::is_disposable($look, $_->{vmid}) } guests($plan));
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

sub about_guest {
    my ($guest, $chore) = @_;
    return step("guest-$chore", $chore, "guest/$guest->{vmid}", $guest->{path}, guest => [ @$guest{qw(type vmid)} ]);
}

# A step of the form that Words gives to those of a runbook.
sub step {
    my ($kind, $chore, $resource, $path, %has) = @_;
    return {
        kind => $kind, chore => $chore, id => "$resource/$chore", resource => $resource, path => $path, title => $chore,
        stack => { name => $chore, app => '', host => '', pve => '', order => 0, restart => 'never' }, needs => [], exclusive => [], options => [], has => \%has,
    };
}

# All guests that the journal has, or that bear our line: { vmid, type, path }.
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
            vmid => $vmid,
            type => $there->{$vmid} ? $there->{$vmid}{type} : $known->{$vmid}{type},
            path => $maker ? $maker->{path} : $ours ? $marker->{path} : "guest/$vmid",
        };
    }
    return @guests;
}

sub named {
    my ($guests, $flags, @names) = @_;
    return @$guests if $flags->{all};
    my %chosen;
    for my $name (@names) {
        my @these = grep { $_->{vmid} eq $name || Plan::is_named({ path => $_->{path}, id => '', resource => "guest/$_->{vmid}" }, $name) } @$guests;
        die "usage: no guest of ours is named $name\n" unless @these;
        $chosen{ $_->{vmid} } = $_ for @these;
    }
    return map { $chosen{$_} } sort { $a <=> $b } keys %chosen;
}

1;
