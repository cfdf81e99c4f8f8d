package CompareHost;

# Steps about the host itself: files, pools, datasets, folders, storages.

use strict;
use warnings;
use Unknown;
use Verdict;

# ---- file

sub file {
    my ($step, $look) = @_;
    my $verdict = compared_file($step, $look);
    my $target  = $step->{has}{file}[0];
    return $verdict if !Verdict::open($verdict) || $target =~ m{^/etc/};
    my $missing = $look->{host}->unmounted_above($target);
    return defined $missing ? Verdict::unknown($missing, soft => 1) : $verdict;
}

sub compared_file {
    my ($step, $look) = @_;
    my ($file) = Words::files($step);
    my $cluster = $file->{target} =~ m{^/etc/pve/};
    if ($cluster) {
        my $trouble = $look->{host}->cluster_trouble;
        Unknown::because($trouble) if defined $trouble;
        my $size = -s $file->{source};
        return Verdict::refused('a file below /etc/pve holds at most 1 MiB') if defined $size && $size > 1_048_576;
    }
    my $missing = below_missing_mount($look->{host}, $file->{target});
    return Verdict::unknown($missing, soft => 1) if defined $missing;
    if ($file->{secrets}) {
        require SecretFile;
        return SecretFile::compare($step, $look, $file);
    }
    my @changes = file_differences($look->{host}, $file, $cluster);
    return Verdict::satisfied() unless @changes;
    my $new = $changes[0]{key} eq 'file';
    return Verdict->can($new ? 'create' : 'change')->('write', [], changes => \@changes, notes => [ replaced_link($look->{host}, $file->{target}) ]);
}

# A file that is written takes the place of a link, and is not written where that leads.
sub replaced_link {
    my ($host, $path) = @_;
    my $to = $host->link($path) // return ();
    return "$path is a link to $to; a plain file takes its place, and what it leads to stays as it is";
}

# Why what lies at a path now is not what Proxmox would see there: the folder of its storage is not mounted. Undef if it is, or is no storage's.
sub below_missing_mount {
    my ($host, $path) = @_;
    return undef if $path =~ m{^/etc/};
    my $storage = $host->storage_above($path) // return undef;
    return CompareDownload::not_there($host->storage($storage), $storage, $host);
}

