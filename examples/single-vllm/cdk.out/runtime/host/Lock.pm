package Lock;

# One run at a time on a host: /run/phoenix.lock, held by the run, its engine and its workers as long as one of them lives. It says whose run it is.
#
# Nobody but root can open it: who can open a file can lock it. So it is not in /run/lock, where everybody makes files.

use strict;
use warnings;
use Host;

my $path = '/run/phoenix.lock';
our $held;

sub place { return $_[0] . $path }

# The descriptor is one that the run has opened: a lock belongs to all who share it (lock.bash).
sub take {
    my ($session, $run, $descriptor) = @_;
    my $root = $session->{root};
    $held //= do { open my $handle, '+<&=', $descriptor or die "cannot use the lock $path: $!\n"; $handle };
    my $tries = 10;    # the engine of a run that was killed needs a moment to notice
    until (flock $held, 2 | 4) {
        select undef, undef, undef, 0.1;
        refuse_second() unless $tries--;
    }
    $session->{run} = $run;
    clear_private($root);
    truncate $held, 0;
    sysseek $held, 0, 0;
    syswrite $held, "run $run, process " . getppid() . ", app $session->{app}\n";
}

sub refuse_second {
    seek $held, 0, 0;
    my $owner = <$held> // '';
    chomp $owner;
    require Problem;
    Problem::stop({ code => 'applier/left-at-work', message => "a run that was killed left steps at work ($owner)", fix => 'wait for them, or end their processes, and run apply again' })
        if $owner =~ /, process (\d+),/ && !lives($1);
    Problem::stop({ code => 'applier/busy', message => 'another apply is at work on this host' . ($owner eq '' ? '' : " ($owner)"), fix => 'look on with `applier status --follow`' });
}

sub lives {
    my ($pid) = @_;
    open my $stat, '<', "/proc/$pid/stat" or return 0;
    return (<$stat> // '') =~ /\) [^ZX]/ ? 1 : 0;
}

# What runs that were killed left, if nobody who watched them was there to remove it.
sub clear_private {
    my ($root) = @_;
    require Private;
    for my $name (@{ Host->new(root => $root)->names('/run/phoenix') // [] }) { Private::clear("$root/run/phoenix/$name") }
}

1;
