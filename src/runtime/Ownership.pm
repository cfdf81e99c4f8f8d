package Ownership;

# Whose guest is it? Ours only if three things agree: a marker line of this app, the VMID in that line, and the root disk that the journal knows.
#
# Answers { is, reason?, guest?, guid?, volume? }, `is` being one of
#   absent    no node of the cluster has it
#   ours
#   unsealed  made by us a moment ago, and not written down yet: the intent is there, the record is not
#   half      we began to make it and did not end
#   sealing   ours, and its disks have the names of a template's already, which its config does not know
#   moved     on another node
#   other     a guest of the other type
#   foreign   somebody else's
#   unknown   some of the three agree and some do not

use strict;
use warnings;

# The guest's answer, found out once for each look at the host.
sub of {
    my ($look, $vmid, $type) = @_;
    return $look->{owner}{$vmid} //= find($look, $vmid, $type);
}

sub find {
    my ($look, $vmid, $type) = @_;
    my ($host, $journal) = @$look{qw(host journal)};
    my $guest = $host->guest($vmid) // return { is => 'absent' };
    my $here  = $host->node_name;
    return { is => 'moved', guest => $guest, reason => "guest $vmid is on node $guest->{node}, not on $here" } if $guest->{node} ne $here;
    return { is => 'other', guest => $guest, reason => "guest $vmid exists and is of type $guest->{type}" } if $guest->{type} ne $type;

    my $record = $journal->{guest}{$vmid};
    my $maker  = $look->{creator}{$vmid};
    my $intent = $maker && $journal->{intent}{ $maker->{id} };
    my $keys   = $guest->{conf}{keys};
    if ($intent && (($keys->{lock} // '') eq 'create' || !defined root_volume($guest))) {
        return { is => 'half', guest => $guest, intent => $intent, reason => "guest $vmid was begun by us and never finished" };
    }
    my %answer = (guest => $guest, %{ root_disk($host, $guest) });
    my $marker = GuestConf::marker($guest->{conf});
    my $named  = $marker && $marker->{app} eq $look->{app} && $marker->{vmid} == $vmid;
    my $known  = $record && same_root($record, \%answer);
    return { %answer, is => 'ours' } if $named && $known;
    return { %answer, is => 'unsealed' } if $named && $intent;
    if ($record && $record->{guid} ne '-' && $answer{guid} eq '-') {
        my $sealing = $named && half_sealed($look, $guest, $record);
        return { %answer, is => 'sealing', renamed => $sealing, reason => "guest $vmid was about to become a template" } if $sealing;
        return { %answer, is => 'unknown', soft => 1, reason => "the root disk of guest $vmid cannot be seen: " . ($answer{unseen} // 'its config names none') };
    }
    return { %answer, is => 'unknown', reason => disagreement($vmid, $named, $record, $look->{journal}) } if $named || $known;
    return { %answer, is => 'foreign', reason => stranger($vmid, $marker, $look->{app}) };
}

# The guid tells a root disk from every other, also after it became a template; where there never was one, the volume's name has to do.
sub same_root {
    my ($record, $found) = @_;
    return $record->{guid} eq $found->{guid} if $record->{guid} ne '-';
    return disk_of($record->{volume}) eq disk_of($found->{volume});
}

# Disks that `pct template` has renamed for a guest that it did not come to write down: [[dataset as it is, as the config names it], …]. Only if
# it was us who began it, and the root disk is still the one that we know.
sub half_sealed {
    my ($look, $guest, $record) = @_;
    my $host = $look->{host};
    return undef unless grep { $_->{has}{guest}[1] == $guest->{vmid} && $look->{journal}{intent}{ $_->{id} } } @{ $look->{sealers} };
    my (@renamed, $root);
    for my $key (grep { /^(?:rootfs|mp\d+)$/ } sort keys %{ $guest->{conf}{keys} }) {
        my ($volume) = $guest->{conf}{keys}{$key} =~ /^(?:volume=)?([^,]+)/ or next;
        my $named = $host->volume_dataset($volume) // next;
        next if $host->dataset($named);
        my $is    = $named =~ s{/subvol-([^/]+)$}{/basevol-$1}r;
        my $facts = $host->dataset($is) // return undef;
        $root = 1 if $key eq 'rootfs' && $facts->{guid} eq $record->{guid};
        push @renamed, [ $is, $named ];
    }
    return $root ? \@renamed : undef;
}

# A volume's name without what changes when its guest becomes a template.
sub disk_of {
    my ($volume) = @_;
    $volume =~ s{^([^:]+:).*/}{$1};
    $volume =~ s/:(?:basevol|subvol|base|vm)-/:/;
    return $volume;
}

sub root_disk {
    my ($host, $guest) = @_;
    my $volume  = root_volume($guest) // return { guid => '-', volume => '-' };
    my $dataset = $host->volume_dataset($volume) // return { guid => '-', volume => $volume, unseen => "no pool is behind $volume in storage.cfg" };
    my $facts   = $host->dataset($dataset) // return { guid => '-', volume => $volume, unseen => "there is no dataset $dataset" };
    return { guid => $facts->{guid} // '-', volume => $volume };
}

# The volume of the root disk. A machine's is its first disk by the order of boot, or by name.
sub root_volume {
    my ($guest) = @_;
    my $keys = $guest->{conf}{keys};
    my $key  = 'rootfs';
    if ($guest->{type} eq 'qemu') {
        my ($first) = ($keys->{boot} // '') =~ /order=([a-z]+\d+)/;
        ($key) = grep { defined $keys->{$_} && $keys->{$_} !~ /media=cdrom/ } grep { defined } $first, qw(scsi0 virtio0 sata0 ide0);
    }
    return undef unless defined $key && defined $keys->{$key};
    my ($volume) = $keys->{$key} =~ /^(?:(?:volume|file)=)?([^,]+)/;
    return $volume;
}

sub disagreement {
    my ($vmid, $named, $record, $journal) = @_;
    return "the owner's line of guest $vmid is gone from its description, yet the journal knows its root disk; "
        . 'put the line back, or forget the guest with `orphan`' unless $named;
    return "guest $vmid bears our line, but its root disk is not the one in the journal: was it restored, or made anew by hand?" if $record;
    return "guest $vmid bears our line, but the journal does not know it: was the journal lost, or the guest copied?";
}

sub stranger {
    my ($vmid, $marker, $app) = @_;
    return "guest $vmid exists and is not ours" unless $marker;
    return "guest $vmid belongs to app $marker->{app}" if $marker->{app} ne $app;
    return "guest $vmid is a copy of guest $marker->{vmid} and not ours";
}

# The verdict of a step about a guest that is not simply there and ours; nothing if it is.
my %verdicts = (
    absent   => sub { Verdict::waiting('') },
    unsealed => sub { Verdict::waiting('the guest was made and is not written down yet') },
    half     => sub { Verdict::waiting($_[0]{reason}) },
    sealing  => sub { Verdict::waiting($_[0]{reason}) },
    moved    => sub { Verdict::unknown("$_[0]{reason}: it was moved; it is neither made again nor changed from here") },
    other    => sub { Verdict::unknown($_[0]{reason}) },
    foreign  => sub { Verdict::foreign($_[0]{reason}) },
    unknown  => sub { Verdict::unknown($_[0]{reason}, soft => $_[0]{soft}) },
);

sub obstacle {
    my ($owner) = @_;
    my $verdict = $verdicts{ $owner->{is} } // return undef;
    return $verdict->($owner);
}

1;
