package ChangeNetwork;

# What bash asks of the engine while it changes the host's network: the new file is made and put in place here.

use strict;
use warnings;
use CompareNetwork;
use Act;
use SharedFile;

my $file  = '/etc/network/interfaces';
my $guard = '/var/lib/phoenix/.network-guard';

# `stage ID`: the former and the new file for the guard. `write ID`: the new file in its place. `route`: router and device of the default route.
sub answer {
    my ($session, $what, $id) = @_;
    my $plan = $session->{plan};
    my $look = $plan->look('check', 'network');
    return $session->{channel}->send_record('route', CompareNetwork::default_route($look->{host})) if $what eq 'route';
    my $step  = $plan->{by_id}{$id};
    my $seen  = CompareNetwork::seen($step, $look);
    my $place = $look->{host}->place($guard);
    require Write;
    if ($what eq 'stage') {
        my @entries = map { $_->{entry} } grep { @{ $_->{changes} } } @{ $seen->{wanted} };
        Act::before($session, $file);
        Write::folder($place, 0700);
        Write::whole("$place/former", $seen->{text}, mode => 0600);
        Write::whole("$place/new", NetworkFile::with_entries($seen->{text}, @entries), mode => 0600);
        return Write::whole("$place/pending", '', mode => 0600);
    }
    my $is     = $look->{host}->facts($file);
    my $former = $look->{host}->read("$guard/former");
    die "$file was changed by somebody in between\n" if ($former // '') ne $seen->{text};
    # What is written is ours from now on, also if nobody lives to say that it is in force.
    $plan->{journal}->append(@{ CompareNetwork::record($step, $look, $seen) });
    Write::whole("$place/written", '', mode => 0600);
    my $new = $look->{host}->read("$guard/new");
    Write::whole($look->{host}->place($file), $new, map { $_ => $is->{$_} } qw(mode uid gid));
    SharedFile::left($session, $file, $former, $new);
}

1;
