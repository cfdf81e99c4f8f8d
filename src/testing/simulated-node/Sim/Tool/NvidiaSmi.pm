package Sim::Tool::NvidiaSmi;
# nvidia-smi -L and --query-gpu=... --format=csv,noheader[,nounits]
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

sub run {
    my ($tool, @argv) = @_;
    my $version = Sim::Node::setting('nvidia-version', '');
    fail("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."
            . " Make sure that the latest NVIDIA driver is installed and running.\n", 9) if $version eq '';
    my @cards = 0 .. Sim::Node::setting('nvidia-cards', 0) - 1;

    if ("@argv" eq '-L') {
        print "GPU $_: Simulated GPU (UUID: " . uuid($_) . ")\n" for @cards;
        return 0;
    }
    my ($query) = map { /^--query-gpu=(.*)\z/ ? $1 : () } @argv;
    my ($format) = map { /^--format=(.*)\z/ ? $1 : () } @argv;
    not_simulated("nvidia-smi @argv") if !defined $query || ($format // '') !~ /^csv,noheader(?:,nounits)?\z/;
    my $unit = $format =~ /nounits/ ? '' : ' MiB';
    for my $card (@cards) {
        my %value = (index => $card, name => 'Simulated GPU', uuid => uuid($card), driver_version => $version,
            'memory.total' => "98304$unit", 'memory.used' => "1$unit", 'memory.free' => "98303$unit",
            'pci.bus_id' => sprintf('00000000:%02X:00.0', $card + 1), count => scalar @cards);
        my @fields = map { $value{$_} // not_simulated("nvidia-smi --query-gpu=$_") } split /\s*,\s*/, $query;
        print join(', ', @fields) . "\n";
    }
    return 0;
}

sub uuid { return sprintf 'GPU-00000000-0000-0000-0000-%012d', $_[0] }

1;
