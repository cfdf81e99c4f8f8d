package Ownership;

# Whose guest is it? Ours only if three things agree: a marker line of this app, the VMID in that line, and what the journal knows it by.
#
# A container is known by the guid of its root dataset; one that lies on LVM or elsewhere off ZFS, by the name of its volume alone. A machine is known by the guid of one of its disks on ZFS: the guid tells it from a
# copy, from what was restored over it, and from another machine that got its number. Which of its disks that is does not matter, so boot order
# and keys may change; the first one is written down. A machine without a disk on ZFS (none yet, or all of them elsewhere) is known by
# `uuid:SMBIOS/VMGENID`, both made by `qm create` and both made anew by `qm clone` and `qm restore --unique`. One of the two has to agree: a
# roll-back makes a new vmgenid, and a program may set smbios1. What this cannot tell apart is a backup of the same machine restored over it
# without --unique; that is the same machine of the same program, with older disks. As soon as there is a disk on ZFS, its guid takes over.
#
# Answers { is, reason?, guest?, guid?, uuid?, volume?, better? }, `better` being a record for the journal that knows the guest better than the
# one it has, and `is` one of
#   absent    no node of the cluster has it, or (`rebuilt`: as it is) this plan makes it anew
#   ours
#   unsealed  made (`adopted`: adopted) by us a moment ago, and not written down yet: the intent is there, the record is not
#   adopting  not ours, and named by --adopt
#   half      we began to make it and did not end
#   moving    ours, and its root disk is another one, which a move of ours has made and nobody has looked at yet
#   sealing   ours, and its disks have the names of a template's already, which its config does not know
#   moved     on another node
#   other     a guest of the other type
#   foreign   somebody else's; `adoptable` names the option that makes it ours
#   unknown   some of the three agree and some do not (`apart`), or it cannot be seen

use strict;
use warnings;
use Adoption;

# The guest's answer, found out once for each look at the host.
sub of {
    my ($look, $vmid, $type) = @_;
    return $look->{owner}{"$type $vmid"} //= do {
        my $answer = Adoption::judged($look, $vmid, find($look, $vmid, $type));
        CompareGuest::somebody_wants_anew($look) ? Rebuild::judged($look, $vmid, $answer) : $answer;
    };
}

