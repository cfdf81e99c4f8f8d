package Privileges;

# Who may do more than now, and who less, once the open steps of a plan are done: guests beyond their own disks, whoever is let through a firewall, and
# what the host runs as root. Grants.pm and Openings.pm say what counts; here what is on the host is compared with what will be there.
#
# A privilege: { path, resource, kind, text, direction => broader | narrower, held?, template? }. `held` is one that this run does not touch, because its
# step is held back; `template` one that a guest has only while a template is made of it.

use strict;
use warnings;
use Unknown;
use Grants;
use Openings;
use FirewallNames;
use CompareGrants;
use GuestPrivileges;

my @kinds = qw(privileged feature device folder apparmor capabilities seccomp ids hook line arguments port reach forward filter root);
my %rank  = map { $kinds[$_] => $_ } 0 .. $#kinds;

# Steps that will be done, and those that would be if somebody allowed it, by their verdicts.
my %does = ((map { $_ => 'now' } qw(change create waiting)), map { $_ => 'held' } qw(held blocked foreign));

# ---- The table

# The privileges of a plan { steps, verdicts, look } that change, in the order of its steps. Leaves in `leave` what the guests may have from now on, and in
# `unseen` why it cannot be told of something, if so.
sub table {
    my ($found) = @_;
    my (%scopes, @order);
    for my $step (@{ $found->{steps} }) {
        my $does  = $does{ $found->{verdicts}{ $step->{id} }{verdict} } // next;
        my $scope = scope($step) // next;
        push @order, $scope unless $scopes{$scope};
        push @{ $scopes{$scope}{$does} }, $step;
        $scopes{$scope}{first} //= $step;
    }
    return map { in_order($scopes{$_}{first}, seen($found, $_, $scopes{$_})) } @order;
}

