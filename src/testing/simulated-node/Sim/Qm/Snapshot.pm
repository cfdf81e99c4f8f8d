package Sim::Qm::Snapshot;
# qm snapshot, rollback, delsnapshot and listsnapshot, without memory.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::Machine;
use Sim::QemuConfig;
use Sim::Qm::Values;
use Sim::Zfs::Operations;
use Sim::Zfs::State;

# What a snapshot neither keeps nor a rollback brings back.
my %NOT_KEPT = map { $_ => 1 } qw(description lock snaptime snapstate template);

sub volumes {
    my ($section) = @_;
    return map { $_->[1]{file} } grep { !Sim::Drives::is_cdrom($_->[1]) } Sim::Drives::all($section);
}

sub snapshot {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    fail("unable to use snapshot name '$name' (reserved name)") if $name =~ /^(?:current|pending)\z/i;
    not_simulated('qm snapshot --vmstate') if $values->{vmstate};
    my @volumes = Sim::QemuConfig::locked($vmid, sub { prepare($vmid, $name, $values->{description}) });
    Sim::Images::snapshot($_, $name) for @volumes;
    Sim::Faults::middle();
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        delete $config->{snapshots}{$name}{snapstate};
        delete $config->{main}{lock};
        $config->{main}{parent} = $name;
        Sim::QemuConfig::store($vmid, $config);
    });
    return 0;
}

sub prepare {
    my ($vmid, $name, $description) = @_;
    my $config = Sim::QemuConfig::load($vmid);
    fail("you can't take a snapshot if it's a template") if $config->{main}{template};
    Sim::QemuConfig::check_lock($config);
    fail("snapshot name '$name' already used") if $config->{snapshots}{$name};
    my @volumes = volumes($config->{main});
    fail('snapshot feature is not available')
        if grep { my $volume = Sim::Images::parse($_); $volume->{storage}{type} ne 'zfspool' && $volume->{format} ne 'qcow2' }
        @volumes;
    my %kept = map { $_ => $config->{main}{$_} } grep { !$NOT_KEPT{$_} && !/^unused/ } keys %{ $config->{main} };
    $config->{snapshots}{$name} = { %kept, snapstate => 'prepare', snaptime => time,
        $description ? (description => $description) : () };
    $config->{main}{lock} = 'snapshot';
    Sim::QemuConfig::store($vmid, $config);
    return @volumes;
}

sub rollback {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        fail("you can't rollback if vm is a template") if $config->{main}{template};
        my $kept = $config->{snapshots}{$name} // fail("snapshot '$name' does not exist");
        Sim::QemuConfig::check_lock($config);
        check_most_recent($_, $name) for volumes($kept);
        Sim::Machine::disappear($vmid);
        Sim::Faults::middle();
        my ($now, %main) = ($config->{main}, map { $_ => $kept->{$_} } grep { !$NOT_KEPT{$_} } keys %$kept);
        $main{$_} = $now->{$_} for grep { /^(?:unused\d+|description)\z/ } keys %$now;
        # The guest has to see that it is another generation.
        $main{vmgenid} = Sim::Qm::Values::new_uuid() if $main{vmgenid};
        $config->{main} = { %main, parent => $name };
        $config->{pending} = {};
        Sim::QemuConfig::store($vmid, $config);
    });
    if ($values->{start}) {
        require Sim::Qm::Start;
        Sim::Qm::Start::start_now($vmid);
    }
    return 0;
}

sub check_most_recent {
    my ($id, $name) = @_;
    my @snapshots = Sim::Zfs::State::snapshots(Sim::Zfs::State::load(), Sim::Images::dataset_of(Sim::Images::parse($id)));
    fail("can't rollback, '$name' is not most recent snapshot on '$id'")
        if !@snapshots || $snapshots[-1] !~ /\@\Q$name\E\z/;
}

sub delsnapshot {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        my $kept = $config->{snapshots}{$name} // fail("snapshot '$name' does not exist");
        Sim::QemuConfig::check_lock($config);
        fail("you can't delete a snapshot if vm is a template") if $config->{main}{template};
        for my $volume (volumes($kept)) {
            my $dataset = Sim::Images::dataset_of(Sim::Images::parse($volume));
            Sim::Zfs::State::change(sub { Sim::Zfs::Operations::destroy_one($_[0], "$dataset\@$name") });
        }
        for my $section ($config->{main}, values %{ $config->{snapshots} }) {
            next if ($section->{parent} // '') ne $name;
            if (defined $kept->{parent}) { $section->{parent} = $kept->{parent} }
            else                         { delete $section->{parent} }
        }
        delete $config->{snapshots}{$name};
        Sim::QemuConfig::store($vmid, $config);
    });
    return 0;
}

1;
