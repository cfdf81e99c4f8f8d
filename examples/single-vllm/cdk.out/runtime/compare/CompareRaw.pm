package CompareRaw;

# Raw lines of a container's config (`lxc.…`), which Proxmox keeps in their order and only passes on.

use strict;
use warnings;

sub differences {
    my ($step, $look, $state) = @_;
    my @found  = map { "$_->[0]: $_->[1]" } @{ $state->{conf}{raw} };
    my $clean  = CompareConfig::is_newborn($step, @$state{qw(applied owner)});
    my $former = ($state->{applied} // {})->{values}{raw};
    my $repair = $look->{flags}{repair} && $step->{has}{marker} && !$state->{owner}{taken};
    return () unless $step->{has}{'own-raw'} || $clean || defined $former || $repair;
    my @wanted  = map { "$_->[1]: $_->[2]" } grep { $_->[0] eq 'raw' } @{ $step->{options} };
    my %wanted  = map { $_ => 1 } @wanted;
    my %former  = map { $_ => 1 } split /\n/, $former // '';
    my @foreign = $clean || $repair ? () : grep { !$wanted{$_} && !$former{$_} } @found;
    push @{ $state->{notes} }, "foreign line `$_` stays" for @foreign;
    my @goal = (@foreign, @wanted);
    my $text = join "\n", @goal;
    if ($text eq join "\n", @found) {
        my @waiting = @{ $state->{conf}{waiting_raw} } or return ();
        return CompareKeys::change('raw lines', 'raw', join('; ', map { "$_ (waiting)" } @waiting), 'no others waiting', 'live', $text);
    }
    return () if join("\n", sort @goal) eq join("\n", sort @found) && in_order(grep { $wanted{$_} } @found) eq in_order(@wanted);
    my %found = map { $_ => 1 } @found;
    my %goal  = map { $_ => 1 } @goal;
    my @gone  = grep { !$goal{$_} } @found;
    my @new   = grep { !$found{$_} } @goal;
    my $change = CompareKeys::change('raw lines', 'raw', (@gone ? join '; ', @gone : ''), (@new ? join '; ', @new : 'removed'), 'restart', $text);
    $change->{foreign} = 1 if grep { !$wanted{$_} && !$former{$_} } @gone;
    return $change;
}

# The environment of init has its own order, and no place among other lines.
sub in_order {
    my $environment = qr/^lxc\.environment/;
    return join "\n", (grep { /$environment/ } @_), (grep { !/$environment/ } @_);
}

# 1 if the raw lines come into force with the next start only.
sub waits {
    my ($state, @do) = @_;
    return $state->{running} && grep({ $_->{how} eq 'raw' && $_->{impact} eq 'restart' } @do) ? 1 : 0;
}

1;
