package Adoption;

# Guests that exist and are not ours, and become ours because somebody names them: `--adopt PATH`.
#
# To adopt is to write the owner's line into a guest's notes and its identity into the journal, and nothing else. What the program wants otherwise
# is done by the ordinary steps, under the ordinary rules. The root disk stays whatever the program says it is made from, and what nobody asked
# for is not ours to remove: only a guest that we cloned ourselves is cleared of what it was born with.
#
# A guest of which two of three agree (Ownership.pm) is adopted by its own path only: whoever writes the path has looked at it.

use strict;
use warnings;
use Unknown;
use Verdict;

# The journal's word, in the place of a template's digest, for a guest that we did not make.
our $origin = 'adopted';

# An answer of Ownership about a guest that is not ours, with what adoption makes of it: `is` becomes `adopting` if it was named; else
# `adoptable` is the option that would do it, or the reason says why nothing does.
sub judged {
    my ($look, $vmid, $answer) = @_;
    return $answer unless $answer->{is} eq 'foreign' || $answer->{apart};
    my $maker   = $look->{creator}{$vmid} // return $answer;
    my $trouble = obstacle_to($look, $vmid, $answer);
    return { %$answer, reason => "$answer->{reason}; it cannot be adopted: $trouble" } if defined $trouble;
    return { %$answer, is => 'adopting' } if is_named($look, $maker, $answer);
    return { %$answer, adoptable => "--adopt $maker->{path}" };
}

sub is_named {
    my ($look, $maker, $answer) = @_;
    my @names = keys %{ $look->{flags}{adopt} // {} };
    return scalar grep { Plan::is_named($maker, $_) } @names if $answer->{is} eq 'foreign';
    return scalar grep { my $name = $_; grep { $_ eq $name } @$maker{qw(path id resource)} } @names;
}

sub obstacle_to {
    my ($look, $vmid, $answer) = @_;
    return $answer->{unseen} if defined $answer->{unseen};
    return 'nothing tells it from another guest: it has neither a disk nor UUIDs' if $answer->{guid} eq '-' && $answer->{volume} eq '-';
    my $marker = GuestConf::marker($answer->{guest}{conf}) // return undef;
    return undef if $marker->{app} eq $look->{app};
    return held_by_app($look, $vmid, $marker->{app});
}

# Why the guest of another app is not to be had: only its own journal can say that it let it go.
sub held_by_app {
    my ($look, $vmid, $app) = @_;
    return "`$app` is no name of an app" if $app !~ /^[\w.\-]+$/ || $app =~ /^\.+$/;
    my $journal = Journal->new($look->{host}{root}, $app);
    return "this host has no journal of $app that says it was let go" unless $journal->{exists};
    return $journal->{guest}{$vmid} ? "$app looks after it; its own applier lets it go (orphan)" : undef;
}

# The verdict of a step whose guest is to be adopted, or could be: in a plan, as if it were ours already.
sub compared {
    my ($step, $look, $compare) = @_;
    my $guest = $step->{has}{guest};
    return $compare->() if !$guest || $step->{chore};
    my $owner = Ownership::of($look, reverse @$guest);
    return adopt($step, $look, $owner) if $step->{kind} eq 'guest-create' && $owner->{is} eq 'adopting';
    return $compare->() if $look->{mode} ne 'plan' || $step->{kind} eq 'guest-create' || !($owner->{is} eq 'adopting' || $owner->{adoptable});
    local $look->{owner}{"@$guest"} = { %$owner, is => 'ours', taken => 1 };
    my $verdict = $compare->();
    delete $verdict->{remember};    # nothing is to be written down about it yet
    return $verdict if $owner->{is} eq 'adopting';
    return { %{ Ownership::obstacle($owner) }, changes => $verdict->{changes}, notes => $verdict->{notes} };
}

sub adopt {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $conf    = $owner->{guest}{conf};
    my $former  = GuestConf::marker($conf);
    my @changes = Verdict::difference('owner', $former ? "app $former->{app}" : 'nobody', "app $look->{app}", 'live');
    my %rest    = (changes => \@changes, notes => [ kept($step, $owner) ]);
    return Verdict::refused("guest $vmid is protected, and the program does not ask for that: switch its protection off, or say `protection: true`", %rest)
        if CompareConfig::protected_by_others(undef, $look, { vmid => $vmid, conf => $conf, owner => { %$owner, taken => 1 } });
    if (defined $conf->{keys}{lock} && $conf->{keys}{lock} ne 'mounted') {
        return CompareGuest::wait_for_lock($vmid, $conf, \@changes) if $look->{mode} eq 'check';
        push @{ $rest{notes} }, "locked ($conf->{keys}{lock})";
    }
    my $notes = GuestConf::description_with($conf, $step->{has}{marker}[0]);
    return Verdict::change('adopt', [ $vmid, $notes ], %rest,
        fields => { type => $type, path => $owner->{guest}{path}, digest => GuestConf::digest($conf), guid => identity($owner) });
}

# What of the step no adoption looks at.
sub kept {
    my ($step, $owner) = @_;
    return () if $step->{has}{adopted} || $owner->{volume} eq '-';
    return "$owner->{volume} is kept; what the program makes this guest from is not looked at";
}

# The owner's line is there, and it was this guest that we meant when we began to write it.
sub was_begun {
    my ($journal, $vmid, $answer) = @_;
    my $intent = $journal->{intent}{"adopt/$vmid"};
    return $intent && $intent->{digest} eq identity($answer);
}

# What a guest is known by: the guid of its disk or its UUIDs, or where there is neither, as off ZFS, the name of its volume.
sub identity { return $_[0]{guid} ne '-' ? $_[0]{guid} : $_[0]{volume} }

# Records by which a guest becomes ours. Its config counts as applied with nothing asked for, so that nothing is taken for a clone's heritage.
sub records {
    my ($look, $owner) = @_;
    my ($vmid, $type) = @{ $owner->{guest} }{qw(vmid type)};
    my @sealers = $owner->{guest}{conf}{keys}{template} ? grep { $_->{has}{guest}[1] == $vmid } @{ $look->{sealers} } : ();
    return (
        [ 'guest', $vmid, $type, @$owner{qw(guid volume)}, $origin ],
        map({ [ 'applied', $_->{id}, $owner->{guid}, '-' ] } @{ $look->{configs}{$vmid} // [] }),
        map({ [ 'sealed', $vmid, $_->{has}{digest}[0] ] } @sealers),
        [ 'gone', "adopt/$vmid" ],
    );
}

# True of a guest that we did not make: by the program, by the journal, or because this plan adopts it.
sub is_adopted {
    my ($look, $vmid) = @_;
    my $maker = $look->{creator}{$vmid};
    return 1 if $maker && $maker->{has}{adopted};
    return 1 if ($look->{journal}{guest}{$vmid} // { digest => '' })->{digest} eq $origin;
    return scalar grep { ($look->{owner}{"$_ $vmid"} // {})->{taken} } qw(lxc qemu);
}

1;
