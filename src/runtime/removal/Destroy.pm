package Destroy;

# A guest is destroyed with every disk that carries its number, if the program said that it may (`removalPolicy: 'destroy'`), and if nobody else's
# data would go with it. No option of the command line overrules that.

use strict;
use warnings;
use Verdict;
use Ownership;
use Removal;
use Made;
use Below;

sub compare {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $guest = $look->{host}->guest($vmid) // return gone($step, $look, $vmid);
    my $begun = $look->{journal}{intent}{"destroy/$vmid"};
    if ($begun && ($guest->{conf}{keys}{lock} // '') eq 'destroyed' && $guest->{node} eq $look->{host}->node_name) {
        return Verdict::change('wait', [], reason => "the task that destroys guest $vmid is still at work") if $look->{host}->task_alive('vzdestroy|qmdestroy', $vmid);
        return act('resume', $guest, [ Verdict::difference('guest', 'half destroyed', 'removed', 'destroy') ]);
    }
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    my $trouble = is_disposable($look, $vmid) ? trouble($look, $owner) : is_protected($look, $vmid) // retained($step, $vmid, $type);
    return Verdict::refused($trouble, changes => [ losses($look, $guest) ]) if defined $trouble;
    my $conf = $guest->{conf};
    return CompareGuest::wait_for_lock($vmid, $conf) if defined $conf->{keys}{lock} && $conf->{keys}{lock} ne 'mounted' && $look->{mode} eq 'check';
    return act($look->{host}->running($vmid, $type) ? 'stop' : 'destroy', $guest, [ losses($look, $guest) ], notes($look, $guest));
}

sub act {
    my ($act, $guest, $changes, @notes) = @_;
    return Verdict::change($act, [ $guest->{vmid} ], changes => $changes, notes => \@notes,
        fields => { type => $guest->{type}, path => $guest->{path}, timeout => 120 });
}

sub losses {
    my ($look, $guest) = @_;
    my $state = $look->{host}->running(@$guest{qw(vmid type)}) ? 'running' : 'stopped';
    return (
        Verdict::difference('guest', $state, 'removed', 'destroy'),
        map({ Verdict::difference('disk', $_, 'removed', 'destroy') } grep { owner_of($_) == $guest->{vmid} } Ownership::volumes($guest), waiting_volumes($guest)),
        map({ Verdict::difference('snapshot', $_, 'removed', 'destroy') } Below::unknown_to_proxmox($look, $guest)),
    );
}

# Disks that are made and wait for a restart: Proxmox destroys them with the others.
sub waiting_volumes {
    my ($guest) = @_;
    my ($keys, $pending) = @{ $guest->{conf} }{qw(keys pending)};
    return Ownership::volumes({ %$guest, conf => { keys => { map { !defined $keys->{$_} ? ($_ => $pending->{$_}) : () } keys %$pending } } });
}

# The guest is not there. What is left of its disks goes if it was us who began, and if they are the very ones that we meant.
sub gone {
    my ($step, $look, $vmid) = @_;
    my $begun = $look->{journal}{intent}{"destroy/$vmid"};
    my %meant = map { $_ => 1 } split /,/, $begun ? $begun->{digest} : '';
    my @left  = grep { $meant{ $look->{host}->dataset($_)->{guid} } } $look->{host}->datasets_by_number($vmid);
    my $type  = $step->{has}{guest}[0];
    return Verdict::change('free', [ map { CompareGuest::volume_of($look->{host}, $_) } @left ], changes => [ Verdict::difference('disks', "@left", 'removed', 'destroy') ], fields => { type => $type })
        if @left;
    my @files = files_of($look, $vmid);
    return Verdict::change('sweep', \@files, changes => [ map { Verdict::difference('file', $_, 'removed', 'destroy') } @files ], fields => { type => $type }) if @files;
    return Verdict::satisfied() unless Orphan::records($look->{journal}, $vmid);
    return Verdict::change('forget', [$vmid], changes => [ Verdict::difference('journal', 'knows it', 'removed') ], fields => { type => $type });
}

# Files of the host that we made for the guest, such as its documents for cloud-init, and that nobody changed since.
sub files_of {
    my ($look, $vmid) = @_;
    return () unless $look->{journal}{intent}{"destroy/$vmid"};
    return map { $_->{words}[0] } grep { $_->{kind} eq 'file' && $_->{id} =~ m{^guest/$vmid/} && (Made::known($look->{host}, $_) // '') eq $_->{known} } Made::things($look->{journal});
}

sub is_disposable {
    my ($look, $vmid) = @_;
    my $maker = $look->{creator}{$vmid};
    return Removal::policy($look, $maker ? $maker->{id} : "guest/$vmid/create") eq 'destroy';
}

sub retained {
    my ($step, $vmid, $type) = @_;
    return "guest $vmid and its disks are retained. To have it destroyed, give it `removalPolicy: 'destroy'` and apply; to be rid of it here, applier orphan $step->{path}, "
        . 'and then ' . ($type eq 'qemu' ? 'qm' : 'pct') . " destroy $vmid";
}

# Why nothing of its stack is ever destroyed or made anew; undef if it may be.
sub is_protected {
    my ($look, $vmid) = @_;
    my $maker = $look->{creator}{$vmid} // return undef;
    return $maker->{stack}{protect} ? "guest $vmid is in stack $maker->{stack}{name}, which is protected" : undef;
}

# Why a guest that may go cannot: undef if it can.
sub trouble {
    my ($look, $owner) = @_;
    return kept_by_others($look, $owner) // given_by_others($look, $owner->{guest}) // strays($look, $owner->{guest}) // Below::trouble($look, $owner->{guest});
}

sub kept_by_others {
    my ($look, $owner) = @_;
    my ($vmid, $type, $conf) = @{ $owner->{guest} }{qw(vmid type conf)};
    my $protected = is_protected($look, $vmid);
    return $protected if defined $protected;
    return "guest $vmid is protected; switch its protection off first" if Property::same('protection', '1', $conf->{keys}{protection} // '0');
    return "guest $vmid is managed by HA; take it out of there first" if defined $look->{host}->ha_state($vmid, $type);
    return "guest $vmid is replicated to another node; remove that job first (pvesr list)" if $look->{host}->is_replicated($vmid);
    my @clones = grep { $look->{mode} eq 'check' || !$look->{by_id}{"guest/$_/destroy"} } clones($look->{host}, $vmid);
    return "guests @clones are linked clones of $vmid; destroy them first" if @clones;
    return undef;
}

sub given_by_others {
    my ($look, $guest) = @_;
    my ($keys, $pending) = @{ $guest->{conf} }{qw(keys pending)};
    my @strange = map { "$_ (" . ($keys->{$_} // $pending->{$_}) . ')' } strange_disks($look, $guest);
    return @strange ? "guest $guest->{vmid} has disks that we did not give it: @strange; move them away or remove them first" : undef;
}

# Disks that carry its number and are not in its config.
sub strays {
    my ($look, $guest) = @_;
    my ($vmid, $conf) = @$guest{qw(vmid conf)};
    my @images = map { $_->{path} } $look->{host}->images_besides($vmid, GuestConf::volume_ids($conf));
    my @strays = ($look->{host}->datasets_besides($vmid, GuestConf::volume_ids($conf)), @images);
    return @strays ? "@strays: named as a disk of guest $vmid, which does not know it; rename or destroy it first" : undef;
}

# Guests with a disk that is a linked clone of one of this guest.
sub clones {
    my ($host, $vmid) = @_;
    my %clones;
    my @disks = $host->datasets_by_number($vmid);
    for my $name (keys %{ $host->{datasets} }) {
        my ($of) = ($host->{datasets}{$name}{origin} // '') =~ /^(.*)@/ or next;
        $clones{ owner_of($name) } = 1 if grep { $_ eq $of } @disks;
    }
    delete $clones{$_} for 0, $vmid;
    my @clones = sort { $a <=> $b } keys %clones;
    return @clones;
}

# Keys of disks that no step of ours has asked for, that are in use no longer, or that carry another guest's number.
sub strange_disks {
    my ($look, $guest) = @_;
    my $vmid  = $guest->{vmid};
    my $keys  = { %{ $guest->{conf}{pending} }, %{ $guest->{conf}{keys} } };
    my %asked = map { $_ => 1 } 'rootfs', map({ CompareConfig::asked_keys($_) } @{ $look->{configs}{$vmid} // [] }),
        map { keys %{ $look->{journal}{applied}{$_}{values} } } grep { m{^guest/$vmid/} } keys %{ $look->{journal}{applied} };
    return grep {
        my $is_disk = /^(?:rootfs|mp\d+|unused\d+)$/ || CompareUnasked::is_disk($_, $keys->{$_});
        my ($volume) = $keys->{$_} =~ /^(?:(?:volume|file)=)?([^,]+)/;
        $is_disk && $volume !~ m{^/} && $volume ne 'none' && (!$asked{$_} || owner_of($volume) != $vmid);
    } sort keys %$keys;
}

# The number in the name of a volume or dataset; 0 if it has none.
sub owner_of {
    my ($name) = @_;
    return $name =~ m{(?:^|[/:])(?:subvol|basevol|vm|base)-(\d+)-[^/]*$} ? $1 : 0;
}

sub notes {
    my ($look, $guest) = @_;
    my $conf = $guest->{conf};
    return (
        defined $conf->{keys}{lock} ? "locked ($conf->{keys}{lock})" : (),
        @{ $conf->{snapshots} } ? "its snapshots (@{ $conf->{snapshots} }) go with it" : (),
        map { $conf->{keys}{$_} =~ m{^(?:volume=)?(/[^,]+)} ? "$1 stays" : () } grep { /^mp\d+$/ } sort keys %{ $conf->{keys} },
    );
}

# What is written down before: the disks that we mean.
sub guids {
    my ($host, $vmid) = @_;
    return join ',', map { $host->dataset($_)->{guid} } $host->datasets_by_number($vmid);
}

1;
