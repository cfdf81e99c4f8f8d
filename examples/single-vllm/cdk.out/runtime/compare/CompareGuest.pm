package CompareGuest;

# The step that makes a guest: from an archive, as a clone, or with nothing; and what became of former attempts.

use strict;
use warnings;
use Unknown;
use Verdict;
use Size;
use Ownership;

sub create {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner   = Ownership::of($look, $vmid, $type);
    my $known   = $owner->{rebuilt} // ($owner->{is} eq 'ours' ? $owner : undef);
    my @reasons = $known ? to_make_anew($look, $step, $known) : ();
    return Rebuild::compare($step, $look, $known, @reasons) if @reasons;
    return there($step, $look, $owner) if $owner->{is} eq 'ours';
    return Verdict::satisfied() if $owner->{is} eq 'moving';
    if ($owner->{is} eq 'half')     { return half_made($step, $look, $owner) }
    if ($owner->{is} eq 'sealing')  { return half_sealed($step, $look, $owner) }
    if ($owner->{is} eq 'unsealed') { return unsealed($step, $look, $owner) }
    if ($owner->{is} ne 'absent')   { return Ownership::obstacle($owner) }
    return Verdict::refused("guest $vmid was adopted and is not there any more; made anew it would have empty disks: restore it from a backup, or take it out of the program")
        if Adoption::is_adopted($look, $vmid);
    if (my $trouble = $look->{host}->cluster_trouble) { return Verdict::unknown($trouble) }
    my $left = leftovers($step, $look, $vmid);
    return $left if $left;
    return Verdict::create('forget', [$vmid], fields => { type => $type }, changes => [ Verdict::difference('guest', 'destroyed', 'made anew') ])
        if $look->{mode} eq 'check' && $look->{journal}{intent}{"destroy/$vmid"};
    return made($step, $look);
}

# The verdict of a guest that is ours and stays.
sub there {
    my ($step, $look, $owner) = @_;
    my $vmid = $step->{has}{guest}[1];
    return Verdict::refused("not made anew: nobody wrote down what guest $vmid was made from")
        if is_named_anew($look, $step, 'rebuild') && !defined known_origin($step, $look);
    my @notes = (
        is_named_anew($look, $step, 'rebuild')       ? "guest $vmid is of this template already: nothing to rebuild" : (),
        is_named_anew($look, $step, 'allow-replace') ? "nothing about guest $vmid asks for another one: nothing to replace" : (),
        is_stale($step, $look)                       ? stale($step, $look) : (),
        $look->{mode} eq 'plan'                      ? copies($look, $vmid) : (),
    );
    return Verdict::satisfied(notes => \@notes, $owner->{better} ? (remember => $owner->{better}) : ());
}

# Why a guest of ours is to be made anew: nothing, unless somebody asked for that.
sub to_make_anew {
    my ($look, $maker, $owner) = @_;
    return () unless somebody_wants_anew($look);
    require Rebuild;
    return Rebuild::due($look, $maker, $owner);
}

sub is_named_anew {
    my ($look, $maker, $flag) = @_;
    return somebody_wants_anew($look) && Rebuild::is_asked_for($look, $maker, $flag);
}

sub somebody_wants_anew { return $_[0]{flags}{rebuild} || $_[0]{flags}{'allow-replace'} }

# The verdict of a guest that is to be made.
sub made {
    my ($step, $look) = @_;
    my ($vmid, $clone) = ($step->{has}{guest}[1], $step->{has}{clone});
    return as_clone($step, $look, $vmid, $clone) if $clone;
    return $step->{has}{empty} ? from_nothing($step, $vmid) : from_archive($step, $look, $vmid);
}

