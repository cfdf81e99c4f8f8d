package RunSecrets;

# The secrets of a run: decrypted before its first change, and laid where tools read them.

use strict;
use warnings;
use Found;
use Secrets;
use Verdict;
use Private;
use Unlock;
use RunLog;

# Decrypts, or stops the run with a problem for each line of what is wrong.
sub unlock {
    my ($session) = @_;
    return if eval { decrypt($session); 1 };
    my $trouble = $@;
    die $trouble if ref $trouble;
    require Problem;
    Problem::stop(map { +{ code => 'applier/secret', message => $_ } } split /\n/, $trouble);
}

# Decrypts what steps are about to write, and writes it all to nowhere once: whatever is wrong with a secret is found before anything is changed.
# Steps that were open only because a secret was encrypted anew are not any more.
sub decrypt {
    my ($session) = @_;
    my ($plan, $found) = @$session{qw(plan found)};
    my @steps = grep { $_->{has}{secret} && wants_secrets($found->{verdicts}{ $_->{id} }) } @{ $found->{steps} };
    my %names = map { $_ => 1 } map { Secrets::of_step($_) } @steps;
    return unless %names;
    my ($contents, $notes, $processes) = Unlock::all($plan->{secrets}, sort keys %names);
    $plan->{secrets}{contents} = $contents;
    $plan->{processes} += $processes;
    my @troubles;
    for my $step (@steps) { eval { rehearse($session, $step); 1 } or push @troubles, $@ }
    die map { RunLog::redacted($session, $_) } @troubles if @troubles;
    $session->{private} = Private::open_folder(@$session{qw(root run)});
    Found::all($session) if $plan->{secrets}->take($contents);
    $session->{notes} = [ map { "secrets: $_" } @$notes ];
    $session->{channel}->send_record('private', $session->{private});
}

sub wants_secrets { return Verdict::open($_[0]) || $_[0]{verdict} eq 'held' }

sub rehearse {
    my ($session, $step) = @_;
    my $secrets = $session->{plan}{secrets};
    if ($step->{kind} eq 'storage') {
        require StorageSecrets;
        StorageSecrets::contents($secrets, StorageSecrets::of_step($step));
    }
    elsif ($step->{kind} ne 'guest-run') {
        require SecretFile;
        SecretFile::content($secrets, $_) for Words::files($step);
    }
}

# The secrets that pvesm is about to read: files with them, the words for those that differ, and the file for standard input.
sub lay {
    my ($session, $id, @differing) = @_;
    my $plan      = $session->{plan};
    my $private   = $session->{private};
    my %differing = map { $_ => 1 } @differing;
    my @settings  = grep { $differing{ $_->{option} } } StorageSecrets::of_step($plan->{by_id}{$id});
    my %contents  = StorageSecrets::contents($plan->{secrets}, @settings);
    Private::write_file($private, "storage-$_", $contents{$_}) for sort keys %contents;
    my ($words, $input) = StorageSecrets::words($private, @settings);
    $session->{channel}->send_record('laid', $input, @$words);
}

# What tools said, from the private folder to where people look for it.
sub said {
    my ($session, $from, $to) = @_;
    open my $handle, '<:raw', $from or return;
    local $/;
    my $text = <$handle> // '';
    require Write;
    Write::append($to, RunLog::redacted($session, $text));
    unlink $from;
}

1;
