package Sim::Zfs::Operations;
# What both the zfs command and Proxmox's storage layer do with datasets. Each function works on a loaded state.
use strict;
use warnings;

use Sim::Zfs::Mounts;
use Sim::Zfs::State;

sub create_filesystem {
    my ($state, $name, %properties) = @_;
    my $dataset = Sim::Zfs::State::add($state, $name, 'filesystem');
    $dataset->{local} = {%properties};
    Sim::Zfs::Mounts::mount($state, $name) if ($properties{canmount} // 'on') eq 'on';
    return $dataset;
}

sub snapshot {
    my ($state, $name, $snapshot) = @_;
    my $made = Sim::Zfs::State::add($state, "$name\@$snapshot", 'snapshot');
    # Content of datasets with children is not copied: nobody rolls those back here.
    if ($state->{datasets}{$name}{type} eq 'filesystem' && !Sim::Zfs::State::descendants($state, $name)) {
        my $folder = Sim::Zfs::Mounts::content_folder($name);
        Sim::Node::copy_content($folder, Sim::Zfs::Mounts::of_snapshot($made)) if Sim::Node::entries($folder);
    }
    return $made;
}

sub clone {
    my ($state, $snapshot, $name, %properties) = @_;
    my $source = $state->{datasets}{$snapshot};
    my $origin = $state->{datasets}{ Sim::Zfs::State::parent_name($snapshot) };
    my $clone  = Sim::Zfs::State::add($state, $name, $origin->{type}, origin => $snapshot);
    $clone->{local} = {%properties};
    $clone->{local}{volsize} //= $origin->{local}{volsize} if $origin->{type} eq 'volume';
    Sim::Zfs::Mounts::mount($state, $name) if $origin->{type} eq 'filesystem';
    my $content = Sim::Zfs::Mounts::of_snapshot($source);
    Sim::Node::copy_content($content, Sim::Zfs::Mounts::content_folder($name)) if -d $content;
    return $clone;
}

sub rollback {
    my ($state, $name, $snapshot) = @_;
    my $folder = Sim::Zfs::Mounts::content_folder($name);
    Sim::Node::remove_tree(map { "$folder/$_" } Sim::Node::entries($folder));
    my $content = Sim::Zfs::Mounts::of_snapshot($state->{datasets}{"$name\@$snapshot"});
    Sim::Node::copy_content($content, $folder) if -d $content;
}

# One dataset or snapshot, without looking at what depends on it.
sub destroy_one {
    my ($state, $name) = @_;
    my $dataset = delete $state->{datasets}{$name} or return;
    if ($dataset->{type} eq 'snapshot') {
        my $content = Sim::Zfs::Mounts::of_snapshot($dataset);
        Sim::Node::remove_tree($content) if -e $content;
    } elsif ($dataset->{type} eq 'filesystem') {
        Sim::Zfs::Mounts::forget($name);
    }
}

sub destroy_tree {
    my ($state, $name) = @_;
    destroy_one($state, $_) for reverse(Sim::Zfs::State::children($state, $name)), $name;
}

sub rename_dataset {
    my ($state, $from, $to) = @_;
    my $was_mounted = Sim::Zfs::Mounts::is_mounted($from);
    my $old_point   = Sim::Zfs::Mounts::mount_point($state, $from);
    Sim::Zfs::Mounts::unmount_tree($state, $from);
    for my $name ($from, Sim::Zfs::State::children($state, $from)) {
        my $dataset = delete $state->{datasets}{$name};
        my $renamed = $to . substr $name, length $from;
        Sim::Zfs::Mounts::rename_content($name, $renamed);
        $dataset->{name} = $renamed;
        $state->{datasets}{$renamed} = $dataset;
    }
    for my $dataset (values %{ $state->{datasets} }) {
        $dataset->{origin} =~ s/^\Q$from\E(?=[@\/])/$to/ if defined $dataset->{origin};
    }
    rmdir Sim::Node::host_path($old_point) if $was_mounted && defined $old_point;
    Sim::Zfs::Mounts::mount($state, $to) if $was_mounted;
}

1;
