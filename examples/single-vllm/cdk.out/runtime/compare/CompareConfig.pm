package CompareConfig;

# The config of a guest: what is asked for, against what is in force and what waits for a restart.
#
# Each difference becomes a change { key, from, to, impact, how, value } with `how` being set, delete, revert, allocate, resize, options or
# raw. They are brought about in an order in which a failure of one call leaves nothing half done, one call at a time, looking after each.

use strict;
use warnings;
use Unknown;
use Verdict;
use Size;
use Ownership;
use Impact;
use CompareVolume;

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
    my @changes = (differences($step, $state), removals($step, $look, $state), raw_differences($step, $look, $state));
    if (protected_by_others($step, $look, $state)) {
        $state->{veto} = 'protection was switched on by somebody; switch it off to let changes through';
        push @{ $state->{notes} }, 'protection was switched on by somebody; it stays' if grep { $_->{key} eq 'protection' } @changes;
        @changes = grep { $_->{key} ne 'protection' } @changes;
    }
    $look->{reverted}{$vmid}{ $_->{key} } = 1 for grep { $_->{how} eq 'revert' } @changes;
    weigh($step, $look, $state, $_) for @changes;
    if ($look->{mode} eq 'plan' && $step->{has}{marker}) {
        $state->{pending} = [ pending($look, $state) ];
        push @{ $state->{notes} }, waiting_for_others($state), strays($state), out_of_use($state), apart($step, $look, $state);
    }
    return verdict($step, $look, $state, \@changes);
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

# Values that wait for a restart: those that the program asks for, and those of others.
sub pending {
    my ($look, $state) = @_;
    return map { +{ %$_, ours => CompareState::is_asked_for($look, $state->{vmid}, $_->{key}) } } GuestConf::waiting($state->{conf});
}

# A lock, and values of others that wait for a restart.
sub waiting_for_others {
    my ($state) = @_;
    my $lock = $state->{conf}{keys}{lock};
    return (
        defined $lock ? "locked ($lock)" : (),
        map { "foreign key $_->{key} waits for a restart ($_->{from} → $_->{to}); it stays" } grep { !$_->{ours} } @{ $state->{pending} },
    );
}

# Limits in force that are not the config's. They are told here; what a restart puts right is weighed with the guest's state.
sub apart {
    my ($step, $look, $state) = @_;
    return map { "$_->{key} in force is $_->{is}, by the config it should be $_->{should}: restart the guest (--allow-restart $step->{path})" } CompareState::limits_apart($look, $state->{owner}{guest});
}

# Disks that the config keeps and nothing uses, with the command that destroys them.
sub out_of_use {
    my ($state) = @_;
    my $keys = $state->{conf}{keys};
    return map { "$_ ($keys->{$_}) is in no use and stays; " . removal_of($state->{type}, $state->{vmid}, $_) } sort grep { /^unused\d+$/ } keys %$keys;
}

sub removal_of {
    my ($type, $vmid, $key) = @_;
    return ($type eq 'qemu' ? 'qm' : 'pct') . " set $vmid --delete $key destroys it";
}

