package Sim::QemuConfig;
# /etc/pve/nodes/NODE/qemu-server/ID.conf: read, written in Proxmox's order, with its pending section, snapshots and
# what the cloud-init drive was made of.
#
# config  = { text, main, pending, cloudinit, fleecing, snapshots => { name => section } }
# section = { key => value }, the description among the keys
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Drives;
use Sim::Failure;
use Sim::GuestConfig;
use Sim::Node;
use Sim::QemuKeys;
use Sim::Schema;

sub relative_path { my ($vmid) = @_; return 'nodes/' . Sim::Node::name() . "/qemu-server/$vmid.conf" }
sub file          { return Sim::Node::host_path('/etc/pve/' . relative_path($_[0])) }
sub remove        { my ($vmid) = @_; unlink file($vmid) }

sub load {
    my ($vmid) = @_;
    my $text = Sim::Node::slurp(file($vmid));
    # 2 is the errno of the missing file, which the real tools leak as their exit code.
    fail("Configuration file '" . relative_path($vmid) . "' does not exist", 2) if !defined $text;
    return parse($vmid, $text);
}

# Written and read again: what does not survive the parser is lost at once.
sub store {
    my ($vmid, $config) = @_;
    Sim::Node::spew(file($vmid), $config->{text} = render($config));
}

sub ids {
    my $folder = Sim::Node::host_path('/etc/pve/nodes/' . Sim::Node::name() . '/qemu-server');
    return sort { $a <=> $b } map { /^(\d+)\.conf\z/ ? $1 : () } Sim::Node::entries($folder);
}

sub empty { return { text => '', main => {}, pending => {}, snapshots => {} } }

# Runs code while nobody else changes the machine's configuration.
sub locked {
    my ($vmid, $code) = @_;
    return Sim::ConfigLock::hold("/run/lock/qemu-server/lock-$vmid.conf", "/var/lock/qemu-server/lock-$vmid.conf", $code);
}

sub parse {
    my ($vmid, $text) = @_;
    my $config = empty();
    $config->{text} = $text;
    my ($kind, $section) = ('main', $config->{main});

    for my $line (split /\n/, $text) {
        next if $line =~ /^\s*\z/;
        if ($line =~ /^\[PENDING\]\s*\z/i) {
            ($kind, $section) = ('pending', $config->{pending});
        } elsif ($line =~ /^\[special:(cloudinit|fleecing)\]\s*\z/i) {
            ($kind, $section) = (lc $1, $config->{ lc $1 } = {});
        } elsif ($line =~ /^\[([a-z][a-z0-9_\-]+)\]\s*\z/i) {
            ($kind, $section) = ('snapshot', $config->{snapshots}{$1} = {});
        } elsif ($line =~ /^\[([^\]]*)\]\s*\z/) {
            Sim::GuestConfig::warning("vm $vmid - skipping unknown section: '$1'");
            $section = undef;
        } elsif (!$section) {
            next;
        } elsif ($line =~ /^#(.*)\z/) {
            $section->{description} .= Sim::Node::decode($1) . "\n";
        } else {
            parse_setting($vmid, $kind, $section, $line);
        }
    }
    for my $part ($config->{main}, $config->{pending}, values %{ $config->{snapshots} }) {
        $part->{description} =~ s/\s+\z// if defined $part->{description};
    }
    return $config;
}

sub parse_setting {
    my ($vmid, $kind, $section, $line) = @_;
    if ($line =~ /^description:\s*(.*\S)\s*\z/) {
        $section->{description} .= Sim::Node::decode($1);
    } elsif ($line =~ /^(snapstate):\s*(prepare|delete)\s*\z/ || $line =~ /^(args):\s*(.*\S)\s*\z/) {
        $section->{$1} = $2;
    } elsif ($line =~ /^delete:\s*(.*\S)\s*\z/) {
        return Sim::GuestConfig::warning("vm $vmid - property 'delete' is only allowed in [PENDING]")
            if $kind ne 'pending';
        $section->{delete} = $1;
    } elsif ($line =~ /^([a-z][a-z_\-]*\d*):\s*(.+?)\s*\z/) {
        my ($key, $value) = ($1, $2);
        my $message = $kind =~ /^(?:cloudinit|fleecing)\z/ ? undef : complaint($key, \$value);
        # The line is lost at the next write.
        return Sim::GuestConfig::warning("vm $vmid - unable to parse value of '$key' - $message") if defined $message;
        $section->{ $key eq 'cdrom' ? 'ide2' : $key } = $value;
    } else {
        Sim::GuestConfig::warning("vm $vmid - unable to parse config: $line");
    }
}

