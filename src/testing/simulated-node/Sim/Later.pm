package Sim::Later;
# Something that happens on the node a moment later, when the command that set it off is long over.
use strict;
use warnings;

sub after {
    my ($milliseconds, $code) = @_;
    my $child = fork;
    return if !defined $child || $child;

    # A session of its own and no open streams: nobody waits for this process or kills it along with a caller.
    require POSIX;
    POSIX::setsid();
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    select undef, undef, undef, $milliseconds / 1000;
    eval { $code->() };
    POSIX::_exit(0);
}

1;
