package Sim::QemuKeys;
# The keys of a machine's configuration and the rules of their values.
use strict;
use warnings;

use Sim::Node;

sub boolean { return { type => 'boolean', @_ } }
sub integer { my ($min, $max, @more) = @_; return { type => 'integer', min => $min, max => $max, @more } }
sub number  { my ($min, $max) = @_; return { type => 'number', min => $min, max => $max } }
sub enum    { return { type => 'string', enum => [@_] } }
sub text    { return { type => 'string', @_ } }
sub format_ { my ($format, @more) = @_; return { type => 'string', format => $format, @more } }
sub pattern { my ($pattern, @more) = @_; return { type => 'string', pattern => $pattern, @more } }
sub parts   { return { type => 'string', properties => {@_} } }
sub alias   { return { alias => $_[0] } }

my $HEX     = '[a-fA-F0-9]';
my $UUID    = "$HEX\{8}(?:-$HEX\{4}){3}-$HEX\{12}";
my $RANGES  = '\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*';
my $PCI     = '(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?';
my $ID_16   = "0x$HEX\{4}";
my $BASE64  = '[A-Za-z0-9+\/]+={0,2}';
my $VERSION = '-\d+(?:\.\d+)+(?:\+pve\d+)?';
my $MACHINE = "pc|pc(?:-i440fx)?$VERSION(?:\\.pxe)?|q35|pc-q35$VERSION(?:\\.pxe)?|virt(?:$VERSION)?";

my @IMAGE_FORMATS = qw(raw qcow qed qcow2 vmdk cloop);

my %VOLUME = (
    file   => format_('volume-or-path', default_key => 1, required => 1),
    volume => alias('file'),
    size   => format_('size'),
);

my %DRIVE = (
    %VOLUME,
    (map { $_ => boolean() } qw(backup detect_zeroes replicate shared snapshot)),
    (map { $_ => integer() } qw(bps bps_rd bps_wr)),
    (map { ("mbps$_" => number(), "mbps${_}_max" => number(), "iops$_" => integer(), "iops${_}_max" => integer()) }
        '', '_rd', '_wr'),
    (map { my $unit = $_; map { ("$unit${_}_max_length" => integer(1)) } '', '_rd', '_wr' } qw(bps iops)),
    (map { my $unit = $_; map { ("$unit${_}_length" => alias("$unit${_}_max_length")) } '_rd', '_wr' } qw(bps iops)),
    aio     => enum(qw(native threads io_uring)),
    cache   => enum(qw(none writethrough writeback unsafe directsync)),
    discard => enum(qw(ignore on)),
    format  => enum(@IMAGE_FORMATS),
    media   => enum(qw(cdrom disk)),
    rerror  => enum(qw(ignore report stop)),
    werror  => enum(qw(enospc ignore report stop)),
    serial  => format_('urlencoded', length => 60),
);
my $WWN    = pattern("0x$HEX\{16}");
my %IDE    = (%DRIVE, ssd => boolean(), wwn => $WWN, model => format_('urlencoded', length => 120));
my %SATA   = (%DRIVE, ssd => boolean(), wwn => $WWN);
my %VIRTIO = (%DRIVE, iothread => boolean(), ro => boolean());
my %SCSI   = (%VIRTIO, ssd => boolean(), wwn => $WWN, scsiblock => boolean(), queues => integer(2),
    product => pattern('[A-Za-z0-9\-_\s]{0,16}'), vendor => pattern('[A-Za-z0-9\-_\s]{0,8}'));
my %EFI_DISK = (
    %VOLUME,
    format => enum(@IMAGE_FORMATS), efitype => enum(qw(2m 4m)), 'pre-enrolled-keys' => boolean(),
    'ms-cert' => enum(qw(2011 2023 2023w 2023k)),
);
my %TPM_STATE = (%VOLUME, format => enum(qw(raw qcow2 vmdk)), version => enum(qw(v1.2 v2.0)));
my %UNUSED    = (file => format_('volume-id', default_key => 1, required => 1), volume => alias('file'));