sub find {
    my ($look, $vmid, $type) = @_;
    my ($host, $journal) = @$look{qw(host journal)};
    my $guest = $host->guest($vmid) // return { is => 'absent' };
    my $here  = $host->node_name;
    return { is => 'moved', guest => $guest, reason => "guest $vmid is on node $guest->{node}, not on $here", back => way_back($look, $guest) } if $guest->{node} ne $here;
    return { is => 'other', guest => $guest, reason => "guest $vmid exists and is of type $guest->{type}" } if $guest->{type} ne $type;

    my $record = $journal->{guest}{$vmid};
    my $maker  = $look->{creator}{$vmid};
    my $intent = $maker && $journal->{intent}{ $maker->{id} };
    my $keys   = $guest->{conf}{keys};
    if ($intent && is_half($host, $guest, $intent)) {
        return { is => 'half', guest => $guest, intent => $intent, reason => "guest $vmid was begun by us and never finished" };
    }
    my %answer = (guest => $guest, %{ $type eq 'qemu' ? machine($host, $guest, $record) : root_disk($host, $guest) });
    my $marker = GuestConf::marker($guest->{conf});
    my $named  = $marker && $marker->{app} eq $look->{app} && $marker->{vmid} == $vmid;
    my $known  = $record && same_root($record, \%answer);
    return { %answer, is => 'ours', better => better($record, \%answer) } if $named && $known;
    return { %answer, is => 'unsealed', adopted => 1 } if $named && Adoption::was_begun($journal, $vmid, \%answer);
    return { %answer, is => 'unsealed' } if $named && $intent && is_announced($host, $guest, $intent);
    return { %answer, is => 'moving' } if $named && $record && was_moved($host, $journal, $guest, $record);
    if ($record && !$known && $record->{guid} ne '-' && ($answer{guid} eq '-' || defined $answer{unseen})) {
        my $sealing = $named && half_sealed($look, $guest, $record);
        return { %answer, is => 'sealing', renamed => $sealing, reason => "guest $vmid was about to become a template" } if $sealing;
        return { %answer, is => 'unknown', soft => 1, reason => "the root disk of guest $vmid cannot be seen: " . ($answer{unseen} // not_on_zfs(%answer)) };
    }
    return { %answer, is => 'unknown', apart => 1, reason => disagreement($look, $guest, $named, $record) } if $named || $known;
    return { %answer, is => 'foreign', reason => stranger($vmid, $marker, $look->{app}) };
}

# True of a guest that a call of ours made in part, or destroyed in part, and left so.
sub is_half {
    my ($host, $guest, $intent) = @_;
    return 1 if is_bare($guest);
    my $lock = $guest->{conf}{keys}{lock} // return 0;
    return $lock eq 'destroyed' || ($lock =~ /^(?:create|clone)$/ && is_announced($host, $guest, $intent));
}

# True of a guest that was made in the moments after we began to make it. One that was restored or made by hand since is not that one, whatever its line
# says. Disks tell it where they lie on ZFS, or else the config, which is written until the guest is made.
sub is_announced {
    my ($host, $guest, $intent) = @_;
    my @made = map { ($host->dataset($_) // {})->{creation} // () } grep { defined } map { $host->volume_dataset($_) } volumes($guest);
    return scalar grep { Journal::announces($intent, $_) } @made if @made;
    my $config = $host->facts($guest->{path}) // return 0;
    return Journal::announces($intent, $config->{mtime}, 3600);
}

# True of a guest of which nothing is there but its number: a container without a root disk, a machine without a single key. Of one that was begun
# that is left once its lock is taken away.
sub is_bare {
    my ($guest) = @_;
    return $guest->{type} eq 'lxc' ? !defined root_volume($guest) : !grep { $_ ne 'lock' } keys %{ $guest->{conf}{keys} };
}

# The guid tells a root disk from every other, also after it became a template; where there never was one, the volume's name has to do.
sub same_root {
    my ($record, $found) = @_;
    return Journal::same_identity($record->{guid}, $found->{uuid} // '') if $record->{guid} =~ /^uuid:/;
    return $record->{guid} eq $found->{guid} if $record->{guid} ne '-';
    return $found->{volume} ne '-' && disk_of($record->{volume}) eq disk_of($found->{volume});
}

# A machine that had no disk when it was written down has one now, or other UUIDs.
sub better {
    my ($record, $found) = @_;
    return undef unless $record->{guid} =~ /^uuid:/ && $record->{guid} ne $found->{guid};
    return [ 'guest', $found->{guest}{vmid}, 'qemu', $found->{guid}, $found->{volume}, $record->{digest} ];
}

# We began to move the root disk of a container, and the one that the journal knows is kept as a disk in no use.
sub was_moved {
    my ($host, $journal, $guest, $record) = @_;
    my $intent = $journal->{intent}{"guest/$guest->{vmid}/move/rootfs"} // return 0;
    my $keys   = $guest->{conf}{keys};
    return 0 unless grep { /^unused\d+$/ && $keys->{$_} eq $intent->{digest} } keys %$keys;
    my $dataset = $host->volume_dataset($intent->{digest});
    my $facts   = defined $dataset ? $host->dataset($dataset) : undef;
    return same_root($record, { guid => $facts ? $facts->{guid} // '-' : '-', volume => $intent->{digest} });
}

# Disks that a task making a template has renamed and did not come to write down: [[dataset as it is, as the config names it], …]. Only if
# it was us who began it, and the disk that we know is among them.
sub half_sealed {
    my ($look, $guest, $record) = @_;
    return undef unless grep { $_->{has}{guest}[1] == $guest->{vmid} && $look->{journal}{intent}{ $_->{id} } } @{ $look->{sealers} };
    my @renamed = renamed($look->{host}, $guest) or return undef;
    return undef unless grep { ($look->{host}->dataset($_->[0])->{guid} // '') eq $record->{guid} } @renamed;
    return \@renamed;
}

sub renamed {
    my ($host, $guest) = @_;
    my @renamed;
    for my $volume (volumes($guest)) {
        my $named = $host->volume_dataset($volume) // next;
        next if $host->dataset($named);
        my $is = $named =~ s{/(subvol|vm)-([^/]+)$}{'/' . ($1 eq 'vm' ? 'base' : 'basevol') . "-$2"}er;
        push @renamed, [ $is, $named ] if $is ne $named && $host->dataset($is);
    }
    return @renamed;
}

# The journal knows the root disk by its guid, and the config names none that has one.
sub not_on_zfs {
    my (%answer) = @_;
    return $answer{volume} eq '-' ? 'its config names none' : "$answer{volume} does not lie on ZFS, where the one that the journal knows was";
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
    my $dataset = $host->volume_dataset($volume) // return { guid => '-', volume => $volume, unseen_on_zfs($host, $volume) };
    my $facts   = $host->dataset($dataset) // return { guid => '-', volume => $volume, unseen => "there is no dataset $dataset" };
    return { guid => $facts->{guid} // '-', volume => $volume };
}

# Of a volume that lies on LVM, in a folder or elsewhere off ZFS there is nothing to be seen but its name.
sub unseen_on_zfs {
    my ($host, $volume) = @_;
    my ($storage) = $volume =~ /^([^:]+):/ or return ();
    my $entry = $host->storage($storage) // return (unseen => "storage.cfg has no storage $storage");
    return $entry->{type} eq 'zfspool' ? (unseen => "no pool is behind $volume in storage.cfg") : ();
}

# { guid, volume, uuid, unseen? } of a machine: of the disk that the journal knows, or else of its first one on ZFS.
sub machine {
    my ($host, $guest, $record) = @_;
    my $keys    = $guest->{conf}{keys};
    my ($uuid)  = ($keys->{smbios1} // '') =~ /(?:^|,)uuid=([^,]+)/;
    my $uuids   = lc sprintf '%s/%s', $uuid // '', $keys->{vmgenid} // '';
    my @volumes = volumes($guest);
    my (@seen, $unseen);
    for my $volume (@volumes) {
        my $dataset = $host->volume_dataset($volume);
        unless (defined $dataset) {
            my ($storage) = $volume =~ /^([^:]+):/;
            $unseen //= "storage.cfg has no storage $storage" if defined $storage && !$host->storage($storage);
            next;
        }
        my $facts = $host->dataset($dataset);
        if ($facts && defined $facts->{guid}) { push @seen, { guid => $facts->{guid}, volume => $volume } }
        else                                  { $unseen //= "there is no dataset $dataset" }
    }
    my ($known) = $record ? grep { $_->{guid} eq $record->{guid} } @seen : ();
    my $disk = $known // $seen[0] // { guid => $uuids eq '/' ? '-' : "uuid:$uuids", volume => $volumes[0] // '-' };
    return { %$disk, uuid => "uuid:$uuids", $known || !defined $unseen ? () : (unseen => $unseen) };
}

# The volume of the root disk; of a machine, of its first disk.
sub root_volume {
    my ($guest) = @_;
    return (volumes($guest))[0];
}

# The volumes that a config names, the root disk in front: a machine's is the first disk of the boot order, or else the first one by name.
my $disk_key = qr/^(?:scsi|virtio|sata|ide|efidisk|tpmstate|unused)\d+$/;

sub volumes {
    my ($guest) = @_;
    my $keys = $guest->{conf}{keys};
    my @keys;
    if ($guest->{type} eq 'qemu') {
        my %place = (scsi => 1, virtio => 2, sata => 3, ide => 4, efidisk => 5, tpmstate => 6, unused => 7);
        my %boot  = map { $_ => 1 } (($keys->{boot} // '') =~ /order=([^,]*)/ ? split /;/, $1 : ());
        my $place = sub { $boot{ $_[0] } ? 0 : $place{ $_[0] =~ s/\d+$//r } };
        @keys = sort { $place->($a) <=> $place->($b) || $a cmp $b } grep { $_ =~ $disk_key && $keys->{$_} !~ /media=cdrom/ } keys %$keys;
    }
    else { @keys = ((grep { defined $keys->{$_} } 'rootfs'), sort grep { /^mp\d+$/ } keys %$keys) }
    return map { $keys->{$_} =~ /^(?:(?:volume|file)=)?([^,]+)/ ? $1 : () } @keys;
}

sub disagreement {
    my ($look, $guest, $named, $record) = @_;
    my $vmid = $guest->{vmid};
    return "the owner's line of guest $vmid is gone from its description, yet the journal knows its root disk; if it is ours, put the line back: "
        . line_back($look, $guest) unless $named;
    my $maker = $look->{creator}{$vmid};
    return "guest $vmid bears our line, but its root disk is not the one in the journal: was it restored, or made anew by hand?"
        . ($maker ? " --adopt $maker->{path} takes it as it is" : '') if $record;
    return "guest $vmid bears our line, but the journal does not know it: was the journal lost, or the guest copied or restored?";
}

# How a guest comes back from another node. Not by us: whose it is cannot be seen from here, and a copied disk is another one.
sub way_back {
    my ($look, $guest) = @_;
    my ($vmid, $type, $node, $keys) = (@$guest{qw(vmid type node)}, $guest->{conf}{keys});
    my $maker   = $look->{creator}{$vmid};
    my $here    = $look->{host}->node_name;
    my $command = $type eq 'qemu' ? "qm migrate $vmid $here --online --with-local-disks" : "pct migrate $vmid $here --restart";
    my @folders = $type eq 'lxc' ? grep { /^mp\d+$/ && $keys->{$_} =~ m{^(?:volume=)?/} && $keys->{$_} !~ /shared=1/ } sort keys %$keys : ();
    return "To have it back: `$command` on $node"
        . (@folders ? ", without @folders, which no migration takes along" : '')
        . ($maker ? ", then --adopt $maker->{path} if its disks are others by then" : '')
        . '; the rest of the program goes on with --only';
}

# The command that gives a guest its owner's line back, with what people wrote there.
sub line_back {
    my ($look, $guest) = @_;
    my $vmid   = $guest->{vmid};
    my $maker  = $look->{creator}{$vmid};
    my $marker = $maker ? $maker->{has}{marker}[0] : "phoenix-cdk app=$look->{app} path=$vmid vmid=$vmid";
    my $text   = GuestConf::description_with($guest->{conf}, $marker) =~ s/([\\'])/\\$1/gr =~ s/\n/\\n/gr;
    return ($guest->{type} eq 'qemu' ? 'qm' : 'pct') . " set $vmid --description \$'$text'";
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
    moving   => sub { Verdict::waiting('its root disk was moved, and nobody has looked at the new one yet') },
    half     => sub { Verdict::waiting($_[0]{reason}) },
    sealing  => sub { Verdict::waiting($_[0]{reason}) },
    adopting => sub { Verdict::waiting('the guest is not adopted yet') },
    moved    => sub { Verdict::unknown("$_[0]{reason}: it was moved; it is neither made again nor changed from here. $_[0]{back}") },
    other    => sub { Verdict::unknown($_[0]{reason}) },
    foreign  => sub { Verdict::foreign($_[0]{reason}, option($_[0])) },
    unknown  => sub { Verdict::unknown($_[0]{reason}, soft => $_[0]{soft}, option($_[0])) },
);

sub option { return defined $_[0]{adoptable} ? (flag => $_[0]{adoptable}) : () }

sub obstacle {
    my ($owner) = @_;
    my $verdict = $verdicts{ $owner->{is} } // return undef;
    return $verdict->($owner);
}

1;
