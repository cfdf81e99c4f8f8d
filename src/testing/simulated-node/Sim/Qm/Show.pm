package Sim::Qm::Show;
# qm config, pending, status and list.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::GuestConfig;
use Sim::Machine;
use Sim::QemuConfig;

# Without --current the pending values are shown as if they were in force.
sub config {
    my ($values) = @_;
    my $config = Sim::QemuConfig::load($values->{vmid});
    bad_parameters({ map { $_ => "cannot use 'snapshot' parameter with 'current'" } qw(snapshot current) })
        if defined $values->{snapshot} && $values->{current};
    my %shown = %{ $config->{main} };
    if (defined(my $name = $values->{snapshot})) {
        %shown = %{ $config->{snapshots}{$name} // fail("snapshot '$name' does not exist") };
    } elsif (!$values->{current}) {
        my %deletes = Sim::QemuConfig::pending_deletes($config);
        %shown = (%shown, %{ $config->{pending} });
        delete @shown{'delete', keys %deletes};
    }
    print "$_: ", shown($_, $shown{$_}), "\n" for sort keys %shown;
    return 0;
}

# Descriptions on one line, passwords not at all.
sub shown {
    my ($key, $value) = @_;
    return Sim::GuestConfig::encode_line($value) if $key eq 'description';
    return $key eq 'cipassword' ? '*' x 10 : $value;
}

sub pending {
    my ($values) = @_;
    my $config  = Sim::QemuConfig::load($values->{vmid});
    my ($main, $pending) = @$config{qw(main pending)};
    my %deleted = Sim::QemuConfig::pending_deletes($config);
    delete $pending->{delete};
    my %all = (%$main, %$pending, %deleted);
    for my $key (sort keys %all) {
        if (exists $deleted{$key}) {
            print "del $key: ", shown($key, $main->{$key}), "\n" if defined $main->{$key};
            next;
        }
        print "cur $key: ", shown($key, $main->{$key}), "\n"    if defined $main->{$key};
        print "new $key: ", shown($key, $pending->{$key}), "\n" if defined $pending->{$key};
    }
    return 0;
}

sub status {
    my ($values) = @_;
    Sim::QemuConfig::load($values->{vmid});
    not_simulated('qm status --verbose') if $values->{verbose};
    print 'status: ', (Sim::Machine::is_running($values->{vmid}) ? 'running' : 'stopped'), "\n";
    return 0;
}

sub list {
    my @ids = Sim::QemuConfig::ids() or return 0;
    printf "%10s %-20s %-10s %-10s %12s %-10s\n", 'VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID';
    for my $vmid (@ids) {
        my $section = Sim::QemuConfig::load($vmid)->{main};
        my $pid = Sim::Machine::pid($vmid);
        printf "%10s %-20s %-10s %-10s %12.2f %-10s\n", $vmid, $section->{name} || "VM $vmid",
            defined $pid ? 'running' : 'stopped', Sim::QemuConfig::memory($section), boot_disk_gib($section), $pid // 0;
    }
    return 0;
}

sub boot_disk_gib {
    my ($section) = @_;
    my ($key) = grep { /^(?:ide|sata|scsi|virtio)\d+\z/ && defined $section->{$_} }
        Sim::Drives::boot_devices($section->{boot});
    my $drive = defined $key ? Sim::Drives::parse($key, $section->{$key}) : undef;
    return $drive ? ($drive->{size} // 0) / 1024**3 : 0;
}

1;