# Only where a disk can be made: an image that fills it.
my %IMPORT = ('import-from' => format_('image-source'));

my @NET_MODELS = qw(
    e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139
    virtio vmxnet3
);
my %NET = (
    model   => { type => 'string', enum => \@NET_MODELS, default_key => 1, required => 1 },
    macaddr => format_('mac'),
    (map { $_ => { alias => 'macaddr', key_alias => 'model' } } @NET_MODELS),
    bridge  => format_('bridge'), firewall => boolean(), link_down => boolean(), 'host-tunnel' => boolean(),
    mtu     => integer(1, 65520), queues => integer(0, 64), rate => number(0), tag => integer(1, 4094),
    trunks  => pattern($RANGES),
);

my %MACHINE = (
    type => pattern($MACHINE, default_key => 1, length => 40), viommu => enum(qw(intel virtio)),
    'aw-bits' => number(32, 64), 'enable-s3' => boolean(), 'enable-s4' => boolean(),
);
my %CPU = (
    cputype => format_('cpu-type', default_key => 1), 'reported-model' => format_('cpu-type'),
    flags => pattern('[+-][a-zA-Z0-9\-_.]+(?:;[+-][a-zA-Z0-9\-_.]+)*'), hidden => boolean(),
    'hv-vendor-id' => pattern('[a-zA-Z0-9]{1,12}'), 'phys-bits' => format_('phys-bits'),
    'guest-phys-bits' => integer(32, 64), level => integer(0, 4294967295),
);
my %HOST_PCI = (
    host => pattern("$PCI(?:;$PCI)*", default_key => 1), mapping => format_('config-id'), mdev => pattern('[^/.:]+'),
    romfile => pattern('[^,;]+'), driver => enum(qw(vfio keep)),
    (map { $_ => boolean() } qw(legacy-igd pcie rombar x-vga)),
    (map { $_ => pattern($ID_16) } qw(device-id vendor-id sub-device-id sub-vendor-id)),
);
my %USB = (
    host => pattern("(?:0x)?$HEX\{4}:(?:0x)?$HEX\{4}|\\d+-\\d+(?:\\.\\d+)*|[Ss][Pp][Ii][Cc][Ee]", default_key => 1),
    mapping => format_('config-id'), usb3 => boolean(),
);
my %VIRTIOFS = (
    dirid => format_('config-id', default_key => 1, required => 1), cache => enum(qw(auto always metadata never)),
    (map { $_ => boolean() } qw(direct-io expose-acl expose-xattr)),
);
my %NUMA_NODE = (
    cpus => pattern($RANGES, required => 1), hostnodes => pattern($RANGES), memory => number(),
    policy => enum(qw(preferred bind interleave)),
);
my %IP_CONFIG = (
    ip => format_('ipv4-config'), gw => format_('ipv4', requires => 'ip'),
    ip6 => format_('ipv6-config'), gw6 => format_('ipv6', requires => 'ip6'),
);

