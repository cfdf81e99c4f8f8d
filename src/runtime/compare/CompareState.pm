package CompareState;

# Whether a guest runs as it should, and what a restart would bring into force.

use strict;
use warnings;
use Unknown;
use Verdict;
use Ownership;

sub state {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    my $wanted  = $step->{has}{state}[0];
    my $running = $look->{host}->running($vmid, $type);
    my ($act, @reasons) = $wanted eq 'stopped' ? ($running ? 'stop' : undef) : to_run($step, $look, $owner, $running);
    return Verdict::satisfied(was_started($step, $look, $running)) unless defined $act;
    return $act if ref $act;
    return with_act($step, $look, $owner, $running, $act, @reasons);
}

sub with_act {
    my ($step, $look, $owner, $running, $act, @reasons) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my @changes = Verdict::difference('state', $running ? 'running' : 'stopped', $act eq 'reboot' ? 'restarted' : $step->{has}{state}[0], $act eq 'start' ? 'live' : 'restart');
    push @changes, grep { $_->{from} ne 'in the config' } @reasons;    # the others stand beside their keys
    my $ha = managed_by_ha($look, $type, $vmid);
    return Verdict::refused($ha, changes => \@changes) if defined $ha;
    my $lock  = $owner->{guest}{conf}{keys}{lock};
    my $wakes = defined $lock && $lock eq 'suspended' && $act eq 'start';    # a start is what ends that lock: PVE::QemuServer::vm_start
    return CompareGuest::wait_for_lock($vmid, $owner->{guest}{conf}, \@changes) if defined $lock && $lock ne 'mounted' && !$wakes && $look->{mode} eq 'check';
    return Verdict::change($act, [$vmid], fields => { timeout => $step->{has}{timeout}[0], type => $type }, changes => \@changes,
        notes => $wakes ? ['hibernated: a start wakes it, with its memory as it was'] : defined $lock ? ["locked ($lock)"] : []);
}

# Why we neither start nor stop a guest: the HA manager would take that for what is wanted of the guest from now on. Undef if it does not look after it.
sub managed_by_ha {
    my ($look, $type, $vmid) = @_;
    my $state = $look->{host}->ha_state($vmid, $type) // return undef;
    return $state eq 'ignored' ? undef : "guest $vmid is managed by HA (state $state); change it with ha-manager set " . ($type eq 'lxc' ? 'ct' : 'vm') . ":$vmid";
}

# `start`, `reboot` with what it is for, a verdict, or nothing to do.
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
    my @reasons = (restart_reasons($step, $look, $owner), read_others($step, $look) ? not_in_force('cloud-init documents') : ());
    return undef unless @reasons;
    return ('reboot', @reasons) if restart_allowed($step, $look);
    return Verdict::held('waits for a restart: ' . join(', ', map { $_->{key} } @reasons), flag => "--allow-restart $step->{path}",
        changes => [ map { +{ %$_, held => 1 } } @reasons ]);
}

# What is set and comes into force only by a restart: by Proxmox's own account, by ours (raw lines), and by what this plan is about to set.
sub restart_reasons {
    my ($step, $look, $owner) = @_;
    my $vmid    = $step->{has}{guest}[1];
    my $conf    = $owner->{guest}{conf};
    my %reasons = map { $_->{key} => Verdict::difference(@$_{qw(key from to)}, 'restart') } grep { is_for_a_restart($look, $owner, $_->{key}) } GuestConf::waiting($conf);
    my $life    = $look->{journal}{restart}{$vmid};
    $reasons{'raw lines'} //= not_in_force('raw lines') if defined $life && $life eq $look->{host}->life($vmid, 'lxc');
    $reasons{$_} //= not_in_force($_) for keys %{ $look->{restart}{$vmid} // {} };
    if (restart_welcome($step, $look)) {
        $reasons{ $_->{key} } //= Verdict::difference("$_->{key} in force", @$_{qw(is should)}, 'restart') for limits_apart($look, $owner->{guest});
    }
    return map { $reasons{$_} } sort keys %reasons;
}

sub not_in_force { return Verdict::difference($_[0], 'in the config', 'in force', 'restart') }

# Limits of a running container that are not those of its config, because a call failed half way: [{ key, is, should }, …]. No call brings them
# back while the config is as it should be, only a restart or another value.
my @limits = (
    [ memory   => 'memory.max',      sub { $_[0] * 1_048_576 } ],
    [ swap     => 'memory.swap.max', sub { $_[0] * 1_048_576 } ],
    [ cpulimit => 'cpu.max',         sub { $_[0] == 0 ? 'max 100000' : int($_[0] * 100_000) . ' 100000' } ],
);

sub limits_apart {
    my ($look, $guest) = @_;
    my ($vmid, $type, $conf) = @$guest{qw(vmid type conf)};
    return () unless $type eq 'lxc' && $look->{host}->running($vmid, $type);
    my %raw = map { $_->[0] => 1 } @{ $conf->{raw} };
    return map {
        my ($key, $file, $expected) = @$_;
        my $is = defined $conf->{keys}{$key} && !$raw{"lxc.cgroup2.$file"} && !$look->{changing}{$vmid}{$key} ? $look->{host}->limit($vmid, $file) : undef;
        my $should = defined $is ? $expected->($conf->{keys}{$key}) : '';
        defined $is && $is ne $should ? { key => $key, is => $is, should => $should } : ();
    } @limits;
}

# Whether a running machine was started with other documents than the program has now: by what we wrote down when we started it, or, if
# somebody else started it since, by whether the documents are younger than it is.
sub read_others {
    my ($step, $look) = @_;
    return 0 unless $step->{has}{'started-with'};
    my $vmid  = $step->{has}{guest}[1];
    my $host  = $look->{host};
    my $known = $look->{journal}{started}{$vmid};
    return $known->{digest} ne started_with($step, $look) if $known && $known->{life} eq $host->life($vmid, 'qemu');
    return 1 if grep { is_open($look, $_) } documents($step, $look);
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

# True of a waiting value that the program asks for, and that nothing but a restart brings into force.
sub is_for_a_restart {
    my ($look, $owner, $key) = @_;
    my $vmid = $owner->{guest}{vmid};
    return 0 if $look->{reverted}{$vmid}{$key} || !is_asked_for($look, $vmid, $key);
    return !ComparePending::is_left_over($look, $owner, $key);
}

sub is_asked_for {
    my ($look, $vmid, $key) = @_;
    for my $config (@{ $look->{configs}{$vmid} // [] }) {
        return 1 if $look->{journal}{applied}{ $config->{id} } && exists $look->{journal}{applied}{ $config->{id} }{values}{$key};
        return 1 if grep { ($_->[1] // '') eq $key } @{ $config->{options} };
    }
    return 0;
}

# A restart, or being stopped for a while, is allowed by the stack or, by path, on the command line.
sub restart_allowed {
    my ($step, $look) = @_;
    return $step->{stack}{restart} ne 'never' || is_allowed_to_restart($step, $look);
}

# A restart that no change asks for: it puts right what nothing else would.
sub restart_welcome {
    my ($step, $look) = @_;
    return $step->{stack}{restart} eq 'allowed' || is_allowed_to_restart($step, $look);
}

sub is_allowed_to_restart {
    my ($step, $look) = @_;
    return scalar grep { Plan::is_below($step->{path}, $_) } keys %{ $look->{flags}{'allow-restart'} // {} };
}

1;