# Datasets and images with the guest's number that its config does not name: left by a call that was killed, or by hand. They are told and stay.
sub strays {
    my ($state) = @_;
    my @images = map { $_->{path} } $state->{host}->images_besides($state->{vmid}, GuestConf::volume_ids($state->{conf}));
    return map { "$_ carries the number of guest $state->{vmid} and is not in its config; it stays" } map({ "dataset $_" } CompareVolume::unnamed_datasets($state)), @images;
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

my %requirement = (key => \&exact, volume => \&CompareVolume::volume, generated => \&generated, absent => \&absent, marker => \&marker);

sub differences {
    my ($step, $state) = @_;
    my %added = map { ($_->[1] => $_->[2]) } grep { $_->[0] eq 'added' } @{ $step->{options} };
    my @changes = map { my ($name, @words) = @$_; $requirement{$name} ? $requirement{$name}->($state, @words) : () } @{ $step->{options} };
    for my $change (@changes) {
        $change->{impact} = $added{ $change->{key} } if defined $added{ $change->{key} } && !defined $state->{conf}{keys}{ $change->{key} };
    }
    return @changes;
}

my %where_absent = (
    onboot => '0', protection => '0', template => '0', debug => '0', console => '1', agent => '0', acpi => '1', kvm => '1', tablet => '1', numa => '0',
    freeze => '0', autostart => '0', bios => 'seabios', sockets => '1',
);
my %where_absent_in = (
    lxc  => { unprivileged => '0', memory => '512', swap => '0', arch => 'amd64' },
    qemu => { memory => '512', cores => '1', ostype => 'other', scsihw => 'lsi', arch => 'x86_64' },
);
my %read_only = map { $_ => 1 } qw(template lock parent meta);

sub exact {
    my ($state, $key, $impact, $wanted) = @_;
    my $conf    = $state->{conf};
    my $current = value_in_force($state->{type}, $conf, $key);
    my $pending = $conf->{pending}{$key};
    if (defined $current && Property::same($key, $wanted, $current)) {
        return () unless defined $pending || $conf->{deleting}{$key};
        return change($key, 'revert', $pending // 'to be deleted', $current, 'live');
    }
    $impact = Impact::of_change($state->{type}, $key, $impact, $conf->{keys}{$key}, $wanted);
    return () if defined $pending && Property::same($key, $wanted, $pending) && may_wait($state, $key, $impact, $wanted);
    $impact = $state->{added}{$key} if !defined $current && !defined $pending && $state->{added}{$key};
    $impact = 'impossible' if $read_only{$key};
    return change($key, 'set', $current // '', $wanted, $impact, Property::with_made_up($key, $wanted, $conf->{keys}{$key}));
}

# What a key is, written or not.
sub value_in_force {
    my ($type, $conf, $key) = @_;
    return $conf->{keys}{$key} // $where_absent{$key} // $where_absent_in{$type}{$key};
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
        return !may_wait(state_of($step, $look, $owner), $key, Impact::of_change($type, $key, $impact, $conf->{keys}{$key}, $wanted), $wanted);
    }
    return 0;
}

# True of a value that its key has without being written.
sub means_nothing {
    my ($key, $value) = @_;
    return defined $where_absent{$key} && Property::same($key, $where_absent{$key}, $value);
}

sub absent {
    my ($state, $key, $impact) = @_;
    my $conf = $state->{conf};
    if (defined $conf->{keys}{$key}) {
        return () if $conf->{deleting}{$key} && may_wait($state, $key, $impact, '');
        return () if means_nothing($key, $conf->{keys}{$key});
        return change($key, 'delete', $conf->{keys}{$key}, 'absent', $impact);
    }
    return change($key, 'revert', $conf->{pending}{$key}, 'absent', 'live') if defined $conf->{pending}{$key};
    return ();
}

sub generated {
    my ($state, $key, $impact) = @_;
    return () if defined $state->{conf}{keys}{$key} || defined $state->{conf}{pending}{$key};
    return change($key, 'none', '', 'made by Proxmox', 'impossible');
}

# Of the description only our line is compared: people write their notes there.
sub marker {
    my ($state, $wanted) = @_;
    my $marker = GuestConf::marker($state->{conf});
    return () if $marker && $marker->{line} eq $wanted;
    return change('description', 'set', $marker ? $marker->{line} : '', $wanted, 'live', GuestConf::description_with($state->{conf}, $wanted));
}

# ---- What is there and not asked for

# Always there, or never ours to remove.
my %kept = map { $_ => 1 } qw(
    rootfs arch ostype unprivileged hostname memory swap parent digest lock template description name meta smbios1 vmgenid snaptime boot bootdisk vmstate
    runningmachine runningcpu
);
sub is_kept { return $kept{ $_[0] } || $_[0] =~ /^unused\d+$/ }

# A disk of a machine.
sub is_disk {
    my ($key, $value) = @_;
    return $key =~ /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/ && $value !~ /media=cdrom/;
}

# A disk of any guest: its data. It is told, and never goes because nobody asked for it.
sub holds_data {
    my ($key, $value) = @_;
    return is_disk($key, $value) || ($key =~ /^mp\d+$/ && $value !~ m{^(?:volume=)?/});
}

sub removals {
    my ($step, $look, $state) = @_;
    my $keys  = $state->{conf}{keys};
    my %asked = map { $_ => 1 } asked_keys($step);
    my %ours  = %{ ($state->{applied} // {})->{values} // {} };
    my $clean = is_newborn($step, @$state{qw(applied owner)});
    my @extra = sort grep { !$asked{$_} && (!is_kept($_) || exists $ours{$_}) } keys %$keys;
    return () unless @extra;
    my (%asked_elsewhere, %elsewhere);
    for my $other (grep { $_ != $step } @{ $look->{configs}{ $state->{vmid} } }) {
        $asked_elsewhere{$_} = $elsewhere{$_} = 1 for asked_keys($other);
        $elsewhere{$_} = 1 for keys %{ ($look->{journal}{applied}{ $other->{id} } // {})->{values} // {} };
    }
    my @changes;
    for my $key (@extra) {
        if ($clean && holds_data($key, $keys->{$key})) { push @{ $state->{notes} }, "$key ($keys->{$key}) came with the clone, and nobody asks for it; it stays" }
        elsif ($clean && !is_kept($key)) { push @changes, absent($state, $key, impact_of_removal($state, $key)) }
        elsif (exists $ours{$key}) { push @changes, absent($state, $key, impact_of_removal($state, $key)) unless is_kept($key) || $asked_elsewhere{$key} }
        elsif ($step->{has}{marker} && !is_kept($key) && !$elsewhere{$key} && !means_nothing($key, $keys->{$key})) { push @changes, foreign($look, $state, $key) }
    }
    return @changes;
}

# Somebody added a key to a guest of ours: it is told, and with --repair it goes, unless it is a disk.
sub foreign {
    my ($look, $state, $key) = @_;
    my $value   = $state->{conf}{keys}{$key};
    return map { +{ %$_, foreign => 1 } } absent($state, $key, impact_of_removal($state, $key)) if $look->{flags}{repair} && !holds_data($key, $value) && !$state->{owner}{taken};
    push @{ $state->{notes} }, "foreign key $key ($value) stays";
    return ();
}

# True of a guest that we have just made: all that it has and nobody asks for was born with it.
sub is_newborn {
    my ($step, $applied, $owner) = @_;
    return $step->{has}{'clean-clone'} && !$applied && !$owner->{taken};
}

sub asked_keys {
    my ($step) = @_;
    return @{ $step->{asked} //= [ map { $_->[0] eq 'marker' ? 'description' : $_->[1] } grep { $requirement{ $_->[0] } } @{ $step->{options} } ] };
}

sub impact_of_removal {
    my ($state, $key) = @_;
    return Impact::of_removal($state->{type}, $key, $state->{conf}{keys});
}

# ---- Raw lines

sub raw_differences {
    my ($step, $look, $state) = @_;
    my @found  = map { "$_->[0]: $_->[1]" } @{ $state->{conf}{raw} };
    my $clean  = is_newborn($step, @$state{qw(applied owner)});
    my $former = ($state->{applied} // {})->{values}{raw};
    my $repair = $look->{flags}{repair} && $step->{has}{marker} && !$state->{owner}{taken};
    return () unless $step->{has}{'own-raw'} || $clean || defined $former || $repair;
    my @wanted  = map { "$_->[1]: $_->[2]" } grep { $_->[0] eq 'raw' } @{ $step->{options} };
    my %wanted  = map { $_ => 1 } @wanted;
    my %former  = map { $_ => 1 } split /\n/, $former // '';
    my @foreign = $clean || $repair ? () : grep { !$wanted{$_} && !$former{$_} } @found;
    push @{ $state->{notes} }, "foreign line `$_` stays" for @foreign;
    my @goal = (@foreign, @wanted);
    my $text = join "\n", @goal;
    if ($text eq join "\n", @found) {
        my @waiting = @{ $state->{conf}{waiting_raw} } or return ();
        return change('raw lines', 'raw', join('; ', map { "$_ (waiting)" } @waiting), 'no others waiting', 'live', $text);
    }
    return () if join("\n", sort @goal) eq join("\n", sort @found) && in_order(grep { $wanted{$_} } @found) eq in_order(@wanted);
    my %found = map { $_ => 1 } @found;
    my %goal  = map { $_ => 1 } @goal;
    my @gone  = grep { !$goal{$_} } @found;
    my @new   = grep { !$found{$_} } @goal;
    my $change = change('raw lines', 'raw', (@gone ? join '; ', @gone : ''), (@new ? join '; ', @new : 'removed'), 'restart', $text);
    $change->{foreign} = 1 if grep { !$wanted{$_} && !$former{$_} } @gone;
    return $change;
}

# The environment of init has its own order, and no place among other lines.
sub in_order {
    my $environment = qr/^lxc\.environment/;
    return join "\n", (grep { /$environment/ } @_), (grep { !/$environment/ } @_);
}

# ---- From changes to a verdict

sub change {
    my ($key, $how, $from, $to, $impact, $value) = @_;
    return Verdict::difference($key, $from, $to, $impact, how => $how, value => $value // $to);
}

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

sub verdict {
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
        return Verdict::satisfied(%rest, remember($step, $state));
    }
    return { %{ CompareGuest::wait_for_lock($state->{vmid}, $conf, $changes) }, notes => $state->{notes} }
        if defined $lock && $lock ne 'mounted' && $look->{mode} eq 'check';
    my ($act, @arguments) = next_call($state, @do);
    my %held = (grep { $_->{held} } @$changes) ? (flag => "--allow-restart $step->{path}") : ();
    return Verdict::change($act, \@arguments, %rest, %held,
        fields => { vmid => $state->{vmid}, type => $state->{type}, running => $state->{running}, digest => GuestConf::digest($conf), timeout => 120, path => $state->{owner}{guest}{path},
            $act eq 'allocate' ? unseen($state, $arguments[1]) : (), $act eq 'raw' ? (waits => raw_waits($state, @do)) : () });
}

# 1 if the raw lines come into force with the next start only.
sub raw_waits {
    my ($state, @do) = @_;
    return $state->{running} && grep({ $_->{how} eq 'raw' && $_->{impact} eq 'restart' } @do) ? 1 : 0;
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

# ---- The journal's record of what was asked for

sub values_of {
    my ($step) = @_;
    my %values;
    for my $option (@{ $step->{options} }) {
        my ($name, @words) = @$option;
        if    ($name eq 'key')    { $values{ $words[0] } = $words[2] }
        elsif ($name eq 'volume') { $values{ $words[0] } = "$words[2]:$words[3]" }
        elsif ($name eq 'absent') { $values{"absent:$words[0]"} = 1 }
        elsif ($name eq 'raw')    { $values{raw} = join "\n", grep { defined } $values{raw}, "$words[0]: $words[1]" }
    }
    return \%values;
}

sub remember {
    my ($step, $state) = @_;
    my $known  = $state->{applied};
    my $record = record($step, $state->{owner}, $known);
    return () if $known && join("\0", @$record[ 4 .. $#$record ]) eq join("\0", map { "$_=$known->{values}{$_}" } sort keys %{ $known->{values} });
    return (remember => $record);
}

# What was ours and is still in force, because its removal waits for a restart, is ours until then: or nobody would bring that about.
sub record {
    my ($step, $owner, $former) = @_;
    my $values  = values_of($step);
    my $leaving = $owner->{guest}{conf}{deleting};
    my $was     = ($former // {})->{values} // {};
    my %all     = (map({ $leaving->{$_} ? ($_ => $was->{$_}) : () } keys %$was), %$values);
    return [ 'applied', $step->{id}, $owner->{guid}, '-', map { "$_=$all{$_}" } sort keys %all ];
}

1;
