package Rebuild;

# A guest of ours made anew, for one of two reasons. `--rebuild PATH`: what it was made from is not what the program names now.
# `--allow-replace PATH`: the program asks for what no change of the guest that is there can give it.
#
# Its root disk goes, and nothing else may go with it: whoever has volumes, snapshots or rules that the new one would not have stays as it is.

use strict;
use warnings;
use Verdict;
use Destroy;
use Remove;

# Named by a whole path, id, resource or VMID, never by the beginning of one.
sub is_named {
    my ($step, $name) = @_;
    return scalar grep { $_ eq $name } @$step{qw(path id resource)}, $step->{has}{guest}[1];
}

sub is_asked_for {
    my ($look, $maker, $flag) = @_;
    return scalar grep { is_named($maker, $_) } keys %{ $look->{flags}{$flag} // {} };
}

# Why the guest is to be made anew: what was asked for on the command line and is so. Once in a run: what is still so then, no further time mends.
sub due {
    my ($look, $maker, $owner) = @_;
    return () if !$maker || $look->{anew}{ $maker->{has}{guest}[1] };
    return (
        is_asked_for($look, $maker, 'rebuild')       ? stale($maker, $look)           : (),
        is_asked_for($look, $maker, 'allow-replace') ? changed($maker, $look, $owner) : (),
    );
}

sub stale {
    my ($maker, $look) = @_;
    return () unless CompareGuest::is_stale($maker, $look);
    my $clone = $maker->{has}{clone};
    return Verdict::difference('guest', 'of an older template', "made anew as a clone of $clone->[0]", 'destroy') if $clone;
    return Verdict::difference('guest', "from $look->{journal}{guest}{ $maker->{has}{guest}[1] }{digest}", 'made anew from ' . CompareGuest::origin_of($maker), 'destroy');
}

# What the program asks for and only another guest could have.
sub changed {
    my ($maker, $look, $owner) = @_;
    my $vmid   = $maker->{has}{guest}[1];
    my $sealed = $look->{journal}{sealed}{$vmid};
    if (defined $sealed) {
        my ($sealer) = grep { $_->{has}{guest}[1] == $vmid } @{ $look->{sealers} };
        return $sealer && $sealer->{has}{digest}[0] ne $sealed ? Verdict::difference('template', 'of other inputs', 'made anew', 'replace') : ();
    }
    my @configs = @{ $look->{configs}{$vmid} // [] };
    return (
        grep({ $_->{impact} eq 'replace' } map { CompareConfig::differences($_, CompareConfig::state_of($_, $look, $owner)) } @configs),
        map({ elsewhere($look, $owner->{guest}, $_) } map { CompareMove::steps($_, $look) } @configs),
    );
}

# A root disk on another storage, where nobody has said that it is to be moved.
sub elsewhere {
    my ($look, $guest, $move) = @_;
    my ($key, $storage) = @{ $move->{has}{move} };
    return () unless $key eq (root_of($guest) // '') && CompareMove::is_elsewhere($guest, $key, $storage) && CompareMove::permission($move, $look, 0);
    my ($on) = CompareMove::volume_at($guest, $key) =~ /^([^:]+)/;
    return { %{ Verdict::difference($key, "on $on", "on $storage", 'replace') }, storage => $storage };
}

# The key of the root disk; of a machine, of its only disk.
sub root_of {
    my ($guest) = @_;
    return 'rootfs' if $guest->{type} eq 'lxc';
    my $keys  = $guest->{conf}{keys};
    my @disks = grep { !/^efidisk/ && CompareUnasked::is_disk($_, $keys->{$_}) } keys %$keys;
    return @disks == 1 ? $disks[0] : undef;
}

# An answer of Ownership, as a plan is to take it: a guest that is about to be made anew is not there.
sub judged {
    my ($look, $vmid, $answer) = @_;
    return $answer unless $look->{mode} eq 'plan' && $answer->{is} eq 'ours';
    my $maker   = $look->{creator}{$vmid};
    my @reasons = due($look, $maker, $answer);
    return $answer if !@reasons || defined trouble($maker, $look, $answer, @reasons);
    return { is => 'absent', rebuilt => $answer };
}

# The verdict of the step that makes a guest which is there, ours, and to be made anew.
sub compare {
    my ($step, $look, $owner, @reasons) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $guest   = $owner->{guest};
    my $conf    = $guest->{conf};
    my @changes = (@reasons, map { Verdict::difference('disk', $_, 'made anew', 'destroy') } grep { !m{^/} } Ownership::volumes($guest));
    my $trouble = trouble($step, $look, $owner, @reasons);
    return Verdict::refused("not made anew: $trouble", changes => \@changes) if defined $trouble;
    my $new = missing_source($step, $look) // no_room($step, $look) // CompareGuest::made($step, $look);
    return { %$new, changes => \@changes } unless ($new->{do} // '') =~ /^(?:clone|create)$/;    # nothing goes before its successor can come
    return CompareGuest::wait_for_lock($vmid, $conf, \@changes) if $look->{mode} eq 'check' && ($conf->{keys}{lock} // 'mounted') ne 'mounted';
    return Verdict::create($look->{host}->running($vmid, $type) ? 'stop' : 'destroy', [$vmid], changes => \@changes, notes => [ stays($conf), goes($vmid) ],
        fields => { type => $type, path => $guest->{path}, firewall => firewall_file($vmid), timeout => 120 });
}

# Whether a change that is refused would come with another guest: { flag }, or { trouble } if no option of the command line lets it.
sub way {
    my ($look, $owner, $change) = @_;
    my $maker   = $look->{creator}{ $owner->{guest}{vmid} } // return { trouble => 'no step of the program makes it' };
    my $trouble = trouble($maker, $look, $owner, $change);
    return defined $trouble ? { trouble => $trouble } : { flag => "--allow-replace $maker->{path}" };
}

# Why it stays as it is: undef if it may go.
sub trouble {
    my ($step, $look, $owner, @reasons) = @_;
    my $guest = $owner->{guest};
    my ($vmid, $conf) = @$guest{qw(vmid conf)};
    return "guest $vmid was adopted: nobody knows how to make it" if Adoption::is_adopted($look, $vmid);
    return "guest $vmid is a template itself" if $conf->{keys}{template} && !grep { $_->{key} eq 'template' } @reasons;
    return "guest $vmid has snapshots (@{ $conf->{snapshots} }), which would go with it" if @{ $conf->{snapshots} };
    my $rules = firewall_file($vmid);
    return "$rules would go with it, and no step of the program writes it"
        if defined $look->{host}->read($rules) && !grep { $_->{has}{file} && $_->{has}{file}[0] eq $rules } values %{ $look->{by_id} };
    return Destroy::kept_by_others($look, $owner) // own_volumes($step, $look, $guest) // Destroy::strays($look, $guest) // Below::trouble($look, $guest)
        // snapshots($look, $guest) // in_vain($step, $look, $guest, @reasons);
}

# Snapshots that others take of its disk are kept for a reason, as those that Proxmox has taken.
sub snapshots {
    my ($look, $guest) = @_;
    my @others = Below::unknown_to_proxmox($look, $guest);
    return @others ? Remove::some(@others) . ": ZFS snapshots of guest $guest->{vmid}, which would go with it; destroy them first, or send them elsewhere (zfs send)" : undef;
}

# Volumes besides the root disk hold data, keys of a TPM included; the firmware's and cloud-init's are made with the disk. So does the disk of a
# machine that came from no image: what is on it, somebody put there by hand.
sub own_volumes {
    my ($step, $look, $guest) = @_;
    my ($vmid, $type, $conf) = @$guest{qw(vmid type conf)};
    my %values = (%{ $conf->{pending} }, %{ $conf->{keys} });
    my $is_own = $type eq 'lxc'
        ? sub { $_[0] =~ /^(?:mp|unused)\d+$/ && $_[1] !~ m{^(?:volume=)?/} }
        : sub { $_[0] =~ /^unused\d+$/ || ($_[0] !~ /^efidisk/ && CompareUnasked::is_disk(@_)) };
    my $root = root_of($guest);
    my @own  = grep { $_ ne ($root // '') && defined $values{$_} && $is_own->($_, $values{$_}) } sort keys %values;
    if (@own) {
        my $hand = (grep { !/^unused/ } @own) ? 'move their data to a folder of the host first' : ConfigNotes::removal_of($type, $vmid, $own[0]);
        return "guest $vmid has volumes besides its root disk (" . join(', ', map { "$_: $values{$_}" } @own) . "): $hand";
    }
    my $source = $step->{has}{clone} && $look->{host}->guest($step->{has}{clone}[0]);
    return "guest $vmid has no disk that came with its template" if !defined $root || ($source && !defined $source->{conf}{keys}{$root});
    return "$root of machine $vmid was made from no image: what is on it, nobody could put there again"
        if $type eq 'qemu' && !$step->{has}{clone} && !grep { $_->[0] eq 'import' && $_->[1] eq $root } map { @{ $_->{options} } } @{ $look->{configs}{$vmid} // [] };
    my @others = grep { !m{^/} && Destroy::owner_of($_) != $vmid } Ownership::volumes($guest);
    return @others ? "guest $vmid has disks of another's (@others)" : undef;
}

# What a clone has of its template, it would have again.
sub in_vain {
    my ($step, $look, $guest, @reasons) = @_;
    my $clone  = $step->{has}{clone} // return undef;
    my $source = $look->{host}->guest($clone->[0]) // return undef;
    for my $reason (grep { $_->{impact} eq 'replace' && $_->{key} ne 'template' } @reasons) {
        my $again = again($step, $look, $source, $reason) // next;
        return "as a clone of $clone->[0] it would have $reason->{key} of its template again ($again)";
    }
    return undef;
}

sub again {
    my ($step, $look, $source, $reason) = @_;
    my $theirs = CompareKeys::value_in_force($source->{type}, $source->{conf}, $reason->{key}) // '';
    my $volume = CompareMove::volume_at($source, $reason->{key}) // '';
    if ($reason->{shrink}) {
        my $bytes = $look->{host}->volume_bytes($volume) // 0;
        return $bytes > $reason->{shrink} ? Size::absolute($bytes) : undef;
    }
    return $step->{has}{clone}[1] eq 'full' || $volume =~ /^\Q$reason->{storage}\E:/ ? undef : $volume if defined $reason->{storage};
    return Property::same($reason->{key}, $reason->{to}, $theirs) ? undef : $theirs;
}

# Archives and images that the new one is to be made from, and that are not there, or that Proxmox would not take.
sub missing_source {
    my ($step, $look) = @_;
    my @sources = (
        $step->{has}{archive} ? $step->{has}{archive}[0] : (),
        map { $_->[0] eq 'import' && !$step->{has}{clone} ? $_->[2] : () } map { @{ $_->{options} } } @{ $look->{configs}{ $step->{has}{guest}[1] } // [] },
    );
    for my $volume (@sources) {
        my ($storage, $content, $file) = $volume =~ m{^([^:]+):(vztmpl|import)/(.+)$} or next;
        my $entry = $look->{host}->storage($storage);
        my $found = $entry && defined $entry->{options}{path} && $look->{host}->facts(CompareDownload::folder_of($entry, $content) . "/$file");
        return Verdict::unknown("there is no $volume to make it from", soft => 1) unless $found;
        my $trouble = CompareMove::not_here($look->{host}, $storage) // CompareDownload::cannot_keep($entry, $storage, $content);
        return Verdict::refused("not made anew from $volume: $trouble", soft => 1) if defined $trouble;
    }
    return undef;
}

# Storages on which its config asks for disks, and that take none now.
sub no_room {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my %storages = map { $_->[0] eq 'volume' ? ($_->[3] => 1) : () } map { @{ $_->{options} } } @{ $look->{configs}{$vmid} // [] };
    my $trouble  = CompareGuest::unfit_storage($look->{host}, $type, sort keys %storages);
    return defined $trouble ? Verdict::refused("not made anew: $trouble", soft => 1) : undef;
}

sub stays {
    my ($conf) = @_;
    return map { $conf->{keys}{$_} =~ m{^(?:volume=)?(/[^,]+)} ? "$1 stays" : () } grep { /^mp\d+$/ } sort keys %{ $conf->{keys} };
}

# What Proxmox forgets with the guest and the new one does not get back, though it has the number.
sub goes { return "permissions on guest $_[0] and its place in a pool go with it: nobody gives them to the new one" }

sub firewall_file { return "/etc/pve/firewall/$_[0].fw" }

1;
