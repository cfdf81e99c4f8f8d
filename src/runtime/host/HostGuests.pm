package HostGuests;

# What is asked of the guests of a cluster, of those that run on this host, and of what is at work on them.

use strict;
use warnings;
use Unknown;

# { vmid, node, type, path, conf }; undef if no node of the cluster has a guest of this id. A guest on another node is moved, never absent.
sub guest {
    my ($self, $vmid) = @_;
    my $found = $self->guests->{$vmid} // return undef;
    $found->{conf} //= do {
        require GuestConf;
        my $text = $self->read($found->{path}) // Unknown::because("$found->{path} went away while it was looked at");
        GuestConf::parse($text, $found->{type});
    };
    return $found;
}

sub guests {
    my ($self) = @_;
    return $self->{guests} if $self->{guests};
    my $nodes = $self->names('/etc/pve/nodes') // Unknown::because('/etc/pve/nodes is not there: is the cluster file system mounted?');
    my %guests;
    for my $node (@$nodes) {
        for my $kind ([ lxc => 'lxc' ], [ qemu => 'qemu-server' ]) {
            my ($type, $folder) = @$kind;
            my $path = "/etc/pve/nodes/$node/$folder";
            for my $file (@{ $self->names($path) // [] }) {
                next unless $file =~ /^(\d+)\.conf$/;
                $guests{$1} = { vmid => $1, node => $node, type => $type, path => "$path/$file" };
            }
        }
    }
    return $self->{guests} = \%guests;
}

# ---- What runs

# Whether a guest runs: a container by the socket of its monitor, a machine by its process. No Proxmox command, and no word that stays for a
# moment after a failed start.
sub running {
    my ($self, $vmid, $type) = @_;
    return defined $self->machine_process($vmid) ? 1 : 0 if $type eq 'qemu';
    return $self->container_runs($vmid);
}

sub container_runs {
    my ($self, $vmid) = @_;
    return Host::seen('container_runs', $vmid, $self->sockets->{$vmid} ? 1 : 0);
}

sub sockets {
    my ($self) = @_;
    return $self->{sockets} //= do {
        my $text = $self->slurp('/proc/net/unix') // Unknown::because('/proc/net/unix is not there');
        my %running = map { $_ => 1 } $text =~ m{@/var/lib/lxc/(\d+)/command}g;
        \%running;
    };
}

# The process of a machine. Its pid file outlives a crash, and then the number may be another process's.
sub machine_process {
    my ($self, $vmid) = @_;
    my ($pid) = ($self->read("/run/qemu-server/$vmid.pid") // return undef) =~ /(\d+)/ or return undef;
    my $command = $self->read("/proc/$pid/cmdline") // return undef;
    return $command =~ /\x00-id\x00$vmid\x00/ ? $pid : undef;
}

# When a running machine was started, in seconds.
sub started_at {
    my ($self, $vmid) = @_;
    my $facts = $self->facts("/run/qemu-server/$vmid.pid") // return 0;
    return $facts->{mtime};
}

# Tells one life of a running guest from the next.
sub life {
    my ($self, $vmid, $type) = @_;
    if (($type // 'lxc') eq 'qemu') {
        my $pid = $self->machine_process($vmid) // return '-';
        return join '.', $pid, $self->started_at($vmid);
    }
    return $self->container_life($vmid);
}

sub container_life {
    my ($self, $vmid) = @_;
    my @stat = stat $self->place("/sys/fs/cgroup/lxc/$vmid");
    return Host::seen('container_life', $vmid, @stat ? $stat[1] : '-');
}

# A limit in force (memory.max, cpu.max ...); undef where the kernel shows none.
sub limit {
    my ($self, $vmid, $name) = @_;
    my $text = $self->read("/sys/fs/cgroup/lxc/$vmid/$name") // return undef;
    $text =~ s/\s+$//;
    return $text;
}

# ---- What others do with them

# State that the HA manager was asked for; undef if it does not manage the guest.
sub ha_state {
    my ($self, $vmid, $type) = @_;
    $self->{ha} //= do { require SectionConf; SectionConf::parse($self->read('/etc/pve/ha/resources.cfg') // '') };
    my $entry = $self->{ha}{$vmid};
    $entry = $self->{ha}{ ($type eq 'lxc' ? 'ct' : 'vm') . ":$vmid" } unless $entry;
    return $entry && ($entry->{options}{state} // 'started');
}

# Whether a job copies the guest to another node.
sub is_replicated {
    my ($self, $vmid) = @_;
    $self->{replication} //= $self->read('/etc/pve/replication.cfg') // '';
    return $self->{replication} =~ /^local:\s*$vmid-\d+\s*$/m ? 1 : 0;
}

# Whether a task of one of these kinds on one of these guests is still at work: by the list of tasks and by the processes themselves.
sub task_alive {
    my ($self, $kinds, @vmids) = @_;
    my $ids = join '|', @vmids;
    my $active = $self->read('/var/log/pve/tasks/active') // '';
    for my $line (split /\n/, $active) {
        next unless $line =~ /^UPID:[^:]+:([0-9A-Fa-f]+):([0-9A-Fa-f]+):[^:]*:(?:$kinds):(?:$ids):[^ ]*\s*(.*)$/;
        my ($pid, $start, $ended) = (hex $1, hex $2, $3);
        next if $ended =~ /\S+\s+\S+/;
        return 1 if $self->process_alive($pid, $start);
    }
    for my $pid (@{ $self->names('/proc') // [] }) {
        next unless $pid =~ /^\d+$/;
        my $command = eval { $self->read("/proc/$pid/cmdline") } // next;
        return 1 if $command =~ /^task UPID:.*:(?:$kinds):(?:$ids):/;
        return 1 if $command =~ m{(?:^|[/\0])(?:pct|qm)\0(?:create|clone|set|template|resize|importdisk|move-volume|disk\0(?:move|import|resize))\0(?:\d+\0)?(?:$ids)\0};
        return 1 if $command =~ m{(?:^|[/\0])pvesm\0alloc\0[^\0]+\0(?:$ids)\0};
        return 1 if $command =~ m{^(?:\S*/)?qemu-img\0convert\0.*[/:](?:vm|base)-(?:$ids)-}s;
        return 1 if $command =~ m{^(?:\S*/)?rsync\0.*/var/lib/lxc/(?:$ids)/\.copy-volume-}s;    # outlives the task that began it
    }
    return 0;
}

# Whether a process of this tool has this word on its command line.
sub tool_alive {
    my ($self, $tool, $word) = @_;
    for my $pid (grep { /^\d+$/ } @{ $self->names('/proc') // [] }) {
        my $command = eval { $self->read("/proc/$pid/cmdline") } // next;
        return 1 if $command =~ m{^(?:\S*/)?\Q$tool\E\0(?:.*\0)?\Q$word\E\0}s;
    }
    return 0;
}

# Whether a process is this command: found by its path, or run by an interpreter, too.
sub command_alive {
    my ($self, @command) = @_;
    my $words = join '', map { "$_\0" } @command;
    for my $pid (grep { /^\d+$/ } @{ $self->names('/proc') // [] }) {
        my $command = eval { $self->read("/proc/$pid/cmdline") } // next;
        return 1 if $command =~ m{(?:^|[/\0])\Q$words\E\z};
    }
    return 0;
}

sub process_alive {
    my ($self, $pid, $start) = @_;
    my $stat = eval { $self->read("/proc/$pid/stat") } // return 0;
    my @fields = split ' ', $stat =~ s/^.*\)\s*//sr;
    return ($fields[19] // -1) == $start && $fields[0] !~ /^[ZX]/;
}

1;
