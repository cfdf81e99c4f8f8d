package ConfigVerdict;

# From the changes of a guest's config to a verdict: what each costs, whether that is allowed, and which call is to be made next.
#
# They are brought about in an order in which a failure of one call leaves nothing half done, one call at a time, looking after each.

use strict;
use warnings;
use Verdict;
use Property;

# What a change costs decides whether it is done, held back, or refused.
sub weigh {
    my ($step, $look, $state, $change) = @_;
    if ($change->{how} eq 'none' || $change->{impact} =~ /^(?:replace|impossible)$/) { $change->{refused} = 1 }
    elsif ($state->{running} && $change->{impact} eq 'restart') {
        if (CompareState::restart_allowed($step, $look)) { $look->{restart}{ $state->{vmid} }{ $change->{key} } = 1 }
        else                                             { $change->{held} = 1 }
    }
    $look->{changing}{ $state->{vmid} }{ $change->{key} } = 1 unless $change->{held} || $change->{refused};
}

sub of {
    my ($step, $look, $state, $changes) = @_;
    my $conf = $state->{conf};
    my @do   = grep { !$_->{held} && !$_->{refused} } @$changes;
    my %rest = (changes => $changes, notes => $state->{notes}, map { $_ && @$_ ? (pending => $_) : () } $state->{pending});
    my $lock = $conf->{keys}{lock};
    push @{ $state->{notes} }, "has snapshots (@{ $conf->{snapshots} }); they keep the old config" if @do && @{ $conf->{snapshots} };

    my @refused = grep { $_->{refused} } @$changes;
    if (@refused) {
        my ($reason, @flag) = refusal($look, $state, @refused);
        return Verdict::refused($state->{refusal} // $reason, @flag, %rest);
    }
    return Verdict::refused($state->{veto}, %rest) if @do && defined $state->{veto};
    if (!@do) {
        my @held = grep { $_->{held} } @$changes;
        return Verdict::held('needs a restart for ' . join(', ', map { $_->{key} } @held), flag => "--allow-restart $step->{path}", %rest) if @held;
        return Verdict::satisfied(%rest, ConfigRecord::remember($step, $state));
    }
    my ($made) = grep { $_->{how} eq 'wait' } @do;
    return Verdict::change('wait', [], %rest, reason => "the task that makes $made->{key} of guest $state->{vmid} is still at work") if $made;
    return { %{ CompareGuest::wait_for_lock($state->{vmid}, $conf, $changes) }, notes => $state->{notes} }
        if defined $lock && $lock ne 'mounted' && $look->{mode} eq 'check';
    my ($act, @arguments) = next_call($state, @do);
    my %held = (grep { $_->{held} } @$changes) ? (flag => "--allow-restart $step->{path}") : ();
    return Verdict::change($act, \@arguments, %rest, %held,
        fields => { vmid => $state->{vmid}, type => $state->{type}, running => $state->{running}, digest => GuestConf::digest($conf), timeout => 120, path => $state->{owner}{guest}{path},
            $act eq 'allocate' ? unseen($state, $arguments[1]) : (), $act eq 'raw' ? (waits => CompareRaw::waits($state, @do)) : () });
}

# Of a storage whose volumes only Proxmox can list: its name, and the run that began to make one before. ZFS and folders are looked at without a process.
sub unseen {
    my ($state, $new) = @_;
    my ($storage) = $new =~ /^([^:]+):/;
    my $entry = $state->{host}->storage($storage) // return ();
    return () if $entry->{type} =~ /^(?:zfspool|dir|btrfs)$/;
    return (unseen => $storage, $state->{intent} ? (begun => $state->{intent}{run}) : ());
}

# Why the first of these changes is not made, and the option of the command line that would have the guest made anew, where one does.
sub refusal {
    my ($look, $state, $change) = @_;
    my ($key, $from, $to) = @$change{qw(key from to)};
    return "$key is $from and fixed; wanted: $to" if $change->{impact} ne 'replace';
    my $what = $change->{shrink} ? "$key is $from, and disks only grow; wanted: $to" : "$key is $from, and no change of the guest makes it $to";
    require Rebuild;
    my $way  = Rebuild::way($look, $state->{owner}, $change);
    return ("$what. Made anew it would be so; its root disk would go with it ($way->{flag})", flag => $way->{flag}) if $way->{flag};
    my $hand = $change->{shrink} ? '. By hand: make a disk of that size, copy, and take this one out' : '';
    return "$what. Nor is it made anew: $way->{trouble}$hand";
}

# ---- The one call to be made next

# The one call to be made next. Deletions and keys that cannot fail from outside go first; each group of keys that can fail has a call of its own.
my @groups = (
    qr/^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/, qr/^net\d+$/, qr/^dev\d+$/, qr/^hostpci\d+$/, qr/^usb\d+$/, qr/^virtiofs\d+$/,
    qr/^(?:mp\d+|rootfs)$/, qr/^hookscript$/, qr/^boot$/,
);

sub next_call {
    my ($state, @do) = @_;
    my @reverts = grep { $_->{how} eq 'revert' } @do;
    return ('revert', join ',', map { $_->{key} } @reverts) if @reverts;
    my @plain = grep { $_->{how} =~ /^(?:set|delete)$/ } @do;
    my @last  = grep { $_->{key} eq 'protection' && $_->{how} eq 'set' && Property::same('protection', '1', $_->{value}) } @plain;
    my @safe  = grep { my $change = $_; $change != ($last[0] // 0) && !grep { $change->{key} =~ $_ } @groups } @plain;
    return ('set', words_of(@safe)) if @safe;
    my ($left) = grep { $_->{how} eq 'free' } @do;
    return ('free', map { CompareGuest::volume_of($state->{host}, $_) } @{ $left->{value} }) if $left;
    for my $how (qw(allocate resize options)) {
        my ($volume) = grep { $_->{how} eq $how } @do;
        return ($how, $volume->{key}, $volume->{value}) if $volume;
    }
    for my $group (@groups) {
        my @some = grep { $_->{key} =~ $group } @plain;
        return ('set', words_of(@some)) if @some;
    }
    my ($raw) = grep { $_->{how} eq 'raw' } @do;
    return ('raw', $raw->{value}) if $raw;
    return ('set', words_of(@last));
}

sub words_of {
    my (@changes) = @_;
    my @delete = map { $_->{key} } grep { $_->{how} eq 'delete' } @changes;
    return ((map { ("--$_->{key}", $_->{value}) } grep { $_->{how} eq 'set' } @changes), (@delete ? ('--delete', join ',', @delete) : ()));
}

1;
