package Sim::Qm::Pending;
# From the pending section into force.
use strict;
use warnings;

use Sim::Devices;
use Sim::Drives;
use Sim::Failure;
use Sim::Images;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::CloudInit;
use Sim::Qm::Values;
use Sim::Schema;
use Sim::Storage;

# Taken over by a running machine without touching it.
my %NO_EFFECT_NEEDED = map { $_ => 1 } qw(
    description hookscript lock migrate_downtime migrate_speed name onboot protection shares startup tags vmstatestorage
    cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys
), map { "ipconfig$_" } 0 .. 31;

# A pending value that equals the one in force is no change, nor is deleting what is not there.
sub forget_without_effect {
    my ($config) = @_;
    my ($main, $pending) = @$config{qw(main pending)};
    my $before = join "\0", map { "$_=$pending->{$_}" } sort keys %$pending;
    for my $key (grep { $_ ne 'delete' } keys %$pending) {
        delete $pending->{$key} if defined $main->{$key} && $main->{$key} eq $pending->{$key};
    }
    my %deletes = Sim::QemuConfig::pending_deletes($config);
    Sim::QemuConfig::set_pending_deletes($config, map { $_ => $deletes{$_} } grep { defined $main->{$_} } keys %deletes);
    return $before ne join "\0", map { "$_=$pending->{$_}" } sort keys %$pending;
}

# A disk that is no longer used stays as `unusedN`; a cloud-init drive goes, since it can be made again.
sub keep_unused {
    my ($vmid, $config, $drive) = @_;
    if (Sim::Drives::is_cloudinit($drive)) {
        Sim::Images::free($drive->{file});
        delete $config->{cloudinit};
        return;
    }
    my ($storage) = Sim::Drives::volume_parts($drive);
    return if Sim::Drives::is_cdrom($drive) || !defined $storage;
    if (!Sim::Storage::find($storage)) {
        print STDERR "WARN: storage '$storage' no longer exists, volume '$drive->{file}' will be removed from config\n";
        return;
    }
    Sim::QemuConfig::add_unused($config->{main}, $drive->{file}) if Sim::Images::owner($drive->{file}) == $vmid;
}

