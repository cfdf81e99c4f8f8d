package CompareTemplate;

# The step that makes a template of a guest, for good.

use strict;
use warnings;
use Unknown;
use Verdict;
use Ownership;

sub template {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    my $digest = $step->{has}{digest}[0];
    my $conf   = $owner->{guest}{conf};
    return to_finish($step, $look, $owner) // sealed($step, $look, $vmid, $digest) if $conf->{keys}{template};

    my @changes = Verdict::difference('template', 'no', 'yes', 'impossible');
    return Verdict::refused("guest $vmid was adopted as a template and is none; it is not made one, because its disks are somebody's data: make it one by hand, or take it out of the program", changes => \@changes)
        if Adoption::is_adopted($look, $vmid);
    return Verdict::refused("guest $vmid was made a template, and somebody took `template: 1` out of its config; clones may live on its disk: put the line back", changes => \@changes)
        if defined $look->{journal}{sealed}{$vmid};
    return Verdict::refused("guest $vmid has snapshots (@{ $conf->{snapshots} }), and a template cannot have any", changes => \@changes) if @{ $conf->{snapshots} };
    return CompareGuest::wait_for_lock($vmid, $conf, \@changes) if $conf->{keys}{lock} && $look->{mode} eq 'check';
    return to_stop($step, $look, \@changes) if $look->{host}->running($vmid, $type);
    my @strip = strippings($conf, $type);
    return Verdict::change('strip', [ $vmid, @strip ], fields => { digest => GuestConf::digest($conf), type => $type }, changes => \@changes) if @strip;
    return Verdict::change('seal', [$vmid], fields => { digest => $digest, type => $type }, changes => \@changes);
}

# One that is being built was started for that alone. An ordinary guest, which was finished once, is at somebody's service.
sub to_stop {
    my ($step, $look, $changes) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    return Verdict::change('stop', [$vmid], fields => { timeout => 120, type => $type }, changes => $changes)
        if !$look->{journal}{applied}{"guest/$vmid/last"} || CompareState::restart_allowed($step, $look);
    return Verdict::held("guest $vmid runs, and has to be stopped for good", flag => "--allow-restart $step->{path}",
        changes => [ Verdict::difference('template', 'no', 'yes', 'stop', held => 1) ]);
}

# A machine is called a template before its disks become those of one. If the task was killed in between, the rest is made up for.
sub to_finish {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $host = $look->{host};
    return undef if $type ne 'qemu' || !$look->{journal}{intent}{ $step->{id} };
    my @keys = unsealed_disks($host, $owner->{guest}) or return undef;
    my %rest = (fields => { type => $type }, changes => [ Verdict::difference('template', 'half made', 'yes', 'impossible') ]);
    return Verdict::change('wait', [], %rest, reason => "the task that makes a template of guest $vmid is still at work") if $host->task_alive('qmtemplate', $vmid);
    my @renamed = Ownership::renamed($host, $owner->{guest});
    return Verdict::change('unname', [ map { @$_ } @renamed ], %rest) if @renamed;
    return Verdict::change('finish', [ $vmid, $keys[0] ], %rest);
}

# Keys of disks that lie where a template's disks get other names, and have the name of an ordinary one.
my $has_bases = qr/^(?:zfspool|lvmthin|rbd|dir|nfs|cifs|btrfs)$/;

sub unsealed_disks {
    my ($host, $guest) = @_;
    return () unless $guest->{type} eq 'qemu';
    my $keys = $guest->{conf}{keys};
    return grep {
        my ($storage, $name) = $keys->{$_} =~ m{^(?:file=)?([^:,/]+):(?:[^,]*/)?([^,/]+)};
        defined $name && $keys->{$_} !~ /media=cdrom/ && $name =~ /^vm-/ && (($host->storage($storage) // {})->{type} // '') =~ $has_bases;
    } grep { /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/ } sort keys %$keys;
}

# What a template must not hold, because every clone would be born with it.
sub strippings {
    my ($conf, $type) = @_;
    my $keys   = $conf->{keys};
    return ('--delete', 'protection') if defined $keys->{protection};    # first: protected mount points do not go
    my @delete = grep { /^(?:dev|hostpci|usb|virtiofs)\d+$/ || /^hookscript$/ || (/^mp\d+$/ && $keys->{$_} =~ m{^(?:volume=)?/}) } sort keys %$keys;
    my $onboot = defined $keys->{onboot} && !Property::same('onboot', '0', $keys->{onboot});
    return (($onboot ? ('--onboot', 0) : ()), (@delete ? ('--delete', join ',', @delete) : ()));
}

sub sealed {
    my ($step, $look, $vmid, $digest) = @_;
    my $sealed = $look->{journal}{sealed}{$vmid};
    if (defined $sealed) {
        return Verdict::satisfied() if $sealed eq $digest;
        my $way = or_replaced($look, Ownership::of($look, $vmid, $step->{has}{guest}[0]), 'template');
        return Verdict::satisfied(notes => ["template changed: $vmid stays as it was made, and so do its clones; to have the new one, give it another VMID$way"]);
    }
    my $intent = $look->{journal}{intent}{ $step->{id} };
    return Verdict::change('remember', [ $vmid, $intent->{digest} ], changes => [ Verdict::difference('template', 'made, not written down', 'sealed') ]) if $intent;
    return Verdict::satisfied(remember => [ 'sealed', $vmid, $digest ]) if Adoption::is_adopted($look, $vmid);
    return Verdict::unknown("guest $vmid is a template, but the journal does not know what went into it");
}

# The option that makes a guest of ours anew, where one does.
sub or_replaced {
    my ($look, $owner, $key) = @_;
    return '' unless $owner->{is} eq 'ours';
    require Rebuild;
    my $way = Rebuild::way($look, $owner, Verdict::difference($key, '', '', 'replace'));
    return $way->{flag} ? ", or have it made anew ($way->{flag})" : '';
}

# True once a guest is a sealed template of ours: then nothing that led there is asked for any more. Also when somebody made it an ordinary
# guest again: started, it would change under its clones.
sub is_final_template {
    my ($look, $vmid) = @_;
    my ($sealer) = grep { $_->{has}{guest}[1] == $vmid } @{ $look->{sealers} };
    my $guest = $look->{host}->guest($vmid) // return 0;
    my $owner = Ownership::of($look, $vmid, $guest->{type});
    return 0 unless $owner->{is} eq 'ours';
    return 0 if CompareGuest::to_make_anew($look, $look->{creator}{$vmid}, $owner);
    return 1 if defined $look->{journal}{sealed}{$vmid};
    return 0 unless $owner->{guest}{conf}{keys}{template};
    return 1 if Adoption::is_adopted($look, $vmid);
    return $sealer && $look->{journal}{intent}{ $sealer->{id} } ? 1 : 0;
}

1;
