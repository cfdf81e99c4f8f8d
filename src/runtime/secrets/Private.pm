package Private;

# The folder of this run for what holds secrets and has to be a file for a moment: in memory, for root alone, /run/phoenix/<run>.
#
# It goes with every way in which a run can end. bash removes it at its end; a watcher in a session of its own removes it when the engine is gone
# without that, even if the whole process group was killed; and what a killed watcher left is removed when the next run begins.
#
# `half-written` in it names temporary files elsewhere that would hold secrets if the run were killed while it writes them.

use strict;
use warnings;
use Unknown;

my $all = '/run/phoenix';

sub folder { my ($root, $run) = @_; return "$root$all/$run" }

# Makes the folder, and returns when somebody watches over it.
sub open_folder {
    my ($root, $run) = @_;
    my $host  = Host->new(root => $root);
    my $mount = $host->mount_above($all);
    die "$all is not in memory ($mount->{type} is mounted at $mount->{point}), so secrets would reach a disk\n" if $mount && $mount->{type} !~ /^(?:tmpfs|ramfs)$/;
    my $folder = folder($root, $run);
    require Write;
    Write::folder("$root/run", 0755);
    for my $place ("$root$all", $folder) {
        mkdir $place, 0700 or $!{EEXIST} or die "cannot make $place: $!\n";
        my @stat = lstat $place or die "cannot look at $place: $!\n";
        die "$place is not a folder of this user alone\n" if !-d _ || $stat[4] != $> || $stat[2] & 077;
    }
    require Lock;
    watch($folder, Lock::place($root));
    return $folder;
}

my $script = __FILE__ =~ s{[^/]*$}{}r . 'clear-private.pl';

# Removes the folder of a run that is over.
sub clear { system 'perl', $script, @_ }

sub watch {
    my ($folder, $lock) = @_;
    pipe my $ready, my $tell or die "cannot make a pipe: $!\n";
    my $pid = fork // die "cannot fork: $!\n";
    unless ($pid) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>&', $tell;
        open STDERR, '>',  '/dev/null';
        { no warnings 'exec'; exec 'setsid', 'perl', $script, $folder, $lock; }
        require POSIX;
        POSIX::_exit(127);
    }
    close $tell;
    my $word = <$ready> // '';
    die "the watcher of $folder did not start\n" if $word ne "watching\n";
}

# A file in the folder, for root alone.
sub write_file {
    my ($folder, $name, $content) = @_;
    my $place = "$folder/$name";
    unlink $place;
    sysopen my $handle, $place, 01 | 0100 | 0200, 0600 or die "cannot write $place: $!\n";
    my $at = 0;
    while ($at < length $content) {
        my $wrote = syswrite($handle, $content, 262_144, $at) or die "cannot write $place: $!\n";
        $at += $wrote;
    }
    close $handle or die "cannot write $place: $!\n";
    return $place;
}

# Writes a file elsewhere with `Write::whole`, whose temporary file would stay if the run were killed meanwhile.
sub whole {
    my ($folder, $place, @rest) = @_;
    require Write;
    write_file($folder, 'half-written', Write::temporary($place) . "\0");
    Write::whole($place, @rest);
    unlink "$folder/half-written";
}

1;
