package Sim::GuestKeys;
# The keys of a container's configuration and the rules of their values.
use strict;
use warnings;

use Sim::Node;

sub boolean { return { type => 'boolean', @_ } }
sub integer { my ($min, $max) = @_; return { type => 'integer', min => $min, max => $max } }
sub enum    { return { type => 'string', enum => [@_] } }
sub format_ { my ($format, @more) = @_; return { type => 'string', format => $format, @more } }
sub pattern { my ($pattern, @more) = @_; return { type => 'string', pattern => $pattern, @more } }

my $MOUNT_OPTION = '(?:discard|lazytime|noatime|nodev|noexec|nosuid)';
my $ID_MAP       = '(?:passthrough|[ug]:\d+:\d+:[1-9]\d*(?:;[ug]:\d+:\d+:[1-9]\d*)*)';

my %ROOT_VOLUME = (
    volume       => format_('mount-path', default_key => 1, required => 1),
    size         => format_('size'),
    acl          => boolean(),
    idmap        => pattern($ID_MAP),
    mountoptions => pattern("$MOUNT_OPTION(?:;$MOUNT_OPTION)*"),
    quota        => boolean(),
    replicate    => boolean(),
    ro           => boolean(),
    shared       => boolean(),
);

my %MOUNT_POINT = (
    %ROOT_VOLUME,
    backup    => boolean(),
    keepattrs => boolean(),
    mp        => format_('mount-path', required => 1),
);

my %NETWORK = (
    name           => pattern('[-_.\w\d]+', required => 1),
    bridge         => pattern('[-_.\w\d]+'),
    firewall       => boolean(),
    gw             => format_('ipv4'),
    gw6            => format_('ipv6'),
    'host-managed' => boolean(),
    hwaddr         => format_('mac'),
    ip             => format_('ipv4-config'),
    ip6            => format_('ipv6-config'),
    link_down      => boolean(),
    mtu            => integer(64, 65535),
    rate           => { type => 'number' },
    tag            => integer(1, 4094),
    trunks         => pattern('\d+(?:;\d+)*'),
    type           => enum('veth'),
);

my %DEVICE = (
    path         => format_('device-path', default_key => 1),
    'deny-write' => boolean(),
    gid          => integer(0),
    uid          => integer(0),
    mode         => pattern('0[0-7]{3}'),
);

my %UNUSED = (volume => format_('volume-id', default_key => 1, required => 1));

my %FEATURES = (
    (map { $_ => boolean() } qw(force_rw_sys fuse keyctl mknod nesting)),
    mount => pattern('[a-zA-Z0-9_; ]+'),
);

my %SINGLE = (
    arch        => enum(qw(amd64 i386 arm64 armhf riscv32 riscv64)),
    cmode       => enum(qw(shell console tty)),
    console     => boolean(),
    cores       => integer(1, 8192),
    cpulimit    => { type => 'number', min => 0, max => 8192 },
    cpuunits    => integer(0, 500000),
    debug       => boolean(),
    description => { type => 'string', length => 8192 },
    entrypoint  => pattern('[^\x00-\x08\x0a-\x1F\x7F]+'),
    env         => pattern('\w+=[^\x00-\x08\x0a-\x1F\x7F]*(?:\0\w+=[^\x00-\x08\x0a-\x1F\x7F]*)*'),
    features    => { type => 'string', properties => \%FEATURES },
    hookscript  => format_('volume-id'),
    hostname    => format_('dns-name', length => 255),
    lock        => enum(qw(backup create destroyed disk fstrim migrate mounted rollback snapshot snapshot-delete)),
    memory      => integer(16),
    nameserver  => format_('ip-list'),
    onboot      => boolean(),
    ostype      => enum(qw(debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged)),
    protection  => boolean(),
    rootfs      => { type => 'string', properties => \%ROOT_VOLUME },
    searchdomain => format_('dns-name-list'),
    startup     => format_('startup'),
    swap        => integer(0),
    tags        => format_('tag-list'),
    template    => boolean(),
    timezone    => format_('timezone'),
    tty         => integer(0, 6),
    unprivileged => boolean(),
);

# Written by Proxmox itself, no option of any command.
my %INTERNAL = (
    parent   => format_('config-id', length => 40),
    snaptime => integer(0),
);

my %NUMBERED = (
    dev    => [255, { type => 'string', properties => \%DEVICE }],
    mp     => [255, { type => 'string', properties => \%MOUNT_POINT }],
    net    => [31,  { type => 'string', properties => \%NETWORK }],
    unused => [255, { type => 'string', properties => \%UNUSED }],
);

