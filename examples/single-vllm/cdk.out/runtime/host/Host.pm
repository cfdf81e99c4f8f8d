package Host;

# What the host looks like, read once and only as far as somebody asks. Never starts a Proxmox command.
#
# Each question has three answers: a value, undef for what is surely absent, and Unknown (thrown) for what could not be seen.

use strict;
use warnings;
use Unknown;

# Names of options: root (prefix of all host paths), properties (ZFS properties that steps ask for), every (gather all datasets in one call).
sub new {
    my ($class, %options) = @_;
    return bless { root => '', properties => [], every => 0, processes => 0, %options }, $class;
}

# While somebody listens (Known.pm), each thing that was looked at is told with what was seen: a name of the methods below, its operand, the answer.
our $told;

sub seen {
    my ($question, $operand, $answer) = @_;
    $told->($question, $operand, $answer) if $told;
    return $answer;
}

# ---- Files

sub place {
    my ($self, $path) = @_;
    return $self->{root} . $path;
}

# The file's content; undef if it is absent.
sub read {
    my ($self, $path) = @_;
    return seen('read', $path, $self->slurp($path));
}

sub slurp {
    my ($self, $path) = @_;
    open my $handle, '<:raw', $self->place($path) or return absent_or_unknown($path);
    my $text = '';
    while (1) {
        my $got = sysread $handle, $text, 65_536, length $text;
        Unknown::because("cannot read $path: $!") unless defined $got;
        last unless $got;
    }
    return $text;
}

# The names in a folder; undef if it is absent.
sub names {
    my ($self, $path) = @_;
    opendir my $handle, $self->place($path) or return seen('names', $path, absent_or_unknown($path));
    return seen('names', $path, [ sort grep { !/^\.\.?$/ } readdir $handle ]);
}

# { mode, uid, gid, folder } and of what is no folder { size, mtime }; undef if it is absent.
sub facts {
    my ($self, $path) = @_;
    my @stat = stat $self->place($path) or return seen('facts', $path, absent_or_unknown($path));
    my $folder = -d _ ? 1 : 0;
    return seen('facts', $path, { mode => $stat[2] & 07777, uid => $stat[4], gid => $stat[5], folder => $folder, $folder ? () : (size => $stat[7], mtime => $stat[9]) });
}

# What tells a folder from another of the same path; undef if there is none.
sub inode {
    my ($self, $path) = @_;
    my @stat = stat $self->place($path) or return seen('inode', $path, absent_or_unknown($path));
    return seen('inode', $path, $stat[1]);
}

# Where a link leads; undef if there is none.
sub link {
    my ($self, $path) = @_;
    return seen('link', $path, scalar readlink $self->place($path));
}

sub is_link {
    my ($self, $path) = @_;
    return seen('is_link', $path, -l $self->place($path) ? 1 : 0);
}

sub sha256 {
    my ($self, $path) = @_;
    return $self->sum("sha256 $path");
}

# The sum of a file's content, by the name of the algorithm and the path.
sub sum {
    my ($self, $operand) = @_;
    my ($algorithm, $path) = split / /, $operand, 2;
    return seen('sum', $operand, hash_of($self->place($path), $algorithm, $path));
}

sub hash_of {
    my ($place, $kind, $name) = @_;
    require Digest::SHA;
    open my $handle, '<:raw', $place or return absent_or_unknown($name // $place);
    my $sum = eval { Digest::SHA->new($kind =~ /(\d+)/)->addfile($handle)->hexdigest };
    return $sum // Unknown::because('cannot read ' . ($name // $place));
}

# ENOENT and ENOTDIR say that something is not there; every other failure says nothing.
sub absent_or_unknown {
    my ($path) = @_;
    return undef if $!{ENOENT} || $!{ENOTDIR};
    Unknown::because("cannot look at $path: $!");
}

# ---- The node

sub node_name {
    my ($self) = @_;
    return $self->{node_name} //= seen 'node_name', '', do {
        my $link = readlink $self->place('/etc/pve/local');
        my $name = defined $link ? $link : $self->read('/etc/hostname') // Unknown::because('neither /etc/pve/local nor /etc/hostname names this node');
        $name =~ s/\s+$//;
        $name =~ s{.*/}{};
        $name =~ s/\..*$//s unless defined $link;
        $name;
    };
}

