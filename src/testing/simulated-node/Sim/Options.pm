package Sim::Options;
# getopt(3) for the tools that are no Perl programs: bundled letters, options before operands or between them.
use strict;
use warnings;

use Sim::Failure;

# flags: letters without a value; valued: letters with one. Values come as lists: -o a -o b.
sub parse {
    my ($command, $flags, $valued, @argv) = @_;
    my (%option, @rest);
    while (@argv) {
        my $word = shift @argv;
        if ($word eq '--') { push @rest, @argv; last }
        if ($word !~ /^-(.+)\z/s) { push @rest, $word; next }
        not_simulated("$command $word") if $word =~ /^--/;
        my $letters = $1;
        while ($letters =~ s/^(.)//s) {
            my $letter = $1;
            if (index($flags, $letter) >= 0) { $option{$letter} = 1; next }
            fail("invalid option '$letter'\nusage:\n\t$command ...", 2) if index($valued, $letter) < 0;
            my $value = $letters ne '' ? $letters : shift @argv;
            fail("missing argument for '$letter' option\nusage:\n\t$command ...", 2) if !defined $value;
            push @{ $option{$letter} }, $value;
            last;
        }
    }
    return (\%option, @rest);
}

1;
