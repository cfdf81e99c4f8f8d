package CompareKeys;

# The keys of a guest's config, a function for each kind of requirement: what is asked for, against what is there.

use strict;
use warnings;
use Verdict;
use Property;
use Impact;

# What a key is that is not written.
my %where_absent = (
    onboot => '0', protection => '0', template => '0', debug => '0', console => '1', agent => '0', acpi => '1', kvm => '1', tablet => '1', numa => '0',
    freeze => '0', autostart => '0', bios => 'seabios', sockets => '1',
);
my %where_absent_in = (
    lxc  => { unprivileged => '0', memory => '512', swap => '0', arch => 'amd64' },
    qemu => { memory => '512', cores => '1', ostype => 'other', scsihw => 'lsi', arch => 'x86_64' },
);

my %read_only = map { $_ => 1 } qw(template lock parent meta);

sub exact {
    my ($state, $key, $impact, $wanted) = @_;
    my $conf    = $state->{conf};
    my $current = value_in_force($state->{type}, $conf, $key);
    my $pending = $conf->{pending}{$key};
    if (defined $current && Property::same($key, $wanted, $current)) {
        return () unless defined $pending || $conf->{deleting}{$key};
        return change($key, 'revert', $pending // 'to be deleted', $current, 'live');
    }
    $impact = Impact::of_change($state->{type}, $key, $impact, $conf->{keys}{$key}, $wanted);
    return () if defined $pending && Property::same($key, $wanted, $pending) && ComparePending::may_wait($state, $key, $impact, $wanted);
    $impact = $state->{added}{$key} if !defined $current && !defined $pending && $state->{added}{$key};
    $impact = 'impossible' if $read_only{$key};
    return change($key, 'set', $current // '', $wanted, $impact, Property::with_made_up($key, $wanted, $conf->{keys}{$key}));
}

# What a key is, written or not.
sub value_in_force {
    my ($type, $conf, $key) = @_;
    return $conf->{keys}{$key} // $where_absent{$key} // $where_absent_in{$type}{$key};
}

# True of a value that its key has without being written.
sub means_nothing {
    my ($key, $value) = @_;
    return defined $where_absent{$key} && Property::same($key, $where_absent{$key}, $value);
}

sub absent {
    my ($state, $key, $impact) = @_;
    my $conf = $state->{conf};
    if (defined $conf->{keys}{$key}) {
        return () if $conf->{deleting}{$key} && ComparePending::may_wait($state, $key, $impact, '');
        return () if means_nothing($key, $conf->{keys}{$key});
        return change($key, 'delete', $conf->{keys}{$key}, 'absent', $impact);
    }
    return change($key, 'revert', $conf->{pending}{$key}, 'absent', 'live') if defined $conf->{pending}{$key};
    return ();
}

sub generated {
    my ($state, $key, $impact) = @_;
    return () if defined $state->{conf}{keys}{$key} || defined $state->{conf}{pending}{$key};
    return change($key, 'none', '', 'made by Proxmox', 'impossible');
}

# Of the description only our line is compared: people write their notes there.
sub marker {
    my ($state, $wanted) = @_;
    my $marker = GuestConf::marker($state->{conf});
    return () if $marker && $marker->{line} eq $wanted;
    return change('description', 'set', $marker ? $marker->{line} : '', $wanted, 'live', GuestConf::description_with($state->{conf}, $wanted));
}

sub change {
    my ($key, $how, $from, $to, $impact, $value) = @_;
    return Verdict::difference($key, $from, $to, $impact, how => $how, value => $value // $to);
}

1;
