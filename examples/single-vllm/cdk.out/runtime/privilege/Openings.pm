package Openings;

# What a firewall file lets through, as grants beside those of Grants.pm, each for some network cards (`nics`): whoever is behind no firewall is open to
# everybody, whatever his rules say. Each file is taken by itself: what the cluster's switch makes of it is not looked at here.
#
# Rules are compared by what they let through, not by their text or number: of two with the same ports the one with more sources is the broader one.

use strict;
use warnings;
use FirewallConf;
use Addresses;

# Where packets go, what holds without a policy, and how it is told. What a guest reaches is told only when it changes: everybody reaches everything.
my @directions = (
    { name => 'IN',      policy => 'policy_in',      default => 'DROP',   kind => 'port',    near => [ 'from', 'source' ], far => [ 'to',   'dest' ] },
    { name => 'OUT',     policy => 'policy_out',     default => 'ACCEPT', kind => 'reach',   near => [ 'at',   'dest' ],   far => [ 'from', 'source' ], base => 1 },
    { name => 'FORWARD', policy => 'policy_forward', default => 'ACCEPT', kind => 'forward', near => [ 'from', 'source' ], far => [ 'to',   'dest' ],   base => 1 },
);

# ---- Whose openings

# Of a guest: its cards, { netN => whether it is behind the firewall }, and the text of its file, if it has one.
sub of_guest {
    my ($cards, $text) = @_;
    my $file    = file($text);
    my $is_on   = is_on($file, 'enable', 0);
    my @behind  = grep { $cards->{$_} } sort keys %$cards;
    my @outside = grep { !$cards->{$_} } sort keys %$cards;
    my @two     = @directions[ 0, 1 ];
    my @every   = (
        @outside ? every(\@two, 'no firewall on ' . join(' ', @outside), @outside) : (),
        @behind && !$is_on ? every(\@two, 'its firewall is off', @behind) : (),
    );
    my @filter = !%$cards ? () : (spoofing($file, 'macfilter', 1, 'any MAC address', @every), spoofing($file, 'ipfilter', 0, 'any IP address', @every));
    return (@every, @filter, $is_on ? rules($file, \@two, @behind) : ());
}

# Of the cluster (`enable` is off without a word) or of one host (on).
sub of_host {
    my ($text, $is_cluster) = @_;
    my $file = file($text);
    my @where = @directions[ 0 .. ($is_cluster ? 2 : 1) ];
    return every(\@where, 'the firewall is off', '') unless is_on($file, 'enable', $is_cluster ? 0 : 1);
    return rules($file, \@where, '');
}

# Of a group of rules, as if nothing were open besides.
sub of_group {
    my @rules = map { rule(FirewallConf::bare($_)) } @_;
    return map { in_order($_, 'DROP', [''], @rules) } @directions;
}

