package Channels;

# All conversations of the engine: the one with the run, which it ends with, and one with each worker. One question is answered after the other.
#
# A worker talks over two named pipes, which are gone from their folder as soon as both ends are open. Until then we hold both ends ourselves, so
# that neither side waits for the other; after that a worker that is gone is an end like any other.

use strict;
use warnings;
use Channel;

sub new {
    my ($class, $in, $out) = @_;
    return bless { run => Channel->new(in => $in, out => $out), workers => {} }, $class;
}

# The paths of a new worker's pipes: where it writes, and where it reads.
sub open_worker {
    my ($self, $name, $place) = @_;
    require POSIX;
    require Fcntl;
    my $channel = Channel->new(name => $name, paths => [ map { "$place.$_" } qw(to from) ]);
    for my $path (@{ $channel->{paths} }) {
        unlink $path;
        POSIX::mkfifo($path, 0600) or die "cannot make the pipe $path: $!\n";
    }
    for my $side (qw(in out)) {
        sysopen $channel->{$side}, $channel->{paths}[ $side eq 'in' ? 0 : 1 ], Fcntl::O_RDWR() or die "cannot open a pipe: $!\n";
    }
    $self->{workers}{$name} = $channel;
    return @{ $channel->{paths} };
}

# Removes the pipes that workers of runs before were to talk over and that nobody opened, since their run was killed.
sub clear_left {
    my ($runs) = @_;
    for my $folder (map { "$runs/$_" } names($runs)) { unlink grep { -p } map { "$folder/$_" } grep { /^channel-/ } names($folder) }
}

sub names {
    my ($folder) = @_;
    opendir my $handle, $folder or return ();
    return grep { !/^\.\.?$/ } readdir $handle;
}

# The next record and its channel; nothing once the run is gone.
sub next_record {
    my ($self) = @_;
    while (1) {
        for my $channel ($self->{run}, map { $self->{workers}{$_} } sort keys %{ $self->{workers} }) {
            my $record = $channel->record // next;
            return ($channel, $record);
        }
        for my $channel ($self->readable) {
            my $is_open = $channel->fill && hand_over($channel);
            return if !$is_open && $channel == $self->{run};
            $self->close_worker($channel->{name}) unless $is_open;
        }
    }
}

sub readable {
    my ($self) = @_;
    my @workers = values %{ $self->{workers} };
    return $self->{run} unless @workers;
    my @all  = ($self->{run}, @workers);
    my $bits = '';
    vec($bits, fileno $_->{in}, 1) = 1 for @all;
    select($bits, undef, undef, undef) > 0 or return;
    return grep { vec $bits, fileno $_->{in}, 1 } @all;
}

# The worker has opened both of its ends, since it has written: ours that stood in for them are closed.
sub hand_over {
    my ($channel) = @_;
    my $paths = delete $channel->{paths} // return 1;
    my $done  = sysopen(my $in, $paths->[0], Fcntl::O_RDONLY() | Fcntl::O_NONBLOCK()) && sysopen(my $out, $paths->[1], Fcntl::O_WRONLY());
    unlink @$paths;
    return 0 unless $done;
    @$channel{qw(in out)} = ($in, $out);
    return 1;
}

sub close_worker {
    my ($self, $name) = @_;
    my $channel = delete $self->{workers}{$name} // return;
    unlink @{ $channel->{paths} // [] };
}

1;
