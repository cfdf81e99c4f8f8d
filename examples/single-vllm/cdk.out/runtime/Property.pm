package Property;

# Values of Proxmox config keys, compared by what they mean.
#
# Proxmox stores some property strings as they were typed and rewrites others, so text says nothing: order of sub-keys, a default key with
# or without its name, spellings of booleans and numbers, the case of a hardware address and a trailing slash make no difference.

use strict;
use warnings;

# Keys that hold sub-keys, with the sub-key that may stand without its name.
my @families = (
    [ qr/^(?:rootfs|mp\d+|unused\d+)$/                  => 'volume' ],
    [ qr/^dev\d+$/                                      => 'path' ],
    [ qr/^net\d+$/                                      => '' ],
    [ qr/^features$/                                    => '' ],
    [ qr/^startup$/                                     => 'order' ],
    [ qr/^(?:scsi|virtio|ide|sata|efidisk|tpmstate)\d+$/ => 'file' ],
    [ qr/^hostpci\d+$/                                  => 'host' ],
    [ qr/^usb\d+$/                                      => 'host' ],
    [ qr/^agent$/                                       => 'enabled' ],
    [ qr/^cpu$/                                         => 'cputype' ],
    [ qr/^vga$/                                         => 'type' ],
    [ qr/^rng0$/                                        => 'source' ],
    [ qr/^boot$/                                        => 'legacy' ],
    [ qr/^ipconfig\d+$/                                 => '' ],
    [ qr/^watchdog$/                                    => 'model' ],
);

# What a sub-key means where it is not written.
my %implied = (
    firewall => '0', link_down => '0', ro => '0', quota => '0', shared => '0', backup => '0', replicate => '1', type => 'veth',
    nesting => '0', keyctl => '0', fuse => '0', mknod => '0', force_rw_sys => '0', uid => '0', gid => '0', 'deny-write' => '0',
);

# Sub-keys that Proxmox makes up, or that are only a cache: no difference unless they were asked for.
my %chosen = map { $_ => 1 } qw(hwaddr size);

my %boolean = map { $_ => 1 }
    qw(onboot protection template unprivileged console debug kvm acpi tablet numa freeze localtime autostart firewall link_down ro quota shared
    replicate nesting keyctl fuse mknod force_rw_sys deny-write enabled ssd iothread);
my %words = (1 => 1, on => 1, yes => 1, true => 1, 0 => 0, off => 0, no => 0, false => 0);
my %list  = (tags => 'set', nameserver => 'ordered', searchdomain => 'ordered');

sub same {
    my ($key, $wanted, $found) = @_;
    return 1 if $wanted eq $found;
    my $default = default_key($key);
    return plain($key, $wanted) eq plain($key, $found) unless defined $default;
    return same_parts(parts($wanted, $default), parts($found, $default));
}

# { sub-key => value }; a part without a name belongs to the default key. In network devices of machines `virtio=MAC` stands for model and macaddr.
sub parts {
    my ($value, $default) = @_;
    my %parts;
    for my $part (split /,/, $value) {
        next if $part eq '';
        if ($part =~ /^([^=]+)=(.*)$/s) {
            my ($name, $text) = ($1, $2);
            if ($name =~ /^(?:virtio|e1000|e1000e|rtl8139|vmxnet3)$/ && $default eq '') {
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
    my ($wanted, $found) = @_;
    for my $name (keys %{ { %$wanted, %$found } }) {
        my $one = $wanted->{$name};
        next if !defined $one && $chosen{$name};
        my $other = $found->{$name};
        $one   = $implied{$name} // return 0 unless defined $one;
        $other = $implied{$name} // return 0 unless defined $other;
        return 0 unless plain($name, $one) eq plain($name, $other);
    }
    return 1;
}

# The one spelling of a value of a key or sub-key without further structure.
sub plain {
    my ($name, $value) = @_;
    $value =~ s/^\s+|\s+$//g;
    if (my $kind = $list{$name}) {
        my @items = grep { $_ ne '' } split /[\s,;]+/, $value;
        return join ' ', @items if $kind eq 'ordered';
        my %set = map { lc $_ => 1 } @items;
        return join ' ', sort keys %set;
    }
    if ($name eq 'hwaddr') { return uc $value }
    if ($name eq 'mode')   { $value =~ s/^0+(?=.)//; return $value }
    if ($name eq 'mount')  { return join ';', sort split /[;\s]+/, $value }
    if (($boolean{$name} || $name eq 'backup') && defined $words{ lc $value }) { return $words{ lc $value } }
    if ($value =~ m{^/})   { $value =~ s{(?<=.)/+$}{}; return $value }
    if ($name eq 'mp')     { $value =~ s{/+$}{}; return $value }
    if ($value =~ /^-?\d+(?:\.\d+)?$/ && length $value < 15) { return $value + 0 }
    return $value;
}

sub default_key {
    my ($key) = @_;
    for my $family (@families) {
        return $family->[1] if $key =~ $family->[0];
    }
    return undef;
}

# The value with the hardware address that is there already: set without one, Proxmox makes a new one.
sub with_address_kept {
    my ($key, $wanted, $found) = @_;
    return $wanted unless $key =~ /^net\d+$/ && defined $found;
    my $address = parts($found, '')->{hwaddr};
    return $wanted if !defined $address || defined parts($wanted, '')->{hwaddr};
    return "$wanted,hwaddr=$address" if $wanted =~ /name=/;
    $wanted =~ s/^(virtio|e1000e?|rtl8139|vmxnet3)(?=,|$)/$1=$address/;
    return $wanted;
}

1;
