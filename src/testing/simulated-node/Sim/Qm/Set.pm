package Sim::Qm::Set;
# qm set: every value goes through the pending section, one write each, and from there into force: all of it on a
# stopped machine, as far as QEMU takes it on a running one. A failure leaves what came before it pending.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::Machine;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::Disks;
use Sim::Qm::Pending;
use Sim::Qm::Values;
use Sim::Schema;
use Sim::Storage;

sub set {
    my ($values) = @_;
    my %how = map { $_ => delete $values->{$_} } qw(vmid delete revert digest force skiplock import-working-storage);
    bad_parameters({ force => "missing property - 'delete' requires this property" })
        if defined $how{force} && !defined $how{delete};
    my %typed = (%$values, map { defined $how{$_} ? ($_ => $how{$_}) : () } qw(delete revert force));
    Sim::Qm::Values::read_key_file($values);
    Sim::Qm::Values::clamp_cpu_units($values);
    fail('no options specified') if !%$values && !$how{delete} && !$how{revert};
    Sim::Qm::Disks::resolve_cdrom($values);

    my @revert = Sim::Schema::split_list($how{revert} // '');
    my @delete = map { $_ eq 'cdrom' ? 'ide2' : $_ } Sim::Schema::split_list($how{delete} // '');
    check_names($values, \@delete, \@revert);
    check_values($values);

    my $vmid = $how{vmid};
    my @checks = ($vmid, $values, \@revert, \%how);
    load_and_check(@checks, []);
    Sim::QemuConfig::locked($vmid, sub {
        load_and_check(@checks, \@delete);
        print_call($vmid, \%typed);
        update($vmid, $values, \@delete, $how{force});
    });
    return 0;
}

sub check_names {
    my ($values, $delete, $revert) = @_;
    for my $key (@$revert) {
        bad_parameters({ revert => "unknown option '$key'" }) if !Sim::QemuKeys::rule($key);
        # The odd quotes and names are Proxmox's own.
        bad_parameters({ delete => "you can't use '-$key' and -revert $key' at the same time" })
            if defined $values->{$key};
    }
    for my $key (@$delete) {
        bad_parameters({ delete => "you can't use '-$key' and -delete $key' at the same time" })
            if defined $values->{$key};
        bad_parameters({ revert => "you can't use '-delete $key' and -revert $key' at the same time" })
            if grep { $_ eq $key } @$revert;
        bad_parameters({ delete => "unknown option '$key'" }) if !Sim::QemuKeys::rule($key);
    }
}

sub check_values {
    my ($values) = @_;
    Sim::Qm::Disks::check_values($values);
    Sim::Qm::Values::complete_cards($values);
    $values->{vmgenid} = Sim::Qm::Values::new_uuid() if ($values->{vmgenid} // '') eq '1';
    if (defined $values->{hookscript} && !eval { check_hookscript($values->{hookscript}); 1 }) {
        my $error = $@;
        die $error if ref $error ne 'Sim::Failure';
        bad_parameters({ hookscript => "$error->{text}\n" });
    }
    Sim::Qm::Disks::check_storages($values);
}

sub check_hookscript {
    my ($volume) = @_;
    fail("'$volume' is not in the snippets directory") if Sim::Images::parse($volume)->{kind} ne 'snippets';
    my $file = Sim::Images::file_of($volume);
    fail("script '$volume' does not exist")    if !-f $file;
    fail("script '$volume' is not executable") if !-x $file;
}

# Reverted keys become wanted ones with their present value, or deletions of what is only pending.
sub load_and_check {
    my ($vmid, $values, $revert, $how, $delete) = @_;
    my $config = Sim::QemuConfig::load($vmid);
    Sim::QemuConfig::check_digest($config, $how->{digest});
    Sim::QemuConfig::check_lock($config) if !$how->{skiplock};
    for my $key (@$revert) {
        if    (defined $config->{main}{$key})    { $values->{$key} = $config->{main}{$key} }
        elsif (defined $config->{pending}{$key}) { push @$delete, $key }
    }
    return if !$values->{memory} && !defined $values->{balloon};
    my $memory  = Sim::QemuConfig::memory({ memory => $values->{memory} // $config->{pending}{memory} // $config->{main}{memory} });
    my $balloon = $values->{balloon} // $config->{pending}{balloon} // $config->{main}{balloon};
    fail('balloon value too large (must be smaller than assigned memory)') if $balloon && $balloon > $memory;
}

sub print_call {
    my ($vmid, $typed) = @_;
    my @words = map { ("-$_", $_ eq 'cipassword' ? '<hidden>' : $typed->{$_}) } sort keys %$typed;
    print "update VM $vmid: @words\n";
}

sub update {
    my ($vmid, $values, $delete, $force) = @_;
    my %touched;
    my @order = Sim::Drives::boot_devices(Sim::QemuConfig::load($vmid)->{main}{boot});
    for my $key (@$delete) { want_deleted($vmid, $key, $force, \@order, \%touched) }
    for my $key (sort keys %$values) { want($vmid, $key, $values, $delete, \@order, \%touched) }

    my $config = Sim::QemuConfig::load($vmid);
    Sim::QemuConfig::store($vmid, $config) if Sim::Qm::Pending::forget_without_effect($config);
    return if !%{ $config->{pending} };
    # Everything is written down, nothing is in force.
    Sim::Faults::middle();

    my $errors = Sim::Machine::is_running($vmid)
        ? Sim::Qm::Pending::take_over_running($vmid, $config, \%touched)
        : Sim::Qm::Pending::take_over_stopped($vmid, $config);
    bad_parameters($errors) if %$errors;
}

sub want_deleted {
    my ($vmid, $key, $force, $order, $touched) = @_;
    my $config = Sim::QemuConfig::load($vmid);
    my $value  = $config->{main}{$key} // $config->{pending}{$key};
    if (!defined $value) {
        print STDERR "cannot delete '$key' - not set in current configuration!\n";
        return;
    }
    $touched->{$key} = 1;
    my $was_pending = defined delete $config->{pending}{$key};
    if (grep { $_ eq $key } @$order) {
        @$order = grep { $_ ne $key } @$order;
        $config->{pending}{boot} = Sim::Drives::boot_order(@$order);
        $touched->{boot} = 1;
    }

    if ($key =~ /^unused/) {
        Sim::QemuConfig::check_protection($config, "can't remove unused disk '$value'");
        Sim::Qm::Pending::free_own_volume($vmid, $config, $key, $value);
        delete $config->{main}{$key};
    } elsif ($key eq 'tags') {
        delete $config->{main}{$key};
    } else {
        if (Sim::QemuKeys::is_drive($key)) {
            Sim::QemuConfig::check_protection($config, "can't remove drive '$key'");
            Sim::Qm::Pending::keep_unused($vmid, $config, Sim::Drives::parse($key, $value)) if $was_pending;
        }
        Sim::QemuConfig::set_pending_deletes($config, Sim::QemuConfig::pending_deletes($config), $key => $force);
    }
    Sim::QemuConfig::store($vmid, $config);
}

sub want {
    my ($vmid, $key, $values, $delete, $order, $touched) = @_;
    my $config = Sim::QemuConfig::load($vmid);
    my $value  = $values->{$key};
    $touched->{$key} = 1;
    return if defined $config->{pending}{$key} && $config->{pending}{$key} eq $value;

    if (Sim::QemuKeys::is_drive($key)) {
        want_drive($vmid, $config, $key, $value, $order, $touched);
    } elsif ($key eq 'cipassword') {
        $config->{main}{$key} = encrypted($config->{main}{ostype}, $value);
    } elsif ($key eq 'boot') {
        $config->{pending}{boot} = checked_boot_order($config, $values, $delete);
        Sim::QemuConfig::set_pending_deletes($config, Sim::QemuConfig::pending_deletes($config), bootdisk => 0)
            if $config->{pending}{boot} =~ /^order=/ && defined $config->{main}{bootdisk};
    } else {
        Sim::Qm::Values::check_clipboard($value) if $key eq 'vga';
        Sim::Qm::Values::check_machine($value)   if $key eq 'machine';
        pin_machine($config, $value, $values, $touched) if $key eq 'ostype';
        $config->{pending}{$key} = $key eq 'tags' ? Sim::Qm::Values::unique_tags($value) : $value;
    }
    my %deletes = Sim::QemuConfig::pending_deletes($config);
    delete $deletes{$key};
    Sim::QemuConfig::set_pending_deletes($config, %deletes);
    Sim::QemuConfig::store($vmid, $config);
}

sub want_drive {
    my ($vmid, $config, $key, $value, $order, $touched) = @_;
    check_tpm_version($config->{main}{$key}, $value) if $key eq 'tpmstate0';
    Sim::Qm::Pending::keep_unused($vmid, $config, Sim::Drives::parse($key, $config->{pending}{$key}))
        if defined $config->{pending}{$key};
    my $made = Sim::Qm::Disks::make($vmid, $config, { $key => $value });
    $config->{pending}{$key} = $made->{$key};

    # Where an order of devices is kept, new optical drives join it.
    my $drive = Sim::Drives::parse($key, $made->{$key});
    return if !@$order || !Sim::Drives::is_cdrom($drive, 1) || grep { $_ eq $key } @$order;
    push @$order, $key;
    $config->{pending}{boot} = Sim::Drives::boot_order(@$order);
    $touched->{boot} = 1;
}

sub check_tpm_version {
    my ($old, $new) = @_;
    return if !defined $old;
    my ($was, $wanted) = map { Sim::Drives::parse('tpmstate0', $_, 1) } $old, $new;
    fail('cannot change TPM state version after creation')
        if $was->{file} eq $wanted->{file} && ($was->{version} // 'v1.2') ne ($wanted->{version} // 'v1.2');
}

sub checked_boot_order {
    my ($config, $values, $delete) = @_;
    my @devices = Sim::Drives::boot_devices($values->{boot}) or return $values->{boot};
    for my $device (@devices) {
        my $known = grep { defined $_->{$device} } $config->{main}, $config->{pending}, $values;
        fail("invalid bootorder: device '$device' does not exist'") if !$known || grep { $_ eq $device } @$delete;
    }
    return Sim::Drives::boot_order(@devices);
}

sub pin_machine {
    my ($config, $ostype, $values, $touched) = @_;
    return if defined $values->{machine} || defined $config->{pending}{machine} || $touched->{machine};
    my $machine = Sim::Qm::Values::pinned_machine($config->{main}{machine}, $ostype) // return;
    $config->{pending}{machine} = $machine;
}

# Hashed as Linux hashes passwords; Windows needs the plain one. The salt follows from nothing, for equal runs.
sub encrypted {
    my ($ostype, $password) = @_;
    return $password if Sim::Qm::Values::is_windows($ostype) || $password =~ /^\$(?:[156]|2[ay])(?:\$.+){2}/;
    return crypt $password, '$5$simulated$';
}

1;
