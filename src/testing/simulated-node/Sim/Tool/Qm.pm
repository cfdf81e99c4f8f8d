package Sim::Tool::Qm;
# qm: only looking at what the files say.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::Node;

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("ERROR: no command specified\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]");
    not_simulated("qm $command") if $command !~ /^(?:list|config|status)\z/;
    my $boolean = { type => 'boolean' };
    my $values = Sim::Arguments::parse(
        command => "qm $command", argv => \@argv, positional => $command eq 'list' ? [] : ['vmid'],
        rules => { ($command eq 'list' ? (full => $boolean) : (vmid => { type => 'string', format => 'vmid' })),
            ($command eq 'config' ? (current => $boolean, snapshot => { type => 'string' }) : ()),
            ($command eq 'status' ? (verbose => $boolean) : ()) });
    return list() if $command eq 'list';
    not_simulated('qm config --snapshot') if defined $values->{snapshot};

    my $path = 'nodes/' . Sim::Node::name() . "/qemu-server/$values->{vmid}.conf";
    my $text = Sim::Node::slurp(Sim::Node::host_path("/etc/pve/$path"))
        // fail("Configuration file '$path' does not exist", 2);
    if ($command eq 'status') { print "status: stopped\n"; return 0 }
    my ($main) = split /^\[/m, $text;
    my %line;
    for (split /\n/, $main // '') { $line{$1} = $_ if /^([a-z][a-z_-]*\d*):/ }
    print "$line{$_}\n" for sort keys %line;
    return 0;
}

sub list {
    my $folder = Sim::Node::host_path('/etc/pve/nodes/' . Sim::Node::name() . '/qemu-server');
    my @ids = sort { $a <=> $b } map { /^(\d+)\.conf\z/ ? $1 : () } Sim::Node::entries($folder) or return 0;
    printf "%10s %-20s %-10s %-10s %12s %-10s\n", 'VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID';
    for my $vmid (@ids) {
        my $text = Sim::Node::slurp("$folder/$vmid.conf");
        my ($name)   = $text =~ /^name: (.*)$/m;
        my ($memory) = $text =~ /^memory: (\d+)/m;
        my ($disk)   = $text =~ /^(?:scsi|virtio|sata|ide)\d+: .*size=(\d+)G/m;
        printf "%10s %-20s %-10s %-10s %12.2f %-10s\n",
            $vmid, $name // "VM $vmid", 'stopped', $memory // 512, $disk // 0, 0;
    }
    return 0;
}

1;
