package Sim::Recorder;
# commands.log: every command line that the node was given, in the order of starting.
#
# A line when a command starts and one when it ends, tied by the process id; a command without an end was killed.
use strict;
use warnings;

use Sim::Node;

sub command_started {
    my (@argv) = @_;
    write_line(qq({"pid":$$,"argv":[) . join(',', map { json_string($_) } @argv) . ']}');
}

sub command_ended {
    my ($exit) = @_;
    write_line(qq({"pid":$$,"exit":$exit}));
}

sub write_line { Sim::Node::append("$Sim::Node::state/commands.log", "$_[0]\n") }

# Bytes that are no UTF-8 become lone surrogates U+DC80..U+DCFF, so that the line stays valid JSON
# and no two arguments look alike.
sub json_string {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\\u%04x', ord $1/ge;
    if ($text =~ /[\x80-\xff]/ && !utf8::decode(my $copy = $text)) {
        $text =~ s/([\x80-\xff])/sprintf '\\udc%02x', ord $1/ge;
    }
    return qq("$text");
}

1;
