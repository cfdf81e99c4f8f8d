package Sim::Qm::Disks;
# Disks that a command line asks for: what is checked before anything happens, then volumes made, filled or attached.
use strict;
use warnings;

use Sim::DiskImage;
use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::Node;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Storage;

# Generated cloud-init drives and TPM states have one size, whatever was asked for.
sub SMALL_DISK () { 4 * 1024 * 1024 }

sub drive_keys { my ($values) = @_; return sort grep { Sim::QemuKeys::is_drive($_) } keys %$values }

# `--cdrom` is ide2 by another name.
sub resolve_cdrom {
    my ($values) = @_;
    my $value = delete $values->{cdrom} // return;
    $values->{ide2} = $value =~ /media=/ ? $value : "$value,media=cdrom";
}

# Puts every value into Proxmox's order, so that a later parser finds nothing new.
sub check_values {
    my ($values) = @_;
    for my $key (drive_keys($values)) {
        my $drive = Sim::Drives::parse($key, $values->{$key}, 1)
            or bad_parameters({ $key => 'unable to parse drive options' });
        check_import($key, $drive) if defined $drive->{'import-from'};
        my ($storage) = Sim::Drives::volume_parts($drive);
        bad_parameters({ $key => "unable to associate path '$drive->{file}' to any storage" })
            if !defined $storage && $drive->{file} !~ m{^(?:cdrom\z|none\z|/dev/.|\d+\z)};
        $drive->{media} //= 'cdrom' if $drive->{file} =~ /^(?:cdrom|none)\z/;
        check_optical($key, $drive);
        $values->{$key} = Sim::Drives::render($key, $drive);
    }
}

sub check_import {
    my ($key, $drive) = @_;
    my (undef, $size) = $drive->{file} =~ Sim::Drives::NEW_DISK;
    bad_parameters({ $key =>
        "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>" })
        if !defined $size || $size != 0;
    my @needed = $key eq 'efidisk0' ? qw(efitype pre-enrolled-keys) : $key eq 'tpmstate0' ? ('version') : ();
    for my $name (@needed) {
        bad_parameters({ $key => "need to specify '$name' when using 'import-from'" }) if !defined $drive->{$name};
    }
}

sub check_optical {
    my ($key, $drive) = @_;
    my ($storage, $name) = Sim::Drives::volume_parts($drive);
    return if !defined $name || $name eq 'cloudinit' || $drive->{file} =~ Sim::Drives::NEW_DISK;
    bad_parameters({ $key => "explicit 'media=cdrom' is required for iso images" })
        if Sim::Images::parse($drive->{file})->{kind} eq 'iso' && !Sim::Drives::is_cdrom($drive);
}