sub seen {
    my ($found, $scope, $of) = @_;
    my @found = eval { reader($scope, $of->{first})->($found, $scope, $of->{now} // [], $of->{held} // []) };
    return @found if $@ eq '';
    die $@ unless ref $@ eq 'Unknown';
    $found->{unseen} //= "it cannot be told what $of->{first}{path} gets: $@->{reason}";
    return ();
}

# What needs somebody's word before it is done.
sub broader { return grep { $_->{direction} eq 'broader' && !$_->{held} } @_ }

# What is compared as one: all steps about a guest, about a file of a firewall, about anything else.
sub scope {
    my ($step) = @_;
    my ($has, $kind) = @$step{qw(has kind)};
    return "guest/$has->{guest}[1]"  if $kind eq 'guest-config';
    return "guest/$has->{config}[1]" if $has->{config};
    return $step->{id} if $kind =~ /^(?:mapping|run)$/;
    return undef unless $kind =~ /^(?:file|firewall-entries|restore)$/;
    return $has->{file}[0] =~ m{^/etc/pve/firewall/(\d+)\.fw$} ? "guest/$1" : $has->{file}[0];
}

my %of_kind = (mapping => \&of_mapping, run => \&of_commands, file => \&of_file, restore => \&of_file);

sub reader {
    my ($scope, $step) = @_;
    return \&GuestPrivileges::changes if $scope =~ m{^guest/\d+$};
    return \&of_firewall if $scope =~ m{^/etc/pve/(?:firewall/cluster|nodes/[^/]+/host)\.fw$};
    return $of_kind{ $step->{kind} };
}

sub in_order {
    my ($step, @found) = @_;
    my %seen;
    return map { +{ path => $step->{path}, resource => $step->{resource}, %$_ } }
        grep { !$seen{ join "\0", map { $_ // '' } @$_{qw(direction kind text)} }++ }
        sort { $rank{ $a->{kind} } <=> $rank{ $b->{kind} } || $a->{text} cmp $b->{text} } @found;
}

# ---- Files of a firewall that are shared

sub of_firewall {
    my ($found, $path, $now, $held) = @_;
    my $before = $found->{look}{host}->read($path) // '';
    my $after  = with_steps($found->{look}, $before, @$now);
    my $all    = with_steps($found->{look}, $before, @$now, @$held);
    my $is_cluster = $path =~ /cluster\.fw$/ ? 1 : 0;
    my ($was, $is, $could) = map { [ Openings::of_host($_, $is_cluster) ] } $before, $after, $all;
    my $known;
    my $names = sub { $known //= FirewallNames::known($before, $all, $found->{look}{host}->read($GuestPrivileges::cluster_fw)) };
    return (
        CompareGrants::compared($was, $is, $names), is_open($was) ? () : CompareGrants::named($before, $after),
        map { +{ %$_, held => 1 } } CompareGrants::compared($is, $could, $names), is_open($is) ? () : CompareGrants::named($after, $all),
    );
}

sub is_open { return scalar grep { $_->{off} } @{ $_[0] } }

sub with_steps {
    my ($look, $text, @steps) = @_;
    for my $step (@steps) {
        if ($step->{kind} eq 'restore') { $text = $look->{host}->read($step->{has}{file}[1]) // $text }
        else {
            my $edit = CompareFirewall::edit($step, $look, $text);
            $text = $edit->{text} unless $edit->{refused};
        }
    }
    return $text;
}

# A sentence where openings are told and nothing filters them: the switch of the cluster is off, and stays so.
sub unfiltered {
    my ($found, @records) = @_;
    return undef unless grep { $_->{kind} =~ /^(?:port|reach|filter)$/ && $_->{resource} ne 'firewall/cluster' } @records;
    my $text  = eval { $found->{look}{host}->read($GuestPrivileges::cluster_fw) } // '';
    my @steps = grep { $_->{kind} eq 'firewall-entries' && $_->{has}{file}[0] eq $GuestPrivileges::cluster_fw && ($does{ $found->{verdicts}{ $_->{id} }{verdict} } // '') eq 'now' } @{ $found->{steps} };
    return undef unless is_open([ Openings::of_host(with_steps($found->{look}, $text, @steps), 1) ]);
    return "The firewall of the datacenter is off ($GuestPrivileges::cluster_fw): until it is switched on nothing filters, and every port is open.";
}

# ---- Mappings, commands, programs

sub of_mapping {
    my ($found, undef, $now, $held) = @_;
    my ($step) = (@$now, @$held);
    my ($kind, $id) = @{ $step->{has}{mapping} };
    my $host = $found->{look}{host};
    my $is   = CompareMapping::entry($step, $host);
    my @mine = $is ? grep { CompareMapping::node($_) eq $host->node_name } @{ $is->{maps} } : ();
    my ($before, $after) = map { [ map { Grants::mapped($kind, $id, $_) } @$_ ] } \@mine, [ map { $_->[1] } grep { $_->[0] eq 'map' } @{ $step->{options} } ];
    return map { @$held ? { %$_, held => 1 } : $_ } CompareGrants::compared($before, $after);
}

# What this host has run before may run again: after each reboot the same devices have to be made.
sub of_commands {
    my ($found, undef, $now, $held) = @_;
    my ($step) = (@$now, @$held);
    require Drift;
    my $known = $found->{look}{journal}{applied}{ $step->{id} };
    return () if $known && $known->{digest} eq Drift::digest($step);
    return map { root(join(' ', @$_[ 1 .. $#$_ ]), @$held) } grep { $_->[0] eq 'command' } @{ $step->{options} };
}

# What the host runs by itself or by somebody's word: programs, units, timers and rules about who may become root.
my $runs = qr{^/etc/(?:systemd|cron[^/]*|udev|init\.d|sudoers(?:\.d)?|profile\.d|modprobe\.d)(?:/|$)|^/(?:usr/)?lib/systemd/};

sub of_file {
    my ($found, $path, $now, $held) = @_;
    my ($step) = (@$now, @$held);
    my $mode  = $step->{has}{mode} ? oct $step->{has}{mode}[0] : ($found->{look}{host}->facts($path) // { mode => 0 })->{mode};
    return $path =~ $runs || $mode & 0111 ? root($path, @$held) : ();
}

sub root {
    my ($text, @held) = @_;
    return { direction => 'broader', kind => 'root', text => $text, @held ? (held => 1) : () };
}

1;
