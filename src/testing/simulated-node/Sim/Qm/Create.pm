package Sim::Qm::Create;
# qm create: the id is claimed with `lock: create`, disks are made, then the configuration is written whole. Killed in
# between, only the lock line and the volumes are left.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Drives;
use Sim::Failure;
use Sim::Node;
use Sim::QemuConfig;
use Sim::Qm::Disks;
use Sim::Qm::Values;

sub check {
    my ($values) = @_;
    my %how = map { $_ => delete $values->{$_} }
        qw(archive bwlimit force ha-managed import-working-storage live-restore pool start storage unique);
    not_simulated("qm create --$_") for grep { $how{$_} } qw(archive force live-restore unique);
    Sim::Qm::Values::read_key_file($values);
    Sim::Qm::Values::clamp_cpu_units($values);
    Sim::Qm::Disks::resolve_cdrom($values);
    Sim::Qm::Disks::check_storages($values, $how{storage});
    Sim::Qm::Disks::check_values($values);
    Sim::Qm::Values::complete_cards($values);
    claim($values->{vmid});
    $values->{how} = \%how;
}

sub claim {
    my ($vmid) = @_;
    return if eval {
        Sim::QemuConfig::locked($vmid, sub {
            Sim::ConfigLock::check_unused($vmid);
            my $config = Sim::QemuConfig::empty();
            $config->{main}{lock} = 'create';
            Sim::QemuConfig::store($vmid, $config);
        });
        1;
    };
    my $error = $@;
    @$error{qw(text exit)} = ("unable to create VM $vmid - $error->{text}", 255) if ref $error eq 'Sim::Failure';
    die $error;
}

sub create {
    my ($values) = @_;
    my $vmid = delete $values->{vmid};
    my $how  = delete $values->{how};
    if (!eval { Sim::QemuConfig::locked($vmid, sub { build($vmid, $values, $how) }); 1 }) {
        my $error = $@;
        if (ref $error eq 'Sim::Failure' && !Sim::Failure::was_killed($error)) {
            Sim::QemuConfig::remove($vmid);
            $error->{text} = "unable to create VM $vmid - $error->{text}";
        }
        die $error;
    }
    if ($how->{'ha-managed'}) {
        require Sim::Tool::HaManager;
        print "Add as HA resource\n";
        Sim::Tool::HaManager::add_resource('vm', $vmid, { state => $how->{start} ? 'started' : 'stopped' });
    }
    if ($how->{start}) {
        require Sim::Qm::Start;
        print "Execute autostart\n";
        Sim::Qm::Start::start_now($vmid);
    }
    return 0;
}

sub build {
    my ($vmid, $values, $how) = @_;
    my $config = Sim::QemuConfig::empty();
    my $main = $config->{main} = {%$values};
    $main->{meta} = 'creation-qemu=' . Sim::Qm::Values::qemu_version() . ',ctime=' . time;
    my $disks = Sim::Qm::Disks::make($vmid, { main => {}, pending => {} }, $values, $how->{storage});
    $main->{$_} = $disks->{$_} for keys %$disks;

    $main->{boot} ||= Sim::Drives::boot_order(Sim::Drives::default_boot_devices($main));
    Sim::Qm::Values::check_clipboard($main->{vga});
    $main->{smbios1} ||= 'uuid=' . Sim::Qm::Values::new_uuid();
    $main->{vmgenid} = Sim::Qm::Values::new_uuid()
        if ($main->{vmgenid} // '1') eq '1' && ($main->{arch} // '') ne 'aarch64';
    my $machine = Sim::Qm::Values::pinned_machine($main->{machine}, $main->{ostype});
    $main->{machine} = $machine if defined $machine;
    $main->{tags} = Sim::Qm::Values::unique_tags($main->{tags}) if defined $main->{tags};
    delete $main->{description} if ($main->{description} // '') eq '';
    Sim::QemuConfig::store($vmid, $config);
}

1;
