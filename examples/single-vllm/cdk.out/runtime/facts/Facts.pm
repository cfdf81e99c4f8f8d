package Facts;

# What there is to know of this host, as one JSON document for `phoenix facts import`. Looks and changes nothing, knows no program, and starts the
# same few processes however many guests there are (zpool, zfs, ip).
#
# A section that is not there was not seen, and `unknown` says why; an empty one was seen, and there is nothing. What may be secret does not leave
# the host: Withheld.pm.

use strict;
use warnings;
use Unknown;
use Clock;
use Host;
use GuestConf;
use Journal;
use Property;
use Adoption;
use Json;
use Terminal;
use Withheld;

my $version = 1;

# In the order of the document. One that gives undef is surely absent.
my @sections = (
    [ node           => sub { $_[0]{host}->node_name } ],
    [ pveVersion     => sub { $_[0]{host}->pve_version } ],
    [ kernel         => \&kernel ],
    [ packages       => \&packages ],
    [ cores          => \&cores ],
    [ memory         => \&memory ],
    [ displayDevices => \&display_devices ],
    [ nvidia         => \&nvidia ],
    [ pools          => \&pools ],
    [ datasets       => \&datasets ],
    [ storages       => \&storages ],
    [ interfaces     => \&interfaces ],
    [ cluster        => \&cluster ],
    [ guests         => \&guests ],
    [ apps           => \&apps ],
    [ files          => \&files ],
    [ otherFiles     => \&other_files ],
    [ withheld       => sub { $_[0]{withheld} } ],
);

