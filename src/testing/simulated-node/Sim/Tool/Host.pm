package Sim::Tool::Host;
# Commands that change the host itself and must never reach the machine that runs the test.
# Recorded and believed; a few leave what one would look for afterwards.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::Zfs::Mounts;

my %EFFECT = (
    (map { $_ => \&reboot } qw(reboot poweroff halt)),
    (map { $_ => sub { 0 } } qw(modprobe sysctl udevadm update-initramfs update-grub proxmox-boot-tool)),
    shutdown => \&shutdown, apparmor_parser => \&load_profiles, 'apt-get' => \&apt_get, mountpoint => \&mountpoint,
);

sub run {
    my ($tool, @argv) = @_;
    my $effect = $EFFECT{$tool} or not_simulated("$tool @argv");
    return $effect->(@argv);
}

sub reboot {
    Sim::Node::spew("$Sim::Node::state/reboot-requested", "1\n");
    return 0;
}

sub shutdown {
    my (@argv) = @_;
    return reboot() if grep { $_ eq '-r' } @argv;
    not_simulated("shutdown @argv");
}

# Lines of the profile files that name a profile.
sub load_profiles {
    my (@argv) = @_;
    my $list = Sim::Node::host_path('/sys/kernel/security/apparmor/profiles');
    my $loaded = Sim::Node::slurp($list) // '';
    for my $word (grep { !/^-/ } @argv) {
        # Callers know PHOENIX_ROOT, so the path may be this machine's own.
        my $text = Sim::Node::slurp($word) // Sim::Node::slurp(Sim::Node::host_path($word))
            // fail("File $word not found, skipping...", 1);
        my @names = $text =~ /^profile\s+"?([^\s"]+)"?/mg or fail("AppArmor parser error for $word: no profile", 1);
        for my $name (@names) { $loaded .= "$name (enforce)\n" if $loaded !~ /^\Q$name\E \(/m }
    }
    Sim::Node::spew($list, $loaded);
    return 0;
}

sub apt_get {
    my (@argv) = @_;
    my @words;
    while (@argv) {
        my $word = shift @argv;
        if ($word eq '-o') { shift @argv; next }
        push @words, $word if $word !~ /^-/;
    }
    my $command = shift(@words) // not_simulated('apt-get without a command');
    return 0 if $command eq 'update';
    not_simulated("apt-get $command") if $command ne 'install';
    my $file = Sim::Node::host_path('/var/lib/dpkg/status');
    my $status = Sim::Node::slurp($file) // '';
    for my $word (@words) {
        my ($name, $version) = split /=/, $word, 2;
        next if $status =~ /^Package: \Q$name\E\n/m;
        $version //= '1.0-1';
        $status .= "Package: $name\nStatus: install ok installed\nArchitecture: amd64\nVersion: $version\n\n";
    }
    Sim::Node::spew($file, $status);
    return 0;
}

sub mountpoint {
    my (@argv) = @_;
    my ($path) = grep { !/^-/ } @argv;
    # Callers that know PHOENIX_ROOT name this machine's path.
    $path =~ s/^\Q$Sim::Node::root\E(?=\/)//;
    my $is = Sim::Zfs::Mounts::is_mount_point($path);
    print "$path is " . ($is ? 'a' : 'not a') . " mountpoint\n" if !grep { $_ eq '-q' } @argv;
    return $is ? 0 : 32;
}

1;