my %SINGLE = (
    (map { $_ => boolean() } qw(
        acpi allow-ksm autostart ciupgrade freeze keephugepages kvm localtime numa onboot protection reboot tablet tdf
        template)),
    affinity   => format_('cpu-set'),
    agent      => parts(
        enabled => boolean(default_key => 1, required => 1), fstrim_cloned_disks => boolean(), type => enum(qw(virtio isa)),
        'freeze-fs' => boolean(), 'freeze-fs-on-backup' => alias('freeze-fs'), 'guest-fsfreeze' => alias('freeze-fs')),
    'amd-sev'  => parts(
        type => { type => 'string', enum => [qw(std es snp)], length => 3, default_key => 1, required => 1 },
        (map { $_ => boolean() } qw(allow-smt kernel-hashes no-debug no-key-sharing))),
    'intel-tdx' => parts(
        type => { type => 'string', enum => ['tdx'], default_key => 1, required => 1 }, attestation => boolean(required => 1),
        'vsock-cid' => integer(2), 'vsock-port' => integer(0)),
    arch       => enum(qw(x86_64 aarch64)),
    args       => text(),
    audio0     => parts(
        device => { type => 'string', enum => [qw(ich9-intel-hda intel-hda AC97)], required => 1 },
        driver => enum(qw(spice none))),
    balloon    => integer(0),
    bios       => enum(qw(seabios ovmf)),
    boot       => parts(legacy => pattern('[acdn]{1,4}', default_key => 1), order => format_('boot-devices')),
    bootdisk   => pattern('(?:ide|sata|scsi|virtio)\d+'),
    cdrom      => { type => 'string', properties => \%IDE },
    cicustom   => parts(map { $_ => format_('volume-id') } qw(meta network user vendor)),
    cipassword => text(),
    citype     => enum(qw(configdrive2 nocloud opennebula)),
    ciuser     => text(),
    cores      => integer(1),
    cpu        => { type => 'string', properties => \%CPU },
    cpulimit   => number(0, 128),
    cpuunits   => integer(1, 262144),
    description => text(length => 8192),
    efidisk0   => { type => 'string', properties => \%EFI_DISK },
    hookscript => format_('volume-id'),
    hotplug    => format_('hotplug'),
    hugepages  => enum(qw(any 2 1024)),
    ivshmem    => parts(size => integer(1, undef, required => 1), name => pattern('[a-zA-Z0-9\-]+')),
    keyboard   => enum(qw(de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr)),
    lock       => enum(qw(backup clone create migrate rollback snapshot snapshot-delete suspending suspended)),
    machine    => { type => 'string', properties => \%MACHINE },
    memory     => parts(current => integer(16, undef, default_key => 1, required => 1)),
    migrate_downtime => number(0),
    migrate_speed    => integer(0),
    name       => format_('dns-name'),
    nameserver => format_('address-list'),
    ostype     => enum(qw(other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris)),
    rng0       => parts(
        source => { type => 'string', enum => [qw(/dev/urandom /dev/random /dev/hwrng)], default_key => 1, required => 1 },
        max_bytes => integer(), period => integer()),
    scsihw     => enum(qw(lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi)),
    searchdomain => text(),
    shares     => integer(0, 50000),
    smbios1    => { %{ parts(
        uuid => pattern($UUID), base64 => boolean(),
        (map { $_ => pattern($BASE64) } qw(family manufacturer product serial sku version))) }, length => 512 },
    smp        => integer(1),
    sockets    => integer(1),
    spice_enhancements => parts(foldersharing => boolean(), videostreaming => enum(qw(off all filter))),
    sshkeys    => format_('urlencoded'),
    startdate  => pattern('now|\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2}:\d{1,2}:\d{1,2})?'),
    startup    => format_('startup'),
    tags       => format_('tag-list'),
    tpmstate0  => { type => 'string', properties => \%TPM_STATE },
    vcpus      => integer(1),
    vga        => parts(
        type => { type => 'string', default_key => 1, enum => [qw(
            cirrus qxl qxl2 qxl3 qxl4 none serial0 serial1 serial2 serial3 std virtio virtio-gl vmware)] },
        memory => integer(4, 512), clipboard => enum('vnc')),
    vmgenid    => pattern("$UUID|[01]"),
    vmstatestorage => format_('storage-id'),
    watchdog   => parts(
        model => { type => 'string', enum => [qw(i6300esb ib700)], default_key => 1 },
        action => enum(qw(reset shutdown poweroff pause debug none))),
);

# Written by Proxmox itself, no option of any command.
my %INTERNAL = (
    meta     => parts('creation-qemu' => pattern('\d+(?:\.\d+)+'), ctime => integer(0)),
    parent   => format_('config-id', length => 40),
    runningcpu => text(), runningmachine => { type => 'string', properties => \%MACHINE },
    'running-nets-host-mtu' => pattern('net\d+=\d+(?:,net\d+=\d+)*'),
    snaptime => integer(0),
    vmstate  => format_('volume-id'),
);

