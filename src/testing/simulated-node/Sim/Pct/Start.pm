package Sim::Pct::Start;
# pct start: applies what is pending, then everything that can keep LXC from starting, in LXC's own words.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Ha;
use Sim::LxcConfig;
use Sim::Node;
use Sim::Pct::Update;
use Sim::Schema;
use Sim::Storage;
use Sim::Zfs::Mounts;

sub start {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    fail("CT $vmid already running") if Sim::Guest::is_running($vmid);

    if (Sim::Ha::is_managed($vmid)) {
        # The request is all that happens here: exit 0 says nothing about the guest.
        print "Requesting HA start for CT $vmid\n";
        Sim::Ha::set_state($vmid, 'started');
        return 0;
    }
    in_worker(sub { start_now($vmid, $values->{skiplock}) });
    return 0;
}

# Whatever fails inside a task ends with 255: errnos leak only from the front end.
sub in_worker {
    my ($code) = @_;
    return if eval { $code->(); 1 };
    my $error = $@;
    $error->{exit} = 255 if ref $error eq 'Sim::Failure' && $error->{exit} != Sim::Failure::NOT_SIMULATED;
    die $error;
}

sub start_now {
    my ($vmid, $skiplock) = @_;
    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        my $keys   = $config->{main}{keys};
        fail("you can't start a CT if it's a template") if $keys->{template};
        Sim::GuestConfig::check_lock($config) if !$skiplock && ($keys->{lock} // '') ne 'mounted';
        check_quota($config->{main}) if $keys->{unprivileged};
        $config = apply_pending($vmid, $config) if Sim::GuestConfig::has_pending($config);
        launch($vmid, $config);
    });
}

