package Sim::Sections;
# Proxmox's section files (storage.cfg, ha/resources.cfg):
# `type: id`, then lines indented by one tab, then a blank line.
use strict;
use warnings;

use Sim::Node;

# [{ type, id, values => { key => value } } ...] in the file's order; a bare key counts as 1.
sub read_file {
    my ($path) = @_;
    my (@sections, $section);
    for my $line (split /\n/, Sim::Node::slurp(Sim::Node::host_path($path)) // '') {
        next if $line =~ /^\s*#/;
        if ($line =~ /^\s*\z/) {
            $section = undef;
        } elsif ($line =~ /^(\S+):\s*(\S+)\s*\z/) {
            push @sections, $section = { type => $1, id => $2, values => {} };
        } elsif ($section && $line =~ /^\s+(\S+)(?:\s+(.*?))?\s*\z/) {
            $section->{values}{$1} = $2 // '1';
        }
    }
    return \@sections;
}

# `first` names the keys that come before the others, which are sorted.
sub write_file {
    my ($path, $sections, $first) = @_;
    my $text = '';
    for my $section (@$sections) {
        $text .= "$section->{type}: $section->{id}\n";
        for my $key (ordered_keys($section, $first)) {
            my $value = $section->{values}{$key};
            # The one switch that Proxmox writes bare, and leaves out where it is off.
            $text .= $key ne 'disable' ? "\t$key $value\n" : $value ? "\tdisable\n" : '';
        }
        $text .= "\n";
    }
    Sim::Node::spew(Sim::Node::host_path($path), $text);
}

sub ordered_keys {
    my ($section, $first) = @_;
    my %rank;
    $rank{$_} = keys %rank for @{ $first->($section->{type}) };
    my $last = 1000;
    return sort { ($rank{$a} // $last) <=> ($rank{$b} // $last) || $a cmp $b } keys %{ $section->{values} };
}

1;
