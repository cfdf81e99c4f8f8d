package Sim::Drives;
# One disk, optical drive or state volume of a machine: the value of its key, taken apart and put together.
use strict;
use warnings;

use Sim::Failure;
use Sim::PropertyString;
use Sim::QemuKeys;
use Sim::Schema;

sub NEW_DISK () { qr/^(?:([^\/:\s]+):)?(\d+(?:\.\d+)?)\z/ }

my @REQUIRED_LIMIT = (
    (map { ["mbps${_}_max" => "mbps$_"] } '', '_rd', '_wr'),
    (map { ["bps${_}_max_length" => "mbps${_}_max"], ["iops${_}_max_length" => "iops${_}_max"] } '', '_rd', '_wr'),
);

# { file, size (bytes), ... }, undef when Proxmox could not make sense of it. `allocating`: import-from may be there.
sub parse {
    my ($key, $value, $allocating) = @_;
    my $rules = $allocating ? Sim::QemuKeys::allocating_properties($key) : Sim::QemuKeys::property_rules($key);
    my ($drive, $message) = Sim::PropertyString::parse($rules, $value);
    return undef if defined $message;

    for my $name (qw(bps bps_rd bps_wr)) {
        next if !defined(my $bytes = delete $drive->{$name});
        return undef if defined $drive->{"m$name"};
        $drive->{"m$name"} = sprintf '%.3f', $bytes / (1024 * 1024);
    }
    for my $pair (@REQUIRED_LIMIT) {
        my ($name, $required) = @$pair;
        next if !$drive->{$name} || $drive->{$required};
        print STDERR "$name requires $required\n";
        return undef;
    }
    for my $limit (qw(mbps iops)) {
        return undef if $drive->{$limit} && ($drive->{"${limit}_rd"} || $drive->{"${limit}_wr"});
    }
    return undef if is_cdrom($drive) && ($drive->{snapshot} || $drive->{format} || $key =~ /^virtio/);
    $drive->{size} = Sim::PropertyString::size_to_bytes($drive->{size}) if defined $drive->{size};
    return $drive;
}

sub render {
    my ($key, $drive) = @_;
    my %value = %$drive;
    $value{size} = Sim::PropertyString::bytes_to_size($value{size}) if defined $value{size};
    return Sim::PropertyString::render(Sim::QemuKeys::allocating_properties($key), \%value);
}

sub is_cloudinit { return $_[0]{file} =~ m{[:/](?:vm-\d+-)?cloudinit(?:\.(?:raw|qcow|qcow2|qed|vmdk|cloop))?\z} }

sub is_cdrom {
    my ($drive, $without_cloudinit) = @_;
    return 0 if $without_cloudinit && is_cloudinit($drive);
    return ($drive->{media} // '') eq 'cdrom';
}

# (storage, volume name), nothing for a path, `none` and `cdrom`.
sub volume_parts {
    my ($drive) = @_;
    return $drive->{file} =~ /^([a-z][a-z0-9_.-]*[a-z0-9]):(.+)\z/i ? ($1, $2) : ();
}

# [key, drive] of every drive of a section, in Proxmox's order.
sub all {
    my ($section) = @_;
    return map {
        my $drive = defined $section->{$_} ? parse($_, $section->{$_}) : undef;
        $drive ? [$_, $drive] : ();
    } Sim::QemuKeys::drive_names();
}

# The key of the cloud-init drive, undef without one.
sub cloudinit_key {
    my ($section, $except) = @_;
    my ($found) = grep { is_cloudinit($_->[1]) && $_->[0] ne ($except // '') } all($section);
    return $found && $found->[0];
}

# What a machine boots from when nothing was said: the first disk, the first optical drive, the first card.
sub default_boot_devices {
    my ($section) = @_;
    my @drives = grep { $_->[0] !~ /^(?:efidisk|tpmstate)/ } all($section);
    my ($disk)   = grep { !is_cdrom($_->[1]) } @drives;
    my ($cdrom)  = grep { is_cdrom($_->[1]) } @drives;
    my ($card)   = grep { defined $section->{$_} } map { "net$_" } 0 .. 31;
    return map { ref $_ ? $_->[0] : $_ } grep { defined } $disk, $cdrom, $card;
}

# Empty, when there is nothing to boot from.
sub boot_order { return @_ ? 'order=' . join(';', @_) : '' }

sub boot_devices {
    my ($value) = @_;
    my ($boot) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('boot'), $value // '');
    return Sim::Schema::split_list($boot && $boot->{order} // '');
}

1;