sub file {
    my ($text) = @_;
    my $sections = FirewallConf::parse($text // '');
    return { sections => $sections, options => FirewallConf::options($sections), rules => [ map { rule(FirewallConf::bare($_->{text})) } FirewallConf::said($sections, 'rules') ] };
}

sub option { my ($file, $name, $default) = @_; return $file->{options}{$name} ? $file->{options}{$name}{value} : $default }
sub is_on  { return option(@_) =~ /^\s*0*\s*$/ ? 0 : 1 }

# ---- Openings

# Everything, because nothing filters.
sub every {
    my ($where, $why, @nics) = @_;
    return map { everything($_, \@nics, $why, off => 1) } @$where;
}

sub everything {
    my ($where, $nics, $why, %rest) = @_;
    return opening($where, $nics, every => 1, text => ($where->{kind} eq 'port' ? 'every port from anywhere' : 'everything') . " ($why)", %rest);
}

sub opening {
    my ($where, $nics, %rest) = @_;
    return { kind => $where->{kind}, form => 'opening', base => $where->{base}, nics => $nics, %rest };
}

# Whether a guest may speak as somebody else: without a firewall it may, and nobody has to be told twice.
sub spoofing {
    my ($file, $name, $default, $text, @every) = @_;
    my %grant = (kind => 'filter', text => "$text ($name: 0)");
    return { %grant, quiet => 1 } if @every;
    return is_on($file, $name, $default) ? () : { %grant, base => !$default };
}

# What rules and policy let through, and what they close of that; `idle` is a rule that closes where nothing behind it would let anything through.
sub rules {
    my ($file, $where, @nics) = @_;
    my @found;
    for my $direction (@$where) {
        my $policy = uc option($file, $direction->{policy}, $direction->{default});
        push @found, in_order($direction, $policy, \@nics, @{ $file->{rules} });
    }
    return @found;
}

sub in_order {
    my ($direction, $policy, $nics, @rules) = @_;
    my $open  = $policy eq 'ACCEPT';
    my @found = $open ? everything($direction, $nics, "$direction->{policy}: ACCEPT") : ();
    my @closing;
    for my $rule (grep { $_->{direction} eq $direction->{name} || ($_->{direction} eq 'GROUP' && $direction->{name} eq 'IN') } @rules) {
        my @at = @$nics == 1 && $nics->[0] eq '' ? '' : grep { !defined $rule->{iface} || $rule->{iface} eq $_ } @$nics;
        next unless @at;
        my $text = text($rule, $direction);
        if ($rule->{verb} eq 'ACCEPT') { push @found, opening($direction, \@at, %$rule, text => $text, after => [ map { $_->{rule} } @closing ]) }
        else                           { push @closing, { kind => $direction->{kind}, form => 'closing', base => $direction->{base}, rule => $text, text => "$text is closed", won => "$text is closed", lost => "$text is not closed any more" } }
    }
    my %before = map { $_ => 1 } map { @{ $_->{after} // [] } } @found;
    return (@found, map { +{ %$_, idle => !$open && !$before{ $_->{rule} } } } @closing);
}

# ---- Rules

my %option = ('-i' => 'iface', '-iface' => 'iface', '-p' => 'proto', '-proto' => 'proto', map { ("-$_" => $_) } qw(source dest dport sport icmp-type log));

# A line without its comment; nothing of one that is switched off. What cannot be read is taken for a rule of its own that lets something through.
sub rule {
    my ($line) = @_;
    return () if $line =~ /^\|/;
    my ($direction, $action, @words) = split ' ', $line;
    $direction = uc $direction;
    my %rule = (direction => $direction, verb => 'ACCEPT', line => $line);
    if    ($direction eq 'GROUP')                                        { $rule{group} = lc($action // '') }
    elsif (($action // '') =~ /^(?:([\w-]+)\()?(ACCEPT|DROP|REJECT)\)?$/i) { @rule{qw(macro verb)} = ($1, uc $2) }
    else                                                                 { return { %rule, unread => 1 } }
    while (my ($name, $value) = splice @words, 0, 2) {
        return { %rule, unread => 1 } if !$option{$name} || !defined $value;
        $rule{ $option{$name} } = $value;
    }
    $rule{every} = 1 unless grep { defined $rule{$_} } qw(group macro proto source dest sport iface icmp-type);
    $rule{slot}  = join ' ', map { $_ // '' } @rule{qw(macro proto dport icmp-type iface dest)};
    return \%rule;
}

sub text {
    my ($rule, $direction) = @_;
    my $on = defined $rule->{iface} ? " on $rule->{iface}" : '';
    return "`$rule->{line}`" if $rule->{unread};
    return "what group $rule->{group} lets through$on" if defined $rule->{group};
    my $what = defined $rule->{macro} ? join(' ', $rule->{macro}, $rule->{dport} // ()) : !defined $rule->{proto} ? 'every port' : join ' ', $rule->{proto}, $rule->{dport} // $rule->{'icmp-type'} // ();
    my ($near, $far) = map { [ $_->[0], $rule->{ $_->[1] } ] } @$direction{qw(near far)};
    return join(' ', $what, defined $near->[1] ? @$near : "$near->[0] anywhere" =~ s/^at //r, (defined $far->[1] ? @$far : ()), (defined $rule->{sport} ? "source port $rule->{sport}" : ())) . $on;
}

# ---- What of an opening is not let through by others: nothing, or the opening on the cards that are left

sub uncovered {
    my ($opening, $names, @others) = @_;
    my @same = grep { $_->{form} eq 'opening' && $_->{kind} eq $opening->{kind} } map { $_->{form} ? $_ : () } @others;
    my @left;
    for my $nic (@{ $opening->{nics} }) {
        my @here = grep { grep { $_ eq $nic } @{ $_->{nics} } } @same;
        push @left, $nic unless is_let_through($opening, $names, @here);
    }
    return () unless @left;
    return $opening if @left == @{ $opening->{nics} };
    return { %$opening, text => "$opening->{text} on @left", nics => \@left };
}

sub is_let_through {
    my ($opening, $names, @others) = @_;
    return 1 if grep { $_->{every} } @others;
    return 0 if $opening->{every};
    return 1 if grep { ($_->{line} // '') eq $opening->{line} } @others;
    return scalar grep { defined $_->{group} && $_->{group} eq $opening->{group} } @others if defined $opening->{group};
    return 0 if $opening->{unread};
    my @wide = grep { !$_->{unread} && !defined $_->{group} && all_but_ports($_, $opening, $names) } @others;
    return 1 if grep { !defined $_->{dport} } @wide;
    return defined $opening->{dport} && Addresses::ports_in($opening->{dport}, map { $_->{dport} } @wide);
}

sub all_but_ports {
    my ($wide, $narrow, $names) = @_;
    for my $name (qw(macro proto sport icmp-type)) {
        next if !defined $wide->{$name} && ($name ne 'macro' || !defined $wide->{proto});
        return 0 if lc($wide->{$name} // '') ne lc($narrow->{$name} // '');
    }
    return 0 if defined $wide->{iface} && $wide->{iface} ne ($narrow->{iface} // '') && "@{ $narrow->{nics} }" eq '';
    for my $name (qw(source dest)) {
        next unless defined $wide->{$name};
        return 0 unless defined $narrow->{$name} && Addresses::lies_in($narrow->{$name}, $wide->{$name}, $names);
    }
    return 1;
}

# Whether a rule that lets through came to stand before one that closes, or the other way round: the texts of those that it is before now.
sub overtaken {
    my ($rule, @former) = @_;
    my ($was) = grep { $_->{form} eq 'opening' && ($_->{line} // '') eq ($rule->{line} // "\0") } map { $_->{form} ? $_ : () } @former;
    return () unless $was && $rule->{after} && $was->{after};
    my %still = map { $_ => 1 } @{ $rule->{after} };
    return grep { !$still{$_} } @{ $was->{after} };
}

1;
