package Records;

# What the journal is told of: before an act, that it is begun; after it, that it is done.

use strict;
use warnings;
use Clock;
use Ownership;
use Made;
use Removal;

# Without a word of its own, an intent has the digest of the step, or what a guest is made from.
sub intent {
    my ($session, $id, $word) = @_;
    my $step = $session->{plan}{by_id}{$id};
    begin($session, $id, $word // ($step->{has}{digest} ? $step->{has}{digest}[0] : CompareGuest::origin_of($step)));
}

sub adopting {
    my ($session, $vmid, $guid) = @_;
    begin($session, "adopt/$vmid", $guid);
}

sub destroying {
    my ($session, $vmid) = @_;
    require Destroy;
    begin($session, "destroy/$vmid", Destroy::guids($session->{plan}->look('check', 'guest-destroy')->{host}, $vmid));
}

sub begin {
    my ($session, $id, $digest) = @_;
    $session->{plan}{journal}->append('intent', $id, $session->{run}, int Clock::now(), $digest);
}

sub adopted {
    my ($session, $id) = @_;
    my $plan = $session->{plan};
    my $look = $plan->look('check', 'guest-create');
    $plan->{journal}->append(@$_) for Adoption::records($look, Ownership::of($look, reverse @{ $plan->{by_id}{$id}{has}{guest} }));
}

# Nothing is left of the guest. What is made in its place is not made anew once more in this run.
sub forget {
    my ($session, $vmid) = @_;
    require Orphan;
    my $journal = $session->{plan}{journal};
    $journal->append('gone', $_) for Orphan::records($journal, $vmid);
    $session->{plan}{anew}{$vmid} = 1;
}

# These steps, guests or secrets are nothing to us any more.
sub gone {
    my ($session, @ids) = @_;
    $session->{plan}{journal}->append_all(map { [ 'gone', $_ ] } @ids);
}

sub journal {
    my ($session, @record) = @_;
    $session->{plan}{journal}->append(@record);
}

sub compact { $_[0]{plan}{journal}->compact }

# Something that was set waits for a restart of this life of the guest.
sub restart {
    my ($session, $vmid) = @_;
    $session->{plan}{journal}->append('restart', $vmid, Host->new(root => $session->{root})->life($vmid, 'lxc'));
}

sub applied {
    my ($session, $id) = @_;
    my ($plan, $seen) = ($session->{plan}, $session->{channel}{seen});
    my $step = $plan->{by_id}{$id};
    return if $step->{chore};
    undef $seen if $seen && $seen->[0] ne $id;
    my $look   = $seen ? $seen->[1] : $plan->look('check', $step->{kind});
    my @made   = made($session, $step, $look);
    my $record = record($session, $step, $look, $seen && $seen->[2]);
    $plan->{journal}->append_all(@made, $record // ());
}

sub made {
    my ($session, $step, $look) = @_;
    return Made::records($session->{plan}, $step, $look, $session->{run});
}

# The record of a step that is done. Some kinds have one of their own; of all others it is the digest of what was asked for.
my %record = (
    'guest-move'   => sub { [ 'gone', $_[1]{id} ] },    # the intent: where a disk lies is seen anew each time
    'guest-config' => sub { my ($session, $step, $look) = @_; ConfigRecord::of($step, owner($step, $look), $session->{plan}{journal}{applied}{ $step->{id} }) },
    network        => sub { my (undef, $step, $look) = @_; CompareNetwork::record($step, $look) },
    download       => sub { my ($session, $step) = @_; $session->{plan}->one($step->{id})->{remember} // known($session, $step) },
);

# Of a file whose sum was seen to be right before, what is known of it stays.
sub known {
    my ($session, $step) = @_;
    my $known = $step->{has}{checksum} && $session->{plan}{journal}{applied}{ $step->{id} } or return undef;
    return [ 'applied', $step->{id}, @$known{qw(guid digest)}, map { "$_=$known->{values}{$_}" } sort keys %{ $known->{values} } ];
}

sub record {
    my ($session, $step, $look, $verdict) = @_;
    my $journal = $session->{plan}{journal};
    my $owner   = $step->{has}{guest} && owner($step, $look);
    $journal->append(@{ $owner->{better} }) if $owner && $owner->{better};
    $journal->append(@{ $verdict->{remember} }) if $step->{kind} eq 'guest-state' && $verdict && $verdict->{remember};
    my $own = $record{ $step->{kind} } && $record{ $step->{kind} }->($session, $step, $look);
    return $own if $own;
    require Drift;
    return [ 'applied', $step->{id}, $owner && $owner->{guid} // '-', Drift::digest($step), values_of($session, $step, $look), Removal::values_of($step) ];
}

sub owner {
    my ($step, $look) = @_;
    return Ownership::of($look, reverse @{ $step->{has}{guest} });
}

sub values_of {
    my ($session, $step, $look) = @_;
    return (is_imported($step) ? 'imported=1' : (), secrets_of($session, $step, $look), inside($session, $step));
}

# What the program only refers to is not left behind when it leaves the program.
sub is_imported {
    my ($step) = @_;
    my $has = $step->{has};
    return $has->{create} ? !$has->{create}[0] : $has->{nowhere} || ($step->{kind} eq 'zfs-pool' && !$has->{vdev});
}

# What was left inside a guest just now, or as the journal knows it.
sub inside {
    my ($session, $step) = @_;
    return () unless $step->{kind} =~ /^guest-(?:file|run)$/;
    my $left  = $session->{channel}{inside};
    my $known = ($session->{plan}{journal}{applied}{ $step->{id} } // {})->{values} // {};
    my %values = $left && $left->{id} eq $step->{id} ? (%{ $left->{values} }, at => int Clock::now()) : map { $_ => $known->{$_} } grep { /^(?:stamp|at|seal:.*)$/ } keys %$known;
    return map { "$_=$values{$_}" } sort keys %values;
}

sub secrets_of {
    my ($session, $step, $look) = @_;
    my $plan = $session->{plan};
    return CompareFirewall::record($step, $plan->{journal}, $plan->{changed}{ $step->{id} } // {}) if $step->{kind} eq 'firewall-entries';
    return () unless $step->{has}{secret};
    if ($step->{kind} eq 'file') {
        require SecretFile;
        return SecretFile::record($step, $look);
    }
    if ($step->{kind} eq 'storage') {
        require StorageSecrets;
        return StorageSecrets::record($step, $look);
    }
    return $plan->{secrets}->record(Secrets::of_step($step));
}

# Records that are missing although all is well: a former run was killed between doing and writing down.
sub remember {
    my ($session) = @_;
    return unless $session->{plan}{journal};    # all is as it was, records too
    require Drift;
    my ($journal, $found) = ($session->{plan}{journal}, $session->{found});
    my (@records, @steps);
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        my $is_well = $verdict->{verdict} eq 'satisfied';
        if    ($verdict->{remember}) { push @records, $verdict->{remember} }
        elsif ($is_well && ($journal->{intent}{ $step->{id} } || $session->{verb} eq 'apply' && (Drift::is_news($step, $journal) || Removal::is_news($step, $journal)))) { push @steps, $step }
    }
    delete $session->{seen} if @records || @steps;    # the next run looks with other eyes
    $journal->append_all(@records);
    return unless @steps;
    my $look = $session->{plan}->look('plan');
    $journal->append_all(map { $_->{chore} ? () : (made($session, $_, $look), record($session, $_, $look) // ()) } @steps);
}

1;