sub file_differences {
    my ($host, $file, $cluster) = @_;
    my $found = $host->facts($file->{target}) // return Verdict::difference('file', 'absent', $file->{target});
    Unknown::because("$file->{target} is a folder") if $found->{folder};
    my @changes;
    my $size = -s $file->{source};
    my $differs = (defined $size && $size != $found->{size}) || ($host->sha256($file->{target}) // '') ne $file->{sha256};
    if ($differs && !means_the_same($host, $file)) {
        push @changes, Verdict::difference('content', "$found->{size} bytes", (defined $size ? "$size bytes" : 'new'));
    }
    push @changes, owner_differences($found, $file) unless $cluster;
    return @changes;
}

# Firewall files of guests: Proxmox writes them anew in a form of its own.
sub means_the_same {
    my ($host, $file) = @_;
    return 0 unless $file->{target} =~ m{^/etc/pve/firewall/\d+\.fw$};
    open my $handle, '<:raw', $file->{source} or return 0;
    my $wanted = do { local $/; <$handle> };
    require FirewallMeaning;
    return FirewallMeaning::same($wanted // '', $host->read($file->{target}) // '');
}

sub owner_differences {
    my ($found, $wanted) = @_;
    my @changes;
    if (defined $wanted->{mode} && $found->{mode} != oct $wanted->{mode}) {
        push @changes, Verdict::difference('mode', sprintf('%04o', $found->{mode}), $wanted->{mode});
    }
    if (defined $wanted->{uid} && ($found->{uid} != $wanted->{uid} || $found->{gid} != $wanted->{gid})) {
        push @changes, Verdict::difference('owner', "$found->{uid}:$found->{gid}", "$wanted->{uid}:$wanted->{gid}");
    }
    return @changes;
}

# ---- zfs-pool

my %pool_property = map { $_ => 1 } qw(ashift autotrim autoexpand autoreplace comment failmode cachefile compatibility delegation listsnapshots multihost);

sub zfs_pool {
    my ($step, $look) = @_;
    my $pool   = $step->{has}{pool}[0];
    my $health = $look->{host}->pool($pool);
    if (defined $health) {
        return Verdict::satisfied() if $health eq 'ONLINE';
        return Verdict::satisfied(notes => ["pool $pool is DEGRADED: it works without one of its disks"]) if $health eq 'DEGRADED';
        return Verdict::unknown("pool $pool is $health");
    }
    my @vdevs = map { [ @$_[ 1 .. $#$_ ] ] } grep { $_->[0] eq 'vdev' } @{ $step->{options} };
    return Verdict::refused("there is no pool $pool; it has to be imported or made by hand: zpool import $pool") unless @vdevs;
    my @devices = map { @$_[ 1 .. $#$_ ] } @vdevs;
    my @loose = grep { !m{^/dev/disk/by-id/[^/]+$} } @devices;
    return Verdict::refused("disks of a new pool are named by id, not @loose") if @loose;
    my @arguments;
    for my $setting (grep { $_->[0] eq 'property' } @{ $step->{options} }) {
        push @arguments, ($pool_property{ $setting->[1] } || $setting->[1] =~ /^feature@/ ? '-o' : '-O'), "$setting->[1]=$setting->[2]";
    }
    push @arguments, $pool;
    push @arguments, ($_->[0] eq 'stripe' || $_->[0] eq 'disk' ? () : $_->[0]), @$_[ 1 .. $#$_ ] for @vdevs;
    my @changes = Verdict::difference('pool', 'absent', join ' ', map { @$_ } @vdevs);
    unless ($look->{flags}{'allow-create-pool'}{$pool}) {
        my $gone = $look->{journal}{applied}{ $step->{id} } ? "pool $pool was here and is not any more: zpool import $pool, or " : '';
        return Verdict::held("${gone}a new pool on @devices", flag => "--allow-create-pool $pool", changes => \@changes);
    }
    for my $device (@devices) {
        my $trouble = not_blank($look->{host}, $device);
        return Verdict::refused($trouble) if defined $trouble;
    }
    return Verdict::create('create', \@arguments, changes => \@changes);
}

# Undef if the disk is surely blank, otherwise why it is not. A disk that cannot be looked at is not blank.
sub not_blank {
    my ($host, $device) = @_;
    defined $host->facts($device) or return "there is no disk $device";
    my ($exit, $lines) = $host->output('lsblk', '-nro', 'NAME,FSTYPE,MOUNTPOINT', $device);
    return "lsblk cannot tell what is on $device: @$lines" if $exit != 0;
    return "$device has partitions: " . join ', ', map { (split ' ')[0] } @$lines if @$lines > 1;
    return "$device holds data: $lines->[0]" if @$lines && $lines->[0] =~ /^\S+ +\S/;
    ($exit, $lines) = $host->output('blkid', '-p', $device);
    return "$device holds data: @$lines" if $exit == 0;
    return "blkid cannot tell what is on $device: @$lines" if $exit != 2;
    ($exit, $lines) = $host->output('wipefs', '-n', $device);
    return "wipefs cannot tell what is on $device: @$lines" if $exit != 0;
    return "$device holds signatures: $lines->[-1]" if @$lines;
    return undef;
}

# ---- zfs-dataset

sub zfs_dataset {
    my ($step, $look) = @_;
    my $dataset  = $step->{has}{dataset}[0];
    my @settings = grep { $_->[0] eq 'property' } @{ $step->{options} };
    my $found    = $look->{host}->dataset($dataset);
    my $imported = !$step->{has}{create}[0];
    unless (defined $found) {
        return Verdict::refused("there is no dataset $dataset, and the program only refers to it") if $imported;
        my @new   = (Verdict::difference('dataset', 'absent', $dataset), map { Verdict::difference($_->[1], '', $_->[2]) } @settings);
        my $below = out_of_sight($look->{host}, mount_point($look->{host}, $dataset, map { $_->[1] => $_->[2] } @settings));
        return Verdict::refused($below, changes => \@new) if defined $below;
        return Verdict::create('create', [ (map { ('-o', "$_->[1]=$_->[2]") } @settings), $dataset ], changes => \@new);
    }
    my (@changes, @set, @fixed);
    for my $setting (@settings) {
        my (undef, $name, $value, $fixed) = @$setting;
        my $is = $found->{$name} // '-';
        next if same_property($name, $value, $is);
        push @changes, Verdict::difference($name, $is, $value, $fixed ? 'impossible' : 'live', refused => $fixed);
        if   ($fixed) { push @fixed, $name }
        else          { push @set,   "$name=$value" }
    }
    my ($mount, @notes) = $imported ? () : unmounted($look->{host}, $dataset, $found);
    push @changes, $mount // ();
    return Verdict::satisfied(notes => \@notes) unless @changes;
    return Verdict::refused('an imported dataset is never changed', changes => \@changes) if $imported;
    return Verdict::refused("fixed when the dataset was made: @fixed", changes => \@changes) if @fixed;
    return Verdict::change(@set ? ('set', [ @set, $dataset ]) : ('mount', [$dataset]), changes => \@changes, notes => \@notes);
}

# Of a dataset that somebody unmounted: a change, if it can be mounted again, and what people should know.
sub unmounted {
    my ($host, $dataset, $found) = @_;
    my ($point, $is, $may) = map { $found->{$_} // '' } qw(mountpoint mounted canmount);
    return () unless $is eq 'no' && $may eq 'on' && $point =~ m{^/};
    return (undef, 'not mounted, because its key is not loaded: zfs mount -l ' . $dataset) if ($found->{keystatus} // '') eq 'unavailable';
    my $below = $host->names($point) // [];
    return (Verdict::difference('mounted', 'no', 'yes'), @$below ? "what lies in $point now will be below the mount, out of sight" : ());
}

# Where a dataset that is made with these properties will be mounted; undef if nowhere. As ZFS has it: below what is above it, unless it has a place of
# its own.
sub mount_point {
    my ($host, $dataset, %properties) = @_;
    return undef if ($properties{canmount} // 'on') ne 'on';
    my ($above, $name) = $dataset =~ m{^(.+)/([^/]+)$};
    my $point = $properties{mountpoint};
    unless (defined $point) {
        my $parent = (defined $above ? $host->dataset($above) : undef) // return undef;
        $point = ($parent->{mountpoint} // '') =~ s{/*$}{/$name}r;
    }
    return $point =~ m{^/.} ? $point : undef;
}

# Why nothing is to be mounted at a path: undef if only empty folders lie there. ZFS mounts over whatever there is (`overlay`), and what was there takes
# its place on another disk unseen.
sub out_of_sight {
    my ($host, $point) = @_;
    my $found = defined $point ? something_in($host, $point) : undef;
    return defined $found ? "$found lies where the dataset is to be mounted, and would be out of sight below it: move it away, or set another mountpoint" : undef;
}

# The path of the first thing in a folder that is no empty folder.
sub something_in {
    my ($host, $path) = @_;
    for my $name (@{ $host->names($path) // [] }) {
        my $inside = "$path/$name";
        return $inside if $host->is_link($inside) || !($host->facts($inside) // { folder => 1 })->{folder} || $host->mount_at($inside);
        my $deeper = something_in($host, $inside);
        return $deeper if defined $deeper;
    }
    return undef;
}

sub same_property {
    my ($name, $wanted, $found) = @_;
    return 1 if $wanted eq $found;
    return no_limit($wanted) && no_limit($found) if $name =~ /quota|reservation|limit/;
    return 0;
}

sub no_limit { return $_[0] eq 'none' || $_[0] eq '0' || $_[0] eq '18446744073709551615' }

# ---- folder

sub folder {
    my ($step, $look) = @_;
    my $path   = $step->{has}{folder}[0];
    my $inside = $step->{has}{inside};
    if ($inside) {
        my $trouble = not_mounted($look->{host}, @$inside);
        return Verdict::unknown($trouble, soft => 1, changes => [ Verdict::difference('folder', 'absent', $path) ]) if defined $trouble;
    }
    my %wanted = (mode => $step->{has}{mode} && $step->{has}{mode}[0]);
    @wanted{qw(uid gid)} = @{ $step->{has}{owner} } if $step->{has}{owner};
    my $found = $look->{host}->facts($path);
    my $fields = { inside => $inside ? $inside->[0] : '' };
    return Verdict::create('make', [], fields => $fields, changes => [ Verdict::difference('folder', 'absent', $path) ]) unless defined $found;
    Unknown::because("$path is no folder") unless $found->{folder};
    Unknown::because("$path is a link, not a folder") if $inside && $look->{host}->is_link($path);
    my @changes = owner_differences($found, \%wanted);
    return Verdict::satisfied() unless @changes;
    return Verdict::change('own', [], fields => $fields, changes => \@changes);
}

# Undef if this dataset is what is mounted at this path. An empty folder in its place would swallow what belongs on the dataset.
sub not_mounted {
    my ($host, $path, $dataset) = @_;
    my $mount = $host->mount_at($path) // return "dataset $dataset is not mounted at $path";
    return undef if $mount->{type} eq 'zfs' && $mount->{source} eq $dataset;
    return "$mount->{source} ($mount->{type}) is mounted at $path, not dataset $dataset";
}

# ---- storage

sub storage {
    my ($step, $look) = @_;
    my ($id, $type) = @{ $step->{has}{storage} };
    my $trouble = $look->{host}->cluster_trouble;
    Unknown::because($trouble) if defined $trouble;
    my @settings = grep { $_->[0] eq 'option' } @{ $step->{options} };
    my ($secret, @open) = ([], ());
    if ($step->{has}{secret}) {
        my $lacking = $look->{secrets}->lacking(Secrets::of_step($step));
        return $lacking if $lacking;
        require StorageSecrets;
        ($secret, my $settings) = StorageSecrets::differences($step, $look);
        @open = @$settings;
    }
    my $found    = $look->{host}->storage($id);
    my $imported = !$step->{has}{create}[0];
    unless (defined $found) {
        return Verdict::refused("there is no storage $id, and the program only refers to it") if $imported;
        @open = StorageSecrets::of_step($step) if $step->{has}{secret};
        return Verdict::create('add', [ $type, $id, map { ("--$_->[1]", $_->[2]) } @settings ], secret_settings(@open),
            changes => [ Verdict::difference('storage', 'absent', $type), map { Verdict::difference($_->[1], '', $_->[2]) } @settings ]);
    }
    return Verdict::refused("storage $id is of type $found->{type}, not $type") unless $type eq 'any' || $found->{type} eq $type;
    my (@changes, @set, @fixed);
    for my $setting (@settings) {
        my (undef, $name, $value, $fixed) = @$setting;
        my $is = $found->{options}{$name};
        next if SectionConf::same($name, $value, $is // '');
        next if !defined $is && $value eq '0';
        push @changes, Verdict::difference($name, $is // '', $value, $fixed ? 'impossible' : 'live', refused => $fixed);
        if   ($fixed) { push @fixed, $name }
        else          { push @set, "--$name", $value }
    }
    push @changes, @$secret;
    my @off = switched_off($look->{host}, $id, $found->{options}, map { $_->[1] } @settings);
    return Verdict::satisfied(notes => \@off) unless @changes;
    return Verdict::refused('an imported storage is never changed', changes => \@changes) if $imported;
    return Verdict::refused("fixed when the storage was made: @fixed", changes => \@changes) if @fixed;
    return Verdict::refused("storage $id has an encryption key that we did not give it, and backups made with it would be lost; put that key into the vault", changes => \@changes)
        if grep { $_->{refused} } @$secret;
    return Verdict::change('set', [ $id, @set ], secret_settings(@open), changes => \@changes);
}

# Why Proxmox does not use the storage on this host, though the program does not say so.
sub switched_off {
    my ($host, $id, $options, @asked) = @_;
    my %asked = map { $_ => 1 } @asked;
    my $here  = $host->node_name;
    my @nodes = split /[,;\s]+/, $options->{nodes} // $here;
    return (
        $options->{disable} && !$asked{disable} ? "storage $id is disabled" : (),
        $asked{nodes} || grep({ $_ eq $here } @nodes) ? () : "storage $id is for other nodes alone: @nodes",
    );
}

# What says that bash has to ask for secrets before it calls pvesm.
sub secret_settings {
    my (@settings) = @_;
    return @settings ? (fields => { secrets => join ' ', map { $_->{option} } @settings }) : ();
}

1;
