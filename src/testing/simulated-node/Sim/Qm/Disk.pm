package Sim::Qm::Disk;
# qm disk import, move, rescan and unlink.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::Machine;
use Sim::PropertyString;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::Disks;
use Sim::Qm::Pending;
use Sim::Storage;

# A file becomes a disk of the machine: unused, or at the given key.
sub import_disk {
    my ($values) = @_;
    my ($vmid, $source, $storage) = @$values{qw(vmid source storage)};
    my $key = $values->{'target-disk'};
    undef $key if defined $key && !Sim::QemuKeys::is_drive($key);
    Sim::QemuConfig::check_lock(Sim::QemuConfig::load($vmid));
    fail("$source: non-existent or non-regular file") if !-f Sim::Node::host_path($source);
    fail("storage '$storage' is disabled") if Sim::Storage::get($storage)->{values}{disable};
    fail("storage $storage does not support vm images") if !Sim::Storage::contents(Sim::Storage::get($storage))->{images};

    print "importing disk '$source' to VM $vmid ...\n";
    my $volume = Sim::Images::allocate($storage, $vmid, Sim::Qm::Disks::source_info($source)->{size}, $values->{format});
    # The volume is there, the configuration does not name it.
    Sim::Faults::middle();
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        Sim::QemuConfig::check_lock($config);
        if (!defined $key) {
            $key = Sim::QemuConfig::add_unused($config->{main}, $volume);
            return Sim::QemuConfig::store($vmid, $config);
        }
        if (defined $config->{main}{$key}) {
            Sim::Images::free($volume);
            fail("cowardly refusing to overwrite existing entry: $key");
        }
        $config->{pending}{$key} = $volume;
        if (Sim::Machine::is_running($vmid)) { Sim::Qm::Pending::take_over_running($vmid, $config, { $key => 1 }) }
        else                                 { Sim::Qm::Pending::take_over_stopped($vmid, $config) }
    });
    print "$key: successfully imported disk '$volume'\n";
    return 0;
}

# Looked at before the task, and by it once more.
sub check_move {
    my ($values) = @_;
    my ($vmid, $key, $storage, $format) = @$values{qw(vmid disk storage format)};
    not_simulated('qm disk move to another machine') if defined $values->{'target-vmid'};
    if (!defined $storage) {
        my $text = "both 'storage' and 'target-vmid' missing, either needs to be set";
        bad_parameters({ storage => $text, 'target-vmid' => $text });
    }
    my $config = Sim::QemuConfig::load($vmid);
    Sim::QemuConfig::check_lock($config);
    Sim::QemuConfig::check_digest($config, $values->{digest});
    my $drive = Sim::Drives::parse($key, $config->{main}{$key} // fail("disk '$key' does not exist"));
    fail("you can't move a cdrom") if Sim::Drives::is_cdrom($drive, 1);
    my ($from) = Sim::Drives::volume_parts($drive);
    fail("you can't move to the same storage with same format")
        if $from eq $storage && (!defined $format || Sim::Images::parse($drive->{file})->{format} eq $format);
    fail("storage '$storage' is disabled") if Sim::Storage::get($storage)->{values}{disable};
    Sim::Images::check_content($storage);
    my $is_kept = grep { $_->[1]{file} eq $drive->{file} } map { Sim::Drives::all($_) } values %{ $config->{snapshots} };
    fail("you can't move a disk with snapshots and delete the source") if $is_kept && $values->{delete};
    return ($config, $drive, $is_kept);
}

sub move {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub {
        my ($config, $drive, $is_kept) = check_move($values);
        my $old = $drive->{file};
        print "copying volume '$old' from current storage '", (Sim::Drives::volume_parts($drive))[0], "' to target storage '$values->{storage}'\n";
        print STDERR "moving disk with snapshots, snapshots will not be moved!\n" if $is_kept;
        my $running = Sim::Machine::is_running($vmid);
        fail('storage migration failed: cannot move TPM state while VM is running') if $running && $values->{disk} eq 'tpmstate0';

        my $new = allocate_copy($config, $drive, $values);
        # The process of a running machine does the copying, whatever becomes of the task.
        Sim::Machine::begin_mirror($vmid, $new) if $running;
        Sim::Faults::middle();
        Sim::Machine::end_mirror($vmid) if $running;
        $drive->{file} = $new;
        $drive->{size} = Sim::Images::size($new);
        delete $drive->{format};
        $config->{main}{ $values->{disk} } = Sim::Drives::render($values->{disk}, $drive);
        if (!$values->{delete}) {
            my $unused = Sim::QemuConfig::add_unused($config->{main}, $old);
            print "adding source volume '$old' as '$unused' to config\n";
        }
        if ($config->{main}{template}) {
            $drive->{file} = Sim::Images::make_base($new);
            $config->{main}{ $values->{disk} } = Sim::Drives::render($values->{disk}, $drive);
        }
        Sim::QemuConfig::store($vmid, $config);
        return if !$values->{delete};
        print "removing source volume '$old' after successful copy\n";
        Sim::Images::free($old);
    });
    return 0;
}