# The file's parser knows types and formats, neither limits nor patterns. Booleans become 1 and 0, drives are put
# into their order.
sub complaint {
    my ($key, $value) = @_;
    my $rule = Sim::QemuKeys::rule($key) or return "unknown setting '$key'";
    my $type = $rule->{type};
    if ($type eq 'boolean') {
        my $truth = Sim::Schema::boolean($$value);
        return "type check ('boolean') failed - got '$$value'" if !defined $truth;
        $$value = $truth;
        return undef;
    }
    if ($type ne 'string') {
        my $shape = $type eq 'integer' ? qr/^\d+\z/ : qr/^\d+(?:\.\d+)?\z/;
        return $$value =~ $shape ? undef : "type check ('$type') failed - got '$$value'";
    }
    my $message = Sim::Schema::format_complaint($rule, $$value, undef);
    return $message if defined $message;
    return undef if $key !~ /^(?:ide|scsi|virtio|sata)\d+\z/;
    my $drive = Sim::Drives::parse($key, $$value) or return 'unable to parse drive options';
    $$value = Sim::Drives::render($key, $drive);
    return undef;
}

sub render {
    my ($config) = @_;
    drop_used_from_unused($config->{main});
    my $text = render_section($config->{main});
    $text .= "\n[PENDING]\n" . render_section($config->{pending}, 1) if %{ $config->{pending} };
    $text .= "\n[special:cloudinit]\n" . render_section($config->{cloudinit})
        if $config->{cloudinit} && Sim::Drives::cloudinit_key($config->{main});
    $text .= "\n[special:fleecing]\n" . render_section($config->{fleecing}) if $config->{fleecing};
    for my $name (sort keys %{ $config->{snapshots} }) {
        $text .= "\n[$name]\n" . render_section($config->{snapshots}{$name});
    }
    return $text;
}

sub render_section {
    my ($section, $pending) = @_;
    my $text = '';
    if (defined(my $description = $section->{description})) {
        $text .= '#' . Sim::GuestConfig::encode_line($_) . "\n" for split /\n/, $description;
        $text .= "#\n" if $description eq '' && $pending;
    }
    $text .= "$_: $section->{$_}\n" for sort grep { $_ ne 'description' } keys %$section;
    return $text;
}

sub drop_used_from_unused {
    my ($section) = @_;
    my %used = map { $_->[1]{file} => 1 } Sim::Drives::all($section);
    for my $key (grep { /^unused\d+\z/ } keys %$section) {
        delete $section->{$key} if $used{ $section->{$key} };
    }
}

# The key under which the volume is kept, undef if it is there already.
sub add_unused {
    my ($section, $volume) = @_;
    my %taken = map { /^unused(\d+)\z/ ? ($1 => $section->{$_}) : () } keys %$section;
    return undef if grep { $_ eq $volume } values %taken;
    my ($free) = grep { !exists $taken{$_} } 0 .. 255;
    $section->{"unused$free"} = $volume;
    return "unused$free";
}

# By key: whether the volume goes for good (`!key`).
sub pending_deletes {
    my ($config) = @_;
    return map { /^(!?)(.+)\z/ ? ($2 => $1 ne '') : () } Sim::Schema::split_list($config->{pending}{delete} // '');
}

sub set_pending_deletes {
    my ($config, %forced) = @_;
    my @entries = map { ($forced{$_} ? '!' : '') . $_ } sort keys %forced;
    if (@entries) { $config->{pending}{delete} = join ',', @entries }
    else          { delete $config->{pending}{delete} }
}

sub check_lock {
    my ($config) = @_;
    fail("VM is locked ($config->{main}{lock})") if defined $config->{main}{lock};
}

sub check_protection {
    my ($config, $what) = @_;
    fail("$what - protection mode enabled") if $config->{main}{protection};
}

sub digest {
    my ($config) = @_;
    require Digest::SHA;
    return Digest::SHA::sha1_hex($config->{text});
}

sub check_digest {
    my ($config, $digest) = @_;
    fail("checksum mismatch (file change by other user?)") if defined $digest && $digest ne digest($config);
}

# MiB
sub memory {
    my ($section) = @_;
    my ($value) = ($section->{memory} // '512') =~ /(\d+)/;
    return $value;
}

1;