# Undef while all is well, or why nothing below /etc/pve can be trusted or written.
sub cluster_trouble {
    my ($self) = @_;
    my $members = $self->read('/etc/pve/.members') // return '/etc/pve is not mounted (.members is not there): systemctl status pve-cluster';
    return 'the cluster has no quorum (/etc/pve/.members)' if $members =~ /"quorate"\s*:\s*"?0/;
    return undef;
}

# The release of Proxmox VE, such as 9.1.4, by the package database.
sub pve_version {
    my ($self) = @_;
    my $version = $self->package('pve-manager') // return undef;
    return $version;
}

sub package {
    my ($self, $name) = @_;
    return $self->{packages}{$name} if $self->{packages};
    my $status = $self->read('/var/lib/dpkg/status') // '';
    my %packages;
    for my $entry (split /\n\n+/, $status) {
        my ($package) = $entry =~ /\A\n?Package: (\S+)/ or next;
        next unless $entry =~ /^Status: \S+ \S+ installed$/m;
        $packages{$package} = $1 if $entry =~ /^Version: (\S+)$/m;
    }
    $self->{packages} = \%packages;
    return $packages{$name};
}

# ---- Guests

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

# Whether a guest runs: a container by the socket of its monitor, a machine by its process. No Proxmox command, and no word that stays for a
# moment after a failed start.
sub running {
    my ($self, $vmid, $type) = @_;
    return defined $self->machine_process($vmid) ? 1 : 0 if $type eq 'qemu';
    return $self->container_runs($vmid);
}

sub container_runs {
    my ($self, $vmid) = @_;
    return seen('container_runs', $vmid, $self->sockets->{$vmid} ? 1 : 0);
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

sub sockets {
    my ($self) = @_;
    return $self->{sockets} //= do {
        my $text = $self->slurp('/proc/net/unix') // Unknown::because('/proc/net/unix is not there');
        my %running = map { $_ => 1 } $text =~ m{@/var/lib/lxc/(\d+)/command}g;
        \%running;
    };
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
    return seen('container_life', $vmid, @stat ? $stat[1] : '-');
}

# A limit in force (memory.max, cpu.max ...); undef where the kernel shows none.
sub limit {
    my ($self, $vmid, $name) = @_;
    my $text = $self->read("/sys/fs/cgroup/lxc/$vmid/$name") // return undef;
    $text =~ s/\s+$//;
    return $text;
}

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
        return 1 if $command =~ m{(?:^|[/\0])(?:pct|qm)\0(?:create|clone|set|template|importdisk|move-volume|disk\0move)\0(?:\d+\0)?(?:$ids)\0};
        return 1 if $command =~ m{^(?:\S*/)?rsync\0.*/var/lib/lxc/(?:$ids)/\.copy-volume-}s;    # outlives the task that began it
    }
    return 0;
}

sub process_alive {
    my ($self, $pid, $start) = @_;
    my $stat = eval { $self->read("/proc/$pid/stat") } // return 0;
    my @fields = split ' ', $stat =~ s/^.*\)\s*//sr;
    return ($fields[19] // -1) == $start && $fields[0] !~ /^[ZX]/;
}

# ---- Storages and datasets

# { type, options }; undef if storage.cfg has no such entry.
sub storage {
    my ($self, $id) = @_;
    return $self->storages->{$id};
}

sub storages {
    my ($self) = @_;
    return $self->{storages} //= do {
        require SectionConf;
        SectionConf::parse($self->read('/etc/pve/storage.cfg') // Unknown::because('/etc/pve/storage.cfg is not there'));
    };
}

