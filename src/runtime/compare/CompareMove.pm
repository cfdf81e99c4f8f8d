package CompareMove;

# A disk of a guest of ours that lies on another storage than the program says. To move it is a step of its own, which stands in no runbook: where
# disks lie is seen only here.
#
# The former disk is kept, as `unusedN`. Until the new one was looked at (ChangeMove.pm) the journal has the intent, with the volume as it was: a
# run that is killed is ended by the next one, whatever its options. A verdict with `first` comes before all else about its guest.

use strict;
use warnings;
use Verdict;
use Ownership;

# The steps for the disks that a `guest-config` step asks for and that lie elsewhere, or were about to be moved.
sub steps {
    my ($config, $look) = @_;
    my ($type, $vmid) = @{ $config->{has}{guest} };
    my $guest = eval { $look->{host}->guest($vmid) } // return ();
    return () if $guest->{node} ne $look->{host}->node_name;
    my @volumes = map { $_->[0] eq 'volume' ? [ @$_[ 1, 3 ] ] : () } @{ $config->{options} };
    return map { step($config, @$_) } grep { is_elsewhere($guest, @$_) || $look->{journal}{intent}{"guest/$vmid/move/$_->[0]"} } @volumes;
}

sub step {
    my ($config, $key, $storage) = @_;
    my $guest = $config->{has}{guest};
    return {
        (map { $_ => $config->{$_} } qw(stack resource path until)),
        kind => 'guest-move', id => "guest/$guest->[1]/move/$key", title => "$key to $storage",
        needs => [ @{ $config->{needs} } ], exclusive => [], options => [], has => { guest => $guest, move => [ $key, $storage ] },
    };
}

