package Sim::Zfs::State;
# Pools and datasets of the node, one line each in DIR/state/zfs (tab separated name=value, values encoded).
#
# dataset = { name, type, guid, creation, origin, holds, local => { property => value } }
# pool    = { name, size, health, ashift, guid, vdevs, exported, local => { property => value } }
use strict;
use warnings;

use Sim::Node;

sub file { return "$Sim::Node::state/zfs" }

# A picture to read from; changes to it are lost.
sub load {
    my $state = { pools => {}, datasets => {}, away => {} };
    for my $line (split /\n/, Sim::Node::slurp(file()) // '') {
        my ($kind, $name, @fields) = split /\t/, $line;
        my $entry = { name => Sim::Node::decode($name), local => {} };
        for my $field (@fields) {
            my ($key, $value) = split /=/, $field, 2;
            $value = Sim::Node::decode($value);
            if ($key =~ s/^p://) { $entry->{local}{$key} = $value }
            else                 { $entry->{$key} = $value }
        }
        $state->{$kind}{ $entry->{name} } = $entry;
    }
    hide_exported($state);
    return $state;
}

# Datasets of an exported pool are nowhere to be seen, but not lost.
sub hide_exported {
    my ($state) = @_;
    for my $pool (grep { $state->{pools}{$_}{exported} } keys %{ $state->{pools} }) {
        for my $name (grep { m{^\Q$pool\E(?:[/@]|\z)} } keys %{ $state->{datasets} }) {
            $state->{away}{$name} = delete $state->{datasets}{$name};
        }
    }
}

# The code gets the state and changes it in place; a failure in it leaves the file as it was.
sub change {
    my ($code) = @_;
    return Sim::Node::exclusively('zfs', sub {
        my $state  = load();
        my $answer = $code->($state);
        save($state);
        return $answer;
    });
}

sub save {
    my ($state) = @_;
    my $text = '';
    my %datasets = (%{ $state->{away} }, %{ $state->{datasets} });
    $text .= line('pools', $state->{pools}{$_}) for sort keys %{ $state->{pools} };
    $text .= line('datasets', $datasets{$_}) for sort keys %datasets;
    Sim::Node::spew(file(), $text);
}

sub line {
    my ($kind, $entry) = @_;
    my @fields = map { "$_=" . Sim::Node::encode($entry->{$_}) }
        grep { $_ ne 'name' && $_ ne 'local' && defined $entry->{$_} } sort keys %$entry;
    push @fields, map { "p:$_=" . Sim::Node::encode($entry->{local}{$_}) } sort keys %{ $entry->{local} };
    return join("\t", $kind, Sim::Node::encode($entry->{name}), @fields) . "\n";
}

# 64 bits that look random and are the same in every run.
sub new_guid {
    my $number = Sim::Node::next_number('guid');
    use integer;
    no warnings 'portable';
    my $mixed = $number * 0x2545F4914F6CDD1D + 0x1E3779B97F4A7C15;
    $mixed ^= ($mixed >> 29) & 0x7FFFFFFFF;
    $mixed *= 0x3F58476D1CE4E5B9;
    no integer;
    return sprintf '%u', $mixed;
}

sub parent_name { my ($name) = @_; return $name =~ s{[/@][^/@]*\z}{}r }

sub children {
    my ($state, $name) = @_;
    return grep { index($_, "$name/") == 0 || index($_, "$name\@") == 0 } sort keys %{ $state->{datasets} };
}

# Filesystems and volumes below, without snapshots.
sub descendants { return grep { !/@/ } children(@_) }

sub snapshots {
    my ($state, $name) = @_;
    return sort { $state->{datasets}{$a}{creation} <=> $state->{datasets}{$b}{creation}
            || $state->{datasets}{$a}{order} <=> $state->{datasets}{$b}{order} }
        grep { index($_, "$name\@") == 0 } keys %{ $state->{datasets} };
}

sub clones_of {
    my ($state, $snapshot) = @_;
    return grep { ($state->{datasets}{$_}{origin} // '') eq $snapshot } sort keys %{ $state->{datasets} };
}

# Tags that keep a snapshot from being destroyed.
sub holds { my ($snapshot) = @_; my @tags = split / /, $snapshot->{holds} // ''; return @tags }

sub held {
    my ($state, @names) = @_;
    return grep { holds($state->{datasets}{$_}) } @names;
}

sub add {
    my ($state, $name, $type, %more) = @_;
    return $state->{datasets}{$name} = {
        name => $name, type => $type, guid => new_guid(), creation => time,
        order => Sim::Node::next_number('dataset'), local => {}, %more,
    };
}

1;