sub check_storages {
    my ($values, $default) = @_;
    for my $key (drive_keys($values)) {
        my $drive = Sim::Drives::parse($key, $values->{$key}, 1)
            or bad_parameters({ $key => 'unable to parse drive options' });
        my ($storage, $name) = Sim::Drives::volume_parts($drive);
        if ($drive->{file} =~ /^(?:none|cdrom)\z/ || ($name // '') eq 'cloudinit') {
            # Nothing to check.
        } elsif (!Sim::Drives::is_cdrom($drive) && $drive->{file} =~ Sim::Drives::NEW_DISK) {
            Sim::Images::check_content($1 // $default // fail('no storage ID specified (and no default storage)'));
        } elsif (defined $storage) {
            my $kind = Sim::Images::parse($drive->{file})->{kind};
            bad_parameters({ $key => "content type needs to be 'images' or 'iso'" }) if $kind !~ /^(?:images|iso)\z/;
        }
        check_source($key, $drive->{'import-from'}) if defined $drive->{'import-from'};
    }
}

sub check_source {
    my ($key, $source) = @_;
    return if $source =~ m{^/};
    my $volume = Sim::Images::parse($source);
    bad_parameters({ $key => "$source has wrong type '$volume->{kind}' - needs to be 'images' or 'import'" })
        if $volume->{kind} !~ /^(?:images|import)\z/;
    not_simulated("importing '$source'") if $volume->{format} =~ /^(?:ova|ovf|vmdk)/;
}

# Answers the values to store. What was made before a failure is taken away again; a killed worker leaves it.
sub make {
    my ($vmid, $config, $values, $default) = @_;
    my (%stored, @made);
    return \%stored if eval {
        for my $key (drive_keys($values)) {
            my $drive = Sim::Drives::parse($key, $values->{$key}, 1);
            make_one($vmid, $config, $key, $drive, \%stored, \@made, $default);
            $stored{$key} = Sim::Drives::render($key, $drive);
        }
        1;
    };
    my $error = $@;
    if (!Sim::Failure::was_killed($error)) { Sim::Images::free($_) for @made }
    die $error;
}

sub make_one {
    my ($vmid, $config, $key, $drive, $stored, $made, $default) = @_;
    my (undef, $name) = Sim::Drives::volume_parts($drive);
    if ($drive->{file} =~ /^(?:none|cdrom)\z/) {
        delete $drive->{size};
        return;
    }
    if (($name // '') eq 'cloudinit') {
        check_only_cloudinit($key, $config, $stored);
        push @$made, make_cloudinit($vmid, $drive);
    } elsif ($drive->{file} =~ Sim::Drives::NEW_DISK) {
        my ($storage, $gib) = ($1 // $default, $2);
        push @$made, defined $drive->{'import-from'}
            ? fill($vmid, $config, $key, $drive, $storage)
            : allocate($vmid, $config, $key, $drive, $storage, $gib);
    } else {
        return attach($key, $drive, $config, $stored);
    }
    # The volume is there, no configuration names it.
    Sim::Faults::middle();
    print "$key: successfully created disk '", Sim::Drives::render($key, $drive), "'\n";
}

sub check_only_cloudinit {
    my ($key, $config, $stored) = @_;
    for my $section ($config->{main}, $config->{pending}, $stored) {
        my $other = Sim::Drives::cloudinit_key($section, $key) // next;
        fail("$key - cloud-init drive is already attached at '$other'");
    }
}

sub make_cloudinit {
    my ($vmid, $drive) = @_;
    my ($storage_id) = Sim::Drives::volume_parts($drive);
    my $in_file = Sim::Storage::get($storage_id)->{values}{path};
    my $format = delete $drive->{format} // ($in_file ? 'qcow2' : 'raw');
    my $name = "vm-$vmid-cloudinit" . ($in_file ? ".$format" : '');
    $drive->{file}  = Sim::Images::allocate($storage_id, $vmid, SMALL_DISK, $format, $name);
    $drive->{media} = 'cdrom';
    return $drive->{file};
}

sub allocate {
    my ($vmid, $config, $key, $drive, $storage, $gib) = @_;
    # Tenths of a GiB are cut to whole KiB.
    my $bytes = $key eq 'efidisk0' ? efi_bytes($drive) : $key eq 'tpmstate0' ? SMALL_DISK : int($gib * 1024 * 1024) * 1024;
    my $volume = Sim::Images::allocate($storage, $vmid, $bytes, delete $drive->{format});
    $volume = Sim::Images::make_base($volume) if $config->{main}{template};
    $drive->{file} = $volume;
    $drive->{size} = $key eq 'efidisk0' ? Sim::Images::size($volume) : $bytes;
    $drive->{'ms-cert'} = '2023k'
        if $key eq 'efidisk0' && $drive->{'pre-enrolled-keys'} && Sim::Node::release_is('9.2');
    return $volume;
}

# The size of the firmware's template of variables.
sub efi_bytes { my ($drive) = @_; return ($drive->{efitype} // '2m') eq '4m' ? 540_672 : 131_072 }

sub fill {
    my ($vmid, $config, $key, $drive, $storage) = @_;
    my $source = delete $drive->{'import-from'};
    my $format = delete $drive->{format};
    my $volume;
    if ($source =~ m{^/}) {
        my $info = source_info($source);
        $volume = Sim::Images::allocate($storage, $vmid, $info->{size}, $format);
        $drive->{size} = $info->{size};
        $volume = Sim::Images::make_base($volume) if $config->{main}{template};
    } else {
        $volume = eval { import_volume($vmid, $key, $source, $storage, $format) };
        if (my $error = $@) {
            $error->{text} = "cannot import from '$source' - $error->{text}" if ref $error eq 'Sim::Failure';
            die $error;
        }
        $drive->{size} = Sim::Images::size($volume);
    }
    $drive->{file} = $volume;
    return $volume;
}

sub source_info {
    my ($path) = @_;
    my $file = Sim::Node::host_path($path);
    fail("can't find file '$path'") if !-f $file;
    my $info = Sim::DiskImage::info($file);
    fail("backing file not allowed for untrusted image '$path'!") if defined $info->{backing};
    fail("could not get file size of $path") if !$info->{size};
    return $info;
}

sub import_volume {
    my ($vmid, $key, $source, $storage, $format) = @_;
    my $found = Sim::Images::parse($source);
    if ($found->{kind} eq 'import') {
        my $file = Sim::Images::file_of($source);
        fail("failed to stat '" . Sim::Images::path($source) . "'") if !-e $file;
        my $info = Sim::DiskImage::info($file, $found->{format}) or fail('failed to query file information with qemu-img');
        fail("backing file not allowed for untrusted image '" . Sim::Images::path($source) . "'!") if $info->{backing};
    }
    my $size = Sim::Images::size($source) or fail("could not get size of $source");
    fail('cannot import from cloudinit disk') if Sim::Drives::is_cloudinit({ file => $source });
    print "create full clone of drive ($source)\n";
    my $volume = Sim::Images::allocate($storage, $vmid, $size, target_format($storage, $source, $format));
    print "allocated target volume '$volume'\n";
    return $volume;
}

# The format asked for, else the source's, where the storage takes it.
sub target_format {
    my ($storage_id, $source, $wanted) = @_;
    my @taken = Sim::Images::formats(Sim::Storage::get($storage_id));
    my $format = $wanted // Sim::Images::parse($source)->{format};
    return $format if grep { $_ eq $format } @taken;
    print STDERR "format '$wanted' is not supported by the target storage '$storage_id' - using '$taken[0]' instead\n"
        if defined $wanted;
    return $taken[0];
}

sub attach {
    my ($key, $drive, $config, $stored) = @_;
    my ($storage_id) = Sim::Drives::volume_parts($drive);
    if (defined $storage_id) {
        my $volume = Sim::Images::parse($drive->{file});
        fail("drive '$key' - volume '$drive->{file}' - 'format=$drive->{format}' option different from storage format"
                . " '$volume->{format}'") if $drive->{format} && $drive->{format} ne $volume->{format};
        check_only_cloudinit($key, $config, $stored) if Sim::Drives::is_cloudinit($drive);
        Sim::Storage::activate($storage_id);
    }
    my $size = defined $storage_id ? Sim::Images::size($drive->{file}) : device_size($drive->{file});
    fail("volume $drive->{file} does not exist") if !$size;
    $drive->{size} = $size;
}

sub device_size {
    my ($path) = @_;
    my $info = Sim::DiskImage::info(Sim::Node::host_path($path));
    return $info && $info->{size};
}

1;
