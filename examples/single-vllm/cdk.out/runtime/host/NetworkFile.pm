package NetworkFile;

# /etc/network/interfaces as Proxmox reads it: a stanza ends at a blank line or at a line of one word. What is not ours keeps its bytes.

use strict;
use warnings;

my $start  = qr/^\s*(?:(?:iface|mapping|auto|source|source-directory)\s|allow-)/;
my $header = qr/^\s*iface\s+(\S+)(?:\s+(inet6?)\s+(\S+))?\s*\z/;

# Pieces of the file, whose `raw` together are the file: { is => stanza | auto | line | blank, raw, … }.
sub parse {
    my ($text) = @_;
    my (@pieces, $open);
    for my $raw ($text =~ /([^\n]*\n|[^\n]+\z)/g) {
        my $line = $raw =~ s/\s+\z//r;
        if ($open && taken($open, $line)) { $open->{raw} .= $raw; next }
        undef $open;
        if ($line eq '' || $line =~ /^\s*#/) { push @pieces, { is => 'blank', raw => $raw } }
        elsif ($line =~ /^\s*(allow-auto|auto|allow-ovs|allow-hotplug)\s+(.*\S)\s*\z/) {
            push @pieces, { is => 'auto', word => $1, names => [ split ' ', $2 ], raw => $raw };
        }
        elsif ($line =~ $header) {
            push @pieces, $open = { is => 'stanza', name => $1, family => $2, method => $3, options => [], comments => [], raw => $raw };
        }
        else { push @pieces, { is => 'line', raw => $raw } }
    }
    return \@pieces;
}

sub taken {
    my ($stanza, $line) = @_;
    if ($line =~ /^\s*#(.*)\z/) { push @{ $stanza->{comments} }, $1; return 1 }
    return 0 if $line =~ $start || $line !~ /^\s*(\S+)\s+(.+)\z/;
    push @{ $stanza->{options} }, [ $1, $2 ];
    return 1;
}

# The interfaces that the file names: name => { name, auto, stanzas }.
sub entries {
    my ($pieces) = @_;
    my %entries;
    for my $piece (@$pieces) {
        my @names = $piece->{is} eq 'stanza' ? $piece->{name} : $piece->{is} eq 'auto' ? @{ $piece->{names} } : ();
        for my $name (@names) {
            my $entry = $entries{$name} //= { name => $name, auto => 0, stanzas => [] };
            if   ($piece->{is} eq 'auto') { $entry->{auto} = 1 }
            else                          { push @{ $entry->{stanzas} }, $piece }
        }
    }
    return \%entries;
}

# The file with these entries in place of those of the same names, or at its end.
sub with_entries {
    my ($text, @entries) = @_;
    my $pieces  = parse($text);
    my $found   = entries($pieces);
    my %waiting = map { $_->{name} => $_ } @entries;
    my %touched = %waiting;
    my $out     = '';
    for my $piece (@$pieces) {
        if ($piece->{is} eq 'stanza' && $touched{ $piece->{name} }) {
            my $entry = delete $waiting{ $piece->{name} } // next;
            $out .= entry_text($entry, $found->{ $entry->{name} });
        }
        elsif ($piece->{is} eq 'auto') {
            my @names = grep { !$touched{$_} } @{ $piece->{names} };
            $out .= @names == @{ $piece->{names} } ? $piece->{raw} : @names ? "$piece->{word} @names\n" : '';
        }
        else { $out .= $piece->{raw} }
    }
    my $added = join '', map { $waiting{ $_->{name} } ? entry_text($_) . "\n" : () } @entries;
    return $out if $added eq '';
    return $out . ($out eq '' || $out =~ /\n\n\z/ ? '' : $out =~ /\n\z/ ? "\n" : "\n\n") . $added;
}

# Notes of people stay where the program says none.
sub entry_text {
    my ($entry, $former) = @_;
    my $own_notes = grep { @{ $_->{comments} } } @{ $entry->{stanzas} };
    my $text      = $entry->{auto} ? "auto $entry->{name}\n" : '';
    return $text . join "\n", map {
        my $stanza = $_;
        my @notes  = $own_notes ? @{ $stanza->{comments} } : notes_of($former, $stanza->{family});
        join '', join(' ', 'iface', grep { defined } $entry->{name}, @$stanza{qw(family method)}) . "\n", (map { "\t$_->[0] $_->[1]\n" } @{ $stanza->{options} }), map { "#$_\n" } @notes;
    } @{ $entry->{stanzas} };
}

sub notes_of {
    my ($former, $family) = @_;
    return map { @{ $_->{comments} } } grep { ($_->{family} // 'inet') eq ($family // 'inet') } @{ ($former // {})->{stanzas} };
}

# ---- What an entry means

my @modes  = qw(balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb);
my %listed = map { $_ => 1 } qw(bridge-ports bond-slaves);

# What an entry says, in words that are equal for entries that mean the same: { key => text }.
sub meaning {
    my ($entry) = @_;
    my %says = (autostart => $entry->{auto} ? 'yes' : 'no');
    for my $stanza (@{ $entry->{stanzas} }) {
        my %mask;
        for my $option (@{ $stanza->{options} }) {
            my ($name, $value) = (plain_name($option->[0]), $option->[1]);
            next if $name eq 'broadcast';
            my $family = $stanza->{family} // ($name =~ /^(?:address|gateway)\z/ && $value =~ /:/ ? 'inet6' : 'inet');
            if    ($name eq 'netmask')                    { $mask{$family} = $value }
            elsif ($name =~ /^(?:address|gateway)\z/)     { $says{"$family $name"} = lc $value }
            elsif ($listed{$name} && exists $says{$name}) { $says{$name} .= " $value" }
            elsif ($name =~ /^(?:pre-|post-)?(?:up|down)\z/ && exists $says{$name}) { $says{$name} .= "\n$value" }
            else                                          { $says{$name} = $value }
        }
        for my $family (keys %mask) {
            my $address = $says{"$family address"} // next;
            $says{"$family address"} .= '/' . mask_bits($mask{$family}) unless $address =~ m{/};
        }
        if ($stanza->{family}) { $says{"$stanza->{family} method"} = $stanza->{method} }
        else { defined $says{"$_ address"} and $says{"$_ method"} = 'static' for qw(inet inet6) }
    }
    $says{'inet method'} //= 'manual' if @{ $entry->{stanzas} };
    delete $says{'inet6 method'} if ($says{'inet6 method'} // '') eq 'manual';
    by_kind($entry->{name}, \%says);
    $says{mtu} += 0 if ($says{mtu} // '') =~ /^\d+\z/;
    return \%says;
}

# Values that Proxmox takes for granted where they are not said.
sub by_kind {
    my ($name, $says) = @_;
    if (exists $says->{'bridge-ports'}) {
        $says->{'bridge-ports'} = list($says->{'bridge-ports'});
        $says->{'bridge-stp'}   = truth($says->{'bridge-stp'}) ? 'on' : 'off';
        $says->{'bridge-fd'} //= '0' if $says->{'bridge-stp'} eq 'off';
        # Proxmox reads the key alone, ifupdown2 its value
        $says->{'bridge-vlan-aware'} = truth($says->{'bridge-vlan-aware'}) ? 'yes' : 'no';
        if   ($says->{'bridge-vlan-aware'} eq 'yes') { $says->{'bridge-vids'} = list($says->{'bridge-vids'} // '2-4094') }
        else                                         { delete $says->{'bridge-vids'} }
    }
    elsif (exists $says->{'bond-slaves'}) {
        $says->{'bond-slaves'} = list($says->{'bond-slaves'});
        $says->{'bond-miimon'} //= '100';
        my $mode = $says->{'bond-mode'} // 0;
        $says->{'bond-mode'} = $mode =~ /^[0-6]\z/ ? $modes[$mode] : $mode;
        $says->{'bond-lacp-rate'} = { 0 => 'slow', 1 => 'fast' }->{ $says->{'bond-lacp-rate'} } // $says->{'bond-lacp-rate'} if defined $says->{'bond-lacp-rate'};
    }
    if ($name =~ /\.\d+\z/) { delete @$says{qw(vlan-raw-device vlan-id)} }
    elsif ($name =~ /^vlan\d+\z/) { delete $says->{'vlan-id'} }
}

# What an entry stands on, and whether it takes that for itself alone.
sub below {
    my ($entry) = @_;
    my $says = meaning($entry);
    for my $key (qw(bridge-ports bond-slaves)) {
        return { alone => 1, names => [ split ' ', $says->{$key} ] } if exists $says->{$key};
    }
    return { alone => 0, names => [$1] } if $entry->{name} =~ /^(.+)\.\d+\z/;
    for my $stanza (@{ $entry->{stanzas} }) {
        for my $option (@{ $stanza->{options} }) {
            return { alone => 0, names => [ $option->[1] ] } if plain_name($option->[0]) eq 'vlan-raw-device';
        }
    }
    return { alone => 0, names => [] };
}

sub plain_name {
    my ($name) = @_;
    $name =~ tr/_/-/;
    return $name eq 'slaves' ? 'bond-slaves' : $name;
}

sub list {
    my %names = map { $_ => 1 } grep { $_ ne '' && $_ ne 'none' } split /[;,\s]+/, $_[0];
    return join ' ', sort keys %names;
}

sub truth { return defined $_[0] && $_[0] =~ /^(?:on|yes|true|1)\z/i ? 1 : 0 }

sub mask_bits {
    my ($mask) = @_;
    return $mask if $mask =~ /^\d+\z/;
    return unpack '%32b*', pack 'C4', split /\./, $mask;
}

1;
