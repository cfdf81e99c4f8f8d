package FirewallMeaning;

# Whether two firewall files of a guest mean the same. Proxmox writes such a file anew whenever somebody clicks, with other blank lines and
# another order of options: that is no change of what is let in.

use strict;
use warnings;

sub same {
    my ($one, $other) = @_;
    return meaning($one) eq meaning($other);
}

# What holds where the file does not say it.
my %implied = (enable => '0', policy_in => 'DROP', policy_out => 'ACCEPT');

# One text for all files of one meaning: options and names sorted, rules in their order.
sub meaning {
    my ($text) = @_;
    my %options = %implied;
    my (%parts, @rules, $section, $heading);
    for my $line (grep { $_ ne '' && !/^#/ } map { plain($_) } split /\n/, $text) {
        if ($line =~ /^\[([^\]]+)\]\s*(?:#\s*(.*))?$/) {
            ($section, $heading) = (lc $1, $2 // '');
            $parts{$section} //= ["# $heading"] if $section =~ /^ipset /;
        }
        elsif (!defined $section)                                    { push @rules, "lost $line" }
        elsif ($section eq 'options' && $line =~ /^(\w+): ?(.*)$/)   { $options{ lc $1 } = $2 }
        elsif ($section eq 'rules')                                  { push @rules, rule($line) }
        elsif ($section eq 'aliases')                                { push @{ $parts{$section} }, with_comment($line, sub { lcfirst_word($_[0]) }) }
        else                                                         { push @{ $parts{$section} }, with_comment($line, sub { $_[0] =~ s/^! /!/r }) }
    }
    return join "\n",
        (map { "$_: $options{$_}" } sort keys %options),
        (map { ("[$_]", sort @{ $parts{$_} }) } sort keys %parts),
        '[rules]', @rules;
}

# Options of a rule mean the same in any order.
sub rule {
    my ($line) = @_;
    return with_comment($line, sub {
        my ($direction, $action, @words) = split / /, $_[0];
        my %options = @words % 2 ? (lost => "@words") : @words;
        return join ' ', uc $direction, $action // '', map { "$_ $options{$_}" } sort keys %options;
    });
}

sub with_comment {
    my ($line, $change) = @_;
    my ($said, $comment) = $line =~ /^([^#]*?) ?(?:# ?(.*))?$/;
    return $change->($said) . (defined $comment && $comment ne '' ? " # $comment" : '');
}

sub lcfirst_word {
    my ($text) = @_;
    return $text =~ s/^(\S+)/lc $1/er;
}

sub plain {
    my ($line) = @_;
    $line =~ s/^\s+|\s+$//g;
    $line =~ s/\s+/ /g;
    return $line;
}

1;
