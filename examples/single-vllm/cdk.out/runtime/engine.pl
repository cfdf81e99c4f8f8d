#!/usr/bin/perl

# The looking half of the applier: reads the words of the runbooks, looks at the host, compares, and keeps the journal. It never acts on a guest.
#
# bash says and asks, in records (Channel.pm):
#
#   flag NAME VALUE                what the command line said
#   verb NAME OPERAND …
#   assembly FOLDER                where the runbooks lie (Runbook.pm)
#   ask NAME WORD …                a question or an order
#
# The verbs of Look.pm and Facts.pm print their result and end the engine; everything else is answered by any number of records, then one of the word `end`.

use strict;
use warnings;
BEGIN { unshift @INC, $0 =~ m{^(.*)/} ? $1 : '.' }
use Chapters;
use Channels;
use Clock;
use Runbook;
use RunLog;

my $session = {
    root => $ENV{PHOENIX_ROOT} // '', started => Clock::now(), verb => 'plan', operands => [], flags => {}, stacks => [], steps => [],
    channels => Channels->new(\*STDIN, \*STDOUT),
};

my %said = (
    flag     => sub { my ($name, $value) = @_; $session->{flags}{$name} = holds_names($name) ? { %{ $session->{flags}{$name} // {} }, map { $_ => 1 } split /,/, $value } : $value },
    verb     => sub { ($session->{verb}, my @operands) = @_; $session->{operands} = \@operands },
    assembly => sub { ($session->{assembly}) = @_; $session->{app} = Runbook::app($session->{assembly}) },
);

sub holds_names { return $_[0] =~ /^(?:stack|only|skip|adopt|rebuild|allow-.*)$/ }

# The verbs that print their result.
my %printed = (verify => [qw(Verify verify)], map({ $_ => [ Look => $_ ] } qw(plan status)), facts => [qw(Facts facts)]);

# Who answers which other question.
my %answers = (
    lock     => [qw(Lock take)],
    map({ $_ => [ Work => $_ =~ tr/-/_/r ] } qw(work begin outcome ended interrupt check note waiting at-work summary)),
    map({ $_ => [ Records => $_ ] } qw(intent adopting adopted destroying forget gone restart applied remember journal compact)),
    map({ $_ => [ Act => $_ ] } qw(before put folder remove raw restore archive script stamp)),
    map({ $_ => [ RunSecrets => $_ ] } qw(lay said)),
    map({ $_ => [ Small => $_ ] } qw(running hash halted)),
    left     => [qw(SharedFile left_by_tool)],
    firewall => [qw(ChangeFirewall write_file)],
    network  => [qw(ChangeNetwork answer)],
    moved    => [qw(ChangeMove settle)],
    log      => [qw(RunLog line)],
    map({ $_ => [ Health => $_ ] } qw(endpoint heard)),
);

$SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE);    # bash decides when a run ends; the end of its words ends the engine
while (my ($channel, $record) = $session->{channels}->next_record) {
    $session->{channel} = $channel;
    my ($kind, @words) = @$record;
    if (my $take = $said{$kind}) { eval { $take->(@words); 1 } or fail($@) }
    else                         { answer($channel, @words) }
}

sub answer {
    my ($channel, $name, @words) = @_;
    print_and_exit($printed{$name}) if $printed{$name};
    my ($module, $function) = @{ $answers{$name} // [ Small => 'nothing' ] };
    unless (eval { require "$module.pm"; $module->can($function)->($session, @words); 1 }) {
        my $thrown = $@;
        require Problem;
        my @problems = map { +{ %$_, message => RunLog::redacted($session, $_->{message}) } } Problem::of($thrown);
        $channel->send_record('error', Problem::sentences(@problems), Problem::words(@problems));
    }
    $channel->send_record('end');
    $channel->flush or $session->{channels}->close_worker($channel->{name});
}

sub print_and_exit {
    my ($module, $function) = @{ $_[0] };
    my $code = eval { require "$module.pm"; $module->can($function)->($session) } // fail($@);
    # Who stops reading, or closed the output, wants no more; a full disk does.
    close STDOUT or $!{EPIPE} or $!{EBADF} or exit_unheard();
    exit $code;
}

sub fail {
    my ($thrown) = @_;
    require Problem;
    my @problems = Problem::of($thrown);
    Problem::show($session->{flags}{json}, {}, @problems);
    exit Problem::exit_code(@problems);
}

sub exit_unheard {
    my $why = "$!";
    require Problem;
    Problem::show(0, {}, { code => 'applier/unheard', message => "the result could not be written: $why", fix => 'look at where standard output goes' });
    exit 1;
}