my %NUMBERED = (
    hostpci  => [15,  { type => 'string', properties => \%HOST_PCI }],
    ide      => [3,   { type => 'string', properties => \%IDE }],
    ipconfig => [31,  { type => 'string', properties => \%IP_CONFIG }],
    net      => [31,  { type => 'string', properties => \%NET }],
    numa     => [7,   { type => 'string', properties => \%NUMA_NODE }],
    parallel => [2,   pattern('/dev/parport\d+|/dev/usb/lp\d+')],
    sata     => [5,   { type => 'string', properties => \%SATA }],
    scsi     => [30,  { type => 'string', properties => \%SCSI }],
    serial   => [3,   pattern('/dev/[^,]+|socket')],
    unused   => [255, { type => 'string', properties => \%UNUSED }],
    usb      => [13,  { type => 'string', properties => \%USB }],
    virtio   => [15,  { type => 'string', properties => \%VIRTIO }],
    virtiofs => [9,   { type => 'string', properties => \%VIRTIOFS }],
);

# Takes away, once, what older releases do not know.
my $fitted;

sub fit_release {
    return if $fitted++;
    delete $NET{'host-tunnel'} if !Sim::Node::release_is('9.2');
    delete $CPU{level} if !Sim::Node::release_is('9.2');
    $EFI_DISK{'ms-cert'} = enum(qw(2011 2023)) if !Sim::Node::release_is('9.2');
    forget_freeze_names() if !Sim::Node::release_is('9.1.7');
    return if Sim::Node::release_is('9.1');
    delete $EFI_DISK{'ms-cert'};
    delete $TPM_STATE{format};
    delete $HOST_PCI{driver};
    delete $MACHINE{'aw-bits'};
    delete $CPU{'guest-phys-bits'};
    delete @SINGLE{qw(allow-ksm intel-tdx)};
}

# Its other names came with qemu-server 9.1.5 and 9.1.6, in the time of pve-manager 9.1.7.
sub forget_freeze_names {
    my $agent = $SINGLE{agent}{properties};
    delete @$agent{qw(freeze-fs guest-fsfreeze)};
    $agent->{'freeze-fs-on-backup'} = boolean();
}

# The rule of a key of the file, or undef.
sub rule { return $INTERNAL{ $_[0] } // option_rule($_[0]) }

# The rule of an option of `qm create` and `qm set`, or undef.
sub option_rule {
    my ($key) = @_;
    fit_release();
    return $SINGLE{$key} if $SINGLE{$key};
    my ($name, $index) = $key =~ /^([a-z]+)(0|[1-9]\d*)\z/ or return undef;
    my $numbered = $NUMBERED{$name} or return undef;
    return $index <= $numbered->[0] ? $numbered->[1] : undef;
}

# The same where disks can be made.
sub allocating_rule {
    my ($key) = @_;
    my $rule = option_rule($key) or return undef;
    return is_drive($key) ? { %$rule, properties => allocating_properties($key) } : $rule;
}

sub allocating_properties { return { %{ property_rules($_[0]) }, %IMPORT } }

sub option_names {
    fit_release();
    return (keys %SINGLE, map { my $name = $_; map { "$name$_" } 0 .. $NUMBERED{$name}[0] } keys %NUMBERED);
}

sub property_rules { my $rule = rule($_[0]); return $rule && $rule->{properties} }

# In the order in which Proxmox looks for the disk to boot from.
sub drive_names {
    return ((map { my $bus = $_; map { "$bus$_" } 0 .. $NUMBERED{$bus}[0] } qw(ide scsi virtio sata)),
        'efidisk0', 'tpmstate0');
}

my %DRIVE_NAME = map { $_ => 1 } drive_names();

sub is_drive { return exists $DRIVE_NAME{ $_[0] } }

1;
