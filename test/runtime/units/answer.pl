#!/usr/bin/perl

# answer.pl RUNTIME: calls functions of the runtime for perl.ts. A line of JSON in, { code, arguments }; a line of JSON out, { values } of the code in
# list context, or { died }. Strings are bytes on both sides, as they are in the engine, and numbers come
# back as words: Perl does not tell them apart.
#
# Of the arguments, an object with one key that begins with `$` stands for what JSON cannot say:
#
#   $host     a Host that has looked already: what it is given is not asked for again
#             (with `answers` it starts no process: they are what output gives, one after the other or by program)
#   $conf     [text, type] as GuestConf parses it
#   $journal  a Journal that holds these records, and has no file
#   $step     the stack of a step, then its words
#   $look     what comparisons are given, with the tables by guest that Plan makes of its steps
#   $plan     a Plan of the steps of a look, which looks no further than that
#   $secrets  Secrets of an app of which nothing was decrypted, with what differs from that
#   $bytes    in hexadecimal digits
#   $code     Perl that gives any value

use strict;
use warnings;
use JSON::PP;

my ($runtime) = @ARGV;
unshift @INC, $runtime;
require Chapters;
require $_ for map { m{([^/]+\.pm)$} } Chapters::files();

# The conversation has descriptors of its own: whatever the functions print is nobody's answer.
open my $answers, '>&', \*STDOUT or die $!;
open STDOUT, '>&', \*STDERR or die $!;
open my $questions, '<&', \*STDIN or die $!;
open STDIN, '<', '/dev/null' or die $!;
select $answers;
$| = 1;
select STDOUT;
$SIG{PIPE} = 'IGNORE';    # as in the engine

my $json = JSON::PP->new->allow_nonref->canonical;
my %revive = (
    host    => sub { my $host = Host->new(root => '/nonexistent', node_name => 'pve', %{ $_[0] }); bless $host, $host->{answers} ? 'AnsweringHost' : 'MountedHost' },
    conf    => sub { GuestConf::parse(@{ $_[0] }) },
    journal => \&journal_of,
    step    => sub { Words::step({ name => 'ai', folder => '/nonexistent', restart => 'never', %{ $_[0][0] } }, @{ $_[0] }[ 1 .. $#{ $_[0] } ]) },
    look    => \&look_of,
    plan    => sub { my ($given) = @_; my $look = $given->{look}; bless { app => 'phoenix', here => 'pve', (map { $_ => $look->{$_} } qw(by_id steps journal flags creator configs sealers secrets)), %$given }, 'LookedPlan' },
    secrets => sub { Secrets->new(root => '/nonexistent', app => 'phoenix', folder => '/nonexistent', journal => journal_of([]), %{ $_[0] }) },
    bytes   => sub { pack 'H*', $_[0] },
    code    => sub { my $value = eval $_[0]; die "$_[0]: $@" if $@; $value },
);

while (defined(my $line = <$questions>)) {
    my $question = $json->decode($line);
    my @warnings;
    my $answer = eval {
        local $SIG{__WARN__} = sub { push @warnings, @_ };
        my @values = run($question->{code}, map { revived($_) } @{ $question->{arguments} });
        +{ values => [ map { plain($_) } @values ] };
    } // { died => ref $@ eq 'Unknown' ? "Unknown: $@->{reason}" : "$@" };
    $answer = { died => "warned: @warnings" } if @warnings;
    print $answers $json->encode($answer), "\n";
}

my %compiled;

sub run {
    my $code = shift;
    my $function = $compiled{$code} //= eval "package Test; sub { $code }" // die "$code: $@";
    return $function->(@_);
}

sub revived {
    my ($value) = @_;
    return [ map { revived($_) } @$value ] if ref $value eq 'ARRAY';
    return $value ? 1 : 0 if ref $value eq 'JSON::PP::Boolean';
    unless (ref $value) {
        utf8::downgrade($value) if defined $value;    # JSON marks some texts as characters, which patterns of bytes do not find
        return $value;
    }
    my %revived = map { $_ => revived($value->{$_}) } keys %$value;
    my ($only, @others) = keys %revived;
    my $revive = defined $only && !@others && $only =~ /^\$(.+)/ && $revive{$1};
    return $revive ? $revive->($revived{$only}) : \%revived;
}

sub plain {
    my ($value) = @_;
    my $kind = ref $value or return defined $value ? "$value" : undef;
    return [ map { plain($_) } @$value ] if "$value" =~ /(?:^|=)ARRAY\(/;
    return { map { $_ => plain($value->{$_}) } keys %$value } if "$value" =~ /(?:^|=)HASH\(/;
    return { literal => "$$value" } if $kind eq 'SCALAR';
    return "($kind)";
}

sub journal_of {
    my ($records) = @_;
    my $journal = bless { path => '/nonexistent', shown => 'journal', exists => 1, lines => 0, kept => 0, map { $_ => {} } Journal::tables() }, 'Journal';
    $journal->note(@$_) for @$records;
    return $journal;
}

sub look_of {
    my ($given) = @_;
    my $look = { creator => {}, configs => {}, sealers => [], %$given, by_id => { map { $_->{id} => $_ } @{ $given->{steps} } } };
    for my $step (@{ $look->{steps} }) {
        my $vmid = ($step->{has}{guest} // next)->[1];
        if    ($step->{kind} eq 'guest-create')   { $look->{creator}{$vmid} = $step }
        elsif ($step->{kind} eq 'guest-config')   { push @{ $look->{configs}{$vmid} }, $step }
        elsif ($step->{kind} eq 'guest-template') { push @{ $look->{sealers} }, $step }
    }
    return $look;
}

# The records that were sent over a channel.
sub Test::said {
    my ($channel) = @_;
    my @words = split /\0/, $channel->{written}, -1;
    my @records;
    while (@words > 1) { push @records, [ splice @words, 0, shift @words ] }
    return @records;
}

# A host whose /etc/pve is mounted and has a quorum, unless it is told otherwise.
package MountedHost;
our @ISA;
BEGIN { @ISA = 'Host' }

sub read {
    my ($self, $path) = @_;
    my $text = $self->SUPER::read($path);
    return $text // ($path eq '/etc/pve/.members' && !$self->{unmounted} ? '{}' : undef);
}

# The same, whose programs answer as they were told, [exit, lines …]; what was started is in `called`.
package AnsweringHost;
our @ISA;
BEGIN { @ISA = 'MountedHost' }

sub output {
    my ($self, @command) = @_;
    push @{ $self->{called} }, "@command";
    my $answers = $self->{answers};
    my ($exit, @lines) = @{ (ref $answers eq 'ARRAY' ? shift @$answers : $answers->{ $command[0] }) // die "nobody answers @command\n" };
    return ($exit, \@lines);
}

package LookedPlan;
our @ISA;
BEGIN { @ISA = 'Plan' }

sub look { my ($self, $mode) = @_; return $self->{look} }
