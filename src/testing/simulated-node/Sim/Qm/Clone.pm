package Sim::Qm::Clone;
# qm clone: only the target is locked (`lock: clone`), the source is not marked at all. Everything is copied: notes,
# tags, autostart, protection, cloud-init settings and the firewall file.
use strict;
use warnings;

use Sim::Devices;
use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Firewall;
use Sim::Images;
use Sim::Machine;
use Sim::Node;
use Sim::PropertyString;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::Disks;
use Sim::Qm::Values;
use Sim::Storage;

my %OF_THE_SOURCE_ONLY = map { $_ => 1 } qw(
    parent snaptime vmstate snapstate runningcpu runningmachine running-nets-host-mtu lock template
);

sub check {
    my ($values) = @_;
    not_simulated('qm clone --target to another node')
        if defined $values->{target} && $values->{target} !~ /^(?:localhost|\Q@{[Sim::Node::name()]}\E)\z/;
    plan($values);
}

sub clone {
    my ($values) = @_;
    my ($vmid, $newid) = @$values{qw(vmid newid)};
    Sim::QemuConfig::locked($vmid, sub {
        Sim::QemuConfig::locked($newid, sub { copy($values, plan($values)) });
    });
    return 0;
}

# What the new configuration is without disks, and the disks with how each is copied.
sub plan {
    my ($values) = @_;
    my ($vmid, $newid, $storage, $snapshot) = @$values{qw(vmid newid storage snapname)};
    if (defined $storage) {
        fail("storage '$storage' is disabled") if Sim::Storage::get($storage)->{values}{disable};
        Sim::Images::check_content($storage);
    }
    my $config = Sim::QemuConfig::load($vmid);
    Sim::QemuConfig::check_lock($config);
    fail("snapshot '$snapshot' does not exist") if defined $snapshot && !$config->{snapshots}{$snapshot};
    my $full = $values->{full} // !$config->{main}{template};
    for my $name (qw(storage format)) {
        fail("parameter '$name' not allowed for linked clones") if defined $values->{$name} && !$full;
    }
    my $from = defined $snapshot ? $config->{snapshots}{$snapshot} : $config->{main};
    my %new  = map { $_ => $from->{$_} } grep { !$OF_THE_SOURCE_ONLY{$_} && !/^unused\d+\z/ } keys %$from;
    my $running = Sim::Machine::is_running($vmid);
    fail('cannot clone TPM state while VM is running') if $full && $running && !defined $snapshot && $new{tpmstate0};
    check_free($newid);

    my @drives;
    for my $entry (Sim::Drives::all(\%new)) {
        my ($key, $drive) = @$entry;
        next if Sim::Drives::is_cdrom($drive, 1);
        my $copied = $full || Sim::Drives::is_cloudinit($drive) || $key eq 'tpmstate0';
        check_feature($key, $drive, $copied, $snapshot);
        push @drives, [$key, $drive, $copied];
        delete $new{$key};
    }
    renew(\%new, $values, $vmid, $from);
    return { config => { %{ Sim::QemuConfig::empty() }, main => \%new }, drives => [sort { $a->[0] cmp $b->[0] } @drives] };
}

sub check_free {
    my ($newid) = @_;
    fail("unable to create VM $newid: config file already exists") if -e Sim::QemuConfig::file($newid);
}

sub check_feature {
    my ($key, $drive, $copied, $snapshot) = @_;
    my $of = defined $snapshot ? " a snapshot of" : '';
    my $reason = "clone feature is not supported for$of '$drive->{file}' ($key)";
    my $volume = Sim::Images::parse($drive->{file});
    fail("Linked $reason") if !$copied && !$volume->{is_base};
    fail("Full $reason") if $copied && defined $snapshot && $volume->{format} ne 'qcow2' && !Sim::Drives::is_cloudinit($drive);
}

# New addresses and ids, the name and the notes.
sub renew {
    my ($new, $values, $vmid, $from) = @_;
    for my $key (grep { /^net\d+\z/ } sort keys %$new) {
        my $card = Sim::Qm::Values::parse_card($new->{$key});
        $card->{macaddr} = Sim::Devices::new_hwaddr();
        $new->{$key} = Sim::Qm::Values::render_card($card);
    }
    my $rules = Sim::QemuKeys::property_rules('smbios1');
    my ($smbios) = Sim::PropertyString::parse($rules, $new->{smbios1} // '');
    $new->{smbios1} = Sim::PropertyString::render($rules, { %{ $smbios // {} }, uuid => Sim::Qm::Values::new_uuid() });
    $new->{vmgenid} = Sim::Qm::Values::new_uuid() if $new->{vmgenid};
    $new->{name} = $values->{name} || 'Copy-of-VM-' . ($from->{name} // $vmid);
    $new->{description} = $values->{description} if $values->{description};
    $new->{lock} = 'clone';
}

sub copy {
    my ($values, $plan) = @_;
    my ($vmid, $newid) = @$values{qw(vmid newid)};
    my $config = $plan->{config};
    print "creating a clone of VM $vmid with ID $newid\n";
    # Fails when another node has the number.
    require Sim::ConfigLock;
    Sim::ConfigLock::check_unused($newid);
    Sim::Node::spew(Sim::QemuConfig::file($newid), "# qmclone temporary file\nlock: clone\n");
    Sim::Firewall::copy($vmid, $newid);

    my @made;
    return if eval {
        for my $entry (@{ $plan->{drives} }) {
            my ($key, $drive, $copied) = @$entry;
            $drive->{file} = copy_volume($key, $drive, $copied, $values);
            push @made, $drive->{file};
            # The volume is there, the configuration does not name it.
            Sim::Faults::middle();
            delete $drive->{format};
            $drive->{size} = Sim::Images::size($drive->{file});
            $config->{main}{$key} = Sim::Drives::render($key, $drive);
            Sim::QemuConfig::store($newid, $config);
        }
        Sim::Faults::middle();
        delete $config->{main}{lock};
        Sim::QemuConfig::store($newid, $config);
        1;
    };
    my $error = $@;
    die $error if Sim::Failure::was_killed($error) || ref $error ne 'Sim::Failure';
    Sim::Images::free($_) for @made;
    Sim::Firewall::remove($newid);
    Sim::QemuConfig::remove($newid);
    $error->{text} = "clone failed: $error->{text}";
    die $error;
}

sub copy_volume {
    my ($key, $drive, $copied, $values) = @_;
    my $source = $drive->{file};
    print 'create ', ($copied ? 'full' : 'linked'), " clone of drive $key ($source)\n";
    return Sim::Images::linked_clone($source, $values->{newid}) if !$copied;

    my $storage = $values->{storage} // (Sim::Drives::volume_parts($drive))[0];
    my $format  = Sim::Qm::Disks::target_format($storage, $source, $values->{format});
    my ($name, $bytes);
    if (Sim::Drives::is_cloudinit($drive)) {
        my $in_file = Sim::Storage::get($storage)->{values}{path};
        ($name, $bytes) = ("vm-$values->{newid}-cloudinit" . ($in_file ? ".$format" : ''), Sim::Qm::Disks::SMALL_DISK);
    } else {
        $bytes = $key eq 'efidisk0' ? Sim::Qm::Disks::efi_bytes($drive)
            : $key eq 'tpmstate0' ? Sim::Qm::Disks::SMALL_DISK : Sim::Images::size($source);
    }
    my $made = Sim::Images::allocate($storage, $values->{newid}, $bytes, $format, $name);
    print "allocated target volume '$made'\n";
    return $made;
}

1;
