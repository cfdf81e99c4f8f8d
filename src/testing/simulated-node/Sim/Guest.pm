package Sim::Guest;
# A running container, as the host sees it: its command socket in /proc/net/unix and its cgroup folder.
use strict;
use warnings;

use Sim::Failure;
use Sim::GuestConfig;
use Sim::Node;

sub MIB () { 1024 * 1024 }

sub cgroup_folder { return Sim::Node::host_path("/sys/fs/cgroup/lxc/$_[0]") }
sub is_running    { return -d cgroup_folder($_[0]) }

sub set_live {
    my ($vmid, $file, $value) = @_;
    Sim::Node::spew(cgroup_folder($vmid) . "/$file", "$value\n");
}

sub set_live_memory { my ($vmid, $mib) = @_; set_live($vmid, 'memory.max', $mib * MIB) }
sub set_live_swap   { my ($vmid, $mib) = @_; set_live($vmid, 'memory.swap.max', $mib * MIB) }

sub set_live_cpu_limit {
    my ($vmid, $cpus) = @_;
    set_live($vmid, 'cpu.max', $cpus ? int(100_000 * $cpus) . ' 100000' : 'max 100000');
}

sub socket_line { return "0000000000000000: 00000002 00000000 00010000 0001 01 $_[0] \@/var/lib/lxc/$_[0]/command" }

sub appear {
    my ($vmid, $keys) = @_;
    Sim::Node::make_folder(cgroup_folder($vmid));
    Sim::Node::make_folder(Sim::Node::host_path("/sys/fs/cgroup/lxc.monitor/$vmid"));
    set_live_memory($vmid, $keys->{memory} || 512);
    set_live_swap($vmid, $keys->{swap} // 0);
    set_live_cpu_limit($vmid, $keys->{cpulimit});
    change_sockets(sub { return (@_, socket_line($vmid)) });
}

sub disappear {
    my ($vmid) = @_;
    change_sockets(sub { grep { !m{ \@/var/lib/lxc/$vmid/command\z} } @_ });
    # Kept, not removed: the next life of the guest must not get a folder with the same inode number.
    my $former = "$Sim::Node::state/former-cgroups/" . Sim::Node::next_number('cgroup');
    Sim::Node::make_parent($former);
    rename cgroup_folder($vmid), $former;
    rmdir Sim::Node::host_path("/sys/fs/cgroup/lxc.monitor/$vmid");
}

sub change_sockets {
    my ($change) = @_;
    my $file = Sim::Node::host_path('/proc/net/unix');
    Sim::Node::exclusively('sockets', sub {
        my @lines = $change->(split /\n/, Sim::Node::slurp($file) // '');
        Sim::Node::spew($file, join '', map { "$_\n" } @lines);
    });
}

# The folder of this machine that a path inside the guest means: the deepest mount point decides.
sub inner_path {
    my ($vmid, $path) = @_;
    my $section = Sim::GuestConfig::load($vmid)->{main};
    my ($best, $folder) = ('', undef);
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my ($key, $mount) = @$entry;
        my $point = '/' . ($mount->{mp} =~ s{^/+|/+\z}{}gr);
        my $inside = $point eq '/' || $path eq $point || index($path, "$point/") == 0;
        next if !$inside || length $point < length $best;
        ($best, $folder) = ($point, folder_of($mount));
    }
    fail("CT $vmid has no root file system here") if !defined $folder;
    my $rest = $best eq '/' ? $path : substr $path, length $best;
    return $folder . ($rest =~ m{^/} || $rest eq '' ? $rest : "/$rest");
}

# Whether a running container has one of these datasets as a volume or as the source of a bind mount.
sub holds {
    my (@datasets) = @_;
    require Sim::Storage;
    my %asked = map { $_ => 1 } @datasets;
    my $source_at = Sim::Zfs::Mounts::table();
    for my $vmid (grep { is_running($_) } Sim::GuestConfig::ids()) {
        for my $entry (Sim::GuestConfig::mounts(Sim::GuestConfig::load($vmid)->{main})) {
            my $mount = $entry->[1];
            my $dataset = $mount->{kind} eq 'volume'
                ? Sim::Storage::dataset_of($mount->{volume}) : $source_at->{ $mount->{volume} };
            return 1 if defined $dataset && $asked{$dataset};
        }
    }
    return 0;
}

sub folder_of {
    my ($mount) = @_;
    return Sim::Node::host_path($mount->{volume}) if $mount->{kind} ne 'volume';
    require Sim::Storage;
    return Sim::Zfs::Mounts::content_folder(Sim::Storage::dataset_of($mount->{volume}));
}

1;
