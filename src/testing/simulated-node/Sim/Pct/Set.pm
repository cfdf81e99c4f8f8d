package Sim::Pct::Set;
# pct set: on a stopped guest a failure can come after everything was stored; on a running one before.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::GuestKeys;
use Sim::LxcConfig;
use Sim::Pct::Update;
use Sim::Schema;

sub set {
    my ($values) = @_;
    my $vmid   = delete $values->{vmid};
    my $digest = delete $values->{digest};
    fail("no options specified") if !%$values;
    my @delete = Sim::Schema::split_list(delete $values->{delete} // '');
    my @revert = Sim::Schema::split_list(delete $values->{revert} // '');

    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_lock($config);
        Sim::GuestConfig::check_digest($config, $digest);
        check_names($values, \@delete, \@revert);

        my $running = Sim::Guest::is_running($vmid);
        my $errors  = Sim::Pct::Update::apply($vmid, $config,
            set => $values, delete => \@delete, revert => \@revert, running => $running);
        my $exit = delete $errors->{''};
        bad_parameters($errors, $exit) if %$errors;

        Sim::GuestConfig::store($vmid, $config);
        # Only now, with the file written, does the rest of the configuration prove right or wrong.
        Sim::LxcConfig::refresh($vmid, Sim::GuestConfig::load($vmid));
    });
    return 0;
}

sub check_names {
    my ($values, $delete, $revert) = @_;
    for my $key (@$revert) {
        bad_parameters({ revert => "unknown option '$key'" }) if !Sim::GuestKeys::rule($key);
        bad_parameters({ revert => "you can't use '-$key' and '-revert $key' at the same time" })
            if defined $values->{$key};
    }
    for my $key (@$delete) {
        bad_parameters({ delete => "unknown option '$key'" }) if !Sim::GuestKeys::rule($key);
        # The odd quotes are Proxmox's own.
        bad_parameters({ delete => "you can't use '-$key' and -delete $key' at the same time" })
            if defined $values->{$key};
        bad_parameters({ delete => "you can't use '-delete $key' and '-revert $key' at the same time" })
            if grep { $_ eq $key } @$revert;
    }
}

1;
