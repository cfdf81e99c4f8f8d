package CompareConfig;

# The config of a guest: what is asked for, against what is in force and what waits for a restart.
#
# Each difference becomes a change { key, from, to, impact, how, value } with `how` being set, delete, revert, allocate, resize, options, free, wait, raw
# or none. Key by key that is CompareKeys.pm, disk by disk CompareVolume.pm; what nobody asks for is CompareUnasked.pm, lines that Proxmox only
# passes on CompareRaw.pm. ConfigVerdict.pm says which of the changes are made, and in what order.

use strict;
use warnings;
use Unknown;
use Verdict;
use Size;
use Property;
use Ownership;
use CompareKeys;
use CompareVolume;
use CompareUnasked;
use CompareRaw;
use ComparePending;
use ConfigNotes;
use ConfigVerdict;
use ConfigRecord;

sub config {
    my ($step, $look) = @_;
    my %times;
    my @twice = grep { $times{$_}++ == 1 } asked_keys($step);
    return Verdict::refused("the step asks twice for @twice") if @twice;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    if ($obstacle) {
        $obstacle->{changes} = [ wishes($step) ] if $owner->{is} eq 'absent';
        return $obstacle;
    }
    my $state = state_of($step, $look, $owner);
    my @changes = (differences($step, $state), CompareUnasked::removals($step, $look, $state), CompareRaw::differences($step, $look, $state));
    if (protected_by_others($step, $look, $state)) {
        $state->{veto} = 'protection was switched on by somebody; switch it off to let changes through';
        push @{ $state->{notes} }, 'protection was switched on by somebody; it stays' if grep { $_->{key} eq 'protection' } @changes;
        @changes = grep { $_->{key} ne 'protection' } @changes;
    }
    $look->{reverted}{$vmid}{ $_->{key} } = 1 for grep { $_->{how} eq 'revert' } @changes;
    ConfigVerdict::weigh($step, $look, $state, $_) for @changes;
    if ($look->{mode} eq 'plan' && $step->{has}{marker}) {
        $state->{pending} = [ ComparePending::of($look, $state) ];
        push @{ $state->{notes} }, ConfigNotes::of($step, $look, $state);
    }
    return ConfigVerdict::of($step, $look, $state, \@changes);
}

# Protection that neither the program asks for nor we switched on ourselves: it says that nothing is to be changed.
sub protected_by_others {
    my ($step, $look, $state) = @_;
    return 0 unless Property::same('protection', '1', $state->{conf}{keys}{protection} // '0');
    for my $config (@{ $look->{configs}{ $state->{vmid} } }) {
        my $applied = $look->{journal}->applied_to($config->{id}, grep { defined } @{ $state->{owner} }{qw(guid uuid)});
        return 0 if is_newborn($config, $applied, $state->{owner});
        return 0 if $applied && Property::same('protection', '1', $applied->{values}{protection} // '0');
        return 0 if grep { $_->[0] eq 'key' && $_->[1] eq 'protection' && Property::same('protection', '1', $_->[3]) } @{ $config->{options} };
    }
    return 1;
}

# What the comparison needs to know about a guest.
sub state_of {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    return {
        type    => $type,
        vmid    => $vmid,
        owner   => $owner,
        conf    => $owner->{guest}{conf},
        running => $look->{host}->running($vmid, $type),
        host    => $look->{host},
        applied => $look->{journal}->applied_to($step->{id}, grep { defined } @$owner{qw(guid uuid)}),
        intent  => $look->{journal}{intent}{ $step->{id} },
        filled  => { map { $_->[0] =~ /^(?:import|cloudinit)$/ ? ($_->[1] => $_) : () } @{ $step->{options} } },
        added   => { map { $_->[0] eq 'added' ? ($_->[1] => $_->[2]) : () } @{ $step->{options} } },
        acted   => $look->{acted},
        adopted => Adoption::is_adopted($look, $vmid),
        notes   => [],
    };
}

# True of a guest that we have just made: all that it has and nobody asks for was born with it.
sub is_newborn {
    my ($step, $applied, $owner) = @_;
    return $step->{has}{'clean-clone'} && !$applied && !$owner->{taken};
}

# The changes of a guest that does not exist yet.
sub wishes {
    my ($step) = @_;
    my %show = (
        key    => sub { Verdict::difference($_[0], '', $_[2], 'live') },
        volume => sub { Verdict::difference($_[0], '', "$_[2]" . ($_[3] ? ', ' . Size::absolute($_[3]) : ''), 'live') },
        raw    => sub { Verdict::difference($_[0], '', $_[1], 'live') },
    );
    return map { my ($name, @words) = @$_; $show{$name} ? $show{$name}->(@words) : () } @{ $step->{options} };
}

# ---- Differences, a function for each kind of requirement

my %requirement = (
    volume => \&CompareVolume::volume, key => \&CompareKeys::exact, generated => \&CompareKeys::generated, absent => \&CompareKeys::absent,
    marker => \&CompareKeys::marker,
);

sub differences {
    my ($step, $state) = @_;
    my %added = map { ($_->[1] => $_->[2]) } grep { $_->[0] eq 'added' } @{ $step->{options} };
    my @changes = map { my ($name, @words) = @$_; $requirement{$name} ? $requirement{$name}->($state, @words) : () } @{ $step->{options} };
    for my $change (@changes) {
        $change->{impact} = $added{ $change->{key} } if defined $added{ $change->{key} } && !defined $state->{conf}{keys}{ $change->{key} };
    }
    return @changes;
}

sub asked_keys {
    my ($step) = @_;
    return @{ $step->{asked} //= [ map { $_->[0] eq 'marker' ? 'description' : $_->[1] } grep { $requirement{ $_->[0] } } @{ $step->{options} } ] };
}

1;
