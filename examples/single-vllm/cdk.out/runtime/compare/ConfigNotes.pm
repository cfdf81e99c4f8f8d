package ConfigNotes;

# What a plan tells of a guest's config and nobody is going to change.

use strict;
use warnings;

sub of {
    my ($step, $look, $state) = @_;
    return (waiting_for_others($state), strays($state), out_of_use($state), apart($step, $look, $state));
}

# A lock, and values of others that wait for a restart.
sub waiting_for_others {
    my ($state) = @_;
    my $lock = $state->{conf}{keys}{lock};
    return (
        defined $lock ? "locked ($lock)" : (),
        map { "foreign key $_->{key} waits for a restart ($_->{from} → $_->{to}); it stays" } grep { !$_->{ours} } @{ $state->{pending} },
    );
}

# Limits in force that are not the config's. They are told here; what a restart puts right is weighed with the guest's state.
sub apart {
    my ($step, $look, $state) = @_;
    return map { "$_->{key} in force is $_->{is}, by the config it should be $_->{should}: restart the guest (--allow-restart $step->{path})" } CompareState::limits_apart($look, $state->{owner}{guest});
}

# Datasets and images with the guest's number that its config does not name: left by a call that was killed, or by hand. They are told and stay.
sub strays {
    my ($state) = @_;
    my @images = map { $_->{path} } $state->{host}->images_besides($state->{vmid}, GuestConf::volume_ids($state->{conf}));
    return map { "$_ carries the number of guest $state->{vmid} and is not in its config; it stays" } map({ "dataset $_" } CompareVolume::unnamed_datasets($state)), @images;
}

# Disks that the config keeps and nothing uses, with the command that destroys them.
sub out_of_use {
    my ($state) = @_;
    my $keys = $state->{conf}{keys};
    return map { "$_ ($keys->{$_}) is in no use and stays; " . removal_of($state->{type}, $state->{vmid}, $_) } sort grep { /^unused\d+$/ } keys %$keys;
}

sub removal_of {
    my ($type, $vmid, $key) = @_;
    return ($type eq 'qemu' ? 'qm' : 'pct') . " set $vmid --delete $key destroys it";
}

1;
