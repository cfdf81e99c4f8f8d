package Sim::Schema;
# Checks one value against the rule of its option, with the words of Proxmox's own checker.
#
# A rule is a hash: type (string integer number boolean), min, max, length, enum, pattern, format, properties
# (a property string's own rules), list (may be given several times), optional (default) or required.
use strict;
use warnings;

use Sim::PropertyString;

my %FORMATS = (
    vmid            => sub { $_[0] =~ /^[1-9][0-9]{2,8}\z/ ? undef : "value does not look like a valid VM ID\n" },
    'dns-name'      => \&dns_name,
    'dns-name-list' => sub { each_of($_[0], \&dns_name) },
    'config-id'     => \&config_id,
    'config-id-list' => sub { each_of($_[0], \&config_id) },
    'storage-id'    => \&storage_id,
    'volume-id'     => \&volume_id,
    'mount-path'    => \&mount_path,
    'device-path'   => sub { $_[0] =~ m{^/dev/} ? undef : "$_[0] is not a valid device path\n" },
    size            => \&size,
    mac             => \&mac,
    ipv4            => sub { is_ipv4($_[0]) ? undef : "value does not look like a valid IPv4 address\n" },
    ipv6            => sub { is_ipv6($_[0]) ? undef : "value does not look like a valid IPv6 address\n" },
    'ipv4-config'   => \&ipv4_config,
    'ipv6-config'   => \&ipv6_config,
    'ip-list'       => sub { each_of($_[0], \&any_ip) },
    'tag-list'      => sub { each_of($_[0], \&tag) },
    startup         => \&startup,
    timezone        => \&timezone,
    'content-list'  => sub { each_of($_[0], \&content_type) },
    'ha-resource'   => \&ha_resource,
    'volume-or-path' => sub { $_[0] =~ m{^(?:none\z|cdrom\z|/)} ? undef : volume_id($_[0]) },
    'image-source'  => sub { $_[0] =~ m{^/} ? undef : volume_id($_[0]) },
    'address-list'  => sub { each_of($_[0], \&address) },
    bridge          => sub { $_[0] =~ /^[-_.\w]+\z/ ? undef : "invalid network interface name '$_[0]'\n" },
    urlencoded      => sub { $_[0] =~ /^[-%a-zA-Z0-9_.!~*'()]*\z/ ? undef : "value is not urlencoded\n" },
    'boot-devices'  => sub { each_of($_[0], \&boot_device) },
    hotplug         => \&hotplug,
    'cpu-set'       => sub { $_[0] =~ /^\s*\d+(?:-\d+)?(?:\s*,\s*\d+(?:-\d+)?)*\s*\z/ ? undef : "unable to parse cpuset\n" },
    'cpu-type'      => \&cpu_type,
    'phys-bits'     => \&physical_bits,
);

my %CONTENT = map { $_ => 1 } qw(images rootdir vztmpl iso backup snippets import none);

# undef when the value is right, else the message.
sub complaint {
    my ($rule, $value, $path) = @_;
    my $type = $rule->{type} // 'string';

    if ($type eq 'boolean') {
        return defined boolean($value) ? undef : "type check ('boolean') failed - got '$value'";
    }
    if ($type eq 'integer' || $type eq 'number') {
        my $shape = $type eq 'integer' ? qr/^[+-]?\d+\z/ : qr/^[+-]?\d+(?:\.\d+)?\z/;
        return "type check ('$type') failed - got '$value'" if $value !~ $shape;
        return "value must have a minimum value of $rule->{min}" if defined $rule->{min} && $value < $rule->{min};
        return "value must have a maximum value of $rule->{max}" if defined $rule->{max} && $value > $rule->{max};
        return undef;
    }
    return string_complaint($rule, $value, $path);
}

sub string_complaint {
    my ($rule, $value, $path) = @_;
    return "value may only be $rule->{length} characters long" if $rule->{length} && length $value > $rule->{length};

    if (my $message = format_complaint($rule, $value, $path)) {
        return "invalid format - $message";
    }
    return 'value does not match the regex pattern' if $rule->{pattern} && $value !~ /^(?:$rule->{pattern})\z/;
    if ($rule->{enum} && !grep { $_ eq $value } @{ $rule->{enum} }) {
        return "value '$value' does not have a value in the enumeration '" . join(', ', @{ $rule->{enum} }) . "'";
    }
    return undef;
}

sub format_complaint {
    my ($rule, $value, $path) = @_;
    if ($rule->{properties}) {
        my (undef, $message) = Sim::PropertyString::parse($rule->{properties}, $value, $path);
        return $message;
    }
    return undef if !defined $rule->{format};
    my $check = $FORMATS{ $rule->{format} } or die "no such format '$rule->{format}'\n";
    return $check->($value);
}

# 1, 0 or undef
sub boolean {
    my ($value) = @_;
    return 1 if $value =~ /^(?:1|on|yes|true)\z/i;
    return 0 if $value =~ /^(?:0|off|no|false)\z/i;
    return undef;
}

sub split_list {
    my ($text) = @_;
    return split /\0/, $text if $text =~ /\0/;
    $text =~ s/[,;]/ /g;
    return split ' ', $text;
}

sub each_of {
    my ($text, $check) = @_;
    for my $item (split_list($text)) {
        my $message = $check->($item);
        return $message if defined $message;
    }
    return undef;
}

sub size {
    my ($text) = @_;
    return $text =~ /^\d+(?:\.\d+)?(?:[KMGT](?:iB)?)?\z/ ? undef : "value does not look like a valid disk size: $text\n";
}

sub mac {
    my ($text) = @_;
    my $unicast = $text =~ /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}\z/i;
    return $unicast ? undef : "value does not look like a valid unicast MAC address\n";
}

sub ha_resource {
    my ($id) = @_;
    return $id =~ /^(?:(?:ct|vm):)?\d+\z/ ? undef : "value does not look like a valid ha resource id\n";
}

sub dns_name {
    my ($name) = @_;
    my $label = qr/[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?/;
    return $name =~ /^$label(?:\.$label)*\z/ ? undef : "value does not look like a valid DNS name\n";
}

sub config_id { return $_[0] =~ /^[a-z][a-z0-9_-]+\z/i ? undef : "invalid configuration ID '$_[0]'\n" }

sub storage_id {
    my ($id) = @_;
    return $id =~ /^[a-z][a-z0-9_.-]*[a-z0-9]\z/i ? undef : "storage ID '$id' contains illegal characters\n";
}

sub volume_id {
    my ($id) = @_;
    return $id =~ /^[a-z][a-z0-9_.-]*[a-z0-9]:.+\z/i ? undef : "unable to parse volume ID '$id'\n";
}

sub mount_path {
    my ($path) = @_;
    return $path =~ m{(?:^|/)\.\.?(?:/|\z)} ? "$path contains illegal character sequences\n" : undef;
}

sub is_ipv4 {
    my (@parts) = $_[0] =~ /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\z/ or return 0;
    return !grep { $_ > 255 } @parts;
}

sub is_ipv6 { return $_[0] =~ /^[0-9a-f:]+(?:\d+\.\d+\.\d+\.\d+)?\z/i && $_[0] =~ /:.*:/ }

sub any_ip {
    my ($address) = @_;
    $address =~ s/%.*//;
    return is_ipv4($address) || is_ipv6($address) ? undef : "value does not look like a valid IP address\n";
}

sub ipv4_config {
    my ($value) = @_;
    return undef if $value eq 'dhcp' || $value eq 'manual';
    my ($address, $bits) = $value =~ m{^(.+)/(\d+)\z};
    return undef if defined $address && is_ipv4($address) && $bits >= 8 && $bits <= 32;
    return "value does not look like a valid ipv4 network configuration\n";
}

sub ipv6_config {
    my ($value) = @_;
    return undef if $value =~ /^(?:auto|dhcp|manual)\z/;
    my ($address, $bits) = $value =~ m{^(.+)/(\d+)\z};
    return undef if defined $address && is_ipv6($address) && $bits >= 8 && $bits <= 128;
    return "value does not look like a valid ipv6 network configuration\n";
}

sub tag { return $_[0] =~ /^[a-z0-9_][a-z0-9_\-+.]*\z/i ? undef : "invalid characters in tag\n" }

sub startup {
    my ($value) = @_;
    for my $part (split /,/, $value) {
        return "unable to parse startup options\n" if $part !~ /^(?:order=)?\d+\z/ && $part !~ /^(?:up|down)=\d+\z/;
    }
    return undef;
}

sub timezone {
    my ($zone) = @_;
    return $zone eq 'host' || $zone eq 'UTC' || $zone =~ m{^[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+\z}
        ? undef : "invalid time zone '$zone'\n";
}

sub address {
    my ($value) = @_;
    return !defined any_ip($value) || !defined dns_name($value) ? undef : "value does not look like a valid address: $value\n";
}

sub boot_device {
    my ($name) = @_;
    return undef if $name =~ /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:\d|1[0-5]))\z/;
    return undef if $name =~ /^(?:net(?:[12]?\d|3[01])|usb(?:\d|1[0-3])|hostpci(?:\d|1[0-5]))\z/;
    return "invalid boot device '$name'\n";
}

sub hotplug {
    my ($text) = @_;
    return undef if $text =~ /^[01]\z/;
    my ($wrong) = grep { !/^(?:network|disk|cpu|memory|usb|cloudinit)\z/ } split_list($text);
    return defined $wrong ? "invalid hotplug feature '$wrong'\n" : undef;
}

sub cpu_type {
    my ($type) = @_;
    require Sim::CpuModels;
    return Sim::CpuModels::is_known($type) ? undef
        : "Built-in cputype '$type' is not defined (missing 'custom-' prefix?)\n";
}

sub physical_bits {
    my ($value) = @_;
    return $value eq 'host' || $value =~ /^\d+\z/ && $value >= 8 && $value <= 64 ? undef
        : "value must be an integer between 8 and 64 or 'host'\n";
}

sub content_type { return $CONTENT{ $_[0] } ? undef : "invalid content type '$_[0]'\n" }

1;
