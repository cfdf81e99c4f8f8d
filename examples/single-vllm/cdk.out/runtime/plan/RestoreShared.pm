package RestoreShared;

# When a file that others write, too, may be put back as it was before a run: only as a whole, so only if nobody has written it since; and what may
# cut off whoever is connected needs the same option as with apply.

use strict;
use warnings;
use Unknown;
use Verdict;
use SharedFile;
use CompareFirewall;
use CompareNetwork;

my $interfaces = '/etc/network/interfaces';

# What keeps it from being put back; nothing if it may be.
sub obstacle {
    my ($look, $step, $now, $kept, @changes) = @_;
    my ($path, $source) = @{ $step->{has}{file} };
    my $trouble = $path =~ m{^/etc/pve/} ? $look->{host}->cluster_trouble : undef;
    Unknown::because($trouble) if defined $trouble;
    my $reason = written_since($step, $now) // ($path eq $interfaces ? network_waits($look->{host}) : undef);
    return Verdict::refused("$reason; take over by hand what you want of $source", changes => \@changes) if defined $reason;
    return held('it may cut off whoever is connected', '--allow-firewall', @changes) if $path =~ /\.fw$/ && !$look->{flags}{'allow-firewall'} && firewall_is_on($look, $path, $kept);
    my @risky = $path eq $interfaces ? at_risk($look, $now, $kept) : ();
    return held("the host is reached by @risky", '--allow-network ' . join(',', @risky), @changes) if grep { !$look->{flags}{'allow-network'}{$_} } @risky;
    return ();
}

sub held {
    my ($reason, $flag, @changes) = @_;
    return Verdict::held($reason, flag => $flag, changes => [ map { +{ %$_, held => 1 } } @changes ]);
}

sub written_since {
    my ($step, $now) = @_;
    my $left = $step->{has}{left}[0] // return 'nothing says how that run left it, and others write it, too';
    return 'others wrote it while that run did' if $left eq 'others';
    return $left eq SharedFile::digest($now) ? undef : 'it was written since that run, and that would be lost';
}

sub network_waits {
    my ($host) = @_;
    return 'a change of the network has not ended; apply ends it' if defined $host->facts($CompareNetwork::guard);
    return "changes made in the web interface wait in $interfaces.new" if defined $host->facts("$interfaces.new");
    return undef;
}

sub firewall_is_on {
    my ($look, $path, $kept) = @_;
    return CompareFirewall::cluster_enabled($look) || ($path =~ /cluster\.fw$/ && CompareFirewall::is_enabled($kept));
}

# Interfaces that would be others and that the host is reached by, before or then.
sub at_risk {
    my ($look, $now, $kept) = @_;
    my @files = map { NetworkFile::entries(NetworkFile::parse($_)) } $now, $kept;
    my ($step) = grep { $_->{kind} eq 'network' } values %{ $look->{by_id} };
    my %way = map { %{ CompareNetwork::way_out({ host => $look->{host}, entries => $_, management => $step ? $step->{has}{management}[0] : '-' }) } } @files;
    return grep { my $name = $_; $way{$name} && said($files[0]{$name}) ne said($files[1]{$name}) } sort keys %{ { map { %$_ } @files } };
}

sub said {
    my ($entry) = @_;
    my $says = $entry ? NetworkFile::meaning($entry) : {};
    return join "\n", map { "$_ " . ($says->{$_} // '') } sort keys %$says;
}

1;
