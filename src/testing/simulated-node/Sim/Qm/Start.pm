package Sim::Qm::Start;
# qm start: applies what is pending, makes the cloud-init drive, then everything that can keep QEMU from starting.
use strict;
use warnings;

use Sim::Devices;
use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Ha;
use Sim::Images;
use Sim::Machine;
use Sim::MappedPci;
use Sim::Mapping;
use Sim::Node;
use Sim::PropertyString;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::CloudInit;
use Sim::Qm::Pending;
use Sim::Qm::Refusals;
use Sim::Qm::Values;
use Sim::Storage;

sub start {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    if (Sim::Ha::is_managed($vmid, 'vm')) {
        # The request is all that happens here: exit 0 says nothing about the machine.
        print "Requesting HA start for VM $vmid\n";
        Sim::Ha::set_state($vmid, 'started', 'vm');
        return 0;
    }
    start_now($vmid, $values->{skiplock});
    return 0;
}

sub start_now {
    my ($vmid, $skiplock) = @_;
    Sim::QemuConfig::locked($vmid, sub { start_locked($vmid, $skiplock) });
}

sub start_locked {
    my ($vmid, $skiplock) = @_;
    my $config = Sim::QemuConfig::load($vmid);
    fail("you can't start a vm if it's a template") if $config->{main}{template};
    Sim::QemuConfig::check_lock($config) if !$skiplock && ($config->{main}{lock} // '') ne 'suspended';
    fail("VM $vmid already running") if Sim::Machine::is_running($vmid);

    # Of a machine that was hibernated (PVE::QemuServer::vm_start): what is pending stays so, its memory is loaded and then freed.
    my $wakes = ($config->{main}{lock} // '') eq 'suspended' || defined $config->{main}{vmstate};
    print "Resuming suspended VM\n" if $wakes;
    if (!$wakes && %{ $config->{pending} }) {
        my $errors = Sim::Qm::Pending::take_over_stopped($vmid, $config);
        print STDERR map { "$errors->{$_}\n" } sort keys %$errors;
        $config = Sim::QemuConfig::load($vmid);
    }
    Sim::Qm::CloudInit::regenerate($vmid, $config);
    check_drives($config->{main});
    check_memory($config->{main}{vmstate});
    check_devices($config->{main});
    Sim::Qm::Refusals::check($config->{main});
    check_bridges($vmid, $config->{main});
    # The cloud-init drive is new, the machine is not there.
    Sim::Faults::middle();
    Sim::Machine::appear($vmid, $config->{main});
    forget_hibernation($vmid, $config) if $wakes;
}

sub check_memory {
    my ($volume) = @_;
    fail("volume '$volume' does not exist") if defined $volume && !Sim::Images::exists_volume($volume);
}

sub forget_hibernation {
    my ($vmid, $config) = @_;
    my $volume = $config->{main}{vmstate};
    Sim::Images::free($volume) if defined $volume;
    delete @{ $config->{main} }{qw(lock vmstate running-nets-host-mtu runningmachine runningcpu)};
    Sim::QemuConfig::store($vmid, $config);
}

sub check_drives {
    my ($section) = @_;
    for my $entry (Sim::Drives::all($section)) {
        my ($key, $drive) = @$entry;
        my ($storage) = Sim::Drives::volume_parts($drive);
        next if !defined $storage;
        Sim::Storage::activate($storage);
        fail("volume '$drive->{file}' does not exist") if !Sim::Images::exists_volume($drive->{file});
    }
}

sub check_devices {
    my ($section) = @_;
    my $q35 = ($section->{machine} // '') =~ /q35/;
    for my $key (grep { defined $section->{$_} } map { "hostpci$_" } 0 .. 15) {
        my $device = parts_of($key, $section->{$key});
        fail("Cannot set both 'host' and 'mapping'.") if defined $device->{host} && defined $device->{mapping};
        fail("Either 'host' or 'mapping' must be set.") if !defined $device->{host} && !defined $device->{mapping};
        fail("PCI device mapping not found for '$device->{mapping}'")
            if defined $device->{mapping} && !Sim::Mapping::on_this_node('pci', $device->{mapping});
        Sim::MappedPci::check($device->{mapping}) if defined $device->{mapping};
        fail('q35 machine model is not enabled') if $device->{pcie} && !$q35;
    }
    for my $key (grep { defined $section->{$_} } map { "usb$_" } 0 .. 13) {
        my $device = parts_of($key, $section->{$key});
        fail("USB device mapping not found for '$device->{mapping}'")
            if defined $device->{mapping} && !Sim::Mapping::on_this_node('usb', $device->{mapping});
    }
    for my $key (grep { defined $section->{$_} } map { "virtiofs$_" } 0 .. 9) {
        my $id = parts_of($key, $section->{$key})->{dirid};
        my @maps = Sim::Mapping::on_this_node('dir', $id);
        fail("virtiofs '$id' - directory mapping not found for '$id'") if !@maps;
        fail("directory mapping invalid: directory '$maps[0]{path}' does not exist")
            if !-d Sim::Node::host_path($maps[0]{path});
    }
}

sub parts_of {
    my ($key, $value) = @_;
    my ($parts, $message) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules($key), $value);
    fail($message) if defined $message;
    return $parts;
}

# Until here a bridge's name was only a word.
sub check_bridges {
    my ($vmid, $section) = @_;
    for my $key (sort grep { /^net\d+\z/ } keys %$section) {
        my $bridge = Sim::Qm::Values::parse_card($section->{$key})->{bridge} // next;
        next if Sim::Devices::bridge_exists($bridge);
        my $tap = "tap${vmid}i" . substr $key, 3;
        my $script = '/usr/libexec/qemu-server/pve-bridge';
        fail(join "\n", "bridge '$bridge' does not exist",
            "kvm: -netdev type=tap,id=$key,ifname=$tap,script=$script,downscript=${script}down,vhost=on: network script"
                . " $script failed with status 512",
            'start failed: QEMU exited with code 1');
    }
}

1;
