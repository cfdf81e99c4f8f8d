package Channel;

# One end of a conversation in records: a count and that many words, each ended by a NUL. No word of a process can hold one, so nothing is ever
# escaped.

use strict;
use warnings;

# in: what is read from; out: what is written to, opened later where nobody reads yet.
sub new {
    my ($class, %given) = @_;
    return bless { name => '', buffer => '', words => [], written => '', %given }, $class;
}

# Reads once. False at the end; a record cut short is an end, too: its writer is gone.
sub fill {
    my ($self) = @_;
    my $read = sysread $self->{in}, $self->{buffer}, 262_144, length $self->{buffer};
    return 1 if !defined $read && ($!{EAGAIN} || $!{EINTR});
    return 0 unless $read;
    my $last = rindex $self->{buffer}, "\0";
    return 1 if $last < 0;
    my @words = split /\0/, substr($self->{buffer}, 0, $last + 1, ''), -1;
    pop @words;
    push @{ $self->{words} }, @words;
    return 1;
}

# The next whole record that was read; nothing if there is none yet.
sub record {
    my ($self) = @_;
    my $words = $self->{words};
    return undef if !@$words || @$words <= $words->[0];
    my $count = shift @$words;
    return [ splice @$words, 0, $count ];
}

sub send_record {
    my ($self, @words) = @_;
    for (@words) { $_ = '' unless defined; tr/\0//d }
    $self->{written} .= join("\0", scalar(@words), @words) . "\0";
}

# Sends what was written; false if nobody listens any more.
sub flush {
    my ($self) = @_;
    while ($self->{written} ne '') {
        my $wrote = syswrite $self->{out}, $self->{written};
        next if !defined $wrote && $!{EINTR};
        return 0 unless $wrote;
        substr $self->{written}, 0, $wrote, '';
    }
    return 1;
}

1;
