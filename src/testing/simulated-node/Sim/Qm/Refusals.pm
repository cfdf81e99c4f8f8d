package Sim::Qm::Refusals;
# What a machine's configuration may hold, and does not start with: keys that do not go together.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::PropertyString;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::Values;
use Sim::Schema;

sub check {
    my ($section) = @_;
    check_old_graphics($section);
    check_firmware($section);
    check_usb($section);
    check_ide($section);
    check_memory($section);
    check_folders($section);
}

sub check_old_graphics {
    my ($section) = @_;
    my @old = grep { $_->{'legacy-igd'} } map { $_->[1] } numbered($section, 'hostpci', 15) or return;
    fail('only one device can be assigned in legacy-igd mode') if @old > 1;
    my ($device) = @old;
    fail("legacy IGD assignment requires VGA mode to be 'none'")        if ($section->{vga} // '') ne 'none';
    fail('legacy IGD assignment requires rombar to be enabled')         if defined $device->{rombar} && !$device->{rombar};
    fail('legacy IGD assignment is not compatible with x-vga')          if $device->{'x-vga'};
    fail('legacy IGD assignment is not compatible with mdev')           if $device->{mdev};
    fail('legacy IGD assignment is not compatible with q35')            if ($section->{machine} // '') =~ /q35/;
}

my %IS_32_BIT = map { $_ => 1 } qw(486 pentium pentium2 pentium3 coreduo athlon kvm32 qemu32);

sub check_firmware {
    my ($section) = @_;
    return if ($section->{bios} // '') ne 'ovmf' || ($section->{arch} // '') eq 'aarch64';
    fail('OVMF (UEFI) BIOS is not supported on 32-bit CPU types')
        if $IS_32_BIT{ parts($section, 'cpu')->{cputype} // '' };
}

sub check_usb {
    my ($section) = @_;
    my $type   = parts($section, 'machine')->{type} // '';
    my $is_new = $type =~ /-(\d+)\.(\d+)/ ? $1 * 1000 + $2 >= 7001 : 1;
    return if $is_new && ($section->{ostype} // '') =~ /^(?:l26|win(?:8|10|11))\z/;
    for my $index (grep { defined $section->{"usb$_"} } 5 .. 13) {
        fail("using usb$index is only possible with machine type >= 7.1 and ostype l26 or windows > 7");
    }
}

# No check of Proxmox's: QEMU's own board for this architecture has no such bus.
sub check_ide {
    my ($section) = @_;
    return if ($section->{arch} // '') ne 'aarch64';
    for my $key (grep { defined $section->{$_} } map { "ide$_" } 0 .. 3) {
        my ($bus, $unit) = (int(substr($key, 3) / 2), substr($key, 3) % 2);
        my $kind = Sim::Drives::is_cdrom(Sim::Drives::parse($key, $section->{$key}) // {}) ? 'cd' : 'hd';
        fail(join "\n", "kvm: -device ide-$kind,bus=ide.$bus,unit=$unit,id=$key: Bus 'ide.$bus' not found",
            'start failed: QEMU exited with code 1');
    }
}

sub check_memory {
    my ($section) = @_;
    my @nodes = numbered($section, 'numa', 7);
    my $large = $section->{hugepages};
    if (grep { $_ eq 'memory' } Sim::Schema::split_list($section->{hotplug} // '')) {
        fail('NUMA needs to be enabled for memory hotplug') if !$section->{numa};
        fail('cannot enable memory hotplugging with custom NUMA topology') if @nodes;
        my $least = 1024 * (($large // '') eq '1024' ? $section->{sockets} // 1 : 1);
        fail("minimum memory must be ${least}MB") if Sim::QemuConfig::memory($section) < $least;
        fail('Memory hotplug does not work in combination with virtio-fs.')
            if numbered($section, 'virtiofs', 9);
    }
    fail('numa needs to be enabled to use hugepages') if defined $large && !$section->{numa};
    check_nodes($section, $large, @nodes) if $section->{numa};
}

sub check_nodes {
    my ($section, $large, @nodes) = @_;
    my $total = 0;
    for my $entry (@nodes) {
        my ($index, $node) = @$entry;
        fail("missing NUMA node$index memory value") if !$node->{memory};
        $total += $node->{memory};
        my $places = defined $node->{hostnodes} ? $node->{hostnodes} =~ s/;/,/gr : undef;
        fail("you need to define a policy for hostnode $places") if defined $places && !$node->{policy};
        fail('numa hostnodes need to be defined to use hugepages') if !defined $places && defined $large;
    }
    fail('total memory for NUMA nodes must be equal to vm static memory')
        if $total && $total != Sim::QemuConfig::memory($section);
}

sub check_folders {
    my ($section) = @_;
    return if !Sim::Qm::Values::is_windows($section->{ostype});
    fail('Please disable ACLs for virtiofs on Windows VMs, otherwise the virtiofs shared directory cannot be mounted.')
        if grep { $_->[1]{'expose-acl'} } numbered($section, 'virtiofs', 9);
}

# [number, parts] of each.
sub numbered {
    my ($section, $stem, $last) = @_;
    return map { [$_, parts($section, "$stem$_")] } grep { defined $section->{"$stem$_"} } 0 .. $last;
}

sub parts {
    my ($section, $key) = @_;
    my ($parts) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules($key), $section->{$key} // '');
    return $parts // {};
}

1;
