package Look;

# The verbs that only look: `plan` and `status`. Each prints its result and gives the exit code.

use strict;
use warnings;
use Found;
use Report;
use Verdict;
use Ownership;
use Terminal;

sub plan {
    my ($session) = @_;
    my $found = Found::all($session);
    if (Found::differences($found)) { require Snapshots; Snapshots::note($found) }
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? Report::plan_json($found) : Terminal::harmless(Report::plan($found));
    return 1 if defined $found->{stop};
    return 1 if Found::chore($session->{verb}) && grep { $_->{verdict} eq 'refused' } values %{ $found->{verdicts} };
    return 3 if Found::chore($session->{verb}) && grep { Verdict::open($_) } values %{ $found->{verdicts} };
    return $session->{flags}{fail} && Found::differences($found) ? 3 : 0;
}

sub status {
    my ($session) = @_;
    my $plan = Found::plan($session);
    my $look = $plan->look('plan');
    my %ours = (%{ $plan->{creator} // {} }, %{ $plan->{journal}{guest} });
    my @rows = map { row($plan, $look, $_) } sort { $a <=> $b } keys %ours;
    my @problems = Found::of_host($plan, $look, { 'allow-version' => 1 });
    require Json if $session->{flags}{json};
    print $session->{flags}{json} ? Json::text({ app => $plan->{app}, host => $plan->{here}, guests => \@rows, @problems ? (problems => \@problems) : () }) . "\n"
        : @problems && !@rows ? '' : Terminal::harmless(Report::status(\@rows));
    return 0 unless @problems;
    require Problem;
    Problem::show(0, {}, @problems);
    return 1;
}

sub row {
    my ($plan, $look, $vmid) = @_;
    my $maker = $plan->{creator}{$vmid};
    my $type  = $maker ? $maker->{has}{guest}[0] : $plan->{journal}{guest}{$vmid}{type};
    my $owner = eval { Ownership::of($look, $vmid, $type) } // { is => 'unknown' };
    my $guest = $owner->{guest};
    my $conf  = $guest && $guest->{conf};
    return {
        vmid => $vmid, path => $maker ? $maker->{path} : '(not in the program)', type => $type, owner => $owner->{is},
        node     => $guest ? $guest->{node} : '',
        state    => state($plan, $look, $owner),
        ha       => eval { $look->{host}->ha_state($vmid, $type) } // '',
        lock     => $conf ? $conf->{keys}{lock} // '' : '',
        pending  => $conf ? join(',', sort keys %{ $conf->{pending} }, map { "-$_" } keys %{ $conf->{deleting} }) : '',
        template => defined $plan->{journal}{sealed}{$vmid} ? 'sealed' : $conf && $conf->{keys}{template} ? 'template' : '',
    };
}

# Whether it runs is to be seen on its own node only.
sub state {
    my ($plan, $look, $owner) = @_;
    return 'absent' if $owner->{is} eq 'absent';
    my $guest = $owner->{guest} // return 'unknown';
    return "on $guest->{node}" if $guest->{node} ne $plan->{here};
    return $look->{host}->running(@$guest{qw(vmid type)}) ? 'running' : 'stopped';
}

1;
