package Sim::DiskImage;
# Files that hold a disk: how large the disk is that a file says it holds, and files of a size that take no space.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

sub QCOW2_MAGIC () { "QFI\xfb" }

# { format, size, backing }; nothing for a file that is not of the expected format.
sub info {
    my ($file, $expected) = @_;
    my $bytes = -s $file;
    return undef if !defined $bytes;
    open my $in, '<:raw', $file or return undef;
    read $in, my $head, 4096;
    my $is_qcow2 = substr($head, 0, 4) eq QCOW2_MAGIC && length $head >= 32;
    return undef if $expected && $expected eq 'qcow2' && !$is_qcow2;
    return { format => 'raw', size => $bytes } if !$is_qcow2 || $expected && $expected eq 'raw';
    my ($offset, $length, undef, $size) = unpack 'x8 Q> L> L> Q>', $head;
    return { format => 'qcow2', size => $size, $length ? (backing => substr $head, $offset, $length) : () };
}

sub create {
    my ($file, $format, $bytes, $backing) = @_;
    not_simulated("images of format '$format'") if $format !~ /^(?:raw|qcow2)\z/;
    Sim::Node::spew($file, $format eq 'qcow2' ? qcow2_header($bytes, $backing) : '');
    truncate $file, $bytes if $format eq 'raw';
}

# Version 3, clusters of 64 KiB, no tables: enough for everything that asks for the size.
sub qcow2_header {
    my ($bytes, $backing) = @_;
    $backing //= '';
    my $head = QCOW2_MAGIC . pack 'L> Q> L> L> Q> L> L> Q> Q> L> L> Q> Q> Q> Q> L> L>',
        3, ($backing eq '' ? 0 : 112), length $backing, 16, $bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 104;
    return $head . "\0" x 8 . $backing;
}

sub resize {
    my ($file, $bytes) = @_;
    my $found = info($file);
    if ($found->{format} eq 'raw') { truncate $file, $bytes }
    else                           { Sim::Node::spew($file, qcow2_header($bytes, $found->{backing})) }
}

1;
