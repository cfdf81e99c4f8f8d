package Grants;

# What the config of a guest allows it beyond its own disks, key by key: the table of what counts as a privilege. src/format/privileges.ts has the same
# table for the reviewer's PLAN.md; test/runtime/privilege-words.test.ts compares the two.
#
# A grant is { kind, text, … }: `text` says it in the words of Proxmox. Further
#   slot     grants of one kind and slot take each other's place: one is told as `from → to`
#   form     by which function of %covers one grant is as much as another; without it, by their texts
#   instead  what holds where there is no such grant
#   lost     a restriction, the other way round: what is told when it goes, and `won` when it comes
#   base     what every guest has; told only of a guest that had it not, or has it no more
#   quiet    never told; it only says that others are no more than this

use strict;
use warnings;
use Property;

my %keys = (
    lxc => [
        [ qr/^unprivileged$/   => \&privileged ],
        [ qr/^features$/       => \&features ],
        [ qr/^dev\d+$/         => \&device ],
        [ qr/^(?:mp\d+|rootfs)$/ => \&mount ],
        [ qr/^hookscript$/     => sub { +{ kind => 'hook', text => $_[0] } } ],
    ],
    qemu => [
        [ qr/^hostpci\d+$/           => \&pci ],
        [ qr/^usb\d+$/               => \&usb ],
        [ qr/^virtiofs\d+$/          => sub { +{ kind => 'folder', text => 'mapping ' . (parts('virtiofs0', $_[0])->{dirid} // '') } } ],
        [ qr/^(?:serial|parallel)\d+$/ => sub { $_[0] =~ m{^/} ? path($_[0], '', 0) : () } ],
        [ qr/^(?:scsi|virtio|sata|ide)\d+$/ => \&drive ],
        [ qr/^hookscript$/           => sub { +{ kind => 'hook', text => $_[0] } } ],
        [ qr/^args$/                 => sub { +{ kind => 'arguments', slot => 'args', text => $_[0] } } ],
        [ qr/^ivshmem$/              => sub { +{ kind => 'device', text => "shared memory $_[0]" } } ],
    ],
);

# Raw lines by their keys; one that fits none is told as it stands. The last ones grant nothing.
my @lines = (
    [ qr/^lxc\.apparmor\.profile$/              => \&profile ],
    [ qr/^lxc\.apparmor\./                      => sub { line('apparmor', @_) } ],
    [ qr/^lxc\.cap\.drop$/                      => \&dropped ],
    [ qr/^lxc\.cap\.keep$/                      => \&kept ],
    [ qr/^lxc\.seccomp\.profile$/               => sub { +{ kind => 'seccomp', slot => 'profile', text => $_[1], instead => 'as Proxmox sets it' } } ],
    [ qr/^lxc\.seccomp\./                       => sub { line('seccomp', @_) } ],
    [ qr/^lxc\.idmap$/                          => \&ids ],
    [ qr/^lxc\.hook\.version$/                  => sub { () } ],
    [ qr/^lxc\.hook\./                          => \&hook ],
    [ qr/^lxc\.cgroup2?\.devices\.allow$/       => sub { +{ kind => 'device', form => 'numbers', text => $_[1] } } ],
    [ qr/^lxc\.cgroup2?\.devices\.deny$/        => sub { restriction('device', "$_[1] is not denied any more", "$_[1] is denied") } ],
    [ qr/^lxc\.mount\.entry$/                   => \&entry ],
    [ qr/^lxc\.(?:console\.(?:logfile|path)|log\.file)$/ => sub { $_[1] =~ m{^/} ? line('line', @_) : () } ],
    [ qr/^lxc\.(?:cgroup2?|environment|signal|init|prlimit|log|console|tty|pty|start|monitor|uts|arch|group|ephemeral|execute)\b/ => sub { () } ],
);

# All grants of a config: { keys, raw } as GuestConf reads them.
sub of_config {
    my ($type, $conf) = @_;
    my $keys = { $type eq 'lxc' ? (unprivileged => '0') : (), %{ $conf->{keys} } };
    my @grants;
    for my $key (sort keys %$keys) {
        for my $row (@{ $keys{$type} }) { push @grants, $row->[1]->($keys->{$key}, $key, $keys) if $key =~ $row->[0] }
    }
    for my $raw (@{ $conf->{raw} // [] }) {
        my ($key, $value) = @$raw;
        my ($row) = grep { $key =~ $_->[0] } @lines;
        push @grants, $row ? $row->[1]->($key, $value) : line('line', $key, $value);
    }
    return @grants;
}

sub parts { my ($key, $value) = @_; return Property::parts($value, Property::default_key($key)) }

sub is_on { return Property::plain('enabled', $_[0]) eq '1' ? 1 : 0 }

# ---- Keys

sub privileged {
    my ($value) = @_;
    return is_on($value) ? () : { kind => 'privileged', text => 'root in it is root of the host' };
}

# Nesting is what Proxmox lets everybody have, as long as root of the guest is not root of the host.
sub features {
    my ($value, undef, $keys) = @_;
    my $parts = parts('features', $value);
    return map {
        my $name = $_;
        $name eq 'mount' ? map({ +{ kind => 'feature', text => "mount $_" } } sort split /;/, $parts->{mount})
            : !is_on($parts->{$name}) || ($name eq 'nesting' && is_on($keys->{unprivileged})) ? ()
            : { kind => 'feature', text => $name };
    } sort keys %$parts;
}

sub device {
    my ($value) = @_;
    my %parts = (mode => '0660', uid => 0, gid => 0, %{ parts('dev0', $value) });
    my $only  = is_on($parts{'deny-write'} // 0);
    my @words = ($parts{mode}, map({ $parts{$_} ? "$_ $parts{$_}" : () } qw(uid gid)), $only ? 'ro' : ());
    return { kind => 'device', form => 'node', slot => $parts{path}, text => "$parts{path} (@words)", %parts, only => $only };
}

sub mount {
    my ($value) = @_;
    my $parts  = parts('mp0', $value);
    my $volume = $parts->{volume} // '';
    return () unless $volume =~ m{^/};
    return path($volume, $parts->{mp}, is_on($parts->{ro} // 0), $parts->{idmap});
}

sub drive {
    my ($value) = @_;
    my ($path)  = $value =~ m{^(?:file=)?(/[^,]+)} or return ();
    return path($path, '', $value =~ /media=cdrom/ ? 1 : 0);
}

# A path of the host as the guest has it: a folder, or a device below /dev.
sub path {
    my ($path, $slot, $only, $owners) = @_;
    $path =~ s{(?<=.)/+$}{};
    my @words = ($only ? 'ro' : 'rw', defined $owners ? "idmap $owners" : ());
    return { kind => $path =~ m{^/dev/} ? 'device' : 'folder', form => 'path', slot => ($slot // '') =~ s{/+$}{}r, text => "$path (@words)", path => $path, only => $only, owners => $owners // '' };
}

sub pci {
    my ($value) = @_;
    my $parts = parts('hostpci0', $value);
    return { kind => 'device', text => "PCI mapping $parts->{mapping}" } if defined $parts->{mapping};
    return map { +{ kind => 'device', form => 'pci', text => "PCI $_", address => $_ } } split /;/, Property::plain('host', $parts->{host} // '');
}

sub usb {
    my ($value) = @_;
    my $parts = parts('usb0', $value);
    return { kind => 'device', text => "USB mapping $parts->{mapping}" } if defined $parts->{mapping};
    my $host = lc($parts->{host} // 'spice');
    return $host eq 'spice' ? () : { kind => 'device', text => "USB $host" };
}

# What a map of this host lets the guests that use its mapping have.
sub mapped {
    my ($kind, $name, $map) = @_;
    my %part = map { /^([^=]+)=(.*)$/s ? ($1 => $2) : () } split /,/, $map;
    return { %{ path($part{path} // '', $name, 0) }, kind => 'folder' } if $kind eq 'dir';
    return { kind => 'device', text => "USB " . lc($part{path} // $part{id} // '') . " (mapping $name)" } if $kind eq 'usb';
    return map { +{ kind => 'device', text => "PCI $_ (mapping $name)" } } split /;/, Property::plain('host', $part{path} // '');
}

# ---- Raw lines

sub line {
    my ($kind, $key, $value) = @_;
    return { kind => $kind, slot => $key, text => "$key: $value" };
}

sub restriction {
    my ($kind, $lost, $won) = @_;
    return { kind => $kind, text => $won, lost => $lost, won => $won };
}

sub profile {
    my (undef, $value) = @_;
    return $value =~ /^(?:generated|unchanged)$/ ? () : { kind => 'apparmor', form => 'profile', slot => 'profile', text => $value, instead => 'generated' };
}

# LXC takes an empty value for: forget what was dropped so far.
sub dropped {
    my (undef, $value) = @_;
    return { kind => 'capabilities', text => 'all, none is dropped' } if $value =~ /^\s*$/;
    return map { restriction('capabilities', "$_ is not dropped any more", "$_ is dropped") } split ' ', $value;
}

sub kept {
    my (undef, $value) = @_;
    return (
        map({ +{ kind => 'capabilities', text => "$_ is kept" } } grep { $_ ne 'none' } split ' ', $value),
        restriction('capabilities', 'those that were not kept', 'those that are not kept are dropped'),
    );
}

# Users of the host below those that Proxmox gives to containers.
sub ids {
    my (undef, $value) = @_;
    my ($type, undef, $first, $count) = $value =~ /^([ugb])\s+(\d+)\s+(\d+)\s+(\d+)\s*$/ or return line('ids', @_);
    return () if $first >= 100_000 && $first + $count <= 165_536;
    my $last = $first + $count - 1;
    return map {
        my $who = ($_ eq 'u' ? 'user' : 'group') . ($count == 1 ? " $first" : "s $first-$last");
        +{ kind => 'ids', form => 'range', text => "$who of the host", type => $_, first => $first, last => $last };
    } $type eq 'b' ? qw(u g) : $type;
}

# The line by which we keep a guest from starting on an empty folder asks something and does nothing.
sub hook {
    my ($key, $value) = @_;
    return $value =~ m{^/bin/sh -c 'exec mountpoint -q [\w\@%+=:,./-]+' phoenix$} ? () : line('hook', $key, $value);
}

# `SOURCE TARGET TYPE OPTIONS`, blanks in the paths as \040.
sub entry {
    my ($key, $value) = @_;
    my ($source, $target, $type, $options) = split ' ', $value;
    my %option = map { $_ => 1 } split /,/, $options // '';
    return line('line', $key, $value) unless ($source // '') =~ m{^/} && ($option{bind} || $option{rbind});
    return path($source =~ s/\\([0-7]{3})/chr oct $1/ger, "/$target", $option{ro} ? 1 : 0);
}

# ---- Which grant is as much as another one

my %covers = (
    node => sub {
        my ($one, $other) = @_;
        return $one->{path} eq $other->{path} && $one->{uid} == $other->{uid} && $one->{gid} == $other->{gid} && $one->{only} <= $other->{only}
            && (oct($one->{mode}) & oct $other->{mode}) == oct $other->{mode};
    },
    path => sub {
        my ($one, $other) = @_;
        return $one->{only} <= $other->{only} && $one->{owners} eq $other->{owners} && lies_in($one->{path}, $other->{path});
    },
    pci     => sub { $_[0]{address} eq $_[1]{address} || index($_[1]{address}, "$_[0]{address}.") == 0 },
    profile => sub { $_[0]{text} eq 'unconfined' || $_[0]{text} eq $_[1]{text} },
    range   => sub { $_[0]{type} eq $_[1]{type} && $_[0]{first} <= $_[1]{first} && $_[0]{last} >= $_[1]{last} },
    numbers => sub { numbers_cover(map { $_->{text} } @_) },
);

sub covers {
    my ($one, $other) = @_;
    my ($form, $of) = map { $_->{form} // '' } $one, $other;
    return 0 if $one->{kind} ne $other->{kind} || $form ne $of;
    return $covers{$form} ? $covers{$form}->($one, $other) : $one->{text} eq $other->{text};
}

sub lies_in {
    my ($folder, $path) = @_;
    return $folder eq $path || $folder eq '/' || index($path, "$folder/") == 0;
}

# Of lines such as `c 195:* rwm`; `a` is all there is.
sub numbers_cover {
    my ($one, $other) = map { [ /^\s*([abc])\b(?:\s+([\d*]+):([\d*]+)(?:\s+([rwm]+))?)?\s*$/ ] } @_;
    return $_[0] eq $_[1] unless @$one && @$other;
    my ($type, $major, $minor, $access) = @$one;
    return 1 if $type eq 'a';
    return 0 if $other->[0] ne $type || !defined $other->[1];
    for my $pair ([ $major, $other->[1] ], [ $minor, $other->[2] ]) { return 0 if $pair->[0] ne '*' && $pair->[0] ne $pair->[1] }
    return !grep { index($access // 'rwm', $_) < 0 } split //, $other->[3] // 'rwm';
}

1;
