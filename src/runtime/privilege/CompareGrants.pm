package CompareGrants;

# What is broader and what narrower of two lists of grants (Grants.pm, Openings.pm): { direction => broader | narrower, kind, text } each.

use strict;
use warnings;
use Grants;
use Openings;
use FirewallNames;

# Between the grants before and after. Of something new only what goes beyond what all of its kind have is told.
sub compared {
    my ($before, $after, $names, $is_new) = @_;
    return (
        one_way(broader => $before, $after, $names, $is_new),
        $is_new ? () : (one_way(narrower => $after, $before, $names), restrictions(broader => $before, $after), restrictions(narrower => $after, $before)),
    );
}

# Grants of `$to` that no grant of `$from` is as much as.
sub one_way {
    my ($direction, $from, $to, $names, $is_new) = @_;
    my @records;
    for my $grant (grep { !$_->{quiet} && !defined $_->{lost} && !($is_new && $_->{base}) } @$to) {
        for my $more (uncovered($grant, $names, @$from)) {
            my $other = $is_new ? undef : instead($more, $names, $from, $to);
            my @texts = $direction eq 'broader' ? ($other, $more->{text}) : ($more->{text}, $other);
            push @records, { direction => $direction, kind => $more->{kind}, text => defined $other ? arrow(@texts) : $more->{text} };
        }
    }
    return @records;
}

# What of a grant is not among others: nothing, or all of it, or a part.
sub uncovered {
    my ($grant, $names, @others) = @_;
    return Openings::uncovered($grant, $names, @others) if ($grant->{form} // '') eq 'opening';
    return grep({ Grants::covers($_, $grant) } @others) ? () : $grant;
}

# The text of what a grant takes the place of, if that is told with it: the one grant of its slot that it is more than.
sub instead {
    my ($grant, $names, $from, $to) = @_;
    return undef unless defined $grant->{slot};
    my %stays = map { $_->{text} => 1 } @$to;
    my @there = grep { $_->{kind} eq $grant->{kind} && ($_->{slot} // "\0") eq $grant->{slot} } @$from;
    return $grant->{instead} unless @there;
    return @there == 1 && !$stays{ $there[0]{text} } && !uncovered($there[0], $names, @$to) ? $there[0]{text} : undef;
}

# `tcp 80 from 10.0.0.5 → 10.0.0.0/24`: what both begin with is said once.
sub arrow {
    my ($from, $to) = @_;
    my @was = split / /, $from;
    my @is  = split / /, $to;
    while (@is > 1 && @was > 1 && $is[0] eq $was[0]) { shift @is; shift @was }
    return "$from → @is";
}

# Restrictions of `$from` that are gone in `$to` make broader; those that came, read the other way round, make narrower. What closes a port matters only
# where another rule would open it.
sub restrictions {
    my ($direction, $from, $to) = @_;
    my %stays = map { $_->{text} => 1 } grep { defined $_->{lost} } @$to;
    my @gone  = grep { defined $_->{lost} && !$_->{idle} && !$stays{ $_->{text} } } @$from;
    my @records;
    for my $one (@gone) {
        next if ($one->{form} // '') eq 'closing' && !grep { $_->{kind} eq $one->{kind} && ($_->{form} // '') eq 'opening' } @$to;
        push @records, { direction => $direction, kind => $one->{kind}, text => $direction eq 'broader' ? $one->{lost} : $one->{won} };
    }
    for my $rule (grep { ($_->{form} // '') eq 'opening' } @$to) {
        my @passed = grep { $stays{"$_ is closed"} } Openings::overtaken($rule, @$from);
        push @records, map { +{ direction => $direction, kind => $rule->{kind}, text => "$rule->{text} " . ($direction eq 'broader' ? 'comes before' : 'comes after') . " what is closed, $_" } } @passed;
    }
    return @records;
}

# What changes because a name means something else.
sub named {
    my ($before, $after) = @_;
    my @names = map { my ($direction, $text) = @$_; +{ direction => $direction, kind => 'filter', text => $text } } FirewallNames::changes($before, $after);
    my ($was, $is) = FirewallNames::groups($before, $after);
    my $known = FirewallNames::known($before, $after);
    my $names = sub { $known };
    for my $name (sort keys %$is) {
        my ($from, $to) = map { [ Openings::of_group(@{ $_->{$name} }) ] } $was, $is;
        push @names, map { +{ %$_, text => "group $name: $_->{text}" } } compared($from, $to, $names);
    }
    return @names;
}

1;
