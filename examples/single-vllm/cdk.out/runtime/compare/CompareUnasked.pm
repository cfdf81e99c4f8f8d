package CompareUnasked;

# What a guest's config has and nobody asks for: it goes if it was ours or came with the clone, and stays if it is somebody's. Data always stays.

use strict;
use warnings;
use Impact;

# Always there, or never ours to remove.
my %kept = map { $_ => 1 } qw(
    rootfs arch ostype unprivileged hostname memory swap parent digest lock template description name meta smbios1 vmgenid snaptime boot bootdisk vmstate
    runningmachine runningcpu
);
sub is_kept { return $kept{ $_[0] } || $_[0] =~ /^unused\d+$/ }

# A disk of a machine.
sub is_disk {
    my ($key, $value) = @_;
    return $key =~ /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/ && $value !~ /media=cdrom/;
}

# A disk of any guest: its data. It is told, and never goes because nobody asked for it.
sub holds_data {
    my ($key, $value) = @_;
    return is_disk($key, $value) || ($key =~ /^mp\d+$/ && $value !~ m{^(?:volume=)?/});
}

sub removals {
    my ($step, $look, $state) = @_;
    my $keys  = $state->{conf}{keys};
    my %asked = map { $_ => 1 } CompareConfig::asked_keys($step);
    my %ours  = %{ ($state->{applied} // {})->{values} // {} };
    my $clean = CompareConfig::is_newborn($step, @$state{qw(applied owner)});
    my @extra = sort grep { !$asked{$_} && (!is_kept($_) || exists $ours{$_}) } keys %$keys;
    return () unless @extra;
    my (%asked_elsewhere, %elsewhere);
    for my $other (grep { $_ != $step } @{ $look->{configs}{ $state->{vmid} } }) {
        $asked_elsewhere{$_} = $elsewhere{$_} = 1 for CompareConfig::asked_keys($other);
        $elsewhere{$_} = 1 for keys %{ ($look->{journal}{applied}{ $other->{id} } // {})->{values} // {} };
    }
    my @changes;
    for my $key (@extra) {
        if ($clean && holds_data($key, $keys->{$key})) { push @{ $state->{notes} }, "$key ($keys->{$key}) came with the clone, and nobody asks for it; it stays" }
        elsif ($clean && !is_kept($key)) { push @changes, CompareKeys::absent($state, $key, impact_of_removal($state, $key)) }
        elsif (exists $ours{$key}) { push @changes, CompareKeys::absent($state, $key, impact_of_removal($state, $key)) unless is_kept($key) || $asked_elsewhere{$key} }
        elsif ($step->{has}{marker} && !is_kept($key) && !$elsewhere{$key} && !CompareKeys::means_nothing($key, $keys->{$key})) { push @changes, foreign($look, $state, $key) }
    }
    return @changes;
}

# Somebody added a key to a guest of ours: it is told, and with --repair it goes, unless it is a disk.
sub foreign {
    my ($look, $state, $key) = @_;
    my $value   = $state->{conf}{keys}{$key};
    return map { +{ %$_, foreign => 1 } } CompareKeys::absent($state, $key, impact_of_removal($state, $key)) if $look->{flags}{repair} && !holds_data($key, $value) && !$state->{owner}{taken};
    push @{ $state->{notes} }, "foreign key $key ($value) stays";
    return ();
}

sub impact_of_removal {
    my ($state, $key) = @_;
    return Impact::of_removal($state->{type}, $key, $state->{conf}{keys});
}

1;
