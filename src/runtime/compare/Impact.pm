package Impact;

# What a change costs a running guest where the runbook cannot know it: of keys that it does not name, and where it depends on what is there.
#
# As `vmconfig_hotplug_pending` of pve-container (5.2.6 to 6.1.10) and qemu-server (8.3.12 to 9.1.15) have it, the same in PVE 8.4 to 9.2.

use strict;
use warnings;
use Property;

# Keys that a running guest gives up at once, without their numbers.
my %gone_at_once = (
    lxc  => { map { $_ => 1 } qw(description onboot startup protection hostname hookscript cores tags swap cpulimit cpuunits net unused) },
    qemu => { map { $_ => 1 } qw(
        name description tags onboot startup protection hookscript shares migrate_downtime migrate_speed vmstatestorage cpulimit cpuunits
        cicustom cipassword citype ciuser ciupgrade sshkeys nameserver searchdomain ipconfig unused
    ) },
);

# What a machine has to let plug in, by key.
my %plugged = (net => 'network', usb => 'usb', tablet => 'usb', scsi => 'disk', virtio => 'disk', vcpus => 'cpu', memory => 'memory');

# What removing a key costs, `keys` being all that the guest has.
sub of_removal {
    my ($type, $key, $keys) = @_;
    my $name = $key =~ s/\d+$//r;
    return $key =~ /^net\d\d/ ? 'restart' : of_word($gone_at_once{lxc}{$name}) if $type eq 'lxc';
    return of_word(($keys->{balloon} // 1) != 0) if $name eq 'balloon';
    return of_word(!wants_slots($keys->{hotplug})) if $name eq 'hotplug';
    return of_word($gone_at_once{qemu}{$name} || is_plugged($name, $keys));
}

# What a change from one value to another costs, for keys of machines; `said` is what the runbook says.
my %of_change = (
    balloon => sub { my ($from, $to) = @_; of_word(!($from // 1) == !$to) },
    hotplug => sub { my ($from, $to) = @_; of_word(!wants_slots($from) && !wants_slots($to)) },
    agent   => sub { my ($from, $to) = @_; of_word(defined $from && differ('agent', $from, $to) =~ /^(?:fstrim_cloned_disks)?$/) },
    net     => sub { my ($from, $to, $said) = @_; defined $from && differ('net0', $from, $to) !~ /model|hwaddr|queues|mtu/ && is_bridged($from) && is_bridged($to) ? 'live' : $said },
);

sub of_change {
    my ($type, $key, $said, $from, $to) = @_;
    return $said if $type ne 'qemu' || $said !~ /^(?:live|restart)$/;
    my $weigh = $of_change{ $key =~ s/\d+$//r };
    return $weigh->($from, $to, $said) if $weigh;
    return is_drive($key) && defined $from && "$from,$to" =~ /media=cdrom.*media=cdrom/ ? 'live' : $said;    # another medium
}

# What other options of a disk cost: QEMU has some of them from its start on.
sub of_options {
    my ($type, $key, $said, $from, $to) = @_;
    return $said if $type ne 'qemu' || $key =~ /^(?:efidisk|tpmstate)/;
    my $changed = join ' ', grep { ($from->{$_} // '') ne ($to->{$_} // '') } qw(aio cache discard iothread product queues ro ssd vendor);
    return of_word($changed eq '');
}

sub of_word { return $_[0] ? 'live' : 'restart' }

sub is_drive { return $_[0] =~ /^(?:scsi|virtio|sata|ide)\d+$/ }

sub is_bridged { return $_[0] =~ /(?:^|,)bridge=/ }

# Slots for processors and memory are there from the start or not at all.
sub wants_slots { return ($_[0] // '') =~ /cpu|memory/ }

sub is_plugged {
    my ($name, $keys) = @_;
    my $needs = $plugged{$name} // return 0;
    my $lets  = $keys->{hotplug} // 1;
    $lets = 'network,disk,usb' if $lets eq '1';
    return 0 if $name eq 'usb' && ($keys->{ostype} // 'other') !~ /^(?:l26|win(?:8|10|11))$/;
    return scalar grep { $_ eq $needs } split /[,;\s]+/, $lets;
}

# Names of the sub-keys in which two values differ.
sub differ {
    my ($key, $from, $to) = @_;
    my ($is, $wanted) = map { Property::parts($_, Property::default_key($key)) } $from, $to;
    my $only = sub { my ($parts, $name) = @_; exists $parts->{$name} ? { $name => $parts->{$name} } : {} };
    return join ' ', grep { !Property::same_parts($key, $only->($wanted, $_), $only->($is, $_)) } sort keys %{ { %$is, %$wanted } };
}

1;
