package Lock;

# One run at a time on a host: /run/phoenix.lock, held by the engine of the run as long as it lives. It says whose run it is.
#
# Nobody but root can open it: who can open a file can lock it. So it is not in /run/lock, where everybody makes files.

use strict;
use warnings;
use Host;
use Write;

my $path = '/run/phoenix.lock';
our $held;

sub place { return $_[0] . $path }

sub take {
    my ($session, $run) = @_;
    my $root = $session->{root};
    Write::folder("$root/run", 0755);
    sysopen $held, place($root), 02 | 0100 | 02000, 0600 or die "cannot open $path: $!\n";
    my $tries = 10;    # the engine of a run that was killed needs a moment to notice
    until (flock $held, 2 | 4) {
        select undef, undef, undef, 0.1;
        next if $tries--;
        seek $held, 0, 0;
        my $owner = <$held> // '';
        chomp $owner;
        require Problem;
        Problem::stop({ code => 'applier/busy', message => 'another apply is at work on this host' . ($owner eq '' ? '' : " ($owner)"), fix => 'look on with `applier status --follow`' });
    }
    $session->{run} = $run;
    clear_private($root);
    truncate $held, 0;
    syswrite $held, "run $run, process " . getppid() . ", app $session->{app}\n";
}

# What runs that were killed left, if nobody who watched them was there to remove it.
sub clear_private {
    my ($root) = @_;
    require Private;
    for my $name (@{ Host->new(root => $root)->names('/run/phoenix') // [] }) { Private::clear("$root/run/phoenix/$name") }
}

1;
