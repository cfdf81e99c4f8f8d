package Sim::Pct::MoveVolume;
# pct move-volume to another storage: the guest is locked with `lock: disk` while its files are copied, and keeps the old volume unless told
# otherwise. What is wrong is found out before the task begins, what goes wrong in it takes the copy away again.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Storage;

sub check {
    my ($values) = @_;
    my ($vmid, $key, $storage) = @$values{qw(vmid volume storage)};
    not_simulated('pct move-volume to another container') if defined $values->{'target-vmid'};
    if (!defined $storage) {
        my $text = "both 'storage' and 'target-vmid' missing, either needs to be set";
        bad_parameters({ storage => $text, 'target-vmid' => $text });
    }
    Sim::ConfigLock::with($vmid, sub {
        my $config = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_lock($config);
        fail("cannot move volumes of a running container") if Sim::Guest::is_running($vmid);
        fail("cannot move volume '$key', only configured volumes can be moved to another storage") if $key =~ /^unused/;
        my $mount = Sim::GuestConfig::parse_mount($key, $config->{main}{keys}{$key});
        fail("you can't move a volume with snapshots and delete the source")
            if $values->{delete} && is_in_snapshot($config, $mount->{volume});
        Sim::GuestConfig::check_digest($config, $values->{digest});
        $config->{main}{keys}{lock} = 'disk';
        Sim::GuestConfig::store($vmid, $config);
    });
}

sub is_in_snapshot {
    my ($config, $volume) = @_;
    return scalar grep { $_ eq $volume } map { Sim::GuestConfig::volumes($_) } values %{ $config->{snapshots} };
}

sub move_volume {
    my ($values) = @_;
    my ($vmid, $key, $storage) = @$values{qw(vmid volume storage)};
    my $new;
    my $done  = eval { copy($values, \$new); 1 };
    my $error = $@;
    die $error if !$done && (Sim::Failure::was_killed($error) || ref $error ne 'Sim::Failure');
    Sim::Storage::free($new) if !$done && defined $new;
    Sim::ConfigLock::unmark($vmid, 'disk');
    die $error if !$done;
    return 0;
}

sub copy {
    my ($values, $new) = @_;
    my ($vmid, $key, $storage) = @$values{qw(vmid volume storage)};
    my $config = Sim::GuestConfig::load($vmid);
    my $mount  = Sim::GuestConfig::parse_mount($key, $config->{main}{keys}{$key});
    fail("cannot copy volumes of type $mount->{kind}") if $mount->{kind} ne 'volume';
    my $old = $mount->{volume};
    $mount->{size} = Sim::Storage::size($old);
    $$new = Sim::Storage::full_clone($old, $storage, $vmid, $mount->{size});
    # The copy is there, the file does not name it.
    Sim::Faults::middle();
    $$new = Sim::Storage::make_base($$new) if $config->{main}{keys}{template};
    $mount->{volume} = $$new;
    Sim::ConfigLock::with($vmid, sub {
        my $now = Sim::GuestConfig::load($vmid);
        Sim::GuestConfig::check_digest($now, Sim::GuestConfig::digest($config));
        $now->{main}{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount);
        Sim::GuestConfig::add_unused($now->{main}, $old) if !$values->{delete};
        Sim::GuestConfig::store($vmid, $now);
    });
    # The file names the copy, and the guest is still locked.
    Sim::Faults::middle();
    Sim::Storage::free($old) if $values->{delete};
}

1;
