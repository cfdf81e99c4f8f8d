package Sim::LxcConfig;
# /var/lib/lxc/ID/config, which Proxmox makes from its own file: the place where missing bridges and devices show.
use strict;
use warnings;

use Sim::Devices;
use Sim::Failure;
use Sim::GuestConfig;
use Sim::Node;
use Sim::PropertyString;

sub file { return Sim::Node::host_path("/var/lib/lxc/$_[0]/config") }

sub refresh {
    my ($vmid, $config) = @_;
    my $keys = $config->{main}{keys};
    return unlink file($vmid) if $keys->{template};

    warn_of_profile($config->{main});
    check_devices($keys);
    fail("missing 'rootfs' configuration") if !defined $keys->{rootfs};
    my @networks = networks($keys);
    Sim::Node::spew(file($vmid), join '', map { "$_\n" }
        'lxc.arch = ' . ($keys->{arch} // ''),
        'lxc.uts.name = ' . ($keys->{hostname} // "CT$vmid"),
        'lxc.rootfs.path = ' . "/var/lib/lxc/$vmid/rootfs",
        (map { "lxc.net.$_->[0].name = $_->[1]{name}" } @networks),
        (map { "$_->[0] = $_->[1]" } @{ $config->{main}{raw} }));
}

sub warn_of_profile {
    my ($section) = @_;
    return if !defined Sim::GuestConfig::raw_value($section, 'lxc.apparmor.profile');
    my ($features) = Sim::PropertyString::parse(
        Sim::GuestKeys::property_rules('features'), $section->{keys}{features} // '');
    my @overridden = grep { my $value = $features->{$_}; defined $value && $value !~ /^(?:0|off|no|false)?\z/i }
        qw(fuse nesting mount);
    return if !@overridden;
    print STDERR 'explicitly configured lxc.apparmor.profile overrides the following settings: '
        . join(', ', map { "features:$_" } @overridden) . "\n";
}

sub check_devices {
    my ($keys) = @_;
    for my $key (sort grep { /^dev\d+\z/ } keys %$keys) {
        my $device = Sim::Devices::parse_device($keys->{$key});
        fail("Path is not defined for passthrough device $key") if !defined $device->{path};
        Sim::Devices::check_device($device->{path});
    }
}

# The bridge's MTU is read here: without a bridge of that name this fails, although the key was stored.
sub networks {
    my ($keys) = @_;
    my @networks;
    for my $key (sort grep { /^net\d+\z/ } keys %$keys) {
        my $network = Sim::Devices::parse_network($keys->{$key});
        Sim::Devices::check_bridge($network->{bridge});
        push @networks, [substr($key, 3), $network];
    }
    return @networks;
}

1;
