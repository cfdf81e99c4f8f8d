package Json;

# JSON of hashes, arrays, strings and numbers (a reference to a scalar: as it is). Always valid, whatever bytes the strings hold.

use strict;
use warnings;

my %escape = ("\n" => '\n', "\r" => '\r', "\t" => '\t', '"' => '\"', '\\' => '\\\\');

sub text {
    my ($value) = @_;
    return 'null' unless defined $value;
    return $$value if ref $value eq 'SCALAR';
    return '[' . join(',', map { text($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return '{' . join(',', map { string($_) . ':' . text($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return string($value);
}

# Bytes that are UTF-8 mean its characters, others mean themselves as in Latin-1.
sub string {
    my ($bytes) = @_;
    my $text = "$bytes";
    utf8::decode($text);
    $text =~ s/([\x00-\x1f"\\])/$escape{$1} \/\/ sprintf '\\u%04x', ord $1/ge;
    $text =~ s/([^\x20-\x7e])/escaped(ord $1)/ge;
    return qq("$text");
}

sub escaped {
    my ($code) = @_;
    $code = 0xfffd if $code > 0x10ffff || ($code >= 0xd800 && $code <= 0xdfff);
    return sprintf '\u%04x', $code if $code < 0x10000;
    $code -= 0x10000;
    return sprintf '\u%04x\u%04x', 0xd800 + ($code >> 10), 0xdc00 + ($code & 0x3ff);
}

1;
