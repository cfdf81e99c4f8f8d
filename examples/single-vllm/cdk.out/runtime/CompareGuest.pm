package CompareGuest;

# Steps about a guest as a whole: making it, its state, making a template of it.

use strict;
use warnings;
use Unknown;
use Verdict;
use Size;
use Ownership;

# ---- guest-create

sub create {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner = Ownership::of($look, $vmid, $type);
    my $clone = $step->{has}{clone};
    my $known = $owner->{rebuilt} // ($owner->{is} eq 'ours' ? $owner : undef);
    my $again = $known && $look->{flags}{rebuild} && Rebuild::is_asked_for($look, $step);
    return Rebuild::compare($step, $look, $known) if $again && !Rebuild::is_done($step, $look);
    if ($owner->{is} eq 'ours') {
        my @better = $owner->{better} ? (remember => $owner->{better}) : ();
        return Verdict::satisfied(notes => [ $again ? "guest $vmid is of this template already: nothing to rebuild" : (), stale_clone($step, $look), $look->{mode} eq 'plan' ? copies($look, $vmid) : () ], @better);
    }
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
        grep({ !$intent || ($host->dataset($_)->{creation} // 0) < $intent->{seconds} } grep { !$meant{ $host->dataset($_)->{guid} // '' } } @left),
        map { !$intent || $_->{mtime} < $intent->{seconds} ? $_->{path} : () } @images,
    );
    return Verdict::refused("@others: named as a disk of guest $vmid, which does not exist; rename or destroy it first") if @others;
    return Verdict::create('free', [ map({ volume_of($host, $_) } @left), map { $_->{volume} } @images ], changes => [ Verdict::difference('guest', 'half made', 'made anew') ]);
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
        return Verdict::refused("template $source was made from other inputs than the program states now; give the new template a VMID of its own")
            if $sealed ne $digest;
        return Verdict::unknown("$source is a template of which some disks are not yet", soft => 1, %rest) if unsealed_disks($look->{host}, $owner->{guest});
    }
    elsif ($mode eq 'linked') { return Verdict::unknown("$source is no template yet", soft => 1, %rest) }
    elsif ($look->{host}->running($source, $type)) { return Verdict::refused("$source runs; a copy of a running guest needs a snapshot", soft => 1, %rest) }
    return locked_source($step, $look, $source, $conf) if $conf->{keys}{lock} && $look->{mode} eq 'check';
    my $has = $step->{has};
    my @arguments = (
        $source, $vmid,
        '--full', $mode eq 'full' ? 1 : 0,
        $type eq 'qemu' ? '--name' : '--hostname', $has->{hostname}[0],
        '--description', $has->{marker}[0],
        $has->{storage} && $mode eq 'full' ? ('--storage', $has->{storage}[0]) : (),
    );
    return Verdict::create('clone', \@arguments, %rest, fields => { type => $type });
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
    return Verdict::create('record', [ $vmid, $type, $owner->{guid}, $owner->{volume}, $step->{has}{clone} ? $step->{has}{clone}[2] : '-' ],
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

sub stale_clone {
    my ($step, $look) = @_;
    return is_stale($step, $look) ? "stale: made from an older template than $step->{has}{clone}[0] is now; the clone keeps its disk (--rebuild $step->{path} makes it anew)" : ();
}

sub is_stale {
    my ($step, $look) = @_;
    my $clone  = $step->{has}{clone} // return 0;
    my $record = $look->{journal}{guest}{ $step->{has}{guest}[1] } // return 0;
    return $record->{digest} =~ /^(?:-|$Adoption::origin)$/ || $record->{digest} eq $clone->[2] ? 0 : 1;
}

# ---- guest-state

sub state {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    my $wanted  = $step->{has}{state}[0];
    my $running = $look->{host}->running($vmid, $type);
    my $act     = $wanted eq 'stopped' ? ($running ? 'stop' : undef) : to_run($step, $look, $owner, $running);
    return Verdict::satisfied(was_started($step, $look, $running)) unless defined $act;
    return $act if ref $act;
    return with_act($step, $look, $owner, $act, $running);
}

sub with_act {
    my ($step, $look, $owner, $act, $running) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my @changes = Verdict::difference('state', $running ? 'running' : 'stopped', $act eq 'reboot' ? 'restarted' : $step->{has}{state}[0], $act eq 'start' ? 'live' : 'restart');
    my $ha = $look->{host}->ha_state($vmid, $type);
    return Verdict::refused("guest $vmid is managed by HA (state $ha); change it with ha-manager set " . ($type eq 'lxc' ? 'ct' : 'vm') . ":$vmid", changes => \@changes)
        if defined $ha;
    my $lock = $owner->{guest}{conf}{keys}{lock};
    return wait_for_lock($vmid, $owner->{guest}{conf}, \@changes) if defined $lock && $lock ne 'mounted' && $look->{mode} eq 'check';
    return Verdict::change($act, [$vmid], fields => { timeout => $step->{has}{timeout}[0], type => $type }, changes => \@changes,
        notes => defined $lock ? ["locked ($lock)"] : []);
}

# `start`, `reboot`, a verdict, or nothing to do.
sub to_run {
    my ($step, $look, $owner, $running) = @_;
    my $vmid = $step->{has}{guest}[1];
    for my $mount (grep { $_->[0] eq 'mount' } @{ $step->{options} }) {
        my $trouble = CompareHost::not_mounted($look->{host}, $mount->[1], $mount->[2]);
        return Verdict::unknown("$trouble: the guest would see an empty folder", soft => 1) if defined $trouble;
    }
    unless ($running) {
        return Verdict::refused("guest $vmid is a template and cannot run") if $owner->{guest}{conf}{keys}{template};
        return 'start';
    }
    my @pending = (restart_reasons($look, $owner, $vmid), read_others($step, $look) ? 'cloud-init documents' : ());
    return undef unless @pending;
    return 'reboot' if restart_allowed($step, $look);
    return Verdict::held('waits for a restart: ' . join(', ', @pending), flag => "--allow-restart $step->{path}",
        changes => [ map { Verdict::difference($_, 'in the config', 'in force', 'restart', held => 1) } @pending ]);
}

# What is set and comes into force only by a restart: by Proxmox's own account, by ours (raw lines), and by what this plan is about to set.
sub restart_reasons {
    my ($look, $owner, $vmid) = @_;
    my $conf    = $owner->{guest}{conf};
    my $back    = $look->{reverted}{$vmid} // {};
    my %reasons = map { $_ => 1 } grep { !$back->{$_} && is_asked_for($look, $vmid, $_) } keys %{ $conf->{pending} }, keys %{ $conf->{deleting} };
    my $life    = $look->{journal}{restart}{$vmid};
    $reasons{'raw lines'} = 1 if defined $life && $life eq $look->{host}->life($vmid, 'lxc');
    $reasons{$_} = 1 for keys %{ $look->{restart}{$vmid} // {} };
    return sort keys %reasons;
}

# Whether a running machine was started with other documents than the program has now: by what we wrote down when we started it, or, if
# somebody else started it since, by whether the documents are younger than it is.
sub read_others {
    my ($step, $look) = @_;
    return 0 unless $step->{has}{'started-with'};
    my $vmid  = $step->{has}{guest}[1];
    my $host  = $look->{host};
    return 1 if grep { is_open($look, $_) } documents($step, $look);
    my $known = $look->{journal}{started}{$vmid};
    return $known->{digest} ne started_with($step, $look) if $known && $known->{life} eq $host->life($vmid, 'qemu');
    my $since = $host->started_at($vmid);
    return scalar grep { my $facts = $host->facts($_->{has}{file}[0]); !$facts || $facts->{mtime} > $since } documents($step, $look);
}

# The documents among what the machine's own steps need, near or far.
sub documents {
    my ($step, $look) = @_;
    my $vmid = $step->{has}{guest}[1];
    my @open = @{ $step->{needs} };
    my (%seen, @documents);
    while (defined(my $id = shift @open)) {
        my $need = $look->{by_id}{$id} // next;
        next if $seen{$id}++;
        push @documents, $need if $need->{kind} eq 'file' && $need->{has}{file}[0] =~ m{/phoenix-$vmid-[a-z]+\.yaml$};
        push @open, @{ $need->{needs} } if $need->{resource} eq $step->{resource};
    }
    return @documents;
}

# True of a document that this plan is about to write.
sub is_open {
    my ($look, $file) = @_;
    return $look->{mode} eq 'plan' && Verdict::open(CompareHost::file($file, $look));
}

# The digest of the documents, and of the secrets that they hold.
sub started_with {
    my ($step, $look) = @_;
    my $digest = $step->{has}{'started-with'} // return '-';
    return $digest->[0] unless $look->{secrets};
    my %names = map { $_ => 1 } map { Secrets::of_step($_) } documents($step, $look);
    return $look->{secrets}->digest_with($digest->[0], sort keys %names);
}

# The record of a start that nobody wrote down: it had our documents, as we have just seen.
sub was_started {
    my ($step, $look, $running) = @_;
    return () unless $running && $step->{has}{'started-with'};
    my $vmid  = $step->{has}{guest}[1];
    my @is    = ($look->{host}->life($vmid, 'qemu'), started_with($step, $look));
    my $known = $look->{journal}{started}{$vmid};
    return () if $known && "$known->{life} $known->{digest}" eq "@is";
    return (remember => [ 'started', $vmid, @is ]);
}

sub is_asked_for {
    my ($look, $vmid, $key) = @_;
    for my $config (@{ $look->{configs}{$vmid} // [] }) {
        return 1 if $look->{journal}{applied}{ $config->{id} } && exists $look->{journal}{applied}{ $config->{id} }{values}{$key};
        return 1 if grep { ($_->[1] // '') eq $key } @{ $config->{options} };
    }
    return 0;
}

# A restart is allowed by the stack or, by path, on the command line.
sub restart_allowed {
    my ($step, $look) = @_;
    return 1 if $step->{stack}{restart} ne 'never';
    for my $path (keys %{ $look->{flags}{'allow-restart'} // {} }) {
        return 1 if $step->{path} eq $path || index($step->{path}, "$path/") == 0;
    }
    return 0;
}

# ---- guest-template

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
    return wait_for_lock($vmid, $conf, \@changes) if $conf->{keys}{lock} && $look->{mode} eq 'check';
    return Verdict::change('stop', [$vmid], fields => { timeout => 120, type => $type }, changes => \@changes) if $look->{host}->running($vmid, $type);
    my @strip = strippings($conf, $type);
    return Verdict::change('strip', [ $vmid, @strip ], fields => { digest => GuestConf::digest($conf), type => $type }, changes => \@changes) if @strip;
    return Verdict::change('seal', [$vmid], fields => { digest => $digest, type => $type }, changes => \@changes);
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
        return Verdict::satisfied(notes => ["template changed: $vmid stays as it was made, and so do its clones; to have the new one, give it another VMID"]);
    }
    my $intent = $look->{journal}{intent}{ $step->{id} };
    return Verdict::change('remember', [ $vmid, $intent->{digest} ], changes => [ Verdict::difference('template', 'made, not written down', 'sealed') ]) if $intent;
    return Verdict::satisfied(remember => [ 'sealed', $vmid, $digest ]) if Adoption::is_adopted($look, $vmid);
    return Verdict::unknown("guest $vmid is a template, but the journal does not know what went into it");
}

# True once a guest is a sealed template of ours: then nothing that led there is asked for any more. Also when somebody made it an ordinary
# guest again: started, it would change under its clones.
sub is_final_template {
    my ($look, $vmid) = @_;
    my ($sealer) = grep { $_->{has}{guest}[1] == $vmid } @{ $look->{sealers} };
    my $guest = $look->{host}->guest($vmid) // return 0;
    my $owner = Ownership::of($look, $vmid, $guest->{type});
    return 0 unless $owner->{is} eq 'ours';
    return 1 if defined $look->{journal}{sealed}{$vmid};
    return 0 unless $owner->{guest}{conf}{keys}{template};
    return 1 if Adoption::is_adopted($look, $vmid);
    return $sealer && $look->{journal}{intent}{ $sealer->{id} } ? 1 : 0;
}

# ---- Shared with the comparison of configs

sub wait_for_lock {
    my ($vmid, $conf, $changes) = @_;
    return Verdict::change('wait', [], reason => "guest $vmid is locked ($conf->{keys}{lock})", changes => $changes // []);
}

1;
