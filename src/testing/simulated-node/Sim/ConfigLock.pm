package Sim::ConfigLock;
# Proxmox's lock of one guest's configuration: flock on /run/lock/lxc/pve-config-ID.lock, which stays as an empty file.
use strict;
use warnings;

use Sim::Failure;
use Sim::GuestConfig;
use Sim::Node;

sub path { return "/run/lock/lxc/pve-config-$_[0].lock" }

# The real time-out is 10 s; DIR/state/settings `lock-timeout-ms` shortens it for tests.
sub with {
    my ($vmid, $code) = @_;
    return hold(path($vmid), path($vmid), $code);
}

# `shown` is how Proxmox names the file, which may be by way of a symlink.
sub hold {
    my ($path, $shown, $code) = @_;
    my $file = Sim::Node::host_path($path);
    Sim::Node::make_parent($file);
    open my $handle, '>>', $file or fail("can't open lock file '$shown' - $!");
    acquire($shown, $handle) if !flock $handle, Sim::Node::LOCK_EX | Sim::Node::LOCK_NB;
    my @answer = $code->();
    close $handle;
    return wantarray ? @answer : $answer[0];
}

sub acquire {
    my ($shown, $handle) = @_;
    print STDERR "trying to acquire lock...\n";
    my $left = Sim::Node::setting('lock-timeout-ms', 10_000);
    until (flock $handle, Sim::Node::LOCK_EX | Sim::Node::LOCK_NB) {
        # 4 is EINTR of the alarm that ends the real wait.
        fail("can't lock file '$shown' - got timeout", 4) if $left <= 0;
        select undef, undef, undef, 0.02;
        $left -= 20;
    }
    print STDERR " OK\n";
}

# Marks the configuration itself: `lock: disk` and the like refuse other commands at once, without waiting.
sub mark {
    my ($vmid, $lock) = @_;
    return with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_lock($config);
        $config->{main}{keys}{lock} = $lock;
        Sim::GuestConfig::store($vmid, $config);
        return $config;
    });
}

sub unmark {
    my ($vmid, $lock) = @_;
    with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        my $found  = $config->{main}{keys}{lock};
        fail("no lock found trying to remove '" . ($lock // '') . "'  lock") if !defined $found && defined $lock;
        fail("found lock '$found' trying to remove '$lock' lock") if defined $lock && $found ne $lock;
        delete $config->{main}{keys}{lock};
        Sim::GuestConfig::store($vmid, $config);
    });
}

# Takes the id for a new guest: refused when anybody on any node has it.
sub claim {
    my ($vmid) = @_;
    with($vmid, sub {
        check_unused($vmid);
        my $config = Sim::GuestConfig::empty();
        $config->{main}{keys}{lock} = 'create';
        Sim::GuestConfig::store($vmid, $config);
    });
}

sub check_unused {
    my ($vmid) = @_;
    my $nodes = Sim::Node::host_path('/etc/pve/nodes');
    for my $node (Sim::Node::entries($nodes)) {
        for my $kind (['lxc', 'CT'], ['qemu-server', 'VM']) {
            next if !-e "$nodes/$node/$kind->[0]/$vmid.conf";
            my $ours = $kind->[0] eq 'lxc' && $node eq Sim::Node::name();
            fail("$kind->[1] $vmid already exists on node '$node'", $ours ? 255 : 2);
        }
    }
}

1;
