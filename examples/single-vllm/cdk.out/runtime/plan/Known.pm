package Known;

# A run that found nothing to do is known: what it looked at, and what it saw. While the next one sees the same, it comes to the same end without
# comparing anything.
#
# Everything that a comparison depends on is in here: the bytes of the assembly and of the applier, the journal, and every answer that Host gave, for
# nobody else looks at the host. The first answer that is another one ends it, and the run goes the long way. Nothing is kept of a run that was
# told more than which words to print, or that has secrets: their seals are not Host's.

use strict;
use warnings;
use Digest::SHA;
use Host;
use Journal;
use Chapters;
use Runbook;

my $format = 'phoenix-known 1';
my %harmless = map { $_ => 1 } qw(json quiet color no-color jobs otlp approve-privileges approved yes);    # what needs approval is something to do

sub path { return "$_[0]{root}/var/lib/phoenix/$_[0]{app}/$_[1]" }

# ---- The next run

# What is known of this run before it looks, or nothing: { about, counts, notes }. Otherwise begins to listen.
sub recall {
    my ($session) = @_;
    return undef if $session->{verb} ne 'apply' || grep { !$harmless{$_} } keys %{ $session->{flags} };
    my $known = read_all($session);
    return $known if $known && $known->{basis} eq basis($session) && sees_the_same($session, $known->{seen});
    my %seen;
    $Host::told = sub { my ($question, $operand, $answer) = @_; $seen{"$question $operand"} = digest($answer) };
    $session->{seen} = \%seen;
    return undef;
}

# Processes last: whatever else has changed is found out for less.
sub sees_the_same {
    my ($session, $seen) = @_;
    my $host  = Host->new(root => $session->{root});
    my @cheap = grep { !/^said_by / } keys %$seen;
    my @dear  = grep { /^said_by / } sort keys %$seen;
    for my $entry (@cheap, @dear) {
        my ($question, $operand) = split / /, $entry, 2;
        my $answer = eval { $host->$question($operand) };
        return 0 if $@ || digest($answer) ne $seen->{$entry};
    }
    $session->{processes} = $host->{processes};
    return 1;
}

sub digest {
    my ($answer) = @_;
    return '-' unless defined $answer;
    return Digest::SHA::sha1_base64(ref $answer eq 'HASH' ? join "\0", map { ($_, $answer->{$_}) } sort keys %$answer : ref $answer ? join "\0", @$answer : $answer);
}

# The bytes that decide what is asked for and how it is compared.
sub basis {
    my ($session) = @_;
    my $sum = Digest::SHA->new(256);
    $sum->add("$_\0", content($_), "\0") for Chapters::files(), Runbook::files($session->{assembly}), path($session, 'journal');
    return $sum->hexdigest;
}

sub content {
    my ($place) = @_;
    open my $handle, '<:raw', $place or return '';
    local $/;
    return <$handle> // '';
}

# ---- This run

# Keeps what a run saw that found nothing to do; forgets what was known after every other.
sub keep {
    my ($session) = @_;
    return unless $Host::told;
    undef $Host::told;
    my $seen = delete $session->{seen};
    my $path = path($session, 'known');
    my $work = $session->{work};
    if (!$seen || @{ $work->{todo} } || @{ $work->{left} } || $session->{plan}{secrets}) { unlink $path; return }
    my $found = $session->{found};
    my @lines = (
        [ 'basis', basis($session) ], [ 'about', @$found{qw(app here)} ],
        map({ [ 'count', $_, $session->{counts}{$_} ] } sort keys %{ $session->{counts} }), map({ [ 'note', $_ ] } @{ $work->{notes} }), map({ [ 'skipped', @$_{qw(name host)} ] } @{ $found->{skipped} }),
        map { [ 'seen', $_, $seen->{$_} ] } sort keys %$seen,
    );
    my $temporary = "$path.tmp.phoenix";
    open my $handle, '>:raw', $temporary or return;
    print $handle "$format\n", map { join("\t", map { Journal::encoded($_) } @$_) . "\n" } @lines;
    close $handle and rename $temporary, $path;
}

my %take = (
    basis   => sub { my ($known, $basis) = @_; $known->{basis} = $basis },
    about   => sub { my ($known, @about) = @_; $known->{about} = \@about },
    count   => sub { my ($known, $name, $number) = @_; $known->{counts}{$name} = $number },
    note    => sub { my ($known, $note) = @_; push @{ $known->{notes} }, $note },
    skipped => sub { my ($known, @stack) = @_; push @{ $known->{skipped} }, \@stack },
    seen    => sub { my ($known, $entry, $digest) = @_; $known->{seen}{$entry} = $digest },
);

sub read_all {
    my ($session) = @_;
    my ($head, @lines) = split /\n/, content(path($session, 'known'));
    return undef if ($head // '') ne $format;
    my %known = (notes => [], skipped => [], seen => {}, basis => '');
    for my $line (@lines) {
        my ($kind, @fields) = split /\t/, $line, -1;
        if (index($line, '%') >= 0) { $_ = Journal::decoded($_) for @fields }
        my $take = $take{$kind} // return undef;
        $take->(\%known, @fields);
    }
    return \%known;
}

1;
