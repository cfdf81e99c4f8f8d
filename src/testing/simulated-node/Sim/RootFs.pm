package Sim::RootFs;
# What an unpacked OS template leaves in a guest's root folder: just enough to look at.
use strict;
use warnings;

use Sim::Failure;
use Sim::GuestConfig;
use Sim::Guest;
use Sim::Node;
use Sim::Storage;

sub unpack {
    my ($section, $template, $key_file) = @_;
    my $archive = Sim::Storage::file_of($template);
    if (!-e Sim::Node::host_path($archive)) {
        print STDERR "volume '$template' does not exist\n";
        fail("volume '$template' does not exist");
    }
    print "extracting archive '$archive'\n";
    my $ostype = ostype_of($template);
    my $keys   = $section->{keys};
    fail("got unexpected ostype ($ostype != $keys->{ostype})")
        if defined $keys->{ostype} && $keys->{ostype} !~ /^(?:unmanaged|\Q$ostype\E)\z/;
    $keys->{ostype} //= $ostype;
    $keys->{arch}   //= 'amd64';
    print "Detected container architecture: $keys->{arch}\n";

    my $root = Sim::Guest::folder_of(Sim::GuestConfig::parse_mount('rootfs', $keys->{rootfs}));
    write_skeleton($root, $template, $ostype, $keys->{hostname} // '');
    return if !defined $key_file;
    my $keys_text = Sim::Node::slurp(Sim::Node::host_path($key_file)) // Sim::Node::slurp($key_file);
    Sim::Node::spew("$root/root/.ssh/authorized_keys", $keys_text);
}

# Registered with the template, else told by its file name as Proxmox's own are.
sub ostype_of {
    my ($template) = @_;
    my $known = Sim::Node::slurp("$Sim::Node::state/templates/" . Sim::Node::file_name($template)) // '';
    return $1 if $known =~ /^ostype (\S+)$/m;
    my ($name) = $template =~ m{([^/]+)\z};
    for my $ostype (qw(debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos)) {
        return $ostype if index($name, $ostype) == 0;
    }
    return 'centos' if $name =~ /^(?:almalinux|rockylinux)/;
    return 'unmanaged';
}

sub write_skeleton {
    my ($root, $template, $ostype, $hostname) = @_;
    Sim::Node::make_folder("$root/$_")
        for qw(bin dev etc/ssh etc/systemd/system home proc root run srv sys tmp usr/local/bin var/lib);
    Sim::Node::spew("$root/etc/os-release", "ID=$ostype\n");
    Sim::Node::spew("$root/etc/hostname", "$hostname\n");
    Sim::Node::spew("$root/etc/machine-id", sprintf("%032x\n", Sim::Node::next_number('machine-id')));
    my $number = Sim::Node::next_number('ssh-host-key');
    for my $kind (qw(rsa ecdsa ed25519)) {
        Sim::Node::spew("$root/etc/ssh/ssh_host_${kind}_key", "simulated private key $number\n");
        Sim::Node::spew("$root/etc/ssh/ssh_host_${kind}_key.pub", "ssh-$kind simulated-public-key-$number root\n");
    }
}

# A clone gets a fresh machine-id and nothing else: its ssh host keys are those of its source.
sub fix_clone {
    my ($section) = @_;
    my $root = Sim::Guest::folder_of(Sim::GuestConfig::parse_mount('rootfs', $section->{keys}{rootfs}));
    my $file = "$root/etc/machine-id";
    Sim::Node::spew($file, sprintf("%032x\n", Sim::Node::next_number('machine-id'))) if -e $file;
}

1;