# The rule of a key of the file, or undef.
sub rule { return $INTERNAL{ $_[0] } // option_rule($_[0]) }

# Takes away, once, what older releases do not know. `keepattrs` came with pve-container 6.1.2, on the day of pve-manager 9.1.6.
my $fitted;

sub fit_release {
    return if $fitted++;
    delete $_->{idmap} for Sim::Node::release_is('9.2') ? () : (\%ROOT_VOLUME, \%MOUNT_POINT);
    delete $MOUNT_POINT{keepattrs} if !Sim::Node::release_is('9.1.6');
    return if Sim::Node::release_is('9.1');
    delete @SINGLE{qw(entrypoint env)};
    delete $NETWORK{'host-managed'};
}

# The rule of an option of `pct create` and `pct set`, or undef.
sub option_rule {
    my ($key) = @_;
    fit_release();
    return $SINGLE{$key} if $SINGLE{$key};
    my ($name, $index) = $key =~ /^([a-z]+)(0|[1-9]\d*)\z/ or return undef;
    my $numbered = $NUMBERED{$name} or return undef;
    return $index <= $numbered->[0] ? $numbered->[1] : undef;
}

sub option_names {
    fit_release();
    return (keys %SINGLE, map { my $name = $_; map { "$name$_" } 0 .. $NUMBERED{$name}[0] } keys %NUMBERED);
}

sub property_rules { my $rule = rule($_[0]); return $rule && $rule->{properties} }

my @RAW_NAMES = qw(
    apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw selinux.context include arch
    uts.name signal.halt signal.reboot signal.stop init.cmd init.cwd init.uid init.gid init.groups pty.max
    console.logfile console.path tty.max devtty.dir hook.autodev autodev kmsg mount.fstab mount.entry mount.auto
    rootfs.mount cap.drop cap.keep seccomp.profile seccomp.notify.proxy seccomp.notify.cookie idmap hook.pre-start
    hook.pre-mount hook.mount hook.start hook.stop hook.post-stop hook.clone hook.destroy hook.version log.level
    log.file start.auto start.delay start.order group environment environment.runtime environment.hooks
    sysctl.fs.mqueue sysctl.kernel.msgmax sysctl.kernel.msgmnb sysctl.kernel.msgmni sysctl.kernel.sem
    sysctl.kernel.shmall sysctl.kernel.shmmax sysctl.kernel.shmmni sysctl.kernel.shm_rmid_forced
);
my %RAW = map { ("lxc.$_" => 1) } @RAW_NAMES;

my %RENAMED_RAW = (
    'lxc.aa_profile'   => 'lxc.apparmor.profile', 'lxc.aa_allow_incomplete' => 'lxc.apparmor.allow_incomplete',
    'lxc.console'      => 'lxc.console.path',     'lxc.devttydir'     => 'lxc.tty.dir',
    'lxc.haltsignal'   => 'lxc.signal.halt',      'lxc.rebootsignal'  => 'lxc.signal.reboot',
    'lxc.stopsignal'   => 'lxc.signal.stop',      'lxc.id_map'        => 'lxc.idmap',
    'lxc.init_cmd'     => 'lxc.init.cmd',         'lxc.loglevel'      => 'lxc.log.level',
    'lxc.logfile'      => 'lxc.log.file',         'lxc.mount'         => 'lxc.mount.fstab',
    'lxc.pts'          => 'lxc.pty.max',          'lxc.se_context'    => 'lxc.selinux.context',
    'lxc.seccomp'      => 'lxc.seccomp.profile',  'lxc.tty'           => 'lxc.tty.max',
    'lxc.utsname'      => 'lxc.uts.name',
);

# (kept?, warning?) for a raw `lxc.*` key: unknown ones are lost at the next write.
sub raw_verdict {
    my ($key) = @_;
    return (1, "$key: lxc.limit.* was renamed to lxc.prlimit.*") if $key =~ /^lxc\.limit\./;
    return (1, "$key is deprecated and was renamed to $RENAMED_RAW{$key}") if $RENAMED_RAW{$key};
    return (0, "$key: lxc.rootfs.path is auto generated from rootfs") if $key eq 'lxc.rootfs.path';
    return (0, "$key: lxc.rootfs.options is not supported, please use mount point options in the \"rootfs\" key")
        if $key eq 'lxc.rootfs.options';
    return (1, undef) if $RAW{$key};
    return (1, "$key is deprecated, this will be a hard error in the future!") if $key =~ /^lxc\.cgroup\./;
    return (1, undef) if $key =~ /^lxc\.(?:cgroup2|prlimit|net)\./;
    return (0, undef);
}

1;
