package GuestPrivileges;

# What a guest may do as it is, as it will be when the steps about it are done, and as it would be if all of them were allowed. What waits for its next
# start counts as being there: whoever starts it brings it into force.

use strict;
use warnings;
use Unknown;
use Ownership;
use Property;
use GuestConf;
use Grants;
use Openings;
use FirewallNames;
use CompareGrants;

our $cluster_fw = '/etc/pve/firewall/cluster.fw';

# What changes for a guest. Leaves in `leave` of the plan the grants that the guest may have from now on.
sub changes {
    my ($found, $scope, $now, $held) = @_;
    my ($vmid) = $scope =~ /(\d+)$/;
    my $guest  = guest($found->{look}, $vmid, @$now, @$held) // return ();
    my $before = $guest->{before} && state_of($guest, @{ $guest->{before} });
    my $after  = with_steps($found, $guest, 0, @$now);
    my $all    = @$held || grep({ $_->{held} } map { @{ $found->{verdicts}{ $_->{id} }{changes} } } @$now) ? with_steps($found, $guest, 1, @$now, @$held) : $after;
    my ($known, @rules) = (undef, $all->{rules}, $before ? $before->{rules} : ());
    my $names  = sub { $known //= FirewallNames::known(@rules, eval { $found->{look}{host}->read($cluster_fw) }) };
    $found->{leave}{$vmid} = [ map { @{ $_->{config} } } $before // (), $after ];
    my @records = (
        CompareGrants::compared(($before // { grants => [] })->{grants}, $after->{grants}, $names, !$before),
        $before ? CompareGrants::named($before->{rules}, $after->{rules}) : (),
        $all == $after ? () : map { +{ %$_, held => 1 } } CompareGrants::compared($after->{grants}, $all->{grants}, $names, !$before),
    );
    my $is_template = grep { defined $_->{until} } @$now, @$held;
    return map { $is_template ? { %$_, template => 1 } : $_ } @records;
}

# { type, vmid, before, born }: what is there, and what the steps begin with, as [config, text of the firewall file]; nothing of one that is elsewhere.
sub guest {
    my ($look, $vmid, @steps) = @_;
    my $maker = $look->{creator}{$vmid};
    my $there = $look->{host}->guest($vmid);
    my ($type) = (map({ $_->{has}{guest} // $_->{has}{config} // () } @steps, $maker // ()), [ $there ? $there->{type} : () ]);
    $type = $type->[0] // return undef;
    my $owner = Ownership::of($look, $vmid, $type);
    return undef if $owner->{is} =~ /^(?:moved|other|sealing)$/;
    my $rules  = $look->{host}->read("/etc/pve/firewall/$vmid.fw");
    my $is_new = $owner->{is} =~ /^(?:absent|half|unsealed)$/;
    my $former = $owner->{rebuilt} ? $owner->{rebuilt}{guest} : $is_new ? undef : $owner->{guest};
    my $before = $former && [ next_config($former->{conf}), $rules ];
    return { type => $type, vmid => $vmid, before => $before, conf => $former && $former->{conf}, is_new => $is_new, born => $is_new ? born($look, $maker, $type, $rules) : $before };
}

# A new guest has the rules of what it is cloned from, until a step writes its own.
sub born {
    my ($look, $maker, $type, $rules) = @_;
    my $source = $maker && $maker->{has}{clone} ? $maker->{has}{clone}[0] : undef;
    my $from   = defined $source ? $look->{host}->guest($source) : undef;
    my $given  = $maker && $maker->{has}{unprivileged} ? $maker->{has}{unprivileged}[0] : $from ? $from->{conf}{keys}{unprivileged} // '0' : '1';
    return [ { keys => $type eq 'lxc' ? { unprivileged => $given } : {}, raw => [] }, defined $source ? $look->{host}->read("/etc/pve/firewall/$source.fw") : $rules ];
}

sub next_config {
    my ($conf) = @_;
    my %keys = (%{ $conf->{keys} }, %{ $conf->{pending} });
    delete @keys{ keys %{ $conf->{deleting} } };
    return { keys => \%keys, raw => $conf->{raw} };
}

# { grants, config, rules }: all grants, those of the config alone, and the text of the firewall file.
sub state_of {
    my ($guest, $config, $rules) = @_;
    my %cards = map { $_ => Property::plain('firewall', Property::parts($config->{keys}{$_}, '')->{firewall} // 0) eq '1' ? 1 : 0 } grep { /^net\d+$/ } keys %{ $config->{keys} };
    my @config = Grants::of_config($guest->{type}, $config);
    my @open   = map { +{ kind => 'port', text => "no firewall on $_" } } grep { !$cards{$_} } sort keys %cards;
    return { grants => [ @config, Openings::of_guest(\%cards, $rules) ], config => [ @config, @open ], rules => $rules };
}

# ---- What steps make of it

sub with_steps {
    my ($found, $guest, $held_too, @steps) = @_;
    my ($config, $rules) = @{ $guest->{born} };
    for my $step (@steps) {
        if    ($step->{has}{config}) { $config = restored($found->{look}, $step, $guest) }
        elsif ($step->{kind} eq 'guest-config') {
            my @changes = $guest->{is_new} ? CompareConfig::wishes($step) : @{ $found->{verdicts}{ $step->{id} }{changes} };
            $config = changed($config, $guest->{conf}, grep { !$_->{refused} && ($held_too || !$_->{held}) } @changes);
        }
        else { $rules = text_of($found->{look}, $step) }
    }
    return state_of($guest, $config, $rules);
}

sub changed {
    my ($config, $conf, @changes) = @_;
    my %keys = %{ $config->{keys} };
    my @raw  = @{ $config->{raw} };
    for my $change (@changes) {
        my ($key, $how) = ($change->{key}, $change->{how} // 'wish');
        if    ($how eq 'raw')    { @raw = map { [ split /: /, $_, 2 ] } split /\n/, $change->{value} }
        elsif ($how eq 'set')    { $keys{$key} = $change->{value} }
        elsif ($how eq 'delete') { delete $keys{$key} }
        elsif ($how eq 'revert') { defined $conf->{keys}{$key} ? $keys{$key} = $conf->{keys}{$key} : delete $keys{$key} }
        elsif ($how eq 'wish')   { $key =~ /^lxc\./ ? push @raw, [ $key, $change->{to} ] : ($keys{$key} = $change->{to}) }
    }
    return { keys => \%keys, raw => \@raw };
}

sub restored {
    my ($look, $step, $guest) = @_;
    my $kept = GuestConf::parse($look->{host}->read($step->{has}{file}[1]) // '', $guest->{type});
    return next_config(GuestConf::parse(Restore::text($kept, $guest->{conf}), $guest->{type}));
}

sub text_of {
    my ($look, $step) = @_;
    return $look->{host}->read($step->{has}{file}[1]) if $step->{kind} eq 'restore';
    my ($file) = Words::files($step);
    open my $handle, '<:raw', $file->{source} or Unknown::because("cannot read $file->{source}: $!");
    local $/;
    return <$handle>;
}

# ---- While a run goes on

# What an open step about a config would allow its guest beyond what it may have now, and beyond what the plan said: texts. It can be more than was
# planned, because what was held back is let through as soon as somebody stops the guest.
sub beyond {
    my ($step, $look, $verdict, $leave) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $owner = Ownership::of($look, $vmid, $type);
    return () unless $owner->{guest};
    my $conf  = $owner->{guest}{conf};
    my $guest = { type => $type };
    my $now   = next_config($conf);
    my $after = changed($now, $conf, grep { !$_->{refused} && !$_->{held} } @{ $verdict->{changes} });
    my @may   = (@{ $leave->{$vmid} // [] }, @{ state_of($guest, $now)->{config} });
    return map { $_->{text} } grep { my $grant = $_; !defined $grant->{lost} && !grep { Grants::covers($_, $grant) } @may } @{ state_of($guest, $after)->{config} };
}

1;
