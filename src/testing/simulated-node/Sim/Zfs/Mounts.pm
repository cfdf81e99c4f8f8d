package Sim::Zfs::Mounts;
# Mounted datasets: a line in /proc/self/mountinfo and a folder with the content.
#
# What an unmounted dataset holds is kept in DIR/state/content/DATASET, so its mount point shows an empty folder
# (or what lay there before the mount, kept meanwhile in DIR/state/covered).
use strict;
use warnings;

use Sim::Node;
use Sim::Zfs::State;

sub file       { return Sim::Node::host_path('/proc/self/mountinfo') }
sub kept       { return "$Sim::Node::state/content/" . Sim::Node::file_name($_[0]) }
sub covered    { return "$Sim::Node::state/covered/" . Sim::Node::file_name($_[0]) }
sub of_snapshot { return "$Sim::Node::state/snapshots/$_[0]{guid}" }

sub escape   { my ($text) = @_; $text =~ s/([ \t\n\\])/sprintf '\\%03o', ord $1/ge; return $text }
sub unescape { my ($text) = @_; $text =~ s/\\([0-7]{3})/chr oct $1/ge; return $text }

# source by mount point, of everything in mountinfo
sub table {
    my %source_at;
    for my $line (split /\n/, Sim::Node::slurp(file()) // '') {
        my ($before, $after) = split / - /, $line, 2;
        next if !defined $after;
        $source_at{ unescape((split / /, $before)[4]) } = unescape((split / /, $after)[1]);
    }
    return \%source_at;
}

sub is_mount_point { my ($path) = @_; $path =~ s{(?<=.)/+\z}{}; return exists table()->{$path} }

# Mount points by dataset.
sub mounted { my %where = reverse %{ table() }; return \%where }

sub is_mounted { return defined mounted()->{ $_[0] } }

# Where the dataset belongs: its own mountpoint property or its place below its parent's. undef: nowhere.
sub mount_point {
    my ($state, $name) = @_;
    my ($place, $tail) = ($name, '');
    while (1) {
        my $own = $state->{datasets}{$place} && $state->{datasets}{$place}{local}{mountpoint};
        if (defined $own) {
            return undef if $own eq 'none' || $own eq 'legacy';
            return ($own eq '/' && $tail ne '' ? '' : $own) . $tail;
        }
        return "/$name" if $place !~ m{/};
        $place =~ s{(/[^/]*)\z}{};
        $tail = "$1$tail";
    }
}

sub mount {
    my ($state, $name) = @_;
    my $point = mount_point($state, $name);
    return 0 if !defined $point || is_mounted($name);

    my $folder = Sim::Node::host_path($point);
    if (-d $folder) {
        if (Sim::Node::entries($folder)) {
            Sim::Node::make_parent(covered($point));
            rename $folder, covered($point) or die "cannot cover '$folder': $!\n";
        } else {
            rmdir $folder;
        }
    }
    Sim::Node::make_parent($folder);
    if (-d kept($name)) { rename kept($name), $folder or die "cannot mount '$name' on '$folder': $!\n" }
    else                { Sim::Node::make_folder($folder) }

    add($point, 'zfs', $name, 'rw,xattr,posixacl,casesensitive');
    return 1;
}

# A line of mountinfo, whatever is mounted.
sub add {
    my ($point, $type, $source, $options) = @_;
    my $id     = 100 + Sim::Node::next_number('mount');
    my $device = Sim::Node::next_number('mount-device');
    rewrite(sub {
        return (@_, "$id 22 0:$device / " . escape($point) . " rw,relatime shared:$id - $type " . escape($source) . " $options");
    });
}

sub unmount {
    my ($name) = @_;
    my $point = mounted()->{$name};
    return 0 if !defined $point;
    my $folder = Sim::Node::host_path($point);
    Sim::Node::make_parent(kept($name));
    rename $folder, kept($name) or die "cannot unmount '$name': $!\n";
    if (-d covered($point)) { rename covered($point), $folder }
    else                    { Sim::Node::make_folder($folder) }

    my $tail = ' - zfs ' . escape($name) . ' ';
    rewrite(sub { grep { index($_, $tail) < 0 } @_ });
    return 1;
}

sub rewrite {
    my ($change) = @_;
    Sim::Node::exclusively('mountinfo', sub {
        my @lines = $change->(split /\n/, Sim::Node::slurp(file()) // '');
        Sim::Node::spew(file(), join '', map { "$_\n" } @lines);
    });
}

# Deepest first, so that no parent is taken away below its children.
sub unmount_tree {
    my ($state, $name) = @_;
    my @tree = grep { is_mounted($_) } $name, Sim::Zfs::State::descendants($state, $name);
    unmount($_) for reverse @tree;
    return @tree;
}

# The folder in which the dataset's content is, mounted or not.
sub content_folder {
    my ($name) = @_;
    my $point = mounted()->{$name};
    return defined $point ? Sim::Node::host_path($point) : kept($name);
}

sub forget {
    my ($name) = @_;
    my $point = mounted()->{$name};
    unmount($name);
    Sim::Node::remove_tree(kept($name)) if -e kept($name);
    # The empty folder at the mount point goes with the dataset.
    rmdir Sim::Node::host_path($point) if defined $point;
}

sub rename_content {
    my ($from, $to) = @_;
    rename kept($from), kept($to) if -d kept($from);
}

1;
