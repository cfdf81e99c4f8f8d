package Drift;

# What changed behind our back: steps that were as they should be once, that the program has not changed since, and that are not so any more.

use strict;
use warnings;

my %host_kinds = map { $_ => 1 } qw(file zfs-pool zfs-dataset folder storage mapping run firewall-entries);

# What the journal holds of a step, to tell later whether the program has changed.
sub digest {
    my ($step) = @_;
    return $step->{has}{digest}[0] if $step->{has}{digest};
    return $step->{has}{file}[2]   if $step->{has}{secret} && $step->{has}{file};
    return $step->{has}{checksum} ? $step->{has}{checksum}[1] : '-' if $step->{kind} eq 'download';
    return '-' unless $host_kinds{ $step->{kind} };
    require Digest::SHA;
    return Digest::SHA::sha1_hex(join "\0", map { @$_ } @{ $step->{options} });
}

# True of a step that is as it should be and that the journal lacks: whatever becomes of it from now on is drift.
sub is_news {
    my ($step, $journal) = @_;
    my $marked = qr/^(?:file|zfs-pool|zfs-dataset|folder|storage|mapping|download|firewall-entries|run)$/;
    return $step->{kind} =~ $marked && !$step->{has}{secret} && !$journal->{applied}{ $step->{id} };
}

# The verdict reduced to drift; undef if there is none.
sub of {
    my ($step, $verdict, $look) = @_;
    return undef if $verdict->{verdict} =~ /^(?:satisfied|note)$/;
    my $journal = $look->{journal};
    my $applied = $journal->{applied}{ $step->{id} };
    return of_config($step, $verdict, $applied) if $step->{kind} eq 'guest-config' && @{ $verdict->{changes} } && $verdict->{verdict} ne 'waiting';
    return was_there($step, $journal) ? $verdict : undef if $step->{kind} eq 'guest-move';
    my $guest = $step->{has}{guest} && $journal->{guest}{ $step->{has}{guest}[1] };
    return $guest ? $verdict : undef if $step->{kind} =~ /^guest-(?:create|state|config)$/;
    return undef unless $applied;
    return $applied->{digest} eq '-' || $applied->{digest} eq digest($step) ? $verdict : undef;
}

# True of a disk that lay on the storage of today when its guest's config was applied.
sub was_there {
    my ($step, $journal) = @_;
    my ($key, $storage) = @{ $step->{has}{move} };
    return scalar grep { m{^guest/$step->{has}{guest}[1]/} && ($journal->{applied}{$_}{values}{$key} // '') =~ /^\Q$storage\E:/ } keys %{ $journal->{applied} };
}

# Keys that were applied with the value that is asked for today, our own line, and what somebody added.
sub of_config {
    my ($step, $verdict, $applied) = @_;
    return undef unless $applied;
    my $wanted  = ConfigRecord::values_of($step);
    my $is_old  = sub { my ($name) = @_; exists $applied->{values}{$name} && ($wanted->{$name} // '') eq $applied->{values}{$name} };
    my @drifted = grep {
        my $key = $_->{key} eq 'raw lines' ? 'raw' : $_->{key};
        $_->{foreign} || $key eq 'description' || $is_old->($key) || $is_old->("absent:$key");
    } @{ $verdict->{changes} };
    return @drifted ? { %$verdict, changes => \@drifted } : undef;
}

1;
