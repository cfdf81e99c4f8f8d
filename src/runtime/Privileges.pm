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

# ---- Comparing

# Between the grants before and after. Of something new only what goes beyond what all of its kind have is told.
sub compared {
    my ($before, $after, $names, $is_new) = @_;
    return (
        one_way(broader => $before, $after, $names, $is_new),
        $is_new ? () : (one_way(narrower => $after, $before, $names), restrictions(broader => $before, $after), restrictions(narrower => $after, $before)),
    );
}

# Grants of `$to` that no grant of `$from` is as much as.
sub one_way {
    my ($direction, $from, $to, $names, $is_new) = @_;
    my @records;
    for my $grant (grep { !$_->{quiet} && !defined $_->{lost} && !($is_new && $_->{base}) } @$to) {
        for my $more (uncovered($grant, $names, @$from)) {
            my $other = $is_new ? undef : instead($more, $names, $from, $to);
            my @texts = $direction eq 'broader' ? ($other, $more->{text}) : ($more->{text}, $other);
            push @records, { direction => $direction, kind => $more->{kind}, text => defined $other ? arrow(@texts) : $more->{text} };
        }
    }
    return @records;
}

# What of a grant is not among others: nothing, or all of it, or a part.
sub uncovered {
    my ($grant, $names, @others) = @_;
    return Openings::uncovered($grant, $names, @others) if ($grant->{form} // '') eq 'opening';
    return grep({ Grants::covers($_, $grant) } @others) ? () : $grant;
}

# The text of what a grant takes the place of, if that is told with it: the one grant of its slot that it is more than.
sub instead {
    my ($grant, $names, $from, $to) = @_;
    return undef unless defined $grant->{slot};
    my %stays = map { $_->{text} => 1 } @$to;
    my @there = grep { $_->{kind} eq $grant->{kind} && ($_->{slot} // "\0") eq $grant->{slot} } @$from;
    return $grant->{instead} unless @there;
    return @there == 1 && !$stays{ $there[0]{text} } && !uncovered($there[0], $names, @$to) ? $there[0]{text} : undef;
}

# `tcp 80 from 10.0.0.5 → 10.0.0.0/24`: what both begin with is said once.
sub arrow {
    my ($from, $to) = @_;
    my @was = split / /, $from;
    my @is  = split / /, $to;
    while (@is > 1 && @was > 1 && $is[0] eq $was[0]) { shift @is; shift @was }
    return "$from → @is";
}

# Restrictions of `$from` that are gone in `$to` make broader; those that came, read the other way round, make narrower. What closes a port matters only
# where another rule would open it.
sub restrictions {
    my ($direction, $from, $to) = @_;
    my %stays = map { $_->{text} => 1 } grep { defined $_->{lost} } @$to;
    my @gone  = grep { defined $_->{lost} && !$_->{idle} && !$stays{ $_->{text} } } @$from;
    my @records;
    for my $one (@gone) {
        next if ($one->{form} // '') eq 'closing' && !grep { $_->{kind} eq $one->{kind} && ($_->{form} // '') eq 'opening' } @$to;
        push @records, { direction => $direction, kind => $one->{kind}, text => $direction eq 'broader' ? $one->{lost} : $one->{won} };
    }
    for my $rule (grep { ($_->{form} // '') eq 'opening' } @$to) {
        my @passed = grep { $stays{"$_ is closed"} } Openings::overtaken($rule, @$from);
        push @records, map { +{ direction => $direction, kind => $rule->{kind}, text => "$rule->{text} " . ($direction eq 'broader' ? 'comes before' : 'comes after') . " what is closed, $_" } } @passed;
    }
    return @records;
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
        compared($was, $is, $names), is_open($was) ? () : named($before, $after),
        map { +{ %$_, held => 1 } } compared($is, $could, $names), is_open($is) ? () : named($after, $all),
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

# What changes because a name means something else.
sub named {
    my ($before, $after) = @_;
    my @names = map { my ($direction, $text) = @$_; +{ direction => $direction, kind => 'filter', text => $text } } FirewallNames::changes($before, $after);
    my ($was, $is) = FirewallNames::groups($before, $after);
    my $known = FirewallNames::known($before, $after);
    my $names = sub { $known };
    for my $name (sort keys %$is) {
        my ($from, $to) = map { [ Openings::of_group(@{ $_->{$name} }) ] } $was, $is;
        push @names, map { +{ %$_, text => "group $name: $_->{text}" } } compared($from, $to, $names);
    }
    return @names;
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
    return map { @$held ? { %$_, held => 1 } : $_ } compared($before, $after);
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
