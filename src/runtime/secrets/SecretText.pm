package SecretText;
# Values of secrets as they are written into files. Dies with a short text that holds nothing of the value.

use strict;
use warnings;

my %written = (
    raw     => sub { $_[0] },
    json    => sub { quoted_json(text($_[0])) },
    yaml    => sub { quoted_yaml(text($_[0])) },
    env     => sub { quoted_env(text($_[0])) },
    systemd => sub { quoted_systemd(text($_[0])) },
);

# The bytes in an encoding: as they are, or with the escapes of a text between double quotes.
sub written {
    my ($encoding, $bytes) = @_;
    my $write = $written{$encoding} or die "nobody knows the encoding $encoding\n";
    return $write->($bytes);
}

# What a reference stands for in a decrypted secret: all of it, or a field in the layout of `pass`, where the
# password is the first line and the others are `name: value`.
sub field {
    my ($content, $field) = @_;
    $content =~ s/\r?\n\z//;
    if (!defined $field) {
        return $content if $content ne '';
        die "it is empty\n";
    }
    my ($password, @lines) = split /\r?\n/, $content, -1;
    if ($field eq 'password') {
        return $password if defined $password && $password ne '';
        die "its first line, which is the password, is empty\n";
    }
    for my $line (@lines) {
        return $1 if $line =~ /^\Q$field\E[ \t]*:[ \t]*(\S.*?)[ \t]*\z/s;
    }
    die "it has no field $field\n";
}

# Characters of the value, which has to be text to be escaped.
sub text {
    my ($characters) = @_;
    utf8::decode($characters) or die "it is no UTF-8 text, and only raw takes other bytes\n";
    $characters =~ /\0/ and die "it holds a NUL, which no text file takes\n";
    return $characters;
}

sub quoted_json {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f\x{2028}\x{2029}])/sprintf '\\u%04x', ord $1/ge;
    return bytes($text);
}

# Everything beyond printable ASCII, because readers differ in which characters they take as line ends.
sub quoted_yaml {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([^\x20-\x7e])/yaml_code(ord $1)/ge;
    return bytes($text);
}

sub yaml_code {
    my ($code) = @_;
    return sprintf $code > 0xffff ? '\\U%08x' : $code > 0xff ? '\\u%04x' : '\\x%02x', $code;
}

# A POSIX shell and systemd take back a backslash before these and no others.
sub quoted_env {
    my ($text) = @_;
    $text =~ s/(["\\`\$])/\\$1/g;
    return bytes($text);
}

# systemd reads escapes of C between quotes, and percent signs as specifiers.
sub quoted_systemd {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/%/%%/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\\x%02x', ord $1/ge;
    return bytes($text);
}

# Bytes, also where all of them are ASCII: a pattern of characters does not find bytes beyond it (Perl 5.36, alternatives in a trie).
sub bytes {
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}

1;