# The storage whose volumes are the children of a dataset; undef if there is none, or no longer.
sub storage_on {
    my ($self, $pool) = @_;
    for my $id (sort keys %{ $self->storages }) {
        my $entry = $self->{storages}{$id};
        return $id if $entry->{type} eq 'zfspool' && ($entry->{options}{pool} // '') eq $pool && $self->is_for_us($entry);
    }
    return undef;
}

# True of a storage that this node may use.
sub is_for_us {
    my ($self, $entry) = @_;
    my ($nodes, $off) = @{ $entry->{options} }{qw(nodes disable)};
    return !$off && (!defined $nodes || grep { $_ eq $self->node_name } split /[,\s]+/, $nodes);
}

# The storage in whose folder a path lies, the innermost; undef if in none.
sub storage_above {
    my ($self, $path) = @_;
    $self->storage('');
    my %folder = map { my $folder = $self->{storages}{$_}{options}{path}; defined $folder ? ($_ => $folder =~ s{/*\z}{/}r) : () } sort keys %{ $self->{storages} };
    my ($innermost) = sort { length $folder{$b} <=> length $folder{$a} || $a cmp $b } grep { index($path, $folder{$_}) == 0 } keys %folder;
    return $innermost;
}

# The dataset behind a volume id such as `local-zfs:basevol-901-disk-0/subvol-930-disk-0`; undef if it lies on no ZFS pool.
sub volume_dataset {
    my ($self, $volume) = @_;
    my ($id, $rest) = $volume =~ /^([^:]+):(.+)$/ or return undef;
    my $storage = $self->storage($id) // return undef;
    return undef unless $storage->{type} eq 'zfspool' && defined $storage->{options}{pool};
    return "$storage->{options}{pool}/" . $rest =~ s{.*/}{}r;
}

# How large a volume is: as the storage says for ZFS and for images in folders; undef where nobody can tell without Proxmox.
sub volume_bytes {
    my ($self, $volume) = @_;
    my $dataset = $self->volume_dataset($volume);
    return $self->image_bytes($volume) unless defined $dataset;
    my $facts = $self->dataset($dataset) // Unknown::because("volume $volume is in the config, but there is no dataset $dataset");
    for my $property (qw(volsize refquota)) { return $facts->{$property} if ($facts->{$property} // '') =~ /^[1-9]\d*$/ }
    return undef;
}

# True of a filesystem whose limit somebody took away.
sub is_unlimited {
    my ($self, $volume) = @_;
    my $facts = $self->dataset($self->volume_dataset($volume) // return 0) // return 0;
    return ($facts->{volsize} // '-') eq '-' && ($facts->{refquota} // '') eq '0';
}

# Of an image in a folder: the length of a raw one, what a qcow2 says of itself at its beginning.
sub image_bytes {
    my ($self, $volume) = @_;
    my $path  = $volume =~ /\.(?:raw|qcow2)$/ ? $self->image_path($volume) // return undef : return undef;
    my $facts = $self->facts($path) // Unknown::because("volume $volume is in the config, but there is no file $path");
    return $facts->{size} if $path =~ /raw$/;
    my $head = $self->head($path) // return undef;
    return $head =~ /^QFI\xfb/ && length $head == 32 ? unpack('Q>', substr $head, 24) : undef;
}

# Where an image lies in a folder of this host; undef of a volume that does not.
sub image_path {
    my ($self, $volume) = @_;
    my ($id, $vmid, $name) = $volume =~ m{^([^:]+):(?:\d+/[^/]+/)?(\d+)/([^/]+)$} or return undef;
    my $folder = $self->images_folder($id) // return undef;
    $name =~ s{\.raw$}{/disk.raw} if $self->storage($id)->{type} eq 'btrfs';
    return "$folder/$vmid/$name";
}

sub images_folder {
    my ($self, $id) = @_;
    my $entry = $self->storage($id) // return undef;
    return undef unless $entry->{type} =~ /^(?:dir|btrfs)$/ && defined $entry->{options}{path};
    return $entry->{options}{path} =~ s{/+$}{}r . '/images';
}

# The first bytes of a file; undef if it is absent.
sub head {
    my ($self, $path) = @_;
    open my $handle, '<:raw', $self->place($path) or return seen('head', $path, absent_or_unknown($path));
    sysread $handle, my $head, 32;
    return seen('head', $path, $head);
}

# { property => value }; undef if there is surely no such dataset.
sub dataset {
    my ($self, $name) = @_;
    if ($self->{every}) {
        $self->{datasets} //= $self->datasets_of;
        return $self->{datasets}{$name};
    }
    $self->{datasets}{$name} = $self->datasets_of($name)->{$name} unless exists $self->{datasets}{$name};
    return $self->{datasets}{$name};
}

# { name => { property => value } } of all of them.
sub all_datasets {
    my ($self) = @_;
    @$self{qw(datasets every)} = ($self->datasets_of, 1) unless $self->{every} && $self->{datasets};
    return $self->{datasets};
}

# Names of the datasets that carry the number of a guest, as Proxmox names its volumes. Only where all datasets were asked for.
sub datasets_by_number {
    my ($self, $vmid) = @_;
    $self->{by_number} //= do {
        my %by_number;
        for my $name (sort keys %{ $self->all_datasets }) {
            push @{ $by_number{$1} }, $name if $name =~ m{(?:subvol|basevol|vm|base)-(\d+)-[^/]*$};
        }
        \%by_number;
    };
    return @{ $self->{by_number}{$vmid} // [] };
}

# Those of them that are none of these volumes. The name alone says nothing: disks of one guest on two storages may have the same.
sub datasets_besides {
    my ($self, $vmid, @volumes) = @_;
    my @datasets = $self->datasets_by_number($vmid) or return ();
    my %named = map { $_ => 1 } grep { defined } map { $self->volume_dataset($_) } @volumes;
    return grep { !$named{$_} } @datasets;
}

# Images of a guest that lie in folders of this host: [{ volume, path, mtime }, …]. Each file once, whatever number of storages share its folder;
# folders of other hosts are not looked into, because one that does not answer would hold us up for ever.
sub images_by_number {
    my ($self, $vmid) = @_;
    my (@images, %seen);
    for my $id (sort keys %{ $self->storages }) {
        my $folder = $self->images_folder($id) // next;
        for my $name (sort grep { /^(?:vm|base|subvol|basevol)-$vmid-/ } @{ $self->names("$folder/$vmid") // [] }) {
            my $volume = "$id:$vmid/$name" . ($self->{storages}{$id}{type} eq 'btrfs' && $name !~ /\./ ? '.raw' : '');
            my $path   = $self->image_path($volume);
            next if $seen{$path}++;
            my $facts = $self->facts($path) // next;
            push @images, { volume => $volume, path => $path, mtime => $facts->{mtime} // 0 };
        }
    }
    return @images;
}

# Those of them that are none of these volumes: the same file under the name of another storage, or by another path, is the same.
sub images_besides {
    my ($self, $vmid, @volumes) = @_;
    my @images = $self->images_by_number($vmid) or return ();
    my %named  = map { $_ => 1 } grep { defined } map { ($_, $self->inode($_)) } grep { defined } map { $self->image_path($_) } @volumes;
    return grep { !$named{ $_->{path} } && !$named{ $self->inode($_->{path}) // '' } } @images;
}

sub datasets_of {
    my ($self, @names) = @_;
    my %wanted = map { $_ => 1 } qw(guid refquota volsize mounted mountpoint canmount keystatus origin creation), @{ $self->{properties} };
    my ($exit, $lines) = $self->output('zfs', 'get', '-Hp', '-t', 'filesystem,volume', '-o', 'name,property,value', join(',', sort keys %wanted), @names);
    my (%datasets, @messages);
    for my $line (@$lines) {
        my ($name, $property, $value) = split /\t/, $line, 3;
        if   (defined $value) { $datasets{$name}{$property} = $value }
        else                  { push @messages, $line }
    }
    return \%datasets if $exit == 0;
    my @others = grep { !/^cannot open '.*': dataset does not exist$/ && $_ ne '' } @messages;
    return \%datasets if @names && $exit == 1 && @messages && !@others;
    return \%datasets if !@names && "@messages" =~ /^no datasets available$/;
    Unknown::because('zfs get failed (exit ' . $exit . '): ' . ($others[0] // $messages[0] // 'no message'));
}

# Names of a dataset's own snapshots.
sub snapshots_of {
    my ($self, $dataset) = @_;
    my ($exit, $lines) = $self->output('zfs', 'list', '-H', '-t', 'snapshot', '-o', 'name', '-d', '1', $dataset);
    Unknown::because("zfs list failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
    return grep { index($_, "$dataset@") == 0 } @$lines;
}

# Health of a pool; undef if no pool of this name is imported.
sub pool {
    my ($self, $name) = @_;
    $self->{pools} //= do {
        my ($exit, $lines) = $self->output('zpool', 'list', '-Hp', '-o', 'name,health');
        Unknown::because("zpool list failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
        +{ map { /^(\S+)\t(\S+)$/ ? ($1 => $2) : () } @$lines };
    };
    return $self->{pools}{$name};
}

# What is mounted at a path: { source, type }; undef if it is no mount point.
sub mount_at {
    my ($self, $path) = @_;
    return seen('mount_at', $path, $self->mounts->{$path});
}

# { source, type, point } of the mount that a path lies on; undef if not even the root is listed.
sub mount_above {
    my ($self, $path) = @_;
    for (my $at = $path; ; $at =~ s{/[^/]*$}{}) {
        my $mount = $self->mounts->{ $at eq '' ? '/' : $at };
        return seen('mount_above', $path, { %$mount, point => $at eq '' ? '/' : $at }) if $mount;
        return seen('mount_above', $path, undef) if $at eq '';
    }
}

sub mounts {
    my ($self) = @_;
    return $self->{mounts} //= do {
        my $text = $self->slurp('/proc/self/mountinfo') // Unknown::because('/proc/self/mountinfo is not there');
        my %mounts;
        for my $line (split /\n/, $text) {
            my ($before, $after) = split / - /, $line, 2;
            next unless defined $after;
            my $point = unescaped((split / /, $before)[4] // next);
            my ($type, $source) = split / /, $after;
            $mounts{$point} = { type => $type, source => unescaped($source) };
        }
        \%mounts;
    };
}

sub unescaped {
    my ($text) = @_;
    $text =~ s/\\([0-7]{3})/chr oct $1/ge;
    return $text;
}

# ---- Units

# { ActiveState, UnitFileState, LoadState } of a systemd unit. The first question asks for all units that any step will want.
sub unit {
    my ($self, $name) = @_;
    unless ($self->{units} && exists $self->{units}{$name}) {
        my @names = keys %{ { map { $_ => 1 } $name, @{ $self->{unit_names} // [] } } };
        my ($exit, $lines) = $self->output('systemctl', 'show', '--property=LoadState,ActiveState,UnitFileState', '--', @names);
        Unknown::because("systemctl show failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
        my @blocks = map { +{ /^(\w+)=(.*)$/mg } } split /\n\n+/, join "\n", @$lines;
        Unknown::because('systemctl show answered for ' . @blocks . ' of ' . @names . ' units') unless @blocks == @names;
        @{ $self->{units} }{@names} = @blocks;
    }
    return $self->{units}{$name};
}

# ---- Processes

# Exit code and lines of a command, messages among them. Counted, because each costs.
sub output {
    my ($self, @command) = @_;
    $self->{processes}++;
    my $pid = open(my $handle, '-|') // Unknown::because("cannot fork: $!");
    unless ($pid) {
        open STDERR, '>&', \*STDOUT;
        open STDIN,  '<',  '/dev/null';
        $ENV{LC_ALL} = 'C';
        { no warnings 'exec'; exec { $command[0] } @command; }
        print STDERR "cannot run $command[0]: $!\n";
        require POSIX;
        POSIX::_exit(127);
    }
    local $/ = "\n";
    my @lines = <$handle>;
    close $handle;
    chomp @lines;
    my $exit = ($? & 127) ? 128 + ($? & 127) : $? >> 8;
    seen('said_by', join("\0", @command), [ $exit, @lines ]);
    return ($exit, \@lines);
}

# As `output`, of a command in one text.
sub said_by {
    my ($self, $command) = @_;
    my ($exit, $lines) = $self->output(split /\0/, $command, -1);
    return [ $exit, @$lines ];
}

1;
