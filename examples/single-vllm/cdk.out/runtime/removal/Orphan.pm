package Orphan;

# A guest is let go: our line leaves its notes, its records leave the journal, and nothing else about it changes.

use strict;
use warnings;
use Verdict;

sub compare {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $guest  = $look->{host}->guest($vmid);
    my $marker = $guest && GuestConf::marker($guest->{conf});
    my $named  = $marker && $marker->{app} eq $look->{app} && $marker->{vmid} == $vmid;
    return unmark($step, $look, $guest) if $named;
    return Verdict::satisfied() unless records($look->{journal}, $vmid);
    return Verdict::change('forget', [$vmid], fields => { type => $type }, changes => [ Verdict::difference('journal', 'knows it', 'removed') ]);
}

sub unmark {
    my ($step, $look, $guest) = @_;
    my ($vmid, $conf) = @$guest{qw(vmid conf)};
    my @changes = Verdict::difference('owner', "app $look->{app}", 'nobody');
    return Verdict::refused("guest $vmid is on node $guest->{node}: let it go there", changes => \@changes) if $guest->{node} ne $look->{host}->node_name;
    return CompareGuest::wait_for_lock($vmid, $conf, \@changes) if $look->{mode} eq 'check' && ($conf->{keys}{lock} // 'mounted') ne 'mounted';
    my $notes = GuestConf::description_without($conf);
    return Verdict::change('unmark', [ $vmid, $notes eq '' ? ('--delete', 'description') : ('--description', $notes) ], changes => \@changes,
        fields => { type => $guest->{type}, path => $guest->{path}, digest => GuestConf::digest($conf) });
}

# Names of what the journal knows about a guest, for it to forget.
sub records {
    my ($journal, $vmid) = @_;
    my %names = map { $_ => 1 } grep { $_ eq $vmid || m{^guest/$vmid/} || m{^(?:adopt|destroy)/$vmid\z} } map { keys %{ $journal->{$_} } } Journal::tables();
    my @names = sort keys %names;
    return @names;
}

1;
