package Property;

# Values of Proxmox config keys, compared by what they mean.
#
# Proxmox stores some property strings as they were typed and rewrites others, so text says nothing: order of sub-keys, a default key with
# or without its name, spellings of booleans and numbers, the case of a hardware address and a trailing slash make no difference.

use strict;
use warnings;

# What a sub-key of a machine's disk means where it is not written.
my %disk = (
    backup => '1', replicate => '1', ro => '0', ssd => '0', iothread => '0', snapshot => '0', shared => '0', detect_zeroes => '1', discard => 'ignore',
    cache => 'none', media => 'disk', 'pre-enrolled-keys' => '0',
);

# Keys that hold sub-keys: which one may stand without its name, what each means where it is not written, and which ones Proxmox makes up or
# keeps as a cache (no difference unless they were asked for).
my @families = (
    [ qr/^(?:rootfs|mp\d+|unused\d+)$/ => 'volume', { ro => '0', quota => '0', shared => '0', backup => '0', replicate => '1' }, 'size' ],
    [ qr/^dev\d+$/    => 'path', { uid => '0', gid => '0', 'deny-write' => '0' } ],
    [ qr/^net\d+$/    => '', { firewall => '0', link_down => '0', type => 'veth' }, 'hwaddr' ],
    [ qr/^features$/  => '', { nesting => '0', keyctl => '0', fuse => '0', mknod => '0', force_rw_sys => '0' } ],
    [ qr/^startup$/   => 'order' ],
    [ qr/^(?:scsi|virtio|ide|sata|efidisk|tpmstate)\d+$/ => 'file', \%disk, qw(size format ms-cert) ],
    [ qr/^hostpci\d+$/  => 'host', { pcie => '0', 'x-vga' => '0', 'legacy-igd' => '0', rombar => '1' } ],
    [ qr/^usb\d+$/      => 'host', { usb3 => '0' } ],
    [ qr/^virtiofs\d+$/ => 'dirid', { cache => 'auto', 'direct-io' => '0', 'expose-acl' => '0', 'expose-xattr' => '0' } ],
    [ qr/^agent$/       => 'enabled', { fstrim_cloned_disks => '0', 'freeze-fs-on-backup' => '1', 'guest-fsfreeze' => '1', type => 'virtio' } ],
    [ qr/^cpu$/         => 'cputype', { hidden => '0' } ],
    [ qr/^memory$/      => 'current' ],
    [ qr/^machine$/     => 'type' ],
    [ qr/^vga$/         => 'type' ],
    [ qr/^rng0$/        => 'source', { max_bytes => '1024', period => '1000' } ],
    [ qr/^boot$/        => 'legacy' ],
    [ qr/^(?:ipconfig|numa)\d+$/ => '' ],
    [ qr/^(?:cicustom|ivshmem)$/ => '' ],
    [ qr/^audio0$/      => 'device', { driver => 'spice' } ],
    [ qr/^smbios1$/     => '', {}, 'uuid' ],
    [ qr/^watchdog$/    => 'model' ],
    [ qr/^spice_enhancements$/ => '', { foldersharing => '0', videostreaming => 'off' } ],
    [ qr/^(?:amd-sev|intel-tdx)$/ => 'type' ],
);

# The models of a machine's network card: `virtio=MAC` stands for model and address.
my $model = qr/^(?:virtio|e1000[\w-]*|i8\w+|ne2k_\w+|pcnet|rtl8139|vmxnet3)$/;

my %boolean = map { $_ => 1 } qw(
    onboot protection template unprivileged console debug firewall link_down ro quota shared replicate nesting keyctl fuse mknod force_rw_sys deny-write
    kvm acpi tablet freeze localtime autostart numa tdf ciupgrade reboot enabled ssd iothread snapshot detect_zeroes pcie x-vga legacy-igd rombar usb3
    fstrim_cloned_disks freeze-fs-on-backup guest-fsfreeze hidden base64 direct-io expose-acl expose-xattr foldersharing pre-enrolled-keys
);
my %words = (1 => 1, on => 1, yes => 1, true => 1, 0 => 0, off => 0, no => 0, false => 0);
my %list  = (tags => 'set', hotplug => 'set', flags => 'set', mount => 'set', nameserver => 'ordered', searchdomain => 'ordered', order => 'ordered');

sub same {
    my ($key, $wanted, $found) = @_;
    return 1 if $wanted eq $found;
    my $default = default_key($key);
    return plain($key, $wanted) eq plain($key, $found) || same_password($key, $wanted, $found) unless defined $default;
    return same_parts($key, parts($wanted, $default), parts($found, $default));
}

