package Sim::Pct::Resize;
# pct resize: to an absolute size or by +N, never smaller, never "again".
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::GuestConfig;
use Sim::PropertyString;
use Sim::Storage;

sub resize {
    my ($values) = @_;
    my ($vmid, $key) = @$values{qw(vmid disk)};
    my $more  = $values->{size} =~ s/^\+//;
    my $asked = Sim::PropertyString::size_to_bytes($values->{size});

    check($vmid, $key, $values->{digest}, $more, $asked);
    Sim::ConfigLock::with($vmid, sub {
        my ($config, $mount, $size) = check($vmid, $key, $values->{digest}, $more, $asked);
        Sim::Storage::resize($mount->{volume}, $size);
        Sim::Faults::middle();
        $mount->{size} = $size;
        $config->{main}{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount);
        Sim::GuestConfig::store($vmid, $config);
    });
    return 0;
}

sub check {
    my ($vmid, $key, $digest, $more, $asked) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    Sim::GuestConfig::check_lock($config);
    Sim::GuestConfig::check_digest($config, $digest);
    my $mount = Sim::GuestConfig::parse_mount($key, $config->{main}{keys}{$key});
    my $owner = Sim::Storage::owner($mount->{volume});
    fail("can't resize mount point owned by another container ($owner)") if $owner != $vmid;

    my $now  = Sim::Storage::size($mount->{volume});
    my $size = $more ? $now + $asked : $asked;
    fail("unable to shrink disk size") if $size < $now;
    fail("disk is already at specified size") if $size == $now;
    return ($config, $mount, $size);
}

1;
