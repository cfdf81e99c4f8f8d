package GuestConf;

# The config file of a guest: values in force, values that wait for a restart, raw lines, description, snapshots.

use strict;
use warnings;

# The type decides how the section of waiting values is called; any other name of the like is a snapshot's.
my %waiting = (lxc => 'pve:pending', qemu => 'PENDING');

my $raw_line = qr/^(lxc\.[\w.\-]+)\s*[:=]\s*(.*?)\s*$/;

sub parse {
    my ($text, $type) = @_;
    my $waiting = $waiting{ $type // 'lxc' };
    my %conf = (text => $text, keys => {}, raw => [], waiting_raw => [], pending => {}, deleting => {}, snapshots => [], snaptimes => {}, description => '');
    my $section = '';
    my @description;
    for my $line (split /\n/, $text) {
        if ($line =~ /^\[([^\]]+)\]\s*$/) {
            $section = $1;
            push @{ $conf{snapshots} }, $section unless $section eq $waiting || $section =~ /:/;
        }
        elsif ($section eq '') {
            if    ($line =~ /^#(.*)$/)                             { push @description, decoded($1) }
            elsif ($line =~ /^description:\s*(.*?)\s*$/)           { push @description, split /\n/, decoded($1) }    # as Proxmox wrote notes long ago, and people do
            elsif ($line =~ /$raw_line/)                           { push @{ $conf{raw} }, [ $1, $2 ] }
            elsif ($line =~ /^([A-Za-z][\w\-]*):\s*(.*?)\s*$/)     { $conf{keys}{$1} = $2 }
        }
        elsif ($section eq $waiting && $line =~ /$raw_line/) { push @{ $conf{waiting_raw} }, "$1: $2" }
        elsif ($line =~ /^snaptime:\s*(\d+)/) { $conf{snaptimes}{$section} = $1 }
        elsif ($section eq $waiting && $line =~ /^([A-Za-z][\w\-]*):\s*(.*?)\s*$/) {
            my ($key, $value) = ($1, $2);
            if ($key eq 'delete') { $conf{deleting}{$_} = 1 for map { s/^!//r } split /[,;\s]+/, $value }
            else                  { $conf{pending}{$key} = $value }
        }
    }
    $conf{description} = join "\n", @description;
    return \%conf;
}

# Values that wait for a restart, in order: [{ key, from, to }, …], `absent` where there is none.
sub waiting {
    my ($conf) = @_;
    my ($keys, $pending) = @$conf{qw(keys pending)};
    return map { +{ key => $_, from => $keys->{$_} // 'absent', to => $pending->{$_} // 'absent' } } sort keys %{ { %$pending, %{ $conf->{deleting} } } };
}

# Ids of all volumes that the file names, those of snapshots and of waiting values among them.
sub volume_ids {
    my ($conf) = @_;
    my %ids = map { $_ => 1 } $conf->{text} =~ /(?<=[\s=,])([A-Za-z][\w.\-]*:[^\s,:]+)/g;
    return keys %ids;
}

# What `--digest` of the Proxmox tools wants.
sub digest {
    my ($conf) = @_;
    require Digest::SHA;
    return Digest::SHA::sha1_hex($conf->{text});
}

# The owner's line: { line, app, path, vmid }.
sub marker {
    my ($conf) = @_;
    for my $line (split /\n/, $conf->{description}) {
        return { line => $line, app => $1, path => $2, vmid => $3 } if $line =~ /^phoenix-cdk app=(\S+) path=(.*) vmid=(\d+)\s*$/;
    }
    return undef;
}

# The description with our line in the place of the old one, or in front; other lines are people's.
sub description_with {
    my ($conf, $marker) = @_;
    my $others = description_without($conf);
    return $others eq '' ? $marker : "$marker\n$others";
}

# The description without our line.
sub description_without {
    my ($conf) = @_;
    return join "\n", grep { !/^phoenix-cdk app=\S+ path=.* vmid=\d+\s*$/ } split /\n/, $conf->{description};
}

# The file's text with other raw lines. They stand at the end of the main section: below the first `[` they would be history, or waiting. Those that
# wait would come in the place of all others with the next start.
sub text_with_raw {
    my ($conf, @raw) = @_;
    my ($main, $rest) = $conf->{text} =~ /\A(.*?)(^\[.*)?\z/ms;
    my @kept = grep { !/$raw_line/ } split /\n/, $main;
    pop @kept while @kept && $kept[-1] =~ /^\s*$/;
    my $text = join '', map { "$_\n" } @kept, map { "$_->[0]: $_->[1]" } @raw;
    $rest =~ s{^(\[pve:pending\]\s*\n)((?:(?!\[).*\n?)*)}{waiting_without_raw($1, $2)}meg if defined $rest;
    return defined $rest && $rest ne '' ? "$text\n$rest" : $text;
}

sub waiting_without_raw {
    my ($head, $body) = @_;
    my @kept = grep { !/$raw_line/ } split /^/, $body;
    return (grep { /\S/ } @kept) ? join '', $head, @kept : '';
}

sub decoded {
    my ($text) = @_;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    return $text;
}

1;
