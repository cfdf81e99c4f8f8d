package Chapters;

# The chapters of the runtime: folders in which Perl finds its modules, and the shell of the applier its libraries.
#
#   base       what knows no Proxmox: records, words, JSON, sizes, moments, files written whole
#   host       what the host looks like, and the files of Proxmox and Debian that say so
#   journal    what this app did here, and what is therefore ours
#   compare    each kind of step against the host
#   privilege  who may do what: as it is, as it will be, and who said yes to it
#   removal    what leaves the host, or is made anew
#   secrets    decrypted for a run, laid where tools read them, gone afterwards
#   plan       all steps compared, what is told of that, and steps that stand in no runbook
#   facts      the host as one document, for a program that is yet to be written
#   run        a run from its command line to its end
#   act        what is done on the host, kind by kind

use strict;
use warnings;

my ($folder, @chapters);

BEGIN {
    @chapters = qw(base host journal compare privilege removal secrets plan facts run act);
    ($folder) = __FILE__ =~ m{^(.*)/} or die "the place of the runtime is not known\n";
    unshift @INC, map { "$folder/$_" } @chapters;
}

# The Perl of the runtime, file by file.
sub files {
    my @found;
    for my $place ($folder, map { "$folder/$_" } @chapters) {
        opendir my $handle, $place or die "cannot read $place: $!\n";
        push @found, map { "$place/$_" } sort grep { /\.p[lm]$/ } readdir $handle;
    }
    return @found;
}

1;