sub is_elsewhere {
    my ($guest, $key, $storage) = @_;
    my ($on) = (volume_at($guest, $key) // '') =~ /^([^:]+):/;
    return defined $on && $on ne $storage;
}

# The volume id that a key has; undef for a folder of the host and where there is none.
sub volume_at {
    my ($guest, $key) = @_;
    return ($guest->{conf}{keys}{$key} // '') =~ m{^(?:(?:volume|file)=)?([^:,/]+:[^,]+)} ? $1 : undef;
}

sub compare {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner = Ownership::of($look, $vmid, $type);
    return Verdict::satisfied() if $owner->{is} eq 'absent';    # the new one is made where it belongs
    my $obstacle = $owner->{is} eq 'moving' ? undef : Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    return begun($step, $look, $owner) // (is_elsewhere($owner->{guest}, @{ $step->{has}{move} }) ? to_move($step, $look, $owner) : Verdict::satisfied());
}

# ---- What a former run began

sub begun {
    my ($step, $look, $owner) = @_;
    my $intent = $look->{journal}{intent}{ $step->{id} } // return undef;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my ($key, $storage) = @{ $step->{has}{move} };
    my $guest = $owner->{guest};
    my $lock  = $guest->{conf}{keys}{lock};
    my $moved = (volume_at($guest, $key) // $intent->{digest}) ne $intent->{digest};
    my $goal  = $moved || !permission($step, $look, 0);
    my %rest  = (changes => [ Verdict::difference($key, 'half moved', $goal ? "on $storage" : 'as it was', 'live') ], first => $goal, fields => fields($step, $look, $guest));
    return Verdict::change('wait', [], %rest, first => 1, reason => "the task that moves $key of guest $vmid is still at work") if $look->{host}->task_alive('\\w+', $vmid);
    return Verdict::change('unlock', [$vmid], %rest) if $type eq 'lxc' && ($lock // '') eq 'disk';
    return CompareGuest::wait_for_lock($vmid, $guest->{conf}, $rest{changes}) if defined $lock && $look->{mode} eq 'check';
    return Verdict::change('settle', [], %rest) if $moved;
    my @left = left($look, $guest, $storage, $intent) or return undef;
    return written_by_machine($step, $look, $intent, \%rest) // Verdict::change('free', \@left, %rest);
}

# What a killed call has made on the storage: volumes of this guest that its config does not name, made in the moments after we began. Everything
# else of the kind is somebody's.
sub left {
    my ($look, $guest, $storage, $intent) = @_;
    my ($host, $vmid) = ($look->{host}, $guest->{vmid});
    my @named  = GuestConf::volume_ids($guest->{conf});
    my $pool   = (($host->storage($storage) // {})->{options} // {})->{pool} // '';
    my @made   = grep { m{^\Q$pool\E/[^/]+$} && Journal::announces($intent, $host->dataset($_)->{creation} // 0) } $host->datasets_besides($vmid, @named);
    my $folder = $host->images_folder($storage);
    my @images = grep { defined $folder && $_->{path} =~ m{^\Q$folder\E/} && Journal::announces($intent, $_->{mtime}, 3600) } $host->images_besides($vmid, @named);
    return (map({ "$storage:" . s{.*/}{}r } @made), map { "$storage:" . $_->{volume} =~ s/^[^:]+://r } @images);
}

# A machine goes on copying when the task that asked for it is gone, until it is stopped.
sub written_by_machine {
    my ($step, $look, $intent, $rest) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    return undef unless $type eq 'qemu' && $look->{host}->running($vmid, $type) && $look->{host}->started_at($vmid) <= $intent->{seconds};
    my $ha = CompareState::managed_by_ha($look, $type, $vmid);
    return Verdict::refused("machine $vmid may still be writing to what a killed run began; that ends with its restart, and $ha", changes => $rest->{changes}) if defined $ha;
    if (CompareState::restart_allowed($step, $look)) {
        $look->{restart}{$vmid}{ $step->{has}{move}[0] } = 1;
        return Verdict::change('stop', [$vmid], %$rest);
    }
    return Verdict::held("machine $vmid may still be writing to what a killed run began; that ends with its restart (or `qm monitor $vmid`: info block-jobs, block_job_cancel)",
        changes => $rest->{changes}, flag => "--allow-restart $step->{path}");
}

# ---- What is to be moved

sub to_move {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my ($key, $storage) = @{ $step->{has}{move} };
    my $guest  = $owner->{guest};
    my $volume = volume_at($guest, $key);
    my $stop   = needs_stop($type, $key, $guest);
    my ($on)   = $volume =~ /^([^:]+)/;
    my %change = %{ Verdict::difference($key, "on $on", "on $storage", $stop ? 'stop' : 'live') };
    my $trouble = trouble($look, $owner, $key, $volume);
    return Verdict::refused("not moved: $trouble", changes => [ { %change, refused => 1 } ]) if defined $trouble;
    my $stops = $stop && $look->{host}->running($vmid, $type);
    my %held  = permission($step, $look, $stops);
    return Verdict::held("$key lies on $on. A move keeps the old disk" . ($stops ? '; the guest is down meanwhile' : ''), %held, changes => [ { %change, held => 1 } ]) if %held;
    my $target = not_on($look->{host}, $storage, $type eq 'lxc' ? 'rootdir' : 'images');
    my $comes  = is_changed($look, $storage);
    return Verdict::refused("not moved: $target", changes => [ { %change, refused => 1 } ]) if defined $target && !$comes;
    $look->{restart}{$vmid}{$key} = 1 if $stops;
    return Verdict::refused("not moved: $target", soft => 1, first => 1, changes => [ \%change ]) if defined $target;
    return CompareGuest::wait_for_lock($vmid, $guest->{conf}, [ \%change ]) if $look->{mode} eq 'check' && defined $guest->{conf}{keys}{lock};
    my @notes = $volume =~ m{:[^,]*/} && $volume !~ m{:\d+/[^/]+$} ? "$key becomes a whole copy: what it shares with its template is copied, too" : ();
    return Verdict::change($stops ? 'stop' : 'move', $stops ? [$vmid] : [ $vmid, $key, $storage, $volume ], changes => [ \%change ], notes => \@notes, first => 1,
        fields => fields($step, $look, $guest));
}

# pct moves disks of stopped containers alone; QEMU copies while it runs, but not the state of a TPM, and the drive of cloud-init it would not notice.
sub needs_stop {
    my ($type, $key, $guest) = @_;
    return $type eq 'lxc' || $key =~ /^tpmstate/ || $guest->{conf}{keys}{$key} =~ /cloudinit/;
}

# Why the disk stays where it is, whatever is allowed: undef if it can be moved.
sub trouble {
    my ($look, $owner, $key, $volume) = @_;
    my $guest = $owner->{guest};
    my ($vmid, $type, $conf) = @$guest{qw(vmid type conf)};
    my $runs = $look->{host}->running($vmid, $type);
    return "guest $vmid is a template, and its disks are final" if $conf->{keys}{template};
    return "its snapshots (@{ $conf->{snapshots} }) would stay behind with the old disk; remove them first" if @{ $conf->{snapshots} };
    return "$volume is not a disk of guest $vmid" if $volume =~ /(?:subvol|basevol|vm|base)-(\d+)-[^\/]*$/ && $1 != $vmid;
    return "$key waits for a restart with other values, which name the old disk: restart guest $vmid first" if defined $conf->{pending}{$key} && !($runs && $type eq 'lxc');
    return 'protection was switched on by somebody; switch it off to let changes through'
        if CompareConfig::protected_by_others(undef, $look, { vmid => $vmid, conf => $conf, owner => $owner });
    return undef unless $runs && needs_stop($type, $key, $guest);
    return "guest $vmid runs and is managed by HA; stop it there first (ha-manager set)" if defined $look->{host}->ha_state($vmid, $type);
    return "guest $vmid runs, and no step of the program would start it again; stop it first"
        unless grep { $_->{kind} eq 'guest-state' && $_->{has}{guest}[1] == $vmid && $_->{has}{state}[0] eq 'running' } values %{ $look->{by_id} };
    return undef;
}

# Why a storage takes no disks of this kind, or undef.
sub not_on {
    my ($host, $storage, $content) = @_;
    my $trouble = not_here($host, $storage);
    return $trouble if defined $trouble;
    my $entry = $host->storage($storage);
    my @kinds = split /[,;\s]+/, $entry->{options}{content} // 'images,rootdir';
    return (grep { $_ eq $content } @kinds) ? undef : "storage $storage takes no disks of this kind (content $content)";
}

# Why this node may not use a storage, or undef.
sub not_here {
    my ($host, $storage) = @_;
    my $entry = $host->storage($storage) // return "there is no storage $storage";
    return "storage $storage is disabled" if $entry->{options}{disable};
    my @nodes = split /[,;\s]+/, $entry->{options}{nodes} // '';
    return @nodes && !grep({ $_ eq $host->node_name } @nodes) ? "storage $storage is not for this node (@nodes)" : undef;
}

# Whether a step of the program makes the storage, or could make it another one.
sub is_changed {
    my ($look, $storage) = @_;
    return scalar grep { $_->{kind} eq 'storage' && $_->{has}{storage}[0] eq $storage } values %{ $look->{by_id} };
}

# The options of the command line that are missing.
sub permission {
    my ($step, $look, $stops) = @_;
    my $moves = grep { Plan::is_named($step, $_) } keys %{ $look->{flags}{'allow-move'} // {} };
    my @flags = ($moves ? () : 'move', $stops && !CompareState::restart_allowed($step, $look) ? 'restart' : ());
    return @flags ? (flag => join ' ', map { "--allow-$_ $step->{path}" } @flags) : ();
}

sub fields {
    my ($step, $look, $guest) = @_;
    my $state = { host => $look->{host}, intent => $look->{journal}{intent}{ $step->{id} } };
    return {
        (map { $_ => $guest->{$_} } qw(vmid type path)), digest => GuestConf::digest($guest->{conf}), timeout => 120,
        ConfigVerdict::unseen($state, "$step->{has}{move}[1]:"),
    };
}

1;
