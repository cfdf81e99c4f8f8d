package CompareInside;

# Steps inside a guest, and steps that ask or say something. What a guest holds is taken from the journal; Inside.pm says when somebody looks.

use strict;
use warnings;
use Verdict;
use Ownership;
use Inside;

sub file { return by_digest(@_, 'send') }
sub run  { return by_digest(@_, 'script') }

# Done once for each digest, as long as the guest still has the root disk in which it was done.
sub by_digest {
    my ($step, $look, $act) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my @files   = $act eq 'send' ? Words::files($step) : ();
    my @secrets = $step->{has}{secret} ? Secrets::of_step($step) : ();
    # known before the guest is made, so that it is not left half set up
    my $lacking = @secrets && $look->{secrets}->lacking(@secrets);
    return $lacking if $lacking;
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return $obstacle if $obstacle;
    my $digest = $step->{has}{digest}[0];
    my $known  = $look->{journal}->applied_to($step->{id}, $owner->{guid});
    my @rotated = $known && @secrets ? $look->{secrets}->rotated($known, @secrets) : ();
    my $damage  = $known && $known->{digest} eq $digest && !@rotated ? Inside::damage($step, $look, $owner, $known) : undef;
    return Verdict::unknown($damage->{unseen}, soft => 1) if $damage && $damage->{unseen};
    return Verdict::satisfied(notes => $damage->{notes} // [], $damage->{sound} ? (remember => $damage->{sound}) : ()) if $damage && !$damage->{changes};
    my $again   = $known && $step->{has}{again} ? $step->{has}{again}[0] : 'live';
    my @changes = $damage ? @{ $damage->{changes} } : $act eq 'send'
        ? map { Verdict::difference($_->{target}, '', $known ? 'new content' : 'written') } @rotated && $known->{digest} eq $digest ? holding(\@rotated, @files) : @files
        : Verdict::difference('script', '', $known ? 'run again' . (@rotated ? " (rotated: @rotated)" : '') : 'run', $again);
    if ($known && $step->{has}{again} && $step->{has}{again}[0] eq 'restart' && !CompareState::restart_allowed($step, $look)) {
        return Verdict::held('running it again restarts a service', flag => "--allow-restart $step->{path}",
            changes => [ map { { %$_, impact => 'restart', held => 1 } } @changes ]);
    }
    return Verdict::refused('files and scripts inside virtual machines are not supported by this applier yet', changes => \@changes) if $type eq 'qemu';
    if ($again eq 'restart' && !CompareState::restart_allowed($step, $look)) {
        $_->{held} = 1 for @changes;
        return Verdict::held('restarts a service', flag => "--allow-restart $step->{path}", changes => \@changes);
    }
    return Verdict::unknown("guest $vmid does not run", soft => 1, changes => \@changes) unless $look->{host}->running($vmid, $type);
    my %fields = (vmid => $vmid, digest => $digest, timeout => $step->{has}{timeout} ? $step->{has}{timeout}[0] : 120);
    return Verdict::change($act, [ map { $_->{target} } @files ], fields => \%fields, changes => \@changes);
}

# Those of the files that hold one of these secrets.
sub holding {
    my ($names, @files) = @_;
    my %wanted = map { $_ => 1 } @$names;
    return grep { grep { $wanted{$_} } @{ $_->{secrets} // [] } } @files;
}

sub health {
    my ($step) = @_;
    return Verdict::satisfied(asks => 1, do => 'ask', arguments => [ map { $step->{has}{$_}[0] } qw(url status retries interval) ]);
}

sub note {
    my ($step) = @_;
    return { verdict => 'note', reason => $step->{has}{text}[0], changes => [], notes => [] };
}

# ---- run: commands behind probes

sub open_run {
    my ($step, $look) = @_;
    my @probes = map { [ @$_[ 1 .. $#$_ ] ] } grep { $_->[0] eq 'probe' } @{ $step->{options} };
    my @missing;
    for my $probe (@probes) {
        require Probe;
        my $answer = Probe::answer($look, @$probe);
        return Verdict::unknown("$answer->{text}: $answer->{reason}", soft => $answer->{soft}) if $answer->{is} eq 'unknown';
        push @missing, $answer->{text} if $answer->{is} eq 'no';
    }
    return Verdict::satisfied() unless @missing;
    my @changes  = map { Verdict::difference($_, 'no', 'yes') } @missing;
    my @commands = map { [ @$_[ 1 .. $#$_ ] ] } grep { $_->[0] eq 'command' } @{ $step->{options} };
    my $fix = $step->{has}{fix} ? $step->{has}{fix}[0] : "not so: @missing";
    return Verdict::refused($fix, changes => \@changes) unless @commands;
    my ($busy) = $look->{journal}{intent}{ $step->{id} } ? grep { $look->{host}->command_alive(@$_) } @commands : ();
    return Verdict::change('wait', [], reason => "`@$busy` is still at work, as a run that was killed began it", changes => \@changes) if $busy;
    return Verdict::change('commands', [ map { (scalar @$_, @$_) } @commands ], changes => \@changes);
}

1;
