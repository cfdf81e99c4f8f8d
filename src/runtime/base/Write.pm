package Write;

# Files that are there whole or not at all: a temporary file in the same folder, synced, renamed.

use strict;
use warnings;

# Options: mode, uid, gid; none of them where the file system has its own mind about them (/etc/pve).
sub whole {
    my ($place, $content, %options) = @_;
    my ($folder) = $place =~ m{^(.*)/[^/]+$};
    my $temporary = temporary($place);
    unlink $temporary;
    sysopen my $handle, $temporary, 01 | 0100 | 0200, $options{mode} // 0644 or die "cannot write in $folder: $!\n";
    my $done = eval {
        my $at = 0;
        while ($at < length $content) {
            my $wrote = syswrite $handle, $content, 262_144, $at;
            die "cannot write $place: $!\n" unless $wrote;
            $at += $wrote;
        }
        if (defined $options{uid}) {
            chown $options{uid}, $options{gid}, $handle or die "cannot give $place its owner: $!\n";
        }
        if (defined $options{mode}) {
            chmod $options{mode}, $handle or die "cannot give $place its mode: $!\n";
        }
        synced($handle) or die "cannot sync $place: $!\n";
        close $handle or die "cannot write $place: $!\n";
        rename $temporary, $place or die "cannot rename to $place: $!\n";
        1;
    };
    unless ($done) {
        my $trouble = $@;
        unlink $temporary;
        die $trouble;
    }
    sync_folder($folder);
}

# A link, in the place of whatever file is there.
sub link {
    my ($place, $to) = @_;
    my $temporary = temporary($place);
    unlink $temporary;
    symlink $to, $temporary or die "cannot make the link $place: $!\n";
    unless (rename $temporary, $place) {
        my $trouble = $!;
        unlink $temporary;
        die "cannot rename to $place: $trouble\n";
    }
    sync_folder($place =~ s{/[^/]*$}{}r);
}

# Where a file is written before it takes its place.
sub temporary { return "$_[0].tmp.phoenix" }

# The folder and those above it that are missing.
sub folder {
    my ($place, $mode) = @_;
    my $at = '';
    for my $part (split m{/}, $place) {
        $at .= $part eq '' ? '' : "/$part";
        next if $at eq '' || -d $at;
        mkdir $at, $mode or $!{EEXIST} or die "cannot make $at: $!\n";
    }
}

sub append {
    my ($place, $text) = @_;
    open my $handle, '>>:raw', $place or die "cannot write $place: $!\n";
    syswrite $handle, $text;
}

sub synced {
    my ($handle) = @_;
    require IO::Handle;
    return $handle->sync || $!{EINVAL};
}

# The rename itself is on the disk only when the folder is; where folders cannot be synced (cluster file system), nothing is lost by not doing it.
sub sync_folder {
    my ($folder) = @_;
    open my $handle, '<', $folder or return;
    require IO::Handle;
    eval { $handle->sync };
}

1;
