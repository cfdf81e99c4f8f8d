package Sim::Pct::Update;
# How wanted values reach a configuration: through the pending section, then at once (stopped) or as far as
# the running guest takes them.
use strict;
use warnings;

use Sim::Devices;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Schema;
use Sim::Storage;

# Taken over by a running guest without touching it.
my %NO_EFFECT_NEEDED = map { $_ => 1 } qw(description onboot startup protection hostname hookscript cores tags lock);

sub NEW_VOLUME () { qr/^([^:\/\s]+):(\d+(?:\.\d+)?)\z/ }

# Answers the messages by key: with any, nothing may be written.
sub apply {
    my ($vmid, $config, %of) = @_;
    my ($set, $delete, $revert, $running) = @of{qw(set delete revert running)};
    revert_pending($config, $_) for @{ $revert // [] };

    my %touched;
    for my $key (@{ $delete // [] }) {
        $touched{$key} = 1 if want_deleted($vmid, $config, $key);
    }
    for my $key (sort keys %$set) {
        $touched{$key} = 1;
        want($vmid, $config, $key, $set->{$key});
    }
    forget_pending_without_effect($config);
    return $running ? take_over_running($vmid, $config, \%touched) : take_over_stopped($vmid, $config, \%touched);
}

sub pending { return $_[0]{pending}{keys} }
sub current { return $_[0]{main}{keys} }

# The description is kept beside the keys; these two make it look like one of them.
sub value_of {
    my ($config, $part, $key) = @_;
    return $key eq 'description' ? $config->{$part}{description} : $config->{$part}{keys}{$key};
}

sub put_value {
    my ($config, $part, $key, $value) = @_;
    my $place = $key eq 'description' ? $config->{$part} : $config->{$part}{keys};
    if (defined $value) { $place->{$key} = $value }
    else                { delete $place->{$key} }
}

sub revert_pending {
    my ($config, $key) = @_;
    put_value($config, 'pending', $key, undef);
    not_pending_delete($config, $key);
}

sub not_pending_delete {
    my ($config, $key) = @_;
    Sim::GuestConfig::set_pending_deletes($config, grep { $_ ne $key } Sim::GuestConfig::pending_deletes($config));
}

sub want_deleted {
    my ($vmid, $config, $key) = @_;
    if (!defined value_of($config, 'main', $key) && !defined value_of($config, 'pending', $key)) {
        print STDERR "cannot delete '$key' - not set in current configuration!\n";
        return 0;
    }
    fail("unable to delete required option '$key'") if $key =~ /^(?:memory|rootfs|ostype)\z/;
    fail("unable to delete read-only option: '$key'") if $key eq 'unprivileged';
    Sim::GuestConfig::check_protection($config, "can't remove CT $vmid drive '$key'") if $key =~ /^(?:unused|mp)\d+\z/;
    put_value($config, 'pending', $key, undef);
    Sim::GuestConfig::set_pending_deletes($config, Sim::GuestConfig::pending_deletes($config), $key);
    return 1;
}

sub want {
    my ($vmid, $config, $key, $value) = @_;
    if ($key =~ /^(?:mp\d+|rootfs)\z/) {
        Sim::GuestConfig::check_protection($config, "can't update CT $vmid drive '$key'");
        check_content(Sim::GuestConfig::parse_mount($key, $value));
    } elsif ($key eq 'hookscript') {
        check_hookscript($value);
    } elsif ($key eq 'nameserver' || $key eq 'searchdomain') {
        $value = join ' ', Sim::Schema::split_list($value);
    } elsif ($key eq 'unprivileged') {
        fail("unable to modify read-only option: '$key'");
    } elsif ($key eq 'tags') {
        my %seen = map { lc $_ => 1 } Sim::Schema::split_list($value);
        $value = join ';', sort keys %seen;
    } elsif ($key eq 'cpuunits') {
        $value = $value < 1 ? 1 : $value > 10_000 ? 10_000 : $value;
    } elsif ($key =~ /^net\d+\z/) {
        check_mtu($key, $value);
    } elsif ($key =~ /^dev\d+\z/) {
        my $device = Sim::Devices::parse_device($value);
        fail("Path is not defined for passthrough device $key") if !defined $device->{path};
        Sim::Devices::check_device($device->{path});
    }
    put_value($config, 'pending', $key, $value);
    not_pending_delete($config, $key);
}

sub check_content {
    my ($mount) = @_;
    return if $mount->{kind} ne 'volume';
    my ($id) = Sim::Storage::parse_volume_id($mount->{volume});
    fail("storage '$id' does not allow content type 'rootdir' (Container)")
        if !Sim::Storage::contents(Sim::Storage::get($id))->{rootdir};
}

sub check_hookscript {
    my ($volume) = @_;
    my $file = Sim::Storage::file_of($volume);
    fail("script '$volume' does not exist", 2) if !-e Sim::Node::host_path($file);
    fail("script '$volume' is not executable") if !-x Sim::Node::host_path($file);
}

sub check_mtu {
    my ($key, $value) = @_;
    my ($network) = Sim::PropertyString::parse(Sim::GuestKeys::property_rules($key), $value);
    my $mtu = $network && $network->{mtu} or return;
    Sim::Devices::check_bridge($network->{bridge});
    my $limit = Sim::Node::slurp(Sim::Node::host_path("/sys/class/net/$network->{bridge}/mtu")) // 1500;
    fail("$key: MTU size '$mtu' is bigger than bridge MTU '" . int($limit) . "'") if $mtu > $limit;
}

# A pending value that equals the one in force is no change.
sub forget_pending_without_effect {
    my ($config) = @_;
    for my $key (keys %{ pending($config) }) {
        my $now = current($config)->{$key};
        delete pending($config)->{$key} if $key ne 'delete' && defined $now && $now eq pending($config)->{$key};
    }
    Sim::GuestConfig::set_pending_deletes($config,
        grep { defined value_of($config, 'main', $_) } Sim::GuestConfig::pending_deletes($config));
}

sub adopt {
    my ($config, $key) = @_;
    my $value = value_of($config, 'pending', $key);
    put_value($config, 'pending', $key, undef);
    # An empty text is no description at all.
    put_value($config, 'main', $key, $key eq 'description' && $value eq '' ? undef : $value);
}

sub pending_keys {
    my ($config, $touched) = @_;
    my @keys = grep { $_ ne 'delete' } keys %{ pending($config) };
    push @keys, 'description' if defined $config->{pending}{description};
    return sort grep { !$touched || $touched->{$_} } @keys;
}

sub deleted_keys {
    my ($config, $touched) = @_;
    return sort grep { !$touched || $touched->{$_} } Sim::GuestConfig::pending_deletes($config);
}

# ---- stopped guests: everything counts at once

sub take_over_stopped {
    my ($vmid, $config, $touched) = @_;
    my %errors;
    for my $key (deleted_keys($config, $touched)) {
        attempt(\%errors, $key, 'unable to apply pending change %s : ', sub {
            delete_stopped($vmid, $config, $key);
            put_value($config, 'main', $key, undef);
            not_pending_delete($config, $key);
        });
    }
    forget_pending_without_effect($config);
    for my $key (pending_keys($config, $touched)) {
        attempt(\%errors, $key, 'unable to apply pending change %s : ', sub {
            apply_mount($vmid, $config, $key, 0) if $key =~ /^mp\d+\z/;
            if ($key =~ /^net\d+\z/) {
                my $network = Sim::Devices::parse_network(pending($config)->{$key});
                pending($config)->{$key} = Sim::Devices::render_network($network);
            }
            adopt($config, $key);
        });
    }
    return \%errors;
}

sub delete_stopped {
    my ($vmid, $config, $key) = @_;
    if ($key =~ /^mp\d+\z/) {
        my $mount = Sim::GuestConfig::parse_mount($key, current($config)->{$key});
        delete current($config)->{$key};
        Sim::GuestConfig::add_unused($config->{main}, $mount->{volume})
            if $mount->{kind} eq 'volume' && !Sim::GuestConfig::volume_in_use($config, $mount->{volume});
    } elsif ($key =~ /^unused\d+\z/) {
        my $volume = current($config)->{$key};
        free_own_volume($vmid, $volume) if !Sim::GuestConfig::volume_in_use($config, $volume);
    }
}

# Another guest's volume is spared.
sub free_own_volume {
    my ($vmid, $volume) = @_;
    if (Sim::Storage::owner($volume) != $vmid) {
        print STDERR "ignore deletion of '$volume', CT $vmid isn't the owner!\n";
        return;
    }
    Sim::Storage::free($volume);
}

# SKIP: the value stays pending, which is no error.
my $SKIP = \'stays pending';

sub attempt {
    my ($errors, $key, $words, $code) = @_;
    return 1 if eval { $code->(); 1 };
    my $error = $@;
    return 0 if ref $error && $error == $SKIP;
    die $error if ref $error ne 'Sim::Failure' || $error->{exit} == Sim::Failure::NOT_SIMULATED || $error->{killed};
    $errors->{$key} = sprintf($words, $key) . $error->{text};
    $errors->{''} = $error->{exit} if $error->{exit} != 255;
    return 0;
}

sub apply_mount {
    my ($vmid, $config, $key, $running) = @_;
    my $value = pending($config)->{$key};
    my $old   = current($config)->{$key};
    my $mount = Sim::GuestConfig::parse_mount($key, $value);

    if ($mount->{kind} eq 'volume' && $mount->{volume} =~ NEW_VOLUME) {
        $mount->{size} = int($2 * 1024) * 1024 * 1024;
        $mount->{volume} = Sim::Storage::allocate($1, $vmid, $mount->{size});
    } else {
        die $SKIP if $running && defined $old;
        learn_size($mount) if $mount->{kind} eq 'volume';
        check_source($mount) if $running;
    }
    pending($config)->{$key} = Sim::GuestConfig::render_mount($key, $mount);
    keep_replaced_volume($config, $key, $old) if defined $old;
}

# A volume that does not exist is stored all the same.
sub learn_size {
    my ($mount) = @_;
    my $size = eval { Sim::Storage::size($mount->{volume}) };
    if (defined $size) { $mount->{size} = $size }
    else               { print STDERR 'Could not rescan volume size - ', ref $@ ? $@->{text} : $@, "\n" }
}

sub check_source {
    my ($mount) = @_;
    fail("directory '$mount->{volume}' does not exist\n")
        if $mount->{kind} eq 'bind' && !-d Sim::Node::host_path($mount->{volume});
}

sub keep_replaced_volume {
    my ($config, $key, $old) = @_;
    my $mount = Sim::GuestConfig::parse_mount($key, $old);
    return if $mount->{kind} ne 'volume';
    my $new = Sim::GuestConfig::parse_mount($key, pending($config)->{$key});
    return if $new->{volume} eq $mount->{volume};
    Sim::GuestConfig::add_unused($config->{main}, $mount->{volume});
}

# ---- running guests: what can be changed live, is; the rest stays pending

sub take_over_running {
    my ($vmid, $config, $touched) = @_;
    my %errors;
    my %wants_memory = map { $_ => pending($config)->{$_} } grep { defined pending($config)->{$_} && $touched->{$_} }
        qw(memory swap);
    adopt($config, $_) for grep { $NO_EFFECT_NEEDED{$_} } pending_keys($config, $touched);

    for my $key (deleted_keys($config, $touched)) {
        attempt(\%errors, $key, 'unable to hotplug %s: ', sub {
            delete_running($vmid, $config, $key);
            put_value($config, 'main', $key, undef);
            not_pending_delete($config, $key);
        });
    }
    for my $key (pending_keys($config, $touched)) {
        attempt(\%errors, $key, 'unable to hotplug %s: ', sub {
            set_running($vmid, $config, $key, \%wants_memory);
            adopt($config, $key);
        });
    }
    # The cgroup has changed by now, the file has not.
    Sim::Faults::middle();
    return \%errors;
}

sub delete_running {
    my ($vmid, $config, $key) = @_;
    return if $NO_EFFECT_NEEDED{$key};
    if    ($key eq 'swap')            { Sim::Guest::set_live_swap($vmid, 0) }
    elsif ($key eq 'cpulimit')        { Sim::Guest::set_live_cpu_limit($vmid, 0) }
    elsif ($key eq 'cpuunits')        { }
    elsif ($key =~ /^net\d\z/)        { }
    elsif ($key =~ /^unused\d+\z/)    { delete_stopped($vmid, $config, $key) }
    else                              { die $SKIP }
}

sub set_running {
    my ($vmid, $config, $key, $memory) = @_;
    my $value = pending($config)->{$key};
    if ($key eq 'cpulimit') {
        Sim::Guest::set_live_cpu_limit($vmid, $value);
    } elsif ($key eq 'cpuunits') {
        # Nothing that anybody looks at here.
    } elsif ($key eq 'memory' || $key eq 'swap') {
        Sim::Guest::set_live_memory($vmid, $memory->{memory}) if defined $memory->{memory};
        Sim::Guest::set_live_swap($vmid, $memory->{swap})     if defined $memory->{swap};
    } elsif ($key =~ /^net\d+\z/) {
        replug_network($vmid, $config, $key, $value);
    } elsif ($key =~ /^mp\d+\z/) {
        die $SKIP if exists current($config)->{$key};
        apply_mount($vmid, $config, $key, 1);
    } elsif ($key =~ /^dev\d+\z/) {
        die $SKIP if exists current($config)->{$key} || !Sim::Node::release_is('9.0');
    } else {
        die $SKIP;
    }
}

# A live change of a network writes the file at once, before anything later in the call can fail.
sub replug_network {
    my ($vmid, $config, $key, $value) = @_;
    my $network = Sim::Devices::parse_network($value);
    Sim::Devices::check_bridge($network->{bridge});
    pending($config)->{$key} = Sim::Devices::render_network($network);
    return if !defined current($config)->{$key};
    adopt($config, $key);
    Sim::GuestConfig::store($vmid, $config);
    pending($config)->{$key} = current($config)->{$key};
}

1;
