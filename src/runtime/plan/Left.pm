package Left;

# What is still on the host and left the program. It is reported with the command that would remove it; nothing goes by itself.

use strict;
use warnings;
use Chore;
use Destroy;
use Remove;

# [{ vmid, type, path, state, policy, way }]
sub guests {
    my ($plan, $look) = @_;
    my @left;
    for my $guest (grep { !$plan->{about}{ $_->{vmid} } && !$plan->{by_id}{"guest/$_->{vmid}/destroy"} } Chore::guests($plan)) {
        my ($vmid, $type, $path) = @$guest{qw(vmid type path)};
        my $there = $look->{host}->guest($vmid);
        my $goes  = Destroy::is_disposable($look, $vmid);
        push @left, {
            vmid   => $vmid,
            type   => $type,
            path   => $path,
            state  => !$there ? 'absent' : $there->{node} ne $plan->{here} ? "on node $there->{node}" : $look->{host}->running($vmid, $type) ? 'running' : 'stopped',
            policy => $goes ? 'destroy' : 'retain',
            way    => !$there ? "applier orphan $path" : $goes ? "applier destroy $path --yes, or applier apply --prune" : "applier orphan $path",
        };
    }
    return @left;
}

# [{ resource, what, state, policy, way }] of all else: first what we made, in the order in which it could go, then what we only looked after. Not
# what the program only referred to.
sub things {
    my ($plan, $look) = @_;
    my $applied = $plan->{journal}{applied};
    my @made  = grep { !$_->{asked} && !$plan->{by_id}{"$_->{id}/destroy"} } Chore::things($plan);
    my %known = map { $_ => 1 } keys %{ $plan->{journal}{made} };
    my @kept  = grep { !$known{$_} && !$plan->{said}{$_} && !m{^(?:guest|adopt|destroy)/} && !$applied->{$_}{values}{imported} } sort keys %$applied;
    return (map({ made($look, $_) } Remove::ordered(@made)), map { { resource => $_, what => 'not made by us', state => 'as it is', policy => 'retain', way => "applier orphan $_ forgets it" } } @kept);
}

sub made {
    my ($look, $thing) = @_;
    my $name   = $thing->{resource};
    my @is     = Made::seen($look->{host}, $thing);
    my $state  = !@is ? 'not to be seen' : !defined $is[0] ? 'absent' : $is[0] ne $thing->{known} ? 'changed since' : 'as we made it';
    my $policy = Removal::policy($look, $thing->{id});
    my $by_hand = eval { Remove::command($look->{host}, $thing) } // "edit $thing->{words}[0]";
    my $way = $state eq 'absent' ? "applier orphan $name" : $policy eq 'destroy' && $state eq 'as we made it' ? "applier destroy $name --yes, or applier apply --prune" : $by_hand;
    return { resource => $name, what => Made::what($thing), state => $state, policy => $policy, way => $way };
}

1;
