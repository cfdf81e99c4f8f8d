package HostFiles;

# What is asked of a host's files, and of what is mounted where.

use strict;
use warnings;
use Unknown;

sub place {
    my ($self, $path) = @_;
    return $self->{root} . $path;
}

# The file's content; undef if it is absent.
sub read {
    my ($self, $path) = @_;
    return Host::seen('read', $path, $self->slurp($path));
}

sub slurp {
    my ($self, $path) = @_;
    open my $handle, '<:raw', $self->place($path) or return absent_or_unknown($path);
    my $text = '';
    while (1) {
        my $got = sysread $handle, $text, 65_536, length $text;
        Unknown::because("cannot read $path: $!") unless defined $got;
        last unless $got;
    }
    return $text;
}

# The first bytes of a file; undef if it is absent.
sub head {
    my ($self, $path) = @_;
    open my $handle, '<:raw', $self->place($path) or return Host::seen('head', $path, absent_or_unknown($path));
    sysread $handle, my $head, 32;
    return Host::seen('head', $path, $head);
}

# The names in a folder; undef if it is absent.
sub names {
    my ($self, $path) = @_;
    opendir my $handle, $self->place($path) or return Host::seen('names', $path, absent_or_unknown($path));
    return Host::seen('names', $path, [ sort grep { !/^\.\.?$/ } readdir $handle ]);
}

# { mode, uid, gid, folder } and of what is no folder { size, mtime }; undef if it is absent.
sub facts {
    my ($self, $path) = @_;
    my @stat = stat $self->place($path) or return Host::seen('facts', $path, absent_or_unknown($path));
    my $folder = -d _ ? 1 : 0;
    return Host::seen('facts', $path, { mode => $stat[2] & 07777, uid => $stat[4], gid => $stat[5], folder => $folder, $folder ? () : (size => $stat[7], mtime => $stat[9]) });
}

# What tells a folder from another of the same path; undef if there is none.
sub inode {
    my ($self, $path) = @_;
    my @stat = stat $self->place($path) or return Host::seen('inode', $path, absent_or_unknown($path));
    return Host::seen('inode', $path, $stat[1]);
}

# Where a link leads; undef if there is none.
sub link {
    my ($self, $path) = @_;
    return Host::seen('link', $path, scalar readlink $self->place($path));
}

sub is_link {
    my ($self, $path) = @_;
    return Host::seen('is_link', $path, -l $self->place($path) ? 1 : 0);
}

sub sha256 {
    my ($self, $path) = @_;
    return $self->sum("sha256 $path");
}

# The sum of a file's content, by the name of the algorithm and the path.
sub sum {
    my ($self, $operand) = @_;
    my ($algorithm, $path) = split / /, $operand, 2;
    return Host::seen('sum', $operand, hash_of($self->place($path), $algorithm, $path));
}

sub hash_of {
    my ($place, $kind, $name) = @_;
    require Digest::SHA;
    open my $handle, '<:raw', $place or return absent_or_unknown($name // $place);
    my $sum = eval { Digest::SHA->new($kind =~ /(\d+)/)->addfile($handle)->hexdigest };
    return $sum // Unknown::because('cannot read ' . ($name // $place));
}

# ENOENT and ENOTDIR say that something is not there; every other failure says nothing.
sub absent_or_unknown {
    my ($path) = @_;
    return undef if $!{ENOENT} || $!{ENOTDIR};
    Unknown::because("cannot look at $path: $!");
}

# ---- Mounts

# What is mounted at a path: { source, type }; undef if it is no mount point.
sub mount_at {
    my ($self, $path) = @_;
    return Host::seen('mount_at', $path, $self->mounts->{$path});
}

# { source, type, point } of the mount that a path lies on; undef if not even the root is listed.
sub mount_above {
    my ($self, $path) = @_;
    for (my $at = $path; ; $at =~ s{/[^/]*$}{}) {
        my $mount = $self->mounts->{ $at eq '' ? '/' : $at };
        return Host::seen('mount_above', $path, { %$mount, point => $at eq '' ? '/' : $at }) if $mount;
        return Host::seen('mount_above', $path, undef) if $at eq '';
    }
}

sub mounts {
    my ($self) = @_;
    return $self->{mounts} //= do {
        my $text = $self->slurp('/proc/self/mountinfo') // Unknown::because('/proc/self/mountinfo is not there');
        my %mounts;
        for my $line (split /\n/, $text) {
            my ($before, $after) = split / - /, $line, 2;
            next unless defined $after;
            my $point = unescaped((split / /, $before)[4] // next);
            my ($type, $source) = split / /, $after;
            $mounts{$point} = { type => $type, source => unescaped($source) };
        }
        \%mounts;
    };
}

sub unescaped {
    my ($text) = @_;
    $text =~ s/\\([0-7]{3})/chr oct $1/ge;
    return $text;
}

1;
