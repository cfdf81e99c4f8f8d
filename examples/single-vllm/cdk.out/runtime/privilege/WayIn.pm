package WayIn;

# By which rules administrators may come in, to ssh and to the web interface, and what those rules name: whoever makes any of it narrower may shut
# himself out. Judged by the text of the rules alone, so rather too often than not.

use strict;
use warnings;
use FirewallConf;
use Addresses;

my $cluster_fw = '/etc/pve/firewall/cluster.fw';

# { "ipset NAME" | "alias NAME" | "group NAME" => { lets, stops } }: what rules that let administrators in name, and rules that let nobody in.
# `text` is the file at the path as it is now.
sub named {
    my ($host, $path, $text) = @_;
    my $cluster = FirewallConf::parse($path eq $cluster_fw ? $text : $host->read($cluster_fw) // '');
    my @files   = $path eq $cluster_fw ? ($cluster, hosts($host)) : FirewallConf::parse($text);
    my $groups  = groups($cluster);
    my %named   = ('ipset management' => { lets => 1 }, 'ipset blacklist' => { stops => 1 });
    my @rules   = map { FirewallConf::bare($_->{text}) } map { FirewallConf::said($_, 'rules') } @files;
    my %used    = map { /^GROUP (\S+)/i ? (lc $1 => 1) : () } @rules;
    $named{"group $_"}{lets} = 1 for keys %used;
    for my $rule (@rules, map { @{ $groups->{$_} // [] } } keys %used) {
        my $role = lets_in($rule, {}) ? 'lets' : stops($rule, {}) ? 'stops' : next;
        $named{$_}{$role} = 1 for names_in($rule);
    }
    name_members(\%named, FirewallConf::blocks($cluster, 'ipset'));
    return \%named;
}

sub hosts {
    my ($host) = @_;
    return map { FirewallConf::parse($host->read("/etc/pve/nodes/$_/host.fw") // '') } @{ $host->names('/etc/pve/nodes') // [] };
}

# { name => [rule, …] }
sub groups {
    my ($sections) = @_;
    my $blocks = FirewallConf::blocks($sections, 'group');
    return { map { my $name = $_; $name => [ map { FirewallConf::bare($_) } FirewallConf::lines_of($blocks->{$name}) ] } keys %$blocks };
}

sub names_in {
    my ($rule) = @_;
    return map { name_of($_) } map { split /,/ } $rule =~ / -(?:source|dest) (\S+)/gi;
}

sub name_of {
    my $name = Addresses::short($_[0]);
    return $name =~ s/^\+// ? "ipset $name" : "alias $name";
}

# An alias that is a member of such a set is as good as named by the rule.
sub name_members {
    my ($named, $sets) = @_;
    for my $set (keys %$sets) {
        my $roles = $named->{"ipset $set"} // next;
        for my $member (map { FirewallConf::bare($_) =~ s/^!\s*//r } FirewallConf::lines_of($sets->{$set})) {
            $named->{ name_of($member) }{$_} = 1 for keys %$roles;
        }
    }
}

# ---- Rules: of a group that rules know by its name, what it holds counts

sub lets_in {
    my ($rule, $groups) = @_;
    return scalar grep { lets_in($_, {}) } @{ $groups->{ lc $1 } // [] } if $rule =~ /^GROUP (\S+)/i;
    return 0 unless $rule =~ /^IN (?:([\w-]+)\()?ACCEPT\b/i;
    my $macro = $1;
    return 1 if defined $macro && $macro =~ /^(?:SSH|PMG)$/i;    # of Proxmox's macros those with port 22 or 8006
    my ($ports) = $rule =~ / -dport (\S+)/i or return defined $macro ? 0 : 1;
    return scalar grep { Addresses::ports_in($_, $ports) } qw(22 8006 ssh);
}

sub stops {
    my ($rule, $groups) = @_;
    return scalar grep { stops($_, {}) } @{ $groups->{ lc $1 } // [] } if $rule =~ /^GROUP (\S+)/i;
    return $rule =~ /^IN (?:[\w-]+\()?(?:DROP|REJECT)\b/i ? 1 : 0;
}

# Why the one list of rules may let less in than the other did; undef if it lets in as much.
sub less_by_rules {
    my ($groups, $from, $to) = @_;
    my %from = map { $_ => 1 } @$from;
    my %to   = map { $_ => 1 } @$to;
    for (grep { !$to{$_} } @$from) { return "a rule that lets administrators in would go ($_)" if lets_in($_, $groups) }
    for (grep { !$from{$_} } @$to) { return "a new rule stands before others and lets nothing through ($_)" if stops($_, $groups) }
    my $passed = overtaken($groups, $from, $to);
    return defined $passed ? "a rule that lets nothing through would come before one that lets administrators in ($passed)" : undef;
}

# A rule that lets administrators in and has one before it that stops them, which it had not.
sub overtaken {
    my ($groups, $from, $to) = @_;
    my %was = map { $from->[$_] => $_ } 0 .. $#$from;
    my @stopping;
    for my $rule (@$to) {
        return $rule if lets_in($rule, $groups) && grep { defined $was{$rule} && $was{$_} > $was{$rule} } @stopping;
        push @stopping, $rule if defined $was{$rule} && stops($rule, $groups);
    }
    return undef;
}

# ---- Addresses

# Whether a set or alias that rules name would let less in.
sub less_by_addresses {
    my ($roles, $from, $to) = @_;
    return ($roles->{lets} && is_narrower($from, $to)) || ($roles->{stops} && is_narrower($to, $from));
}

# Members that are covered no more, or exceptions that are new.
sub is_narrower {
    my ($from, $to) = @_;
    my %from = map { $_ => 1 } @$from;
    my $left = join ',', grep { !/^!/ } @$to;
    return (grep { !/^!/ && !Addresses::lies_in($_, $left) } @$from) || (grep { /^!/ && !$from{$_} } @$to) ? 1 : 0;
}

1;
