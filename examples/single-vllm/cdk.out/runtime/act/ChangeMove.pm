package ChangeMove;

# The end of a move: the new disk is looked at beside the old one, and only then is the guest known by it.

use strict;
use warnings;
use CompareMove;
use Size;
use Work;

# Writes down that a disk was moved, and tells what was seen. Dies with what is wrong, and how to go back.
sub settle {
    my ($session, $id) = @_;
    my $plan = $session->{plan};
    my $look = $plan->look('check', 'guest-create');
    my $host = $look->{host};
    my $step = $plan->{by_id}{$id};
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my ($key)  = @{ $step->{has}{move} };
    my $guest  = $host->guest($vmid) // die "guest $vmid is gone\n";
    my $old    = $look->{journal}{intent}{$id}{digest};
    my $new    = CompareMove::volume_at($guest, $key) // die "$key of guest $vmid is gone\n";
    my $seen   = compared($host, $type, $key, $guest, $old, $new);
    my @record = known_by($look, $guest, $key, $old, $new);
    $plan->{journal}->append('moved', $vmid, @record) if @record;
    $plan->{journal}->append('gone', $id);
    my $text = "$key lies at $new now ($seen). " . way_to_be_rid_of($type, $guest, $old);
    Work::note($session, $id, $text);
    $session->{channel}->send_record('moved', $text);
}

# What could be compared, in a few words.
sub compared {
    my ($host, $type, $key, $guest, $old, $new) = @_;
    my ($was, $is) = map { $host->volume_bytes($_) } is_there($host, $old) ? $old : '', $new;
    my $back = 'the old one is kept: ' . ($type eq 'qemu' ? 'qm' : 'pct') . " set $guest->{vmid} --$key $old puts it back";
    die "$new is smaller than $old; $back\n" if defined $was && defined $is && $is < $was;
    my $size = defined $is ? Size::absolute($is) : 'its size is not known';
    return "$size; what is on it was not compared" if $type ne 'lxc';
    my @folders = map { folder_of($host, $_) } $old, $new;
    return "$size; what is on it could not be compared" if @folders < 2;
    require SameTree;
    my ($count, $difference) = SameTree::compare(map { $host->place($_) } @folders);
    die "what lies on $new is not what lies on $old: $difference; $back\n" if defined $difference;
    return "$size, $count entries compared";
}

sub is_there {
    my ($host, $volume) = @_;
    my $dataset = $host->volume_dataset($volume) // return 1;
    return defined $host->dataset($dataset);
}

# Where a container's disk is mounted on the host: ZFS has it so, also while the container is down.
sub folder_of {
    my ($host, $volume) = @_;
    my $facts = $host->dataset($host->volume_dataset($volume) // return ()) // return ();
    return $facts->{mounted} eq 'yes' && $facts->{mountpoint} =~ m{^/} ? $facts->{mountpoint} : ();
}

# Identity and volume that the guest is known by from now on, if it was the moved disk that it was known by: (guid, volume), or nothing.
sub known_by {
    my ($look, $guest, $key, $old, $new) = @_;
    my $host   = $look->{host};
    my $record = $look->{journal}{guest}{ $guest->{vmid} } // return ();
    my $guid   = sub { my $dataset = $host->volume_dataset($_[0]); my $facts = defined $dataset ? $host->dataset($dataset) : undef; $facts ? $facts->{guid} : '-' };
    return $key eq 'rootfs' ? ($guid->($new), $new) : () if $guest->{type} eq 'lxc';
    return () if $record->{guid} =~ /^(?:uuid:|-$)/ || $record->{guid} ne $guid->($old);
    my %keys  = map { /^unused/ ? () : ($_ => $guest->{conf}{keys}{$_}) } keys %{ $guest->{conf}{keys} };
    my $found = Ownership::machine($host, { %$guest, conf => { %{ $guest->{conf} }, keys => \%keys } });
    return @$found{qw(guid volume)};
}

sub way_to_be_rid_of {
    my ($type, $guest, $old) = @_;
    my ($unused) = grep { /^unused\d+$/ && $guest->{conf}{keys}{$_} eq $old } sort keys %{ $guest->{conf}{keys} };
    return defined $unused ? "The old disk is kept: $unused ($old); " . ConfigNotes::removal_of($type, $guest->{vmid}, $unused) : "The old disk ($old) is gone.";
}

1;
