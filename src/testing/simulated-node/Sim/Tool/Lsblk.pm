package Sim::Tool::Lsblk;
# lsblk of one disk, enough to tell a blank one: -n -o NAME,FSTYPE,... DEVICE
use strict;
use warnings;

use Sim::Failure;
use Sim::Options;
use Sim::Zfs::Pools;

my %SHORT = (noheadings => '-n', output => '-o', raw => '-r', paths => '-p', list => '-l', nodeps => '-d');

sub run {
    my ($tool, @argv) = @_;
    @argv = map { /^--(\w+)(?:=(.*))?\z/ && $SHORT{$1} ? ($SHORT{$1}, defined $2 ? $2 : ()) : $_ } @argv;
    my ($option, @devices) = Sim::Options::parse('lsblk', 'nrdplb', 'o', @argv);
    not_simulated('lsblk of all disks') if @devices != 1;
    my ($name) = $devices[0] =~ m{([^/]+)\z};
    my $state = Sim::Zfs::Pools::disk_state($name) // fail("lsblk: $devices[0]: not a block device", 32);

    my @columns = map { uc } map { split /,/ } @{ $option->{o} // ['NAME'] };
    my %disk = ((map { $_ => '' } qw(FSTYPE MOUNTPOINT PARTTYPE LABEL PTTYPE UUID)),
        NAME => $name, TYPE => 'disk', SIZE => '1T');
    my @rows = (\%disk);
    if ($state ne 'blank') {
        $disk{PTTYPE} = 'gpt';
        my ($pool) = $state =~ /^pool (.*)/;
        push @rows, { %disk, NAME => "$name-part1", TYPE => 'part',
            FSTYPE => defined $pool ? 'zfs_member' : 'ext4', LABEL => $pool // '' };
    }
    @rows = (\%disk) if $option->{d};
    print join(' ', @columns) . "\n" if !$option->{n};
    for my $row (@rows) {
        print join(' ', map { $row->{$_} // not_simulated("lsblk column $_") } @columns) =~ s/\s+\z//r . "\n";
    }
    return 0;
}

1;
