package Sim::Rules;
# What a test wants to be answered: files DIR/state/KIND/NNN of lines `name value` (encoded): vmid, match (a pattern
# for the text), exit, stdout, stderr, lost, times, file PATH CONTENT. The newest rule that matches counts.
use strict;
use warnings;

use Sim::Node;

sub find {
    my ($kind, $vmid, $text) = @_;
    my $folder = "$Sim::Node::state/$kind";
    for my $name (reverse Sim::Node::entries($folder)) {
        my $rule = read_file("$folder/$name");
        next if defined $rule->{vmid} && $rule->{vmid} != ($vmid // -1);
        next if defined $rule->{match} && $text !~ /$rule->{match}/;
        next if defined $rule->{times} && !use_once_more($kind, $name, $rule->{times});
        return $rule;
    }
    return undef;
}

sub read_file {
    my ($file) = @_;
    my %rule;
    for (split /\n/, Sim::Node::slurp($file) // '') {
        my ($name, @values) = map { Sim::Node::decode($_) } split / /, $_, -1;
        if ($name eq 'file') { $rule{files}{ $values[0] } = $values[1] }
        else                 { $rule{$name} = $values[0] }
    }
    return \%rule;
}

sub use_once_more {
    my ($kind, $name, $times) = @_;
    return Sim::Node::exclusively('rules', sub {
        my $counter = "$Sim::Node::state/used-rules/$kind-$name";
        my $used = Sim::Node::slurp($counter) // 0;
        return 0 if $used >= $times;
        Sim::Node::spew($counter, $used + 1);
        return 1;
    });
}

1;
