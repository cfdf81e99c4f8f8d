package Sim::Pct::Template;
# pct template. What its task finds wrong is printed, but the exit code stays 0.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::LxcConfig;
use Sim::Storage;

sub template {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_lock($config);
        fail("unable to create template, because CT contains snapshots") if %{ $config->{snapshots} };
        fail("you can't convert a template to a template") if $config->{main}{keys}{template};
        fail("you can't convert a CT to template if the CT is running") if Sim::Guest::is_running($vmid);

        return if eval { convert($vmid, $config); 1 };
        my $error = $@;
        die $error if ref $error ne 'Sim::Failure' || $error->{exit} == Sim::Failure::NOT_SIMULATED;
        print STDERR "$error->{text}\n";
    });
    return 0;
}

sub convert {
    my ($vmid, $config) = @_;
    my @mounts = Sim::GuestConfig::mounts($config->{main});
    for my $entry (@mounts) {
        my $volume = $entry->[1]{volume};
        fail("Template feature is not available for '$volume'") if !Sim::Storage::can_be_base($volume);
    }
    for my $entry (@mounts) {
        my ($key, $mount) = @$entry;
        $mount->{volume} = Sim::Storage::make_base($mount->{volume});
        $config->{main}{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount);
    }
    # The volumes have their new names, the file still has the old ones.
    Sim::Faults::middle();
    $config->{main}{keys}{template} = 1;
    Sim::GuestConfig::store($vmid, $config);
    Sim::LxcConfig::refresh($vmid, $config);
}

1;