# Another machine's volume is spared.
sub free_own_volume {
    my ($vmid, $config, $key, $volume) = @_;
    return if (Sim::Images::owner($volume) // -1) != $vmid;
    fail("unable to delete '$volume' - volume is still in use (snapshot?)") if is_in_use($config, $key, $volume);
    Sim::Images::free($volume);
}

sub is_in_use {
    my ($config, $key, $volume) = @_;
    my %others = %{ $config->{main} };
    delete $others{$key};
    return scalar grep { $_->[1]{file} eq $volume }
        map { Sim::Drives::all($_) } \%others, $config->{pending}, values %{ $config->{snapshots} };
}

sub delete_drive {
    my ($vmid, $config, $key, $force) = @_;
    my $drive = Sim::Drives::parse($key, $config->{main}{$key});
    return keep_unused($vmid, $config, $drive) if !$force;
    free_own_volume($vmid, $config, $key, $drive->{file}) if !Sim::Drives::is_cdrom($drive, 1);
}

# SKIP: the value stays pending, which is no error.
my $SKIP = \'stays pending';

sub attempt {
    my ($errors, $key, $words, $code) = @_;
    return 1 if eval { $code->(); 1 };
    my $error = $@;
    return 0 if ref $error && $error == $SKIP;
    die $error if ref $error ne 'Sim::Failure' || $error->{exit} == Sim::Failure::NOT_SIMULATED || $error->{killed};
    $errors->{$key} = $words . $error->{text};
    return 0;
}

# ---- stopped machines: everything counts at once

sub take_over_stopped {
    my ($vmid, $config) = @_;
    my ($main, $pending) = @$config{qw(main pending)};
    my (%errors, $new_cloudinit);
    my %deletes = Sim::QemuConfig::pending_deletes($config);
    for my $key (sort keys %deletes) {
        attempt(\%errors, $key, "unable to apply pending change $key : ", sub {
            delete_drive($vmid, $config, $key, $deletes{$key}) if defined $main->{$key} && Sim::QemuKeys::is_drive($key);
        }) or next;
        delete $main->{$key};
        delete $deletes{$key};
        Sim::QemuConfig::set_pending_deletes($config, %deletes);
    }
    forget_without_effect($config);
    for my $key (sort grep { $_ ne 'delete' } keys %$pending) {
        my $drive = Sim::QemuKeys::is_drive($key) ? Sim::Drives::parse($key, $pending->{$key}) : undef;
        attempt(\%errors, $key, "unable to apply pending change $key : ", sub {
            keep_replaced($vmid, $config, $key, $drive) if $drive && defined $main->{$key};
        }) or next;
        $new_cloudinit = 1 if $drive && Sim::Drives::is_cloudinit($drive);
        adopt($config, $key);
    }
    Sim::QemuConfig::store($vmid, $config);
    Sim::Qm::CloudInit::regenerate($vmid, $config) if $new_cloudinit;
    return \%errors;
}

# The file drops an unused entry again when the same volume is still in use.
sub keep_replaced {
    my ($vmid, $config, $key) = @_;
    my $old = Sim::Drives::parse($key, $config->{main}{$key});
    my $new = Sim::Drives::parse($key, $config->{pending}{$key});
    return if Sim::Drives::is_cloudinit($old) && $new->{file} eq $old->{file};
    keep_unused($vmid, $config, $old);
}

# An empty text is no description at all.
sub adopt {
    my ($config, $key) = @_;
    my $value = delete $config->{pending}{$key};
    if ($key eq 'description' && $value eq '') { delete $config->{main}{$key} }
    else                                       { $config->{main}{$key} = $value }
}

# ---- running machines: what QEMU can change while it runs, is; the rest stays pending

sub features {
    my ($config) = @_;
    my $value = $config->{main}{hotplug} // '1';
    return {} if $value eq '0';
    return { map { $_ => 1 } Sim::Schema::split_list($value eq '1' ? 'network,disk,usb' : $value) };
}

sub take_over_running {
    my ($vmid, $config, $touched) = @_;
    my ($main, $pending) = @$config{qw(main pending)};
    my %errors;
    for my $key (sort grep { $NO_EFFECT_NEEDED{$_} } keys %$pending) {
        Sim::Qm::CloudInit::note_change($config, $key, $main->{$key}, $pending->{$key});
        adopt($config, $key);
    }
    Sim::QemuConfig::store($vmid, $config);

    my $features = features($config);
    my %deletes  = Sim::QemuConfig::pending_deletes($config);
    for my $key (sort grep { $touched->{$_} } keys %deletes) {
        attempt(\%errors, $key, 'hotplug problem - ', sub { unplug($vmid, $config, $key, $features, $deletes{$key}) })
            or next;
        Sim::Qm::CloudInit::note_change($config, $key, delete $main->{$key}, undef);
        delete $deletes{$key};
        Sim::QemuConfig::set_pending_deletes($config, %deletes);
    }
    # A cloud-init drive comes last: it holds what the others say.
    my @keys = grep { $touched->{$_} && $_ ne 'delete' } keys %$pending;
    for my $key (sort { is_cloudinit_key($pending, $a) <=> is_cloudinit_key($pending, $b) || $a cmp $b } @keys) {
        attempt(\%errors, $key, 'hotplug problem - ', sub { plug($vmid, $config, $key, $features) }) or next;
        Sim::Qm::CloudInit::note_change($config, $key, $main->{$key}, $pending->{$key});
        adopt($config, $key);
    }
    Sim::QemuConfig::store($vmid, $config);
    Sim::Qm::CloudInit::regenerate($vmid, $config) if $features->{cloudinit} && %{ $config->{cloudinit} // {} };
    return \%errors;
}

sub is_cloudinit_key {
    my ($section, $key) = @_;
    return 0 if !Sim::QemuKeys::is_drive($key);
    return Sim::Drives::is_cloudinit(Sim::Drives::parse($key, $section->{$key})) ? 1 : 0;
}

sub usb_can_be_plugged {
    my ($config, $features) = @_;
    my $ostype = $config->{main}{ostype} // '';
    return $features->{usb} && $ostype =~ /^(?:l26|win(?:8|10|11))\z/;
}

sub unplug {
    my ($vmid, $config, $key, $features, $force) = @_;
    if (Sim::QemuKeys::is_drive($key)) {
        die $SKIP if !$features->{disk} || $key =~ /^(?:efidisk|ide|sata|tpmstate)/;
        return delete_drive($vmid, $config, $key, $force);
    }
    my $now = $key =~ /^net\d+\z/    ? $features->{network}
        : $key =~ /^usb\d+\z/        ? usb_can_be_plugged($config, $features)
        : $key eq 'tablet'           ? $features->{usb}
        : $key eq 'vcpus'            ? $features->{cpu}
        : $key eq 'memory'           ? $features->{memory}
        : $key eq 'hotplug'          ? $config->{main}{hotplug} !~ /cpu|memory/
        : $key eq 'balloon'          ? $config->{main}{balloon}
        : $key =~ /^cpu(?:units|limit)\z/ || $NO_EFFECT_NEEDED{$key};
    die $SKIP if !$now;
}

sub plug {
    my ($vmid, $config, $key, $features) = @_;
    my $value = $config->{pending}{$key};
    return plug_drive($vmid, $config, $key, $features) if Sim::QemuKeys::is_drive($key);
    return plug_card($config, $key, $features) if $key =~ /^net\d+\z/;
    my $now = $key =~ /^usb\d+\z/ ? usb_can_be_plugged($config, $features)
        : $key eq 'tablet'        ? $features->{usb}
        : $key eq 'vcpus'         ? $features->{cpu}
        : $key eq 'memory'        ? $features->{memory}
        : $key eq 'hotplug'       ? "$value " . ($config->{main}{hotplug} // '') !~ /cpu|memory/
        : $key eq 'balloon'       ? !!($config->{main}{balloon} // 1) == !!$value
        : $key eq 'agent'         ? only_trims($config->{main}{agent}, $value)
        : $key =~ /^cpu(?:units|limit)\z/;
    die $SKIP if !$now;
}

# The one part of `agent` that QEMU need not know.
sub only_trims {
    my ($old, $new) = @_;
    return 0 if !defined $old;
    my $rules = Sim::QemuKeys::property_rules('agent');
    my ($was, $wanted) = map { my ($parts) = Sim::PropertyString::parse($rules, $_); delete $parts->{fstrim_cloned_disks}; $parts }
        $old, $new;
    return Sim::PropertyString::render($rules, $was) eq Sim::PropertyString::render($rules, $wanted);
}

# What QEMU cannot change on a disk in use. Other parts are written down although nothing happened (a trap).
my @FIXED_OF_DISK = qw(aio cache discard iothread product queues ro ssd vendor);

sub plug_drive {
    my ($vmid, $config, $key, $features) = @_;
    die $SKIP if $key =~ /^(?:efidisk|tpmstate)/;
    my $new = Sim::Drives::parse($key, $config->{pending}{$key});
    if (!defined $config->{main}{$key}) {
        die $SKIP if !$features->{disk} || $key =~ /^(?:ide|sata)/;
        return;
    }
    my $old = Sim::Drives::parse($key, $config->{main}{$key});
    fail('unable to change media type') if !Sim::Drives::is_cdrom($old) != !Sim::Drives::is_cdrom($new);
    if (Sim::Drives::is_cdrom($old)) {
        Sim::Qm::CloudInit::regenerate($vmid, $config) if Sim::Drives::is_cloudinit($new);
        keep_unused($vmid, $config, $old) if $new->{file} eq 'none' && Sim::Drives::is_cloudinit($old);
    } elsif ($old->{file} eq $new->{file}) {
        die $SKIP if grep { ($old->{$_} // '') ne ($new->{$_} // '') } @FIXED_OF_DISK;
    } else {
        die $SKIP if !$features->{disk} || $key =~ /^(?:ide|sata)/;
        keep_unused($vmid, $config, $old);
    }
}

sub plug_card {
    my ($config, $key, $features) = @_;
    my $new = Sim::Qm::Values::parse_card($config->{pending}{$key});
    if (defined $config->{main}{$key}) {
        my $old = Sim::Qm::Values::parse_card($config->{main}{$key});
        my $same = $new->{bridge} && $old->{bridge}
            && !grep { ($old->{$_} // '') ne ($new->{$_} // '') } qw(model macaddr queues mtu);
        die $SKIP if !$same && !$features->{network};
    } elsif (!$features->{network}) {
        die $SKIP;
    }
    return if !defined $new->{bridge} || Sim::Devices::bridge_exists($new->{bridge});
    fail("bridge '$new->{bridge}' does not exist");
}

1;
