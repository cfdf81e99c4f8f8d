package Tar;

# Files as one ustar stream, with the owners and modes that they get inside a guest, whatever they are here.

use strict;
use warnings;

# Entries are { name (without a leading slash), content, mode, uid, gid }.
sub stream {
    my (@entries) = @_;
    return join('', map { entry(%$_) } @entries) . "\0" x 1024;
}

sub entry {
    my (%file) = @_;
    my $out = '';
    if (length $file{name} > 100) {
        $out .= header('././@LongLink', length($file{name}) + 1, 0, 0, 0, 'L') . padded("$file{name}\0");
    }
    return $out . header(substr($file{name}, 0, 100), length $file{content}, @file{qw(mode uid gid)}, '0') . padded($file{content});
}

sub header {
    my ($name, $size, $mode, $uid, $gid, $type) = @_;
    my $head = pack 'a100 a8 a8 a8 a12 a12 A8 a1 a100 a6 a2 a32 a32 a8 a8 a155 x12',
        $name, sprintf('%07o', $mode), number($uid), number($gid), sprintf('%011o', $size), sprintf('%011o', 0), '', $type, '', 'ustar', '00', 'root', 'root',
        sprintf('%07o', 0), sprintf('%07o', 0), '';
    substr $head, 148, 8, sprintf("%06o\0 ", unpack '%32C*', $head);
    return $head;
}

# Owners beyond what seven octal digits hold are written in base 256.
sub number {
    my ($value) = @_;
    return $value > 07777777 ? pack('N2', 0x80000000, $value) : sprintf '%07o', $value;
}

sub padded {
    my ($content) = @_;
    return $content . "\0" x (-length($content) % 512);
}

1;
