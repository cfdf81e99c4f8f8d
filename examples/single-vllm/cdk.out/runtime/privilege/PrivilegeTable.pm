package PrivilegeTable;

# The privileges that change, for people and as JSON: what gets broader, what gets narrower, a line for each construct and kind.

use strict;
use warnings;
use Report;

# Lines are broken between privileges where they would be longer; one that is longer by itself is not.
my $columns = 80;

sub text {
    my (@records) = @_;
    my ($width, $kinds) = map { my $field = $_; (sort { $b <=> $a } 0, map { my $is = Report::width($_->{$field}); $is > 40 ? 40 : $is } @records)[0] } qw(path kind);
    my $out = '';
    for my $direction (qw(broader narrower)) {
        my @rows = rows(grep { $_->{direction} eq $direction } @records) or next;
        $out .= "\nPrivileges that get $direction\n" . join '', map { line($width, $kinds, $_) } @rows;
    }
    return $out;
}

# [path, kind, texts, remark] for those that differ in their texts alone.
sub rows {
    my (@rows, %row);
    for my $record (@_) {
        my $remark = join ', ', $record->{template} ? 'while the template is made' : (), $record->{held} ? 'held back' : ();
        my $key    = join "\0", @$record{qw(path resource kind)}, $remark;
        push @rows, $row{$key} = [ @$record{qw(path kind)}, [], $remark ] unless $row{$key};
        push @{ $row{$key}[2] }, clean($record->{text});
    }
    return @rows;
}

sub line {
    my ($width, $kinds, $row) = @_;
    my ($path, $kind, $texts, $remark) = @$row;
    my $head  = "  $path" . ' ' x Report::pad($path, $width) . "  $kind" . ' ' x Report::pad($kind, $kinds) . '  ';
    my $after = ' ' x ($width + $kinds + 6);
    my @texts = @$texts;
    my $out   = $head . ($remark eq '' ? '' : "$remark: ") . shift @texts;
    my $is  = Report::width($out);
    for my $text (@texts) {
        my $more = 2 + Report::width($text);
        if ($is + $more + 1 > $columns) { $out .= ",\n$after$text"; $is = length($after) + $more - 2 }
        else                            { $out .= ", $text";        $is += $more }
    }
    return "$out\n";
}

# Nothing is cut off: it is to be agreed to.
sub clean { return $_[0] =~ s/[\x00-\x1f\x7f]+/ /gr }

sub json {
    return [ map { my $record = $_; +{ (map { $_ => $record->{$_} } qw(path resource kind text direction)), map { $record->{$_} ? ($_ => \'true') : () } qw(held template) } } @_ ];
}

1;
