package Sim::Qm::Values;
# What `create` and `set` do with wanted values before they look at any machine.
use strict;
use warnings;

use Sim::Devices;
use Sim::Failure;
use Sim::Node;
use Sim::PropertyString;
use Sim::QemuKeys;
use Sim::Schema;

# `--sshkeys` names a file, whose text is stored with every special character as %XX.
sub read_key_file {
    my ($values) = @_;
    my $file = $values->{sshkeys} // return;
    my $text = Sim::Node::slurp(Sim::Node::host_path($file)) // Sim::Node::slurp($file)
        // fail("can't open '$file' - No such file or directory", 2);
    for my $line (grep { /\S/ && !/^#/ } split /\n/, $text) {
        fail('SSH public key validation error')
            if $line !~ /(?:^|\s)(?:ssh-|ecdsa-|sk-)\S+\s+[A-Za-z0-9+\/]+={0,2}(?:\s|\z)/;
    }
    $text =~ s/([^-A-Za-z0-9._~!*'()])/sprintf '%%%02X', ord $1/ge;
    $values->{sshkeys} = $text;
}

sub clamp_cpu_units {
    my ($values) = @_;
    $values->{cpuunits} = 10_000 if defined $values->{cpuunits} && $values->{cpuunits} > 10_000;
}

# Cards without an address get one, and are written in Proxmox's order.
sub complete_cards {
    my ($values) = @_;
    $values->{$_} = render_card(parse_card($values->{$_})) for grep { /^net\d+\z/ } keys %$values;
}

sub parse_card {
    my ($value) = @_;
    my ($card, $message) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('net0'), $value);
    fail($message) if defined $message;
    $card->{macaddr} //= Sim::Devices::new_hwaddr();
    return $card;
}

sub render_card { return Sim::PropertyString::render(Sim::QemuKeys::property_rules('net0'), $_[0]) }

sub unique_tags {
    my ($value) = @_;
    my %seen = map { lc $_ => 1 } Sim::Schema::split_list($value);
    return join ';', sort keys %seen;
}

# Looks random, and is the same in every run.
sub new_uuid {
    my $number = Sim::Node::next_number('uuid');
    require Digest::SHA;
    my $hex = Digest::SHA::sha1_hex("machine $number");
    return join '-', $hex =~ /^(.{8})(.{4})(.{4})(.{4})(.{12})/;
}

my %QEMU = ('8.4' => '9.2.0', '9.0' => '10.0.2', '9.1' => '10.1.2', '9.2' => '10.2.1');

sub qemu_version {
    my ($release) = Sim::Node::setting('pve-release', '9.1.4') =~ /^(\d+\.\d+)/;
    return $QEMU{$release} // '10.1.2';
}

sub is_windows { return ($_[0] // '') =~ /^(?:w2k|w2k3|w2k8|wxp|wvista|win\d+)\z/ }

# Windows gets confused by new hardware, so its kind of machine is nailed down; undef where nothing has to be.
sub pinned_machine {
    my ($machine, $ostype) = @_;
    check_machine($machine) if defined $machine;
    my ($parts) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('machine'), $machine // '');
    my $type = $parts->{type} // '';
    return undef if !is_windows($ostype) || $type !~ /^(?:pc|q35)?\z/;
    my ($version) = qemu_version() =~ /^(\d+\.\d+)/;
    $parts->{type} = ($type eq 'q35' ? 'pc-q35-' : 'pc-i440fx-') . $version;
    print "pinning machine type to '$parts->{type}' for Windows guest OS\n";
    return Sim::PropertyString::render(Sim::QemuKeys::property_rules('machine'), $parts);
}

sub check_machine {
    my ($value) = @_;
    my ($parts, $message) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('machine'), $value);
    fail($message) if defined $message;
    my $viommu = $parts->{viommu} // '';
    my $bits   = $parts->{'aw-bits'};
    if ($viommu eq 'intel') {
        fail('to use Intel vIOMMU please set the machine type to q35') if ($parts->{type} // '') !~ /q35/;
        fail('Intel vIOMMU supports only 39 or 48 bits as address width') if $bits && $bits != 39 && $bits != 48;
    }
    fail('cannot set aw-bits if no vIOMMU is configured') if $bits && $viommu eq '';
}

sub check_clipboard {
    my ($value) = @_;
    my ($vga) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('vga'), $value // '');
    fail("vga type $vga->{type} is not compatible with VNC clipboard")
        if $vga && $vga->{clipboard} && $vga->{type} && $vga->{type} !~ /^(?:std|cirrus|vmware|virtio|qxl)/;
}

1;
