package CompareMapping;

# Resource mappings of the cluster: entries of /etc/pve/mapping/*.cfg. Of an entry this host's maps are looked after, and the options
# that the program gives; maps of other nodes go back as they are, since Proxmox takes the maps of an entry only all together.

use strict;
use warnings;
use Unknown;
use Verdict;

my %file = (pci => 'pci', usb => 'usb', dir => 'directory');

sub mapping {
    my ($step, $look) = @_;
    my ($kind, $id) = @{ $step->{has}{mapping} };
    my $host    = $look->{host};
    my $trouble = $host->cluster_trouble;
    Unknown::because($trouble) if defined $trouble;
    my $text     = text($step, $host);
    my $found    = parse($text)->{$id};
    my @settings = grep { $_->[0] eq 'option' } @{ $step->{options} };
    my @maps     = map { $_->[1] } grep { $_->[0] eq 'map' } @{ $step->{options} };
    return imported($step, $found, $host->node_name) unless $step->{has}{create}[0];

    my $path    = "/cluster/mapping/$kind";
    my @options = map { ("--$_->[1]", $_->[2]) } @settings;
    unless (defined $found) {
        my @changes = (Verdict::difference('map', 'absent', "@maps"), map { Verdict::difference($_->[1], '', $_->[2]) } @settings);
        return Verdict::create('create', [ $path, '--id', $id, maps(@maps), @options ], changes => \@changes);
    }
    my @mine    = grep { node($_) eq $host->node_name } @{ $found->{maps} };
    my @others  = grep { node($_) ne $host->node_name } @{ $found->{maps} };
    my @changes = same_maps(\@mine, \@maps) ? () : Verdict::difference('map', join(' ', @mine), "@maps");
    for my $setting (@settings) {
        my (undef, $name, $value) = @$setting;
        my $is = $found->{options}{$name};
        next if defined $is ? $is eq $value : $value eq '0' || $value eq '';
        push @changes, Verdict::difference($name, $is // '', $value);
    }
    return Verdict::satisfied() unless @changes;
    require Digest::SHA;
    return Verdict::change('set', [ "$path/$id", maps(@others, @maps), @options, '--digest', Digest::SHA::sha1_hex($text) ],
        changes => \@changes);
}

sub text { my ($step, $host) = @_; return $host->read(file_of($step->{has}{mapping}[0])) // '' }

# The entry as it is: { options, maps }, or nothing.
sub entry { my ($step, $host) = @_; return parse(text($step, $host))->{ $step->{has}{mapping}[1] } }

sub imported {
    my ($step, $found, $here) = @_;
    my ($kind, $id) = @{ $step->{has}{mapping} };
    return Verdict::refused("there is no mapping $id in @{[ file_of($kind) ]}, and the program only refers to it")
        unless defined $found;
    return Verdict::refused("mapping $id says nothing of $here") unless grep { node($_) eq $here } @{ $found->{maps} };
    return Verdict::satisfied();
}

sub file_of { return "/etc/pve/mapping/$file{ $_[0] }.cfg" }

sub maps { return map { ('--map', $_) } @_ }

# { id => { options => { name => value }, maps => [text, …] } }
sub parse {
    my ($text) = @_;
    my (%entries, $open);
    for my $line (split /\n/, $text) {
        if    ($line =~ /^(\S+)\s*$/ && $line !~ /^#/)            { $open = $entries{$1} = { options => {}, maps => [] } }
        elsif ($open && $line =~ /^\s+map\s+(.*?)\s*$/)           { push @{ $open->{maps} }, $1 }
        elsif ($open && $line =~ /^\s+([\w\-]+)(?:\s+(.*?))?\s*$/) { $open->{options}{$1} = $2 // '1' }
    }
    return \%entries;
}

sub node { return $_[0] =~ /(?:^|,)node=([^,]*)/ ? $1 : '' }

# Their order counts: Proxmox takes the first device that is free.
sub same_maps {
    my ($is, $wanted) = @_;
    return join("\n", map { plain($_) } @$is) eq join("\n", map { plain($_) } @$wanted);
}

# Parts in any order; ids and addresses of devices in either case.
sub plain {
    my ($map) = @_;
    return join ',', sort map { /^(?:id|subsystem-id)=/ || m{^path=[^/]} ? lc : $_ } split /,/, $map;
}

1;
