package Sim::Tool::Setup;
# Not a tool of the node: builds its pools, datasets and disks from lines on stdin (tab separated, encoded), so that
# the layout of DIR/state is known in one place only.
#
#   pool NAME SIZE_BYTES HEALTH / health POOL HEALTH / dataset NAME PROPERTY=VALUE ... / disk BY_ID blank|used
#   template VOLUME_ID OSTYPE SHA512 here|available
#   network CARD ...
#   unmount NAME / boot DATASET_THAT_STAYS_UNMOUNTED ...
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::Zfs::Mounts;
use Sim::Zfs::Operations;
use Sim::Zfs::Pools;
use Sim::Zfs::State;

sub run {
    while (my $line = <STDIN>) {
        chomp $line;
        my ($what, @words) = map { Sim::Node::decode($_) } split /\t/, $line, -1;
        next if !defined $what || $what eq '';
        my $code = __PACKAGE__->can("set_up_$what") or fail("unknown set-up line '$line'", 2);
        $code->(@words);
    }
    return 0;
}

sub set_up_pool {
    my ($name, $size, $health) = @_;
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        Sim::Zfs::Pools::create($state, $name, size => $size, health => $health,
            vdevs => "/dev/disk/by-id/simulated-$name");
    });
}

sub set_up_health {
    my ($name, $health) = @_;
    Sim::Zfs::State::change(sub { ($_[0]{pools}{$name} // fail("no such pool '$name'", 2))->{health} = $health });
}

sub set_up_dataset {
    my ($name, @properties) = @_;
    require Sim::Tool::Zfs;
    my $values = Sim::Tool::Zfs::check_properties("dataset '$name'", 2, 0, @properties);
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("dataset '$name': no such pool", 2) if !$state->{pools}{ ($name =~ m{^([^/]+)})[0] };
        if (my $there = $state->{datasets}{$name}) {
            Sim::Tool::Zfs::set_one($state, $there, $_, $values->{$_}) for sort keys %$values;
            return;
        }
        Sim::Tool::Zfs::create_parents($state, $name, 1);
        Sim::Zfs::Operations::create_filesystem($state, $name, %$values);
    });
}

# Empty words are unknown. An available template lies in no storage yet, so its storage need not be there either.
sub set_up_template {
    my ($volume, $ostype, $sha512, $where) = @_;
    require Sim::Storage;
    require Sim::Tool::Pveam;
    my %known = (ostype => $ostype, sha512 => $sha512);
    my $text = join '', map { "$_ $known{$_}\n" } grep { $known{$_} ne '' } sort keys %known;
    Sim::Node::spew("$Sim::Node::state/templates/" . Sim::Node::file_name($volume), $text);
    return if $where eq 'available';
    my ($name) = $volume =~ m{([^/]+)\z};
    Sim::Node::spew(Sim::Node::host_path(Sim::Storage::file_of($volume)), Sim::Tool::Pveam::content_of($name));
}

sub set_up_unmount { my ($name) = @_; Sim::Zfs::Mounts::unmount_tree(Sim::Zfs::State::load(), $name) }

# What a reboot takes away and what it brings back, guests that start by themselves included.
sub set_up_boot {
    my %left_out = map { $_ => 1 } @_;
    require Sim::Guest;
    require Sim::Machine;
    my $cgroups = Sim::Node::host_path('/sys/fs/cgroup/lxc');
    Sim::Guest::disappear($_) for Sim::Node::entries($cgroups);
    Sim::Machine::disappear($_) for Sim::QemuConfig::ids();
    my $devices = Sim::Node::host_path('/dev');
    Sim::Node::remove_tree(Sim::Node::host_path('/run/lock/lxc'), Sim::Node::host_path('/run/lock/qemu-server'),
        map { "$devices/$_" } grep { /^nvidia/ } Sim::Node::entries($devices));

    my $state = Sim::Zfs::State::load();
    for my $name (sort grep { $state->{datasets}{$_}{type} eq 'filesystem' } keys %{ $state->{datasets} }) {
        if ($left_out{$name}) { Sim::Zfs::Mounts::unmount_tree($state, $name); next }
        Sim::Zfs::Mounts::mount($state, $name) if ($state->{datasets}{$name}{local}{canmount} // 'on') eq 'on';
    }
    unlink "$Sim::Node::state/reboot-requested";
    start_guests();
}

# By `startup: order=N`, those without an order last. One that fails keeps no other from starting.
sub start_guests {
    require Sim::Pct::Start;
    require Sim::Qm::Start;
    my %start;
    for my $vmid (Sim::GuestConfig::ids()) {
        my $keys = Sim::GuestConfig::load($vmid)->{main}{keys};
        $start{$vmid} = [boot_order($keys), sub { Sim::Pct::Start::start_now($vmid, 0) }] if starts_by_itself($keys);
    }
    for my $vmid (Sim::QemuConfig::ids()) {
        my $keys = Sim::QemuConfig::load($vmid)->{main};
        $start{$vmid} = [boot_order($keys), sub { Sim::Qm::Start::start_now($vmid) }] if starts_by_itself($keys);
    }
    for my $vmid (sort { $start{$a}[0] <=> $start{$b}[0] || $a <=> $b } keys %start) {
        eval { $start{$vmid}[1]->(); 1 } or Sim::Failure::report($@);
    }
}

sub starts_by_itself { my ($keys) = @_; return $keys->{onboot} && !$keys->{template} }

sub boot_order { my ($keys) = @_; return ($keys->{startup} // '') =~ /(?:^|,)(?:order=)?(\d+)(?:,|\z)/ ? $1 : 9e9 }

# Cards, and what /etc/network/interfaces makes of them.
sub set_up_network {
    my (@cards) = @_;
    require Sim::Network;
    Sim::Network::add_card($_) for @cards;
    Sim::Network::reload(Sim::Network::read_config('/etc/network/interfaces'), sub { });
}

sub set_up_disk {
    my ($by_id, $state) = @_;
    Sim::Zfs::Pools::set_disk($by_id, $state);
    Sim::Node::spew(Sim::Node::host_path("/dev/disk/by-id/$by_id"), '');
}

1;