# { sub-key => value }; a part without a name belongs to the default key.
sub parts {
    my ($value, $default) = @_;
    my %parts;
    for my $part (split /,/, $value) {
        next if $part eq '';
        if ($part =~ /^([^=]+)=(.*)$/s) {
            my ($name, $text) = ($1, $2);
            if ($name =~ $model && $default eq '') {
                @parts{qw(model hwaddr)} = ($name, $text);
                next;
            }
            $name = 'hwaddr' if $name eq 'macaddr';
            $parts{$name} = $text;
        }
        else {
            $parts{ $default eq '' ? 'model' : $default } = $part;
        }
    }
    return \%parts;
}

sub same_parts {
    my ($key, $wanted, $found) = @_;
    my (undef, undef, $implied, @made_up) = @{ family($key) // [] };
    for my $name (keys %{ { %$wanted, %$found } }) {
        my $one = $wanted->{$name};
        next if !defined $one && grep { $_ eq $name } @made_up;
        my $other = $found->{$name};
        next if !defined $other && $name eq 'format';    # says how to make it, and is not kept
        $one   = ($implied // {})->{$name} // return 0 unless defined $one;
        $other = ($implied // {})->{$name} // return 0 unless defined $other;
        return 0 unless plain($name, $one) eq plain($name, $other);
    }
    return 1;
}

# The one spelling of a value of a key or sub-key without further structure.
sub plain {
    my ($name, $value) = @_;
    $value =~ s/^\s+|\s+$//g;
    if ($name eq 'hotplug' && $value =~ /^[01]$/) { $value = $value ? 'disk,network,usb' : '' }
    if (my $kind = $list{$name}) {
        my @items = grep { $_ ne '' } split /[\s,;]+/, $value;
        return join ' ', @items if $kind eq 'ordered';
        my %set = map { lc $_ => 1 } @items;
        return join ' ', sort keys %set;
    }
    if ($name eq 'hwaddr')          { return uc $value }
    if ($name =~ /^(?:uuid|vmgenid)$/) { return lc $value }
    if ($name eq 'host')            { return join ';', map { lc s/^0000:(?=[0-9A-Fa-f]{2}:)//r } split /;/, $value }
    if ($name eq 'sshkeys')         { return join "\n", grep { /\S/ } map { s/^\s+|\s+$//gr } split /\n/, unescaped($value) }
    if ($name eq 'mode')            { $value =~ s/^0+(?=.)//; return $value }
    if (($boolean{$name} || $name eq 'backup') && defined $words{ lc $value }) { return $words{ lc $value } }
    if ($value =~ m{^/})            { $value =~ s{(?<=.)/+$}{}; return $value }
    if ($name eq 'mp')              { $value =~ s{/+$}{}; return $value }
    if ($value =~ /^-?\d+(?:\.\d+)?$/ && length $value < 15) { return $value + 0 }
    return $value;
}

# Proxmox keeps the hash of a password.
sub same_password {
    my ($key, $wanted, $found) = @_;
    return $key eq 'cipassword' && $found =~ /^\$/ && (crypt($wanted, $found) // '') eq $found;
}

sub unescaped {
    my ($text) = @_;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    return $text;
}

my %family_of;

sub family {
    my ($key) = @_;
    return $family_of{$key} if exists $family_of{$key};
    my ($family) = grep { $key =~ $_->[0] } @families;
    return $family_of{$key} = $family;
}

sub default_key {
    my ($key) = @_;
    my $family = family($key) // return undef;
    return $family->[1];
}

# The value with what Proxmox made up for it and would make anew: the address of a network card, the UUID of a machine.
sub with_made_up {
    my ($key, $wanted, $found) = @_;
    return $wanted unless defined $found && $key =~ /^(?:net\d+|smbios1)$/;
    my ($is, $asked) = map { parts($_, '') } $found, $wanted;
    if ($key eq 'smbios1') {
        return defined $is->{uuid} && !defined $asked->{uuid} ? "$wanted,uuid=$is->{uuid}" : $wanted;
    }
    return $wanted if !defined $is->{hwaddr} || defined $asked->{hwaddr};
    return "$wanted,hwaddr=$is->{hwaddr}"  if $wanted =~ /name=/;
    return "$wanted,macaddr=$is->{hwaddr}" if $wanted =~ /model=/;
    return $wanted =~ s/^([^,=]+)(?=,|$)/$1=$is->{hwaddr}/r;
}

1;
