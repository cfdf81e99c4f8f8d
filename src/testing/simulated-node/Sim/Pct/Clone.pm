package Sim::Pct::Clone;
# pct clone: the source is locked with `lock: disk` while it runs, the target with `lock: create`.
# Everything is copied: tags, notes, autostart, protection, devices, raw lines, addresses and the firewall file.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Devices;
use Sim::Failure;
use Sim::Faults;
use Sim::Firewall;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::RootFs;
use Sim::Storage;

sub clone {
    my ($values) = @_;
    my ($vmid, $newid, $snapshot, $storage) = @$values{qw(vmid newid snapname storage)};
    not_simulated("pct clone --target to another node")
        if defined $values->{target} && $values->{target} ne Sim::Node::name();
    if (defined $storage) {
        my $found = Sim::Storage::get($storage);
        fail("storage '$storage' is disabled") if $found->{values}{disable};
    }

    my $source = Sim::ConfigLock::mark($vmid, 'disk');
    if (!eval { Sim::ConfigLock::claim($newid); 1 }) {
        my $error = $@;
        Sim::ConfigLock::unmark($vmid, 'disk');
        die $error;
    }

    my $plan = eval { prepare($values, $source) };
    if (!$plan) {
        my $error = $@;
        die $error if Sim::Failure::was_killed($error);
        Sim::ConfigLock::unmark($vmid, 'disk');
        abandon($newid);
        die $error;
    }
    copy($vmid, $newid, $plan, $values);
    return 0;
}

sub abandon {
    my ($newid) = @_;
    Sim::GuestConfig::remove($newid);
    Sim::Firewall::remove($newid);
}

# The new configuration without volumes, and what has to be done for each volume.
sub prepare {
    my ($values, $source) = @_;
    my ($vmid, $newid, $snapshot) = @$values{qw(vmid newid snapname)};
    my $running = Sim::Guest::is_running($vmid);
    my $full    = $values->{full} // !$source->{main}{keys}{template};

    Sim::Firewall::copy($vmid, $newid);
    fail("parameter 'storage' not allowed for linked clones") if defined $values->{storage} && !$full;
    fail("snapshot '$snapshot' does not exist") if defined $snapshot && !$source->{snapshots}{$snapshot};
    my $from = defined $snapshot ? $source->{snapshots}{$snapshot} : $source->{main};

    my $config = Sim::GuestConfig::empty();
    my @volumes;
    for my $key (sort keys %{ $from->{keys} }) {
        next if $key =~ /^unused\d+\z/ || $key =~ /^(?:parent|snaptime|snapstate|template|lock)\z/;
        my $value = $from->{keys}{$key};
        if ($key =~ /^(?:rootfs|mp\d+)\z/) {
            push @volumes, [$key, check_mount($key, $value, $full, $running, $snapshot)];
        } elsif ($key =~ /^net\d+\z/) {
            my $network = Sim::Devices::parse_network($value);
            $network->{hwaddr} = Sim::Devices::new_hwaddr();
            $config->{main}{keys}{$key} = Sim::Devices::render_network($network);
        } else {
            $config->{main}{keys}{$key} = $value;
        }
    }
    $config->{main}{raw} = [@{ $from->{raw} }];
    $config->{main}{description} = $values->{description} || $from->{description};
    delete $config->{main}{description} if !defined $config->{main}{description};
    $config->{main}{keys}{hostname} = $values->{hostname} if defined $values->{hostname};
    $config->{main}{keys}{lock} = 'create';
    Sim::ConfigLock::with($newid, sub { Sim::GuestConfig::store($newid, $config) });

    my @order = sort { ($b->[0] eq 'rootfs') <=> ($a->[0] eq 'rootfs') } @volumes;
    return { config => $config, volumes => \@order, full => $full };
}

sub check_mount {
    my ($key, $value, $full, $running, $snapshot) = @_;
    my $mount = Sim::GuestConfig::parse_mount($key, $value);
    fail("unable to clone mountpoint '$key' (type $mount->{kind})") if $mount->{kind} ne 'volume';
    if ($full) {
        fail("Full clone of a running container is only possible from a snapshot") if $running && !defined $snapshot;
    } else {
        fail("Linked clone feature for '$mount->{volume}' is not available")
            if !Sim::Storage::is_base($mount->{volume});
    }
    return $mount;
}

sub copy {
    my ($vmid, $newid, $plan, $values) = @_;
    my @made;
    print "creating a clone of container $vmid with ID $newid\n";
    my $done = eval {
        for my $entry (@{ $plan->{volumes} }) {
            my ($key, $mount) = @$entry;
            $mount->{volume} = copy_volume($key, $mount, $newid, $plan->{full}, $values);
            push @made, $mount->{volume};
            # The dataset is there, the key that names it is not.
            Sim::Faults::middle();
            update($newid, sub { $_[0]{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount) });
        }
        Sim::RootFs::fix_clone(Sim::GuestConfig::load($newid)->{main});
        1;
    };
    my $error = $@;
    die $error if !$done && (Sim::Failure::was_killed($error) || ref $error ne 'Sim::Failure');
    Sim::ConfigLock::unmark($vmid, 'disk');
    if (!$done) {
        Sim::Storage::free($_) for @made;
        abandon($newid);
        fail("clone failed: $error->{text}");
    }
    update($newid, sub { delete $_[0]{keys}{lock} });
}

sub copy_volume {
    my ($key, $mount, $newid, $full, $values) = @_;
    my $volume = $mount->{volume};
    if (!$full) {
        print "create linked clone of mount point $key ($volume)\n";
        return Sim::Storage::linked_clone($volume, $newid);
    }
    print "create full clone of mountpoint $key ($volume)\n";
    my $storage = $values->{storage} // (Sim::Storage::parse_volume_id($volume))[0];
    $mount->{size} //= Sim::Storage::size($volume);
    return Sim::Storage::full_clone($volume, $storage, $newid, $mount->{size}, $values->{snapname});
}

sub update {
    my ($vmid, $change) = @_;
    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        fail("Lost 'create' config lock, aborting.") if ($config->{main}{keys}{lock} // '') ne 'create';
        $change->($config->{main});
        Sim::GuestConfig::store($vmid, $config);
    });
}

1;
