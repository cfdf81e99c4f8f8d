package Sim::Qm::Destroy;
# qm destroy: every volume the machine owns goes, those of others are spared.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Firewall;
use Sim::Ha;
use Sim::Images;
use Sim::Machine;
use Sim::Node;
use Sim::QemuConfig;

sub check {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::check_protection(Sim::QemuConfig::load($vmid), "can't remove VM $vmid");
    fail("unable to remove VM $vmid - used in HA resources and purge parameter not set.")
        if !$values->{purge} && Sim::Ha::is_configured($vmid, 'vm');
    fail("VM $vmid is running - destroy failed") if Sim::Machine::is_running($vmid);
}

sub destroy {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub {
        check($values);
        my $config = Sim::QemuConfig::load($vmid);
        Sim::QemuConfig::check_lock($config) if !$values->{skiplock} && ($config->{main}{lock} // '') ne 'suspended';
        my @volumes = volumes($config);
        if ($config->{main}{template}) {
            for my $volume (@volumes) {
                fail("base volume '$volume' is still in use by linked cloned") if Sim::Images::is_base_in_use($volume);
            }
        }
        Sim::Images::free($_) for grep { Sim::Images::owner($_) == $vmid } @volumes;
        if ($values->{'destroy-unreferenced-disks'}) { Sim::Images::free($_) for Sim::Images::volumes_of($vmid) }
        # The volumes are gone, the id is still taken.
        Sim::QemuConfig::store($vmid, { %{ Sim::QemuConfig::empty() }, main => { lock => 'destroyed' } });
        Sim::Faults::middle();
        Sim::Firewall::remove($vmid);
        purge($vmid) if $values->{purge};
        Sim::QemuConfig::remove($vmid);
        Sim::Node::remove_tree("$Sim::Node::state/cloud-init/$vmid");
    });
    return 0;
}

# Disks, unused ones and the cloud-init drive, each once.
sub volumes {
    my ($config) = @_;
    my %seen;
    my @ids = map {
        my $section = $_;
        map { $_->[1]{file} } grep { !Sim::Drives::is_cdrom($_->[1], 1) } Sim::Drives::all($section);
    } $config->{main}, $config->{pending};
    push @ids, map { $config->{main}{$_} } sort grep { /^unused\d+\z/ } keys %{ $config->{main} };
    return grep { /^[^\/:]+:./ && !$seen{$_}++ } @ids;
}

sub purge {
    my ($vmid) = @_;
    print "purging VM $vmid from related configurations..\n";
    return if !Sim::Ha::is_configured($vmid, 'vm');
    Sim::Ha::change(sub { [grep { $_->{type} ne 'vm' || $_->{id} ne $vmid } @{ $_[0] }] });
    print "NOTE: removed VM $vmid from HA resource configuration.\n";
}

1;
