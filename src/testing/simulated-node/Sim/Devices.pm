package Sim::Devices;
# Device nodes and bridges of the host; plain files stand for both.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::GuestKeys;
use Sim::PropertyString;

# 2 is ENOENT, leaked as the exit code.
sub check_device {
    my ($path) = @_;
    return if -e Sim::Node::host_path($path) || $path =~ m{^/dev/(?:null|zero|full|random|urandom|tty)\z};
    fail("Device $path does not exist", 2);
}

sub bridge_exists { return defined $_[0] && -d Sim::Node::host_path("/sys/class/net/$_[0]") }

sub check_bridge {
    my ($bridge) = @_;
    fail("bridge '" . ($bridge // '') . "' does not exist", 2) if !bridge_exists($bridge);
}

sub parse_device {
    my ($value) = @_;
    my ($device, $message) = Sim::PropertyString::parse(Sim::GuestKeys::property_rules('dev0'), $value);
    fail($message) if defined $message;
    return $device;
}

sub parse_network {
    my ($value) = @_;
    my ($network, $message) = Sim::PropertyString::parse(Sim::GuestKeys::property_rules('net0'), $value);
    fail($message) if defined $message;
    $network->{type} = 'veth';
    $network->{hwaddr} //= new_hwaddr();
    return $network;
}

sub render_network { return Sim::PropertyString::render(Sim::GuestKeys::property_rules('net0'), $_[0]) }

# Proxmox's own prefix; the rest is spread over the range but follows from a counter.
sub new_hwaddr {
    my $number = (Sim::Node::next_number('hwaddr') * 0x9E3779 + 0x5A17C3) & 0xFFFFFF;
    return sprintf 'BC:24:11:%02X:%02X:%02X', $number >> 16, ($number >> 8) & 255, $number & 255;
}

1;