sub check_quota {
    my ($section) = @_;
    for my $entry (Sim::GuestConfig::mounts($section)) {
        fail("Quotas are not supported by unprivileged containers.")
            if Sim::Schema::boolean($entry->[1]{quota} // 0);
    }
}

sub apply_pending {
    my ($vmid, $config) = @_;
    my $errors = Sim::Pct::Update::take_over_stopped($vmid, $config, undef);
    delete $errors->{''};
    print STDERR map { "$errors->{$_}\n" } sort keys %$errors;
    take_over_raw($config);
    Sim::GuestConfig::store($vmid, $config);
    return Sim::GuestConfig::load($vmid);
}

# Raw lines that wait come in the place of those that stand there: the environment of init, and all others.
sub take_over_raw {
    my ($config) = @_;
    my ($main, $pending) = @$config{qw(main pending)};
    my $is_environment = sub { $_[0][0] eq 'lxc.environment.runtime' };
    for my $kind (1, 0) {
        my @new = grep { !!$is_environment->($_) == !!$kind } @{ $pending->{raw} } or next;
        my @others = grep { !!$is_environment->($_) != !!$kind } @{ $main->{raw} };
        $main->{raw} = $kind ? [@new, @others] : [@others, @new];
    }
    $pending->{raw} = [];
}

sub launch {
    my ($vmid, $config) = @_;
    my $section = $config->{main};
    Sim::LxcConfig::refresh($vmid, $config);
    Sim::Storage::mount_volume($_) for Sim::GuestConfig::volumes($section);

    check_capabilities($vmid, $section);
    run_pre_start_hooks($vmid, $section);
    check_sources($vmid, $section);
    check_interface_names($vmid, $section);
    check_profile($vmid, $section);
    Sim::Faults::middle();
    Sim::Guest::appear($vmid, $section->{keys});
}

# The monitor of a container that did not come up may still be seen for a moment, as if it ran.
sub startup_failed {
    my ($vmid, @lines) = @_;
    my $lingers = Sim::Node::setting('failed-start-lingers-ms', 0);
    if ($lingers) {
        require Sim::Later;
        Sim::Guest::appear($vmid, {});
        Sim::Later::after($lingers, sub { Sim::Guest::disappear($vmid) });
    }
    fail(join("\n", @lines, "startup for container '$vmid' failed"));
}

# LXC wants the names apart by blanks; commas fail only here.
sub check_capabilities {
    my ($vmid, $section) = @_;
    for my $entry (@{ $section->{raw} }) {
        my ($key, $value) = @$entry;
        next if $key !~ /^lxc\.cap\.(?:keep|drop)\z/ || $value !~ /,/;
        fail(join "\n",
            'problem with monitor socket, but continuing anyway: got timeout',
            "lxc-info: $vmid: ../src/lxc/confile.c: add_cap_entry: 2471 Invalid argument"
                . " - Invalid capability specified: $value",
            "lxc-info: $vmid: ../src/lxc/parse.c: lxc_file_for_each_line_mmap: 129 Failed to parse config file"
                . qq( "/var/lib/lxc/$vmid/config" at line "$key = $value"),
            "Failed to load config for $vmid",
            "Failure to retrieve information on /var/lib/lxc:$vmid",
            "command 'lxc-info -n $vmid -p' failed: exit code 1");
    }
}

# Hooks are honoured when they ask whether a path is a mount point; any other would have to be run for real.
sub run_pre_start_hooks {
    my ($vmid, $section) = @_;
    for my $hook (map { $_->[0] eq 'lxc.hook.pre-start' ? $_->[1] : () } @{ $section->{raw} }) {
        my ($path) = $hook =~ m{^/bin/sh -c '(?:exec )?mountpoint -q (?:-- )?"?([^\s'"]+)"?'(?:\s|\z)}
            or not_simulated("lxc.hook.pre-start '$hook'");
        pre_start_failed($vmid, 32) if !Sim::Zfs::Mounts::is_mount_point($path);
    }
}

sub pre_start_failed {
    my ($vmid, $status) = @_;
    startup_failed($vmid, "run_buffer: 571 Script exited with status $status",
        qq(lxc_init: 845 Failed to run lxc.hook.pre-start for container "$vmid"),
        qq(__lxc_start: 2039 Failed to initialize container "$vmid"));
}

# A missing folder or volume fails; a folder that is there but not the mounted dataset does not.
sub check_sources {
    my ($vmid, $section) = @_;
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my $mount = $entry->[1];
        pre_start_failed($vmid, 29)
            if $mount->{kind} eq 'bind' && !-d Sim::Node::host_path($mount->{volume});
        pre_start_failed($vmid, 2) if $mount->{kind} eq 'device' && !-e Sim::Node::host_path($mount->{volume});
    }
}

sub check_interface_names {
    my ($vmid, $section) = @_;
    my %seen;
    for my $key (sort grep { /^net\d+\z/ } keys %{ $section->{keys} }) {
        my $name = Sim::Devices::parse_network($section->{keys}{$key})->{name};
        next if !$seen{$name}++;
        startup_failed($vmid,
            '__netdev_configure_container_common: 1317 File exists'
                . qq( - Failed to rename network device "veth0" to "$name"),
            'lxc_setup_network_in_child_namespaces: 4062 File exists - Failed to setup netdev',
            'lxc_setup: 3900 Failed to setup network',
            qq(do_start: 1273 Failed to setup container "$vmid"),
            'sync_wait: 34 An error occurred in another process (expected sequence number 3)',
            qq(__lxc_start: 2119 Failed to spawn container "$vmid"));
    }
}

sub check_profile {
    my ($vmid, $section) = @_;
    my $profile = Sim::GuestConfig::raw_value($section, 'lxc.apparmor.profile') // return;
    return if $profile =~ /^(?:unconfined|generated|unchanged)\z/;
    my $loaded = Sim::Node::slurp(Sim::Node::host_path('/sys/kernel/security/apparmor/profiles')) // '';
    return if $loaded =~ /^\Q$profile\E \(/m;
    startup_failed($vmid, 'sync_wait: 34 An error occurred in another process (expected sequence number 4)',
        qq(__lxc_start: 2119 Failed to spawn container "$vmid"));
}

1;
