package SameTree;

# Whether two folders hold the same, by names, kinds, owners, modes, lengths and times. Nothing is opened and no link is followed: what lies there
# was made by whoever had root inside a guest.

use strict;
use warnings;
use Fcntl qw(:mode);

# (number of entries, what differs or undef)
sub compare {
    my ($one, $other) = @_;
    my ($count, @open) = (0, '');
    my $device = (lstat $one)[0];
    while (defined(my $at = pop @open)) {
        my ($here, $there) = map { names("$_$at") } $one, $other;
        if ($at eq '') { delete @$_{'lost+found'} for $here, $there }    # of the file system, not of the guest
        for my $name (sort keys %{ { %$here, %$there } }) {
            my $path  = "$at/$name";
            my $shown = $path =~ s/[\x00-\x1f\x7f]/?/gr;    # the name is the guest's, and the terminal is root's
            return ($count, "$shown is missing") unless $there->{$name};
            return ($count, "$shown was not there") unless $here->{$name};
            my @is = map { [ lstat "$_$path" ] } $one, $other;
            my ($was, $now) = map { described(@$_) } @is;
            return ($count, "$shown was $was and is $now") if $was ne $now;
            return ($count, "$shown is a link to something else") if S_ISLNK($is[0][2]) && (readlink("$one$path") // '') ne (readlink("$other$path") // '');
            $count++;
            push @open, $path if S_ISDIR($is[0][2]) && $is[0][0] == $device;
        }
    }
    return ($count, undef);
}

sub names {
    my ($folder) = @_;
    opendir my $handle, $folder or die "cannot look into $folder: $!\n";
    return { map { $_ => 1 } grep { !/^\.\.?$/ } readdir $handle };
}

# A folder's length and times are the file system's own; a link's mode is nobody's.
sub described {
    my @stat = @_ or return 'unreadable';
    my $text = sprintf '%06o of %d:%d', @stat[ 2, 4, 5 ];
    return S_ISREG($stat[2]) ? "$text, $stat[7] bytes of $stat[9]" : S_ISBLK($stat[2]) || S_ISCHR($stat[2]) ? "$text, device $stat[6]" : $text;
}

1;
