#!/usr/bin/perl

# clear-private.pl FOLDER [LOCK]: removes a run's folder of private files, and what it was writing with secrets when it was killed.
#
# With a lock, which the engine of the run holds as long as it lives, it waits for that first. Started as leader of a session of its own, so that
# it outlives whatever ends the run.

use strict;
use warnings;

my ($folder, $lock) = @ARGV;
wait_for($lock) if defined $lock;

if (open my $list, '<:raw', "$folder/half-written") {
    local $/;
    unlink split /\0/, <$list> // '';
}
if (-f $folder) { unlink $folder }
if (opendir my $handle, $folder) {
    unlink map { "$folder/$_" } grep { !/^\.\.?$/ } readdir $handle;
}
rmdir $folder;

sub wait_for {
    my ($path) = @_;
    $SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE);
    open my $handle, '<', $path or exit 1;
    chdir '/';
    $| = 1;
    print "watching\n";
    open STDOUT, '>', '/dev/null';
    flock $handle, 1;
}
