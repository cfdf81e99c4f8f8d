package Sim::Zfs::Pools;
# Making, exporting and importing pools, and the disks they are made of.
# DIR/state/disks/NAME holds one line: `blank`, `used` or `pool NAME`.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::Zfs::Mounts;
use Sim::Zfs::Operations;
use Sim::Zfs::State;

sub GIB () { 1024**3 }

# vdevs: a text such as 'mirror by-id/a by-id/b'
sub create {
    my ($state, $name, %of) = @_;
    $state->{pools}{$name} = {
        name => $name, guid => Sim::Zfs::State::new_guid(), size => $of{size} // 1000 * GIB,
        health => $of{health} // 'ONLINE', vdevs => $of{vdevs} // '', local => $of{properties} // {},
    };
    Sim::Zfs::Operations::create_filesystem($state, $name, %{ $of{filesystem} // {} });
    Sim::Zfs::State::save($state);
}

sub disk_file  { return "$Sim::Node::state/disks/" . Sim::Node::encode($_[0]) }
sub disk_state { my $text = Sim::Node::slurp(disk_file($_[0])); chomp $text if defined $text; return $text }
sub set_disk   { my ($disk, $state) = @_; Sim::Node::spew(disk_file($disk), "$state\n") }

sub import_pool {
    my ($name) = @_;
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        delete $state->{pools}{$name}{exported};
        my @back = grep { m{^\Q$name\E(?:[/@]|\z)} } keys %{ $state->{away} };
        $state->{datasets}{$_} = delete $state->{away}{$_} for @back;
        # No dataset of an exported pool was mounted; all come back in their order.
        for my $dataset (sort @back) {
            next if ($state->{datasets}{$dataset}{local}{canmount} // 'on') ne 'on';
            Sim::Zfs::Mounts::mount($state, $dataset) if $state->{datasets}{$dataset}{type} eq 'filesystem';
        }
    });
}

sub export_pool {
    my ($name) = @_;
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        Sim::Zfs::Mounts::unmount_tree($state, $name);
        $state->{pools}{$name}{exported} = 1;
    });
}

1;
