package ComparePending;

# Values of a guest's config that wait for a restart: whose they are, and whether they may wait.

use strict;
use warnings;
use Impact;

# Values that wait for a restart: those that the program asks for, and those of others.
sub of {
    my ($look, $state) = @_;
    return map { +{ %$_, ours => CompareState::is_asked_for($look, $state->{vmid}, $_->{key}) } } GuestConf::waiting($state->{conf});
}

# True of what may wait as it is: for the restart it needs, or because Proxmox left it so when it was told, or because it waited before the guest was
# adopted. Else the call that set it was killed, and another one brings it into force.
sub may_wait {
    my ($state, $key, $impact, $wanted) = @_;
    return 1 if $state->{acted} || $state->{running} && $impact ne 'live';
    my $values = ($state->{applied} // {})->{values} // {};
    return %$values ? ($values->{$key} // '') eq $wanted : $state->{adopted};
}

# True of a value of a running guest that waits only because the call that set it was killed: a step of the program brings it into force.
sub is_left_over {
    my ($look, $owner, $key) = @_;
    my ($vmid, $type, $conf) = @{ $owner->{guest} }{qw(vmid type conf)};
    for my $step (@{ $look->{configs}{$vmid} // [] }) {
        my ($asked) = grep { $_->[0] eq 'key' && $_->[1] eq $key } @{ $step->{options} } or next;
        my (undef, undef, $impact, $wanted) = @$asked;
        return !may_wait(CompareConfig::state_of($step, $look, $owner), $key, Impact::of_change($type, $key, $impact, $conf->{keys}{$key}, $wanted), $wanted);
    }
    return 0;
}

1;