sub allocate_copy {
    my ($config, $drive, $values) = @_;
    my ($vmid, $key, $storage, $format) = @$values{qw(vmid disk storage format)};
    my $target = Sim::Qm::Disks::target_format($storage, $drive->{file}, $format);
    if (Sim::Drives::is_cloudinit($drive)) {
        my $in_file = Sim::Storage::get($storage)->{values}{path};
        return Sim::Images::allocate($storage, $vmid, Sim::Qm::Disks::SMALL_DISK, $target, "vm-$vmid-cloudinit" . ($in_file ? ".$target" : ''));
    }
    my $bytes = $key eq 'efidisk0' ? Sim::Qm::Disks::efi_bytes($drive)
        : $key eq 'tpmstate0' ? Sim::Qm::Disks::SMALL_DISK : Sim::Images::size($drive->{file});
    return Sim::Images::allocate($storage, $vmid, $bytes, $target);
}

# The sizes in the files are corrected, disks that no file names are added as unused.
sub rescan {
    my ($values) = @_;
    print "NOTE: running in dry-run mode, won't write changes out!\n" if $values->{dryrun};
    print "rescan volumes...\n";
    for my $vmid (defined $values->{vmid} ? $values->{vmid} : Sim::QemuConfig::ids()) {
        Sim::QemuConfig::locked($vmid, sub {
            my $config = Sim::QemuConfig::load($vmid);
            Sim::QemuConfig::check_lock($config);
            my $changed = correct_sizes($vmid, $config) + add_unreferenced($vmid, $config);
            Sim::QemuConfig::store($vmid, $config) if $changed && !$values->{dryrun};
        });
    }
    return 0;
}

sub correct_sizes {
    my ($vmid, $config) = @_;
    my $changed = 0;
    for my $entry (Sim::Drives::all($config->{main})) {
        my ($key, $drive) = @$entry;
        my ($storage) = Sim::Drives::volume_parts($drive);
        next if Sim::Drives::is_cdrom($drive) || !defined $storage;
        next if !Sim::Images::exists_volume($drive->{file});
        my $size = Sim::Images::size($drive->{file});
        next if ($drive->{size} // -1) == $size;
        my ($was, $is) = map { Sim::PropertyString::bytes_to_size($_) } $drive->{size} // 0, $size;
        print "VM $vmid ($key): size of disk '$drive->{file}' updated from $was to $is\n";
        $drive->{size} = $size;
        $config->{main}{$key} = Sim::Drives::render($key, $drive);
        $changed = 1;
    }
    return $changed;
}

sub add_unreferenced {
    my ($vmid, $config) = @_;
    my %named = map { $_->[1]{file} => 1 } Sim::Drives::all($config->{main});
    $named{ $config->{main}{$_} } = 1 for grep { /^unused\d+\z/ } keys %{ $config->{main} };
    my @found = grep { !$named{$_} && !/vm-$vmid-state-/ } Sim::Images::volumes_of($vmid);
    for my $volume (@found) {
        my $key = Sim::QemuConfig::add_unused($config->{main}, $volume);
        print "VM $vmid add unreferenced volume '$volume' as '$key' to config\n";
    }
    return scalar @found;
}

sub unlink_disks {
    my ($values) = @_;
    require Sim::Qm::Set;
    return Sim::Qm::Set::set({ vmid => $values->{vmid}, delete => $values->{idlist}, force => $values->{force} });
}

1;
