package Sim::Pct::Show;
# pct config, pending, status and list.
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;

# Without --current the pending values are shown as if they were in force.
sub config {
    my ($values) = @_;
    my $config  = Sim::GuestConfig::load($values->{vmid});
    my $section = $config->{main};
    if (defined(my $name = $values->{snapshot})) {
        $section = $config->{snapshots}{$name} // fail("snapshot '$name' does not exist");
    } elsif (!$values->{current}) {
        $section = overlaid($config);
    }
    my %shown = shown($section);
    print "$_: $shown{$_}\n" for sort keys %shown;
    print "$_->[0]: $_->[1]\n" for @{ $section->{raw} };
    return 0;
}

sub overlaid {
    my ($config) = @_;
    my %keys = (%{ $config->{main}{keys} }, %{ $config->{pending}{keys} });
    delete $keys{$_} for 'delete', Sim::GuestConfig::pending_deletes($config);
    my $description = $config->{pending}{description} // $config->{main}{description};
    return { keys => \%keys, raw => $config->{main}{raw}, description => $description };
}

sub shown {
    my ($section) = @_;
    my %shown = %{ $section->{keys} };
    $shown{description} = encoded($section->{description}) if defined $section->{description};
    return %shown;
}

# One line, line feeds included.
sub encoded { return Sim::GuestConfig::encode_line($_[0]) }

sub pending {
    my ($values) = @_;
    my $config  = Sim::GuestConfig::load($values->{vmid});
    my %current = shown($config->{main});
    my %pending = shown($config->{pending});
    delete $pending{delete};
    my %deleted = map { $_ => 1 } Sim::GuestConfig::pending_deletes($config);

    my %all = (%current, %pending, %deleted);
    for my $key (sort keys %all) {
        if ($deleted{$key}) {
            print "del $key: " . ($current{$key} // '') . "\n";
            next;
        }
        print "cur $key: $current{$key}\n" if defined $current{$key};
        print "new $key: $pending{$key}\n" if defined $pending{$key};
    }
    return 0;
}

sub status {
    my ($values) = @_;
    Sim::GuestConfig::load($values->{vmid});
    print 'status: ' . (Sim::Guest::is_running($values->{vmid}) ? 'running' : 'stopped') . "\n";
    return 0;
}

sub list {
    my @ids = sort { $a <=> $b } Sim::GuestConfig::ids() or return 0;
    my $line = "%-10s %-10s %-12s %-20s\n";
    printf $line, qw(VMID Status Lock Name);
    for my $vmid (@ids) {
        my $keys = Sim::GuestConfig::load($vmid)->{main}{keys};
        printf $line, $vmid, Sim::Guest::is_running($vmid) ? 'running' : 'stopped',
            $keys->{lock} // '', $keys->{hostname} // "CT$vmid";
    }
    return 0;
}

1;
