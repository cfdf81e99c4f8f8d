package Holdings;

# What a guest's config holds that others may want: addresses, hardware addresses, cards and other devices, folders of the host.
#
# A holding is { name, key, alone }. `alone`: no two guests that run can have it. A card that is passed to a machine is gone from the host, so a
# container that uses it by its device file is in the way, too; among themselves containers share cards and folders.

use strict;
use warnings;

my %families = (
    net      => \&addresses_of_nic,
    ipconfig => \&addresses_of_cloud_init,
    hostpci  => \&passed_cards,
    usb      => \&usb,
    dev      => \&device,
    mp       => \&mounted,
);
my $keys = qr/^(net|ipconfig|hostpci|usb|dev|mp)\d+$/;

sub is_key { return $_[0] =~ $keys }

# Of a config, given by its keys, or of some of those keys.
sub of {
    my ($host, $type, $conf, @keys) = @_;
    return map {
        my $key = $_;
        map { +{ %$_, key => $key } } $families{ $key =~ $keys ? $1 : next }->($host, $conf->{$key}, $key, $conf);
    } sort grep { $_ =~ $keys && defined $conf->{$_} } @keys ? @keys : keys %$conf;
}

sub alone  { return { name => $_[0], alone => 1 } }
sub shared { return { name => $_[0], alone => 0 } }

# ---- Networks: the same address on another bridge or VLAN is another one

sub addresses_of_nic {
    my ($host, $value, $key) = @_;
    my $parts = Property::parts($value, Property::default_key($key));
    my $mac = $parts->{hwaddr};
    return (address($parts, $parts), defined $mac ? alone("hardware address \U$mac\E on " . segment($parts)) : ());
}

sub addresses_of_cloud_init {
    my ($host, $value, $key, $conf) = @_;
    my ($number) = $key =~ /(\d+)$/;
    return address(Property::parts($value, ''), Property::parts($conf->{"net$number"} // '', ''));
}

sub address {
    my ($parts, $nic) = @_;
    my @addresses = grep { m{^[0-9a-f.:]+$}i && /[.:]/ } map { ($parts->{$_} // '') =~ s{/\d+$}{}r } qw(ip ip6);
    return map { alone("address \L$_\E on " . segment($nic)) } @addresses;
}

sub segment {
    my ($nic) = @_;
    return ($nic->{bridge} // 'no bridge') . (defined $nic->{tag} ? ".$nic->{tag}" : '');
}

# ---- Devices

# By address; a mapping only if it stands for one device, since of several Proxmox takes one that is free.
sub passed_cards {
    my ($host, $value, $key) = @_;
    my $parts = Property::parts($value, Property::default_key($key));
    my @paths = defined $parts->{mapping} ? mapped($host, 'pci', $parts->{mapping}) : $parts->{host} // '';
    return @paths == 1 ? map { alone('device ' . slot($_)) } grep { $_ ne '' } split /;/, $paths[0] : ();
}

sub usb {
    my ($host, $value, $key) = @_;
    my $parts = Property::parts($value, Property::default_key($key));
    return alone("USB mapping $parts->{mapping}") if defined $parts->{mapping};
    my $device = $parts->{host} // return ();
    return $device eq 'spice' ? () : alone("USB device \L$device\E");
}

sub mapped {
    my ($host, $kind, $id) = @_;
    my $entry = CompareMapping::parse($host->read(CompareMapping::file_of($kind)) // '')->{$id} // return ();
    return map { /(?:^|,)path=([^,]+)/ ? $1 : () } grep { CompareMapping::node($_) eq $host->node_name } @{ $entry->{maps} };
}

# All functions of a card go together.
sub slot {
    my ($address) = @_;
    my ($domain, $slot) = lc($address) =~ /^(?:([0-9a-f]{4,}):)?([0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?$/ or return $address;
    return ($domain // '0000') . ":$slot";
}

# Files that all users of a driver open, and no card stands behind.
my $of_everybody = qr{^/dev/(?:nvidiactl|nvidia-\S+|kvm|fuse|null|zero|full|random|urandom|tty|net/tun|kfd|ppp)$};

sub device {
    my ($host, $value, $key) = @_;
    my $path = Property::parts($value, Property::default_key($key))->{path} // return ();
    return () if $path =~ $of_everybody;
    my $card = card_behind($host, $path);
    return shared(defined $card ? "device $card" : "device $path");
}

# The PCI device that a device file belongs to; undef where the host does not tell.
sub card_behind {
    my ($host, $path) = @_;
    if (my ($minor) = $path =~ m{^/dev/nvidia(\d+)$}) {
        my $folder = '/proc/driver/nvidia/gpus';
        my ($card) = grep { ($host->read("$folder/$_/information") // '') =~ /^Device Minor:\s*$minor\s*$/m } @{ $host->names($folder) // [] };
        return defined $card ? slot($card) : undef;
    }
    my ($name) = $path =~ m{^/dev/dri/(\w+)$} or return undef;
    my $link = $host->link("/sys/class/drm/$name/device") // return undef;
    return slot($link =~ s{.*/}{}r);
}

# ---- Folders of the host; volumes are nobody else's

sub mounted {
    my ($host, $value, $key) = @_;
    my $source = Property::parts($value, Property::default_key($key))->{volume} // '';
    return $source =~ m{^/} ? shared('folder ' . $source =~ s{(?<=.)/+$}{}r) : ();
}

1;
