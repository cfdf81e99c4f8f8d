package Sim::Mapping;
# Resource mappings of the cluster, /etc/pve/mapping/*.cfg: a name for a device or folder, with what it is on each node.
use strict;
use warnings;

use Sim::Node;

sub file { my ($kind) = @_; return '/etc/pve/mapping/' . ($kind eq 'dir' ? 'directory' : $kind) . '.cfg' }

# [{ id, values => { key => value }, maps => [text ...] } ...] in the file's order
sub read_all {
    my ($kind) = @_;
    my (@entries, $entry);
    for my $line (split /\n/, Sim::Node::slurp(Sim::Node::host_path(file($kind))) // '') {
        if ($line =~ /^\s*(?:#.*)?\z/) {
            next;
        } elsif ($line =~ /^(\S+)\s*\z/) {
            push @entries, $entry = { id => $1, values => {}, maps => [] };
        } elsif ($entry && $line =~ /^\s+map\s+(.*?)\s*\z/) {
            push @{ $entry->{maps} }, $1;
        } elsif ($entry && $line =~ /^\s+(\S+)(?:\s+(.*?))?\s*\z/) {
            $entry->{values}{$1} = $2 // '1';
        }
    }
    return @entries;
}

# Maps come first, as the one thing that every entry needs, then the options by name.
sub write_all {
    my ($kind, @entries) = @_;
    my $text = '';
    for my $entry (@entries) {
        my $values = $entry->{values};
        $text .= join '', "$entry->{id}\n", (map { "\tmap $_\n" } @{ $entry->{maps} }),
            (map { "\t$_ $values->{$_}\n" } sort keys %$values), "\n";
    }
    Sim::Node::spew(Sim::Node::host_path(file($kind)), $text);
}

# The parts of a map; only its own grammar is looked at.
sub parts { my ($map) = @_; return { map { /^([^=]+)=(.*)\z/ ? ($1 => $2) : () } split /,/, $map } }

sub on_this_node {
    my ($kind, $id) = @_;
    my ($entry) = grep { $_->{id} eq $id } read_all($kind);
    return grep { ($_->{node} // '') eq Sim::Node::name() } map { parts($_) } @{ $entry ? $entry->{maps} : [] };
}

1;
