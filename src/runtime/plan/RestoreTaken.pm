package RestoreTaken;

# What a guest's former config would take from others: an address, a hardware address or a card that it gave up and another guest has by now.
# Between steps of a program such things go from hand to hand (Giver.pm); a config that is put back just takes them.

use strict;
use warnings;
use Giver;
use Holdings;

# Why it is not put back, or undef; then what people should know.
sub judged {
    my ($look, $vmid, $type, $now, $goal) = @_;
    my @taken = taken($look, $vmid, $type, $now, $goal);
    my ($first) = map { $_->{text} } grep { $_->{runs} } @taken;
    return ("$first: take it away there first", ()) if defined $first;
    return (undef, map { $_->{text} } @taken);
}

# [{ text, runs }, …], `runs` being true of what its holder uses now. What both may have is no trouble.
sub taken {
    my ($look, $vmid, $type, $now, $goal) = @_;
    my $host  = $look->{host};
    my %has   = map { $_->{name} => 1 } Holdings::of($host, $type, $now->{keys});
    my @takes = grep { !$has{ $_->{name} } } Holdings::of($host, $type, $goal->{keys}) or return ();
    my $holders = Giver::holders($look);
    return map {
        my $thing = $_;
        map { told($look, $_) } grep { $_->{vmid} != $vmid && ($_->{alone} || $thing->{alone}) && !goes_back($look, $_) } @{ $holders->{ $thing->{name} } // [] };
    } @takes;
}

sub told {
    my ($look, $held) = @_;
    my $guest = $look->{host}->guest($held->{vmid});
    my $runs  = $look->{host}->running(@$guest{qw(vmid type)}) && !$held->{waiting} ? 1 : 0;
    return { runs => $runs, text => "$held->{name} is " . Giver::name_of($look, $held->{vmid}) . "'s" . ($runs ? ', which runs' : ', too, which does not run with it') };
}

# True of what its holder gives up in this restoration, because it did not have it then either.
sub goes_back {
    my ($look, $held) = @_;
    my ($step) = grep { $_->{has}{config} && $_->{has}{config}[1] == $held->{vmid} } values %{ $look->{by_id} } or return 0;
    my $kept = GuestConf::parse($look->{host}->read($step->{has}{file}[1]) // return 0, $step->{has}{config}[0]);
    return 0 if grep { $_->{name} eq $held->{name} } Holdings::of($look->{host}, $step->{has}{config}[0], $kept->{keys});
    return defined Restore::trouble($look->{host}, $look->{host}->guest($held->{vmid})->{conf}, $kept) ? 0 : 1;
}

1;
