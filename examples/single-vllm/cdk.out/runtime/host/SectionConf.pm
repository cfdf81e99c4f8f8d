package SectionConf;

# Files of sections such as storage.cfg and ha/resources.cfg: `type: id`, then indented options.

use strict;
use warnings;

# { id => { type, options => { name => value } } }
sub parse {
    my ($text) = @_;
    my (%sections, $open);
    for my $line (split /\n/, $text) {
        if    ($line =~ /^(\w[\w\-]*):\s*(\S+)\s*$/)                { $open = $sections{$2} = { type => $1, options => {} } }
        elsif ($open && $line =~ /^\s+([\w\-]+)(?:\s+(.*?))?\s*$/) { $open->{options}{$1} = $2 // '1' }
        elsif ($line =~ /^\s*$/)                                    { undef $open }
    }
    return \%sections;
}

my %switch = (1 => 1, on => 1, yes => 1, true => 1, 0 => 0, off => 0, no => 0, false => 0);
my %set    = map { $_ => 1 } qw(content nodes monhost);
my %parts  = map { $_ => 1 } qw(prune-backups content-dirs bwlimit);

# Equal by meaning: lists of kinds, nodes and monitors have no order, properties neither, switches have spellings, paths may end in a slash.
sub same {
    my ($name, $one, $other) = @_;
    return plain($name, $one) eq plain($name, $other);
}

sub plain {
    my ($name, $value) = @_;
    return join ',', sort map { part($name, $_) } grep { $_ ne '' } split /[\s,;]+/, $value if $parts{$name};
    return join ',', sort grep { $_ ne '' } split /[\s,;]+/, $value if $set{$name};
    if ($value =~ m{^/}) { $value =~ s{(?<=.)/+$}{}; return $value }
    return $switch{ lc $value } // $value;
}

# One property. A rule that keeps no backups says as much as one that is not there.
sub part {
    my ($name, $text) = @_;
    my ($key, $value) = split /=/, $text, 2;
    return $text unless defined $value;
    $value = $switch{ lc $value } // $value if $key eq 'keep-all';
    $value += 0 if $value =~ /^\d{1,15}$/;
    return $name eq 'prune-backups' && $value eq '0' ? () : "$key=$value";
}

1;
