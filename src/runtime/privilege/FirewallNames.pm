package FirewallNames;

# Aliases, sets and groups of a firewall file: a change of one changes all rules that use it. New ones do nothing until a rule uses them, but for
# the sets that Proxmox itself uses: `management` is who gets at the host, `blacklist` who gets nowhere.

use strict;
use warnings;
use FirewallConf;
use Addresses;

# { name => [address, …] } of what the files define, sets with a `+`; of two files the first one counts.
sub known {
    my %known;
    for my $sections (reverse map { FirewallConf::parse($_ // '') } @_) {
        my $aliases = FirewallConf::aliases($sections);
        for my $name (keys %$aliases) { $known{$name} = [ address($aliases->{$name}) ] }
        my $sets = FirewallConf::blocks($sections, 'ipset');
        for my $name (keys %$sets) { $known{"+$name"} = [ members($sets->{$name}) ] }
    }
    return \%known;
}

sub address { return (split ' ', FirewallConf::bare($_[0]{text}))[1] }
sub members { return map { FirewallConf::bare($_) =~ s/^! /!/r } FirewallConf::lines_of($_[0]) }

# [[broader or narrower, text], …] between two texts of a file.
sub changes {
    my ($before, $after) = map { FirewallConf::parse($_ // '') } @_;
    return (aliases($before, $after), sets($before, $after));
}

sub aliases {
    my ($before, $after) = map { FirewallConf::aliases($_) } @_;
    my @changes;
    for my $name (sort grep { $after->{$_} } keys %$before) {
        my ($is, $to) = map { address($_->{$name}) } $before, $after;
        my $text = "alias $name $is → $to";
        push @changes, [ broader => $text ]  unless Addresses::lies_in($to, $is);
        push @changes, [ narrower => $text ] unless Addresses::lies_in($is, $to);
    }
    return @changes;
}

sub sets {
    my ($before, $after) = map { FirewallConf::blocks($_, 'ipset') } @_;
    my @changes;
    for my $name (sort keys %{ { %$before, %$after } }) {
        my $is_own = $name =~ /^(?:management|blacklist)$/;
        next unless $is_own || ($before->{$name} && $after->{$name});
        my ($is, $to) = map { [ $_->{$name} ? members($_->{$name}) : () ] } $before, $after;
        my ($more, $less) = (missing($to, $is), missing($is, $to));
        my ($in, $out) = $name eq 'blacklist' ? qw(narrower broader) : qw(broader narrower);
        push @changes, map({ [ (/^!/ ? $out : $in) => "$_ in set $name" ] } @$more), map { [ (/^!/ ? $in : $out) => "$_ not in set $name" ] } @$less;
    }
    return @changes;
}

# Those of some that are in none of the others.
sub missing {
    my ($some, $others) = @_;
    my @wide = grep { !/^!/ } @$others;
    my %same = map { $_ => 1 } @$others;
    return [ grep { my $one = $_; !$same{$one} && ($one =~ /^!/ || !grep { Addresses::lies_in($one, $_) } @wide) } @$some ];
}

# { name => [line, …] } of the groups that both texts have.
sub groups {
    my @groups = map { FirewallConf::blocks(FirewallConf::parse($_ // ''), 'group') } @_;
    my @both   = sort grep { $groups[1]{$_} } keys %{ $groups[0] };
    return map { my $of = $_; +{ map { $_ => [ FirewallConf::lines_of($of->{$_}) ] } @both } } @groups;
}

1;
