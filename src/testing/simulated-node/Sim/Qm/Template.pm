package Sim::Qm::Template;
# qm template. The configuration says `template: 1` before the first disk is renamed, and what the task finds wrong is
# printed while the exit code stays 0.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::Machine;
use Sim::QemuConfig;

sub check {
    my ($values) = @_;
    my $config = Sim::QemuConfig::load($values->{vmid});
    Sim::QemuConfig::check_lock($config);
    fail('unable to create template, because VM contains snapshots') if %{ $config->{snapshots} };
    fail("you can't convert a template to a template") if $config->{main}{template} && !$values->{disk};
    fail("you can't convert a VM to template if VM is running") if Sim::Machine::is_running($values->{vmid});
    return $config;
}

sub template {
    my ($values) = @_;
    my ($vmid, $disk) = @$values{qw(vmid disk)};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = check($values);
        $config->{main}{template} = 1;
        Sim::QemuConfig::store($vmid, $config);
        for my $entry (Sim::Drives::all($config->{main})) {
            my ($key, $drive) = @$entry;
            next if Sim::Drives::is_cdrom($drive) || defined $disk && $disk ne $key;
            next if Sim::Images::is_base($drive->{file});
            $drive->{file} = Sim::Images::make_base($drive->{file});
            # The volume has its new name, the configuration the old one.
            Sim::Faults::middle();
            $config->{main}{$key} = Sim::Drives::render($key, $drive);
            Sim::QemuConfig::store($vmid, $config);
        }
    });
    return 0;
}

1;
