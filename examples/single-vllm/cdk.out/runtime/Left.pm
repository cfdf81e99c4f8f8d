package Left;

# What is still on the host and left the program. It is reported with the command that would remove it; nothing goes by itself.

use strict;
use warnings;
use Chore;
use Destroy;

# [{ vmid, type, path, state, policy, way }], and names of what else the journal has of the program's past.
sub guests {
    my ($plan, $look) = @_;
    my @left;
    for my $guest (grep { !$plan->{about}{ $_->{vmid} } && !$plan->{by_id}{"guest/$_->{vmid}/destroy"} } Chore::guests($plan)) {
        my ($vmid, $type, $path) = @$guest{qw(vmid type path)};
        my $there = $look->{host}->guest($vmid);
        my $goes  = Destroy::is_disposable($look, $vmid);
        push @left, {
            %$guest,
            state  => !$there ? 'absent' : $there->{node} ne $plan->{here} ? "on node $there->{node}" : $look->{host}->running($vmid, $type) ? 'running' : 'stopped',
            policy => $goes ? 'destroy' : 'retain',
            way    => !$there ? "applier orphan $path" : $goes ? "applier destroy $path --yes, or applier apply --prune" : "applier orphan $path",
        };
    }
    return @left;
}

sub others {
    my ($plan) = @_;
    my $applied = $plan->{journal}{applied};
    return grep { !$plan->{said}{$_} && !m{^(?:guest|adopt|destroy)/} && !$applied->{$_}{values}{imported} } sort keys %$applied;
}

1;
