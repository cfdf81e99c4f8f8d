package Sim::Pct::Restore;
# pct restore: volumes are made anew with the next free names, those of a guest that is overwritten go after that, and nearly all of the old
# configuration comes back: the notes, the hardware addresses, the raw lines.
use strict;
use warnings;

use Sim::Backup;
use Sim::ConfigLock;
use Sim::Devices;
use Sim::Failure;
use Sim::Faults;
use Sim::Firewall;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Pct::Create;
use Sim::Pct::Destroy;
use Sim::Pct::Start;
use Sim::Storage;

sub restore {
    my ($values) = @_;
    my ($vmid, $archive) = @$values{qw(vmid ostemplate)};
    my $storage  = $values->{storage} // 'local';
    my $is_there = -e Sim::GuestConfig::file($vmid) && $values->{force};
    if ($is_there) {
        fail("can't overwrite running container") if Sim::Guest::is_running($vmid);
        Sim::GuestConfig::check_protection(Sim::GuestConfig::load($vmid), "unable to restore CT $vmid");
    }
    else { Sim::ConfigLock::check_unused($vmid) }
    my ($name, $file) = Sim::Backup::name_of($archive);
    Sim::Pct::Create::check_storages({}, $storage);
    claim($vmid, $is_there);
    Sim::Pct::Start::in_worker(sub {
        Sim::ConfigLock::with($vmid, sub { restore_locked($vmid, $name, $archive, $file, $storage, $values->{unique}) });
    });
    return 0;
}

sub claim {
    my ($vmid, $is_there) = @_;
    return Sim::ConfigLock::claim($vmid) if !$is_there;
    Sim::ConfigLock::mark($vmid, 'create');
}

sub restore_locked {
    my ($vmid, $name, $archive, $file, $storage, $unique) = @_;
    my $former = Sim::GuestConfig::load($vmid);
    print "recovering backed-up configuration from '$archive'\n";
    my $backup = Sim::Backup::config_of($name, $vmid)->{main};
    my $config = Sim::GuestConfig::empty();
    my (%mounts, %binds);
    for my $entry (Sim::GuestConfig::mounts($backup)) {
        my ($key, $mount) = @$entry;
        my $text = $backup->{keys}{$key};
        if ($mount->{kind} ne 'volume') { $binds{$key} = $text; next }
        my $gib = (delete($mount->{size}) // fail("unable to detect disk size - please specify $key (size)")) / 1024**3;
        $mount->{volume} = "$storage:$gib";
        $mounts{$key} = Sim::GuestConfig::render_mount($key, $mount);
    }
    Sim::Pct::Create::make_volumes($vmid, $config->{main}, \%mounts, []);
    Sim::Pct::Destroy::free_volumes($vmid, $former) if keys %{ $former->{main}{keys} } > 1;
    Sim::Faults::middle();
    print "restoring '$archive' now..\nextracting archive '$file'\n";
    Sim::Backup::unpack($name, $config->{main});
    print "merging backed-up and given configuration..\n";
    merge($config->{main}, $backup, $unique);
    $config->{main}{keys}{$_} = $binds{$_} for keys %binds;
    my $rules = Sim::Backup::firewall_of($name);
    Sim::Node::spew(Sim::Firewall::file($vmid), $rules) if $rules ne '';
    Sim::GuestConfig::store($vmid, $config);
}

sub merge {
    my ($section, $backup, $unique) = @_;
    for my $key (grep { !/^(?:rootfs|mp\d+|unused\d+|template|parent|lock)\z/ } keys %{ $backup->{keys} }) {
        my $value = $backup->{keys}{$key};
        if ($unique && $key =~ /^net\d+\z/) {
            $value = Sim::Devices::render_network({ %{ Sim::Devices::parse_network($value) }, hwaddr => Sim::Devices::new_hwaddr() });
        }
        $section->{keys}{$key} = $value;
    }
    $section->{raw} = [@{ $backup->{raw} }];
    $section->{description} = $backup->{description} if defined $backup->{description};
}

1;