# Prints the document; a line on standard error for each thing that could not be seen.
sub facts {
    my ($session) = @_;
    my $host    = Host->new(root => $session->{root});
    my $self    = bless { host => $host, unknown => [], withheld => {} }, 'Facts';
    my @members = ([ version => \$version ], [ takenAt => Clock::stamp() =~ s/\.\d+//r ]);
    for my $section (@sections) {
        my ($name, $look) = @$section;
        my $value = $self->seen($name, sub { $look->($self) });
        push @members, [ $name => $value ] if defined $value;
    }
    $host->node_name;    # without it nobody could say whose facts these are
    push @members, [ unknown => $self->{unknown} ];
    print '{', join(",\n", map { Json::string($_->[0]) . ':' . Json::text($_->[1]) } @members), "}\n";
    print STDERR map { Terminal::harmless("unknown: $_->{what}: $_->{why}\n") } @{ $self->{unknown} };
    return 0;
}

# What could not be seen is told by name, and the rest of the document is none the worse for it.
sub seen {
    my ($self, $what, $look) = @_;
    my $value = eval { $look->() };
    if (my $trouble = $@) {
        $trouble = $trouble->{reason} if ref $trouble eq 'Unknown';
        chomp $trouble;
        push @{ $self->{unknown} }, { what => $what, why => $trouble };
        return undef;
    }
    return $value;
}

sub number { return \"$_[0]" }
sub truth  { return \($_[0] ? 'true' : 'false') }

# The first line of a file, undef if it is absent.
sub line {
    my ($self, $path) = @_;
    my $text = $self->{host}->read($path) // return undef;
    return $text =~ /^(.*?)\s*$/m ? $1 : '';
}

# ---- The machine

sub kernel { return $_[0]->line('/proc/sys/kernel/osrelease') }

my $packages = qr/^(?:proxmox-ve|pve-(?:manager|container|firewall|ha-manager|qemu-kvm|cluster)|qemu-server|libpve-storage-perl|lxc-pve|zfsutils-linux|ifupdown2|corosync|ceph-common|openvswitch-switch|gpg|nvidia-.+|libnvidia-container-tools)$/;

sub packages {
    my ($self) = @_;
    $self->{host}->package('pve-manager');
    my $all = $self->{host}{packages};
    return { map { $_ => $all->{$_} } grep { $_ =~ $packages } keys %$all };
}

sub cores {
    my ($self) = @_;
    my $list  = $self->line('/sys/devices/system/cpu/online') // Unknown::because('/sys/devices/system/cpu/online is not there');
    my $count = 0;
    for my $range (split /,/, $list) { $count += $range =~ /^(\d+)-(\d+)$/ ? $2 - $1 + 1 : 1 }
    return number($count);
}

# Bytes that the kernel has to give, which is a little less than what is built in.
sub memory {
    my ($self) = @_;
    my $text = $self->{host}->read('/proc/meminfo') // Unknown::because('/proc/meminfo is not there');
    return $text =~ /^MemTotal:\s+(\d+) kB$/m ? number($1 * 1024) : Unknown::because('/proc/meminfo names no MemTotal');
}

my $pci = '/sys/bus/pci/devices';

# Cards that show something or compute: the PCI classes 03 (display) and 12 (accelerators).
sub display_devices {
    my ($self) = @_;
    my @devices;
    for my $address (sort @{ $self->{host}->names($pci) // [] }) {
        my $class = $self->line("$pci/$address/class") // next;
        push @devices, $self->display_device($address, $1) if $class =~ /^0x((?:03|12)[0-9a-f]{4})$/;
    }
    return \@devices;
}

sub display_device {
    my ($self, $address, $class) = @_;
    my %id = map { $_ => ($self->line("$pci/$address/$_") // '') =~ s/^0x//r } qw(vendor device subsystem_vendor subsystem_device);
    my ($driver, $group) = map { $self->link_name("$pci/$address/$_") } qw(driver iommu_group);
    return {
        address => $address, class => $class, vendor => $id{vendor}, device => $id{device},
        present(subsystem => $id{subsystem_vendor} eq '' ? undef : "$id{subsystem_vendor}:$id{subsystem_device}"),
        present(name => $self->pci_name(@id{qw(vendor device)})), present(driver => $driver), present(iommuGroup => defined $group ? number($group) : undef),
        $self->by_driver($address),
    };
}

sub present { return defined $_[1] ? @_ : () }

# The last part of what a link leads to; undef if there is no link.
sub link_name {
    my ($self, $path) = @_;
    my $link = readlink $self->{host}->place($path);
    return defined $link ? $link =~ s{.*/}{}r : HostFiles::absent_or_unknown($path);
}

# The device's name as `lspci` prints it.
sub pci_name {
    my ($self, $vendor, $device) = @_;
    my $ids = $self->{pci_ids} //= $self->{host}->read('/usr/share/misc/pci.ids') // '';
    my ($own) = $ids =~ /^\Q$vendor\E  .*\n((?:[\t#].*\n)*)/m or return undef;
    return $own =~ /^\t\Q$device\E  (.*\S)/m ? $1 : undef;
}

# What NVIDIA's driver says of a card that it has: the model, and the number of its device file.
sub by_driver {
    my ($self, $address) = @_;
    my $text = $self->{host}->read("/proc/driver/nvidia/gpus/$address/information") // return ();
    my %is   = $text =~ /^([^:\n]+):\s*(.*?)\s*$/mg;
    return (present(model => $is{Model}), present(minor => ($is{'Device Minor'} // '') =~ /^(\d+)$/ ? number($1) : undef));
}

sub nvidia {
    my ($self) = @_;
    my $line = $self->line('/proc/driver/nvidia/version') // return undef;
    my ($release) = $line =~ /^NVRM version:.*?\s(\d{3,4}\.\d+(?:\.\d+)?)\s/ or Unknown::because("/proc/driver/nvidia/version says `$line`");
    return { version => $release, flavor => $line =~ /Open Kernel Module/ ? 'open' : 'proprietary' };
}

# ---- ZFS and storages

# Without the kernel's module no pool can be imported.
sub has_zfs { return defined $_[0]{host}->facts('/sys/module/zfs') }

# With their sizes, which Host does not ask for: they change all the time. Of a pool that cannot be used they are `-`.
sub pools {
    my ($self) = @_;
    return [] unless $self->has_zfs;
    my ($exit, $lines) = $self->{host}->output('zpool', 'list', '-Hp', '-o', 'name,health,size,free');
    Unknown::because("zpool list failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
    return [ sort { $a->{name} cmp $b->{name} } map { pool(split /\t/) } @$lines ];
}

sub pool {
    my ($name, $health, $size, $free) = @_;
    return { name => $name, health => $health, map { $_->[1] =~ /^\d+$/ ? ($_->[0] => number($_->[1])) : () } [ size => $size ], [ free => $free ] };
}

# The properties that a program says of datasets, and what a disk's size and a mount are told by.
my @properties = qw(recordsize compression sync atime quota refquota reservation acltype xattr mountpoint mounted origin volsize);
my %wanted     = map { $_ => 1 } @properties;

sub datasets {
    my ($self) = @_;
    return {} unless $self->has_zfs;
    $self->{host}{properties} = \@properties;
    my $datasets = $self->{host}->datasets_of;
    return { map { my $is = $datasets->{$_}; $_ => { map { $_ => $is->{$_} } grep { $wanted{$_} && $is->{$_} ne '-' } keys %$is } } keys %$datasets };
}

sub storages {
    my ($self) = @_;
    my $entries = $self->{host}->storages;
    return { map { my $entry = $entries->{$_}; $_ => { type => $entry->{type}, options => Withheld::options($entry->{options}) } } keys %$entries };
}

# ---- The network

my $net = '/sys/class/net';

# Without those that Proxmox makes for each running guest: they come and go with it.
sub interfaces {
    my ($self) = @_;
    my $host  = $self->{host};
    my $names = $host->names($net) // Unknown::because("$net is not there");
    my @names = sort grep { !is_of_guest($_) && $_ ne 'lo' && ($host->facts("$net/$_") // {})->{folder} } @$names;
    my $addresses = $self->seen('addresses of interfaces', sub { $self->addresses });
    my $vlans     = $self->vlans;
    return [ map { $self->interface($_, $vlans->{$_}, $addresses) } @names ];
}

sub is_of_guest { return $_[0] =~ /^(?:veth|tap|fwbr|fwpr|fwln)\d/ }

sub interface {
    my ($self, $name, $vlan, $addresses) = @_;
    my ($mtu, $mac) = map { $self->line("$net/$name/$_") } qw(mtu address);
    return {
        name => $name, $self->kind_of($name, $vlan),
        present(mtu => defined $mtu ? number($mtu) : undef), present(mac => $mac),
        $addresses ? (addresses => $addresses->{$name} // []) : (),
    };
}

sub kind_of {
    my ($self, $name, $vlan) = @_;
    my $host = $self->{host};
    if ($vlan) { return (kind => 'vlan', over => $vlan->{over}, tag => number($vlan->{tag})) }
    if (my $ports = $host->names("$net/$name/brif")) {
        my $aware = ($self->line("$net/$name/bridge/vlan_filtering") // '0') eq '1';
        return (kind => 'bridge', ports => [ sort grep { !is_of_guest($_) } @$ports ], vlanAware => truth($aware));
    }
    if (defined(my $slaves = $self->line("$net/$name/bonding/slaves"))) {
        my $mode = $self->line("$net/$name/bonding/mode") // '';
        return (kind => 'bond', ports => [ sort split ' ', $slaves ], mode => $mode =~ s/ .*//r);
    }
    return (kind => defined $host->facts("$net/$name/device") ? 'card' : 'other');
}

# { name => { over, tag } }
sub vlans {
    my ($self) = @_;
    my $text = $self->{host}->read('/proc/net/vlan/config') // '';
    return { map { /^(\S+)\s*\|\s*(\d+)\s*\|\s*(\S+)\s*$/ ? ($1 => { tag => $2, over => $3 }) : () } split /\n/, $text };
}

# { name => [address/prefix, …] }, those that others can reach.
sub addresses {
    my ($self) = @_;
    my ($exit, $lines) = $self->{host}->output('ip', '-o', 'addr', 'show');
    Unknown::because("ip addr failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
    my %addresses;
    for my $line (@$lines) {
        push @{ $addresses{$1} }, $2 if $line =~ /^\d+:\s+([^\s@]+)(?:@\S+)?\s+inet6?\s+(\S+)\s.*\bscope global\b/;
    }
    return \%addresses;
}

# ---- The cluster and its guests

sub cluster {
    my ($self) = @_;
    my $text = $self->{host}->read('/etc/pve/.members');
    return { members => [ { name => $self->{host}->node_name } ] } unless defined $text;
    require JSON::PP;
    my $is   = eval { JSON::PP::decode_json($text) } // Unknown::because('/etc/pve/.members is no JSON');
    my $list = $is->{nodelist} // { $self->{host}->node_name => {} };
    my @members = map {
        my $member = $list->{$_};
        { name => $_, present(address => $member->{ip}), defined $member->{online} ? (online => truth($member->{online})) : () };
    } sort keys %$list;
    my $cluster = $is->{cluster} // return { members => \@members };
    return { name => $cluster->{name}, quorate => truth($cluster->{quorate}), members => \@members };
}

sub guests {
    my ($self) = @_;
    my $guests = $self->{host}->guests;
    return [ map { $self->guest($_) } sort { $a <=> $b } keys %$guests ];
}

sub guest {
    my ($self, $vmid) = @_;
    my $host  = $self->{host};
    my $is    = $host->guests->{$vmid};
    my %guest = (vmid => number($vmid), node => $is->{node}, type => $is->{type});
    if ($is->{node} eq $host->node_name) {
        my $runs = $self->seen("whether guest $vmid runs", sub { $host->running($vmid, $is->{type}) });
        $guest{running} = truth($runs) if defined $runs;
    }
    my $conf = $self->seen("guest $vmid", sub { $host->guest($vmid)->{conf} }) // return \%guest;
    my $keys = $conf->{keys};
    my $mark = GuestConf::marker($conf);
    return {
        %guest, present(name => $keys->{hostname} // $keys->{name}), present(lock => $keys->{lock}), $keys->{template} ? (template => truth(1)) : (),
        $mark ? (mark => { app => $mark->{app}, path => $mark->{path}, vmid => number($mark->{vmid}) }) : (),
    };
}

# ---- What apps know of this host

sub apps {
    my ($self) = @_;
    my $names = $self->{host}->names('/var/lib/phoenix') // return [];
    return [ grep { defined } map { my $name = $_; $self->seen("app $name", sub { $self->app($name) }) } sort @$names ];
}

# The guests of an app, and which keys of their configs its steps have set: by these a key of ours that left the program is told from one of
# somebody else's.
sub app {
    my ($self, $name) = @_;
    my $journal = Journal->new($self->{host}{root}, $name);
    return undef unless $journal->{exists};
    my $guests  = $journal->{guest};
    my @vmids   = sort { $a <=> $b } keys %$guests;
    my @adopted = grep { $guests->{$_}{digest} eq $Adoption::origin } @vmids;
    my %applied = map { m{^guest/\d+/} ? ($_ => applied($journal->{applied}{$_}{values})) : () } keys %{ $journal->{applied} };
    delete @applied{ grep { !%{ $applied{$_} } } keys %applied };
    return { name => $name, guests => [ map { number($_) } @vmids ], @adopted ? (adopted => [ map { number($_) } @adopted ]) : (), applied => \%applied };
}

sub applied {
    my ($values) = @_;
    my @keys = sort grep { !/^(?:raw|removal|seal|secret:.*)$/ } keys %$values or return {};
    return {
        keys => \@keys,
        Property::same('protection', '1', $values->{protection} // '0') ? (protection => truth(1)) : (),
        defined $values->{raw} ? (raw => [ map { Withheld::line($_) } split /\n/, $values->{raw} ]) : (),
    };
}

# ---- Texts of config files

# The configs of all guests, and what programs are made from beside them.
sub files {
    my ($self) = @_;
    my $host = $self->{host};
    my %files;
    my $take = sub {
        my ($path, $without) = @_;
        my $text = $self->seen($path, sub { $host->read($path) }) // return;
        my ($lines, @what) = $without->($text);
        $files{$path} = $lines if @$lines;
        $self->{withheld}{$path} = \@what if @what;
    };
    my $guests = eval { $host->guests } // {};    # that they cannot be seen is told by their own section
    $take->($guests->{$_}{path}, \&Withheld::guest_conf) for sort { $a <=> $b } keys %$guests;
    $take->($_, \&Withheld::interfaces) for '/etc/network/interfaces', $self->below('/etc/network/interfaces.d', qr/^[\w.\-]+$/);
    $take->($_, \&Withheld::text) for qw(/etc/hosts /etc/pve/storage.cfg /etc/pve/corosync.conf /etc/pve/jobs.cfg /etc/pve/vzdump.cron /etc/pve/replication.cfg),
        $self->below('/etc/pve/firewall', qr/\.fw$/), $self->below('/etc/pve/mapping', qr/\.cfg$/), $self->below('/etc/pve/ha', qr/^(?:resources|rules|groups)\.cfg$/),
        map { "/etc/pve/nodes/$_/host.fw" } sort @{ $host->names('/etc/pve/nodes') // [] };
    return \%files;
}

sub below {
    my ($self, $folder, $pattern) = @_;
    my $names = $self->seen($folder, sub { $self->{host}->names($folder) // [] }) // [];
    return map { "$folder/$_" } sort grep { $_ =~ $pattern } @$names;
}

# Files that say more and are not told: people, permissions, options.
sub other_files {
    my ($self) = @_;
    return [ grep { ($self->{host}->facts($_) // { size => 0 })->{size} } map { "/etc/pve/$_" } qw(user.cfg datacenter.cfg virtual-guest/cpu-models.conf) ];
}

1;