# Guests of other numbers that bear the mark of this one. They are somebody's; two of one MAC disturb each other.
sub copies {
    my ($look, $vmid) = @_;
    $look->{copies} //= do {
        my %copies;
        for my $other (grep { !$look->{creator}{$_} } sort { $a <=> $b } keys %{ $look->{host}->guests }) {
            my $marker = GuestConf::marker(eval { $look->{host}->guest($other)->{conf} } // next) // next;
            push @{ $copies{ $marker->{vmid} } }, $other if $marker->{app} eq $look->{app} && $marker->{vmid} != $other;
        }
        \%copies;
    };
    return map { "guest $_ bears the mark of this one: a copy, restored or cloned by hand, perhaps with the same MAC and address; it stays" } @{ $look->{copies}{$vmid} // [] };
}

# Only what nothing outside can spoil; disks and devices are keys of its config.
sub from_nothing {
    my ($step, $vmid) = @_;
    my $has = $step->{has};
    my @arguments = ($vmid, '--name', $has->{hostname}[0], '--description', $has->{marker}[0]);
    return Verdict::create('create', \@arguments, fields => { type => 'qemu' }, changes => [ Verdict::difference('guest', 'absent', 'a machine without disks') ]);
}

sub from_archive {
    my ($step, $look, $vmid) = @_;
    my $has = $step->{has};
    my ($storage, $bytes) = @{ $has->{rootfs} };
    my %rest  = (changes => [ Verdict::difference('guest', 'absent', "from $has->{archive}[0] on $storage, " . Size::absolute($bytes)) ]);
    $look->{host}->storage($storage) // return Verdict::unknown("there is no storage $storage for the root disk", soft => 1, %rest);
    my $unfit = unfit_storage($look->{host}, 'lxc', $storage);
    return Verdict::refused($unfit, soft => 1, %rest) if defined $unfit;
    my @arguments = (
        $vmid, $has->{archive}[0],
        '--rootfs', "$storage:" . Size::gibibytes($bytes),
        '--hostname', $has->{hostname}[0],
        '--unprivileged', $has->{unprivileged}[0],
        '--description', $has->{marker}[0],
        '--memory', 512,
        map { $has->{$_} ? ("--$_", $has->{$_}[0]) : () } qw(ostype arch),
    );
    return Verdict::create('create', \@arguments, %rest, fields => { type => 'lxc' });
}

# Datasets and images that carry the VMID although no guest has it. What was made after we began to make the guest is ours and goes, and so do the very
# disks that we began to destroy; anything else is somebody's data, and a guest of this number would be taken for its owner.
sub leftovers {
    my ($step, $look, $vmid) = @_;
    my $host   = $look->{host};
    my @left   = $host->datasets_by_number($vmid);
    my @images = $host->images_by_number($vmid);
    return undef unless @left || @images;
    my $intent = $look->{journal}{intent}{ $step->{id} };
    my $begun  = $look->{journal}{intent}{"destroy/$vmid"};
    my %meant  = map { $_ => 1 } split /,/, $begun ? $begun->{digest} : '';
    my @others = (
        grep({ !$intent || !Journal::announces($intent, $host->dataset($_)->{creation} // 0) } grep { !$meant{ $host->dataset($_)->{guid} // '' } } @left),
        map { !$intent || !Journal::announces($intent, $_->{mtime}, 3600) ? $_->{path} : () } @images,
    );
    return Verdict::refused("@others: named as a disk of guest $vmid, which does not exist; rename or destroy it first") if @others;
    my @volumes = (map({ volume_of($host, $_) } @left), map { $_->{volume} } @images);
    return Verdict::create('free', \@volumes, changes => [ Verdict::difference('guest', 'half made', 'made anew'), map { Verdict::difference('disk', $_, 'removed', 'destroy') } @volumes ]);
}

# The volume id of a dataset.
sub volume_of {
    my ($host, $dataset) = @_;
    my ($pool, $name) = $dataset =~ m{^(.*)/([^/]+)$};
    my $storage = $host->storage_on($pool) // Unknown::because("no storage has the dataset $dataset");
    return "$storage:$name";
}

sub as_clone {
    my ($step, $look, $vmid, $clone) = @_;
    my ($source, $mode, $digest) = @$clone;
    my $type  = $step->{has}{guest}[0];
    my $owner = Ownership::of($look, $source, $type);
    my %rest  = (changes => [ Verdict::difference('guest', 'absent', "$mode clone of $source") ]);
    if ($owner->{is} ne 'ours') {
        return Verdict::unknown("template $source: " . ($owner->{reason} // "it is $owner->{is}"), soft => 1, %rest);
    }
    my $conf = $owner->{guest}{conf};
    if ($conf->{keys}{template}) {
        my $sealed = $look->{journal}{sealed}{$source};
        return Verdict::unknown("$source is a template, but the journal does not know what went into it", soft => 1, %rest) unless defined $sealed;
        return Verdict::refused("template $source was made from other inputs than the program states now; give the new template a VMID of its own" . CompareTemplate::or_replaced($look, $owner, 'template'))
            if $sealed ne $digest;
        return Verdict::unknown("$source is a template of which some disks are not yet", soft => 1, %rest) if CompareTemplate::unsealed_disks($look->{host}, $owner->{guest});
    }
    elsif ($mode eq 'linked') { return Verdict::unknown("$source is no template yet", soft => 1, %rest) }
    elsif ($look->{host}->running($source, $type)) { return Verdict::refused("$source runs; a copy of a running guest needs a snapshot", soft => 1, %rest) }
    my $has   = $step->{has};
    my $unfit = unfit_storage($look->{host}, $type, $has->{storage} && $mode eq 'full' ? $has->{storage}[0] : storages_of($owner->{guest}));
    return Verdict::refused($unfit, soft => 1, %rest) if defined $unfit;
    return locked_source($step, $look, $source, $conf) if $conf->{keys}{lock} && $look->{mode} eq 'check';
    my @arguments = (
        $source, $vmid,
        '--full', $mode eq 'full' ? 1 : 0,
        $type eq 'qemu' ? '--name' : '--hostname', $has->{hostname}[0],
        '--description', $has->{marker}[0],
        $has->{storage} && $mode eq 'full' ? ('--storage', $has->{storage}[0]) : (),
    );
    return Verdict::create('clone', \@arguments, %rest, fields => { type => $type });
}

# Why no disk of such a guest can be made on one of these storages: undef if each takes one. Proxmox itself says no only when it comes to that.
sub unfit_storage {
    my ($host, $type, @storages) = @_;
    for my $storage (@storages) {
        my $trouble = CompareMove::not_on($host, $storage, $type eq 'lxc' ? 'rootdir' : 'images');
        return $trouble if defined $trouble;
    }
    return undef;
}

# Names of the storages on which the disks of a guest lie.
sub storages_of {
    my ($guest) = @_;
    my %storages = map { m{^([^/:]+):} ? ($1 => 1) : () } Ownership::volumes($guest);
    return sort keys %storages;
}

# A clone of a container that was killed leaves its lock on the source. It is ours to remove only if we began that clone and nobody clones there now.
sub locked_source {
    my ($step, $look, $source, $conf) = @_;
    my $ours = $conf->{keys}{lock} eq 'disk' && $look->{journal}{intent}{ $step->{id} } && !$look->{host}->task_alive('vzclone', $source);
    return $ours ? Verdict::create('unlock', [$source], fields => { type => 'lxc' }) : wait_for_lock($source, $conf);
}

# A guest of which only the beginning is there: finished by nobody, so it goes, together with the lock that it left on its source.
sub half_made {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $host   = $look->{host};
    my $clone  = $step->{has}{clone};
    my $change = Verdict::difference('guest', 'half made', 'made anew');
    # any task: somebody may restore a backup there meanwhile
    if ($host->task_alive('\\w+', $vmid) || ($clone && $host->task_alive('vzclone|qmclone', $clone->[0]))) {
        return Verdict::create('wait', [], reason => "the task that makes guest $vmid is still at work", changes => [$change]);
    }
    my $lock = $owner->{guest}{conf}{keys}{lock};
    return Verdict::unknown("guest $vmid has lock `$lock`, which is not ours to remove") if defined $lock && $lock !~ /^(?:create|clone|destroyed)$/;
    my @unlock = defined $lock ? ($vmid) : ();
    if ($clone && $type eq 'lxc') {
        my $source = $look->{host}->guest($clone->[0]);
        push @unlock, $clone->[0] if $source && ($source->{conf}{keys}{lock} // '') eq 'disk';
    }
    return Verdict::create('clear', [ $vmid, @unlock ], fields => { type => $type, path => $owner->{guest}{path} }, changes => [$change]);
}

# The disks get back the names that the config knows; then the guest can be made a template from the start.
sub half_sealed {
    my ($step, $look, $owner) = @_;
    my $vmid   = $step->{has}{guest}[1];
    my $change = Verdict::difference('guest', 'half a template', 'ready to become one');
    if ($look->{host}->task_alive('vztemplate|qmtemplate', $vmid)) {
        return Verdict::create('wait', [], reason => "the task that makes a template of guest $vmid is still at work", changes => [$change]);
    }
    return Verdict::create('unname', [ map { @$_ } @{ $owner->{renamed} } ], changes => [$change]);
}

sub unsealed {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $lock = $owner->{guest}{conf}{keys}{lock};
    return Verdict::create('wait', [], reason => "guest $vmid is locked ($lock)", changes => []) if defined $lock;
    return Verdict::change('take', [], changes => [ Verdict::difference('guest', 'adopted, not written down', 'ours') ]) if $owner->{adopted};
    return Verdict::create('record', [ $vmid, $type, $owner->{guid}, $owner->{volume}, $look->{journal}{intent}{ $step->{id} }{digest} ],
        changes => [ Verdict::difference('guest', 'made, not written down', 'ours') ]);
}

# Rules go with their guest: in a plan that makes it, its file is to be written whatever lies there now, or it would start without them.
sub with_its_rules {
    my ($step, $look, $verdict) = @_;
    return $verdict if $look->{mode} ne 'plan' || $step->{chore};
    my ($vmid) = ($step->{has}{file} ? $step->{has}{file}[0] : '') =~ m{^/etc/pve/firewall/(\d+)\.fw$} or return $verdict;
    my $maker = $look->{creator}{$vmid} // return $verdict;
    return $verdict unless $verdict->{verdict} eq 'satisfied' && Ownership::of($look, $vmid, $maker->{has}{guest}[0])->{is} =~ /^(?:absent|half)$/;
    return Verdict::waiting('', changes => [ Verdict::difference($step->{has}{file}[0], 'goes with the former guest', 'written') ]);
}

# What the program makes a guest from, in a word that tells it from all else: the digest of a template, or an archive.
sub origin_of {
    my ($step) = @_;
    return $step->{has}{clone} ? $step->{has}{clone}[2] : $step->{has}{archive} ? $step->{has}{archive}[0] : '-';
}

# What it was made from; undef if we did not make it, or did not write that down.
sub known_origin {
    my ($step, $look) = @_;
    my $record = $look->{journal}{guest}{ $step->{has}{guest}[1] } // return undef;
    return $record->{digest} =~ /^(?:-|$Adoption::origin)$/ ? undef : $record->{digest};
}

sub is_stale {
    my ($step, $look) = @_;
    my $known = known_origin($step, $look) // return 0;
    return $known ne origin_of($step) && origin_of($step) ne '-' ? 1 : 0;
}

sub stale {
    my ($step, $look) = @_;
    my $clone = $step->{has}{clone};
    return "stale: made from an older template than $clone->[0] is now; the clone keeps its disk (--rebuild $step->{path} makes it anew)" if $clone;
    return 'stale: made from ' . known_origin($step, $look) . ', not from ' . origin_of($step) . "; it keeps its disk (--rebuild $step->{path} makes it anew)";
}

# ---- Shared with the comparison of configs

sub wait_for_lock {
    my ($vmid, $conf, $changes) = @_;
    return Verdict::change('wait', [], reason => "guest $vmid is locked ($conf->{keys}{lock})", changes => $changes // []);
}

1;
