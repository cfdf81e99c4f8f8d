package Sim::Pct::Snapshot;
# pct snapshot, rollback, delsnapshot and listsnapshot.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Pct::Start;
use Sim::Storage;

# What a snapshot neither keeps nor a rollback brings back.
my %NOT_KEPT = map { $_ => 1 } qw(lock snaptime snapstate template parent);

sub snapshot {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    fail("unable to use snapshot name 'current' (reserved name)") if $name eq 'current';
    fail("unable to use snapshot name 'vzdump' (reserved name)")  if $name eq 'vzdump';
    Sim::Pct::Start::in_worker(sub {
        my $volumes = Sim::ConfigLock::with($vmid, sub { [prepare($vmid, $name, $values->{description})] });
        Sim::Storage::snapshot_volume($_, $name) for @$volumes;
        Sim::Faults::middle();
        Sim::ConfigLock::with($vmid, sub { commit($vmid, $name) });
    });
    return 0;
}

sub prepare {
    my ($vmid, $name, $description) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    fail("you can't take a snapshot if it's a template") if $config->{main}{keys}{template};
    Sim::GuestConfig::check_lock($config);
    fail("snapshot name '$name' already used") if $config->{snapshots}{$name};
    # A bind or device mount spoils it for the whole guest.
    my @mounts = Sim::GuestConfig::mounts($config->{main});
    fail("snapshot feature is not available") if grep { $_->[1]{kind} ne 'volume' } @mounts;

    my $section = $config->{main};
    my %keys = map { $_ => $section->{keys}{$_} } grep { !$NOT_KEPT{$_} && !/^unused/ } keys %{ $section->{keys} };
    $keys{parent} = $section->{keys}{parent} if defined $section->{keys}{parent};
    my $kept = $config->{snapshots}{$name} =
        { keys => { %keys, snaptime => time, snapstate => 'prepare' }, raw => [@{ $section->{raw} }] };
    $kept->{description} = $description if defined $description;
    $section->{keys}{lock} = 'snapshot';
    Sim::GuestConfig::store($vmid, $config);
    return map { $_->[1]{volume} } @mounts;
}

sub commit {
    my ($vmid, $name) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    delete $config->{snapshots}{$name}{keys}{snapstate};
    delete $config->{main}{keys}{lock};
    $config->{main}{keys}{parent} = $name;
    Sim::GuestConfig::store($vmid, $config);
}

sub rollback {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    Sim::Pct::Start::in_worker(sub {
        Sim::ConfigLock::with($vmid, sub { begin_rollback($vmid, $name) });
        Sim::Faults::middle();
        Sim::ConfigLock::with($vmid, sub { finish_rollback($vmid, $name) });
        Sim::Pct::Start::start_now($vmid, 0) if $values->{start};
    });
    return 0;
}

sub begin_rollback {
    my ($vmid, $name) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    fail("you can't rollback if vm is a template") if $config->{main}{keys}{template};
    my $kept = $config->{snapshots}{$name} // fail("snapshot '$name' does not exist");
    my $unfinished = $kept->{keys}{snapstate};
    fail("unable to rollback to incomplete snapshot (snapstate = $unfinished)") if $unfinished;
    Sim::GuestConfig::check_lock($config);
    Sim::Storage::check_rollback($_, $name) for Sim::GuestConfig::volumes($kept);

    $config->{main}{keys}{lock} = 'rollback';
    Sim::GuestConfig::store($vmid, $config);
    Sim::Guest::disappear($vmid) if Sim::Guest::is_running($vmid);
}

# Tags, keys and raw lines are those of the snapshot again; the description stays as it is now.
sub finish_rollback {
    my ($vmid, $name) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    my $kept   = $config->{snapshots}{$name};
    Sim::Storage::roll_back_volume($_, $name) for Sim::GuestConfig::volumes($kept);

    my $section = $config->{main};
    my %kept_volume = map { $_ => 1 } Sim::GuestConfig::volumes($kept);
    my @lost = grep { !$kept_volume{$_} } Sim::GuestConfig::volumes($section);
    my %unused = map { /^unused/ ? ($_ => $section->{keys}{$_}) : () } keys %{ $section->{keys} };
    $section->{keys} = { %unused, %{ $kept->{keys} }, parent => $name };
    delete $section->{keys}{$_} for qw(snaptime snapstate);
    $section->{raw} = [@{ $kept->{raw} }];
    Sim::GuestConfig::add_unused($section, $_) for @lost;
    $config->{pending} = Sim::GuestConfig::empty_section();
    Sim::GuestConfig::store($vmid, $config);
}

sub delsnapshot {
    my ($values) = @_;
    my ($vmid, $name) = @$values{qw(vmid snapname)};
    Sim::Pct::Start::in_worker(sub {
        Sim::ConfigLock::with($vmid, sub {
            my $config = Sim::GuestConfig::load($vmid);
            my $kept = $config->{snapshots}{$name} // fail("snapshot '$name' does not exist");
            Sim::GuestConfig::check_lock($config);
            Sim::Storage::delete_volume_snapshot($_, $name) for Sim::GuestConfig::volumes($kept);
            delete $config->{snapshots}{$name};
            hand_over_parent($_, $name, $kept->{keys}{parent}) for $config->{main}, values %{ $config->{snapshots} };
            Sim::GuestConfig::store($vmid, $config);
        });
    });
    return 0;
}

sub hand_over_parent {
    my ($section, $name, $parent) = @_;
    return if ($section->{keys}{parent} // '') ne $name;
    if (defined $parent) { $section->{keys}{parent} = $parent }
    else                 { delete $section->{keys}{parent} }
}

sub listsnapshot {
    my ($values) = @_;
    my $config = Sim::GuestConfig::load($values->{vmid});
    my %section = (%{ $config->{snapshots} }, current => $config->{main});
    print_tree(\%section, '', 0);
    return 0;
}

sub print_tree {
    my ($section, $parent, $depth) = @_;
    my @names = grep {
        my $own = $section->{$_}{keys}{parent} // '';
        $own = '' if !exists $section->{$own};
        $own eq $parent;
    } keys %$section;
    # `current` has no time and comes last.
    my %taken = map { $_ => $section->{$_}{keys}{snaptime} // 9e15 } @names;
    for my $name (sort { $taken{$a} <=> $taken{$b} || $a cmp $b } @names) {
        my $when  = $name eq 'current' ? '' : timestamp($section->{$name}{keys}{snaptime});
        my $notes = $name eq 'current' ? 'You are here!' : $section->{$name}{description} // 'no-description';
        $notes =~ s/\n.*//s;
        printf "%-31s %-23s %s\n", ' ' x $depth . "`-> $name", $when, $notes;
        print_tree($section, $name, $depth + 1) if $name ne 'current';
    }
}

sub timestamp {
    my ($second, $minute, $hour, $day, $month, $year) = localtime($_[0]);
    return sprintf '%04d-%02d-%02d %02d:%02d:%02d', $year + 1900, $month + 1, $day, $hour, $minute, $second;
}

1;
