package Sim::Tool::NvidiaModprobe;
# nvidia-modprobe [-c MINOR] [-u]: without a loaded driver it says nothing, makes nothing, and fails.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

sub run {
    my ($tool, @argv) = @_;
    return 1 if Sim::Node::setting('nvidia-version', '') eq '';
    my (@minors, $unified);
    while (@argv) {
        my $word = shift @argv;
        if    ($word eq '-u' || $word eq '--unified-memory')       { $unified = 1 }
        elsif ($word eq '-c' || $word eq '--create-nvidia-device') { push @minors, shift @argv }
        elsif ($word =~ /^(?:-c|--create-nvidia-device)=?(\d+)\z/) { push @minors, $1 }
        else                                                       { not_simulated("nvidia-modprobe $word") }
    }
    my $cards = Sim::Node::setting('nvidia-cards', 0);
    make('/dev/nvidiactl') if @minors;
    make("/dev/nvidia$_") for grep { $_ < $cards } @minors;
    make('/dev/nvidia-uvm'), make('/dev/nvidia-uvm-tools') if $unified;
    return 0;
}

sub make {
    my ($path) = @_;
    my $file = Sim::Node::host_path($path);
    Sim::Node::spew($file, '') if !-e $file;
}

1;
