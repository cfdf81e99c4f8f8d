package Sim::Pct::Create;
# pct create: the id is claimed with `lock: create`, volumes are made, the template is unpacked, then the
# configuration is written whole. Killed in between, only the lock line and the volumes are left.
use strict;
use warnings;

use Sim::ConfigLock;
use Sim::Failure;
use Sim::Faults;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Pct::Start;
use Sim::Pct::Update;
use Sim::RootFs;
use Sim::Storage;

sub create {
    my ($values) = @_;
    my $vmid     = delete $values->{vmid};
    my $template = delete $values->{ostemplate};
    my %how = map { $_ => delete $values->{$_} }
        qw(bwlimit force ha-managed ignore-unpack-errors password pool restore ssh-public-keys start storage unique
        unprivileged);
    not_simulated("pct create --$_") for grep { $how{$_} } qw(force restore);
    $how{unprivileged} //= 1 if Sim::Node::release_is('9.0');
    $how{storage} //= 'local';

    Sim::ConfigLock::check_unused($vmid);
    check_key_file($how{'ssh-public-keys'});
    Sim::Storage::get((Sim::Storage::parse_volume_id($template))[0]);
    my $mounts = split_mounts($values, $how{storage});
    check_storages($mounts, $how{storage});

    my $config = Sim::GuestConfig::empty();
    my $errors = Sim::Pct::Update::apply($vmid, $config, set => $values);
    my $exit   = delete $errors->{''};
    bad_parameters($errors, $exit) if %$errors;
    $config->{main}{keys}{unprivileged} = 1 if $how{unprivileged};

    claim($vmid);
    build($vmid, $config, $mounts, $template, \%how);
    if ($how{'ha-managed'}) {
        require Sim::Tool::HaManager;
        Sim::Tool::HaManager::add_resource('ct', $vmid, {});
    }
    if ($how{start}) {
        Sim::Pct::Start::in_worker(sub { Sim::Pct::Start::start_now($vmid, 0) });
    }
    return 0;
}

sub claim {
    my ($vmid) = @_;
    return if eval { Sim::ConfigLock::claim($vmid); 1 };
    my $error = $@;
    $error->{text} = "unable to create CT $vmid - $error->{text}" if ref $error eq 'Sim::Failure';
    die $error;
}

sub check_key_file {
    my ($file) = @_;
    return if !defined $file || -e Sim::Node::host_path($file) || -e $file;
    fail("can't open '$file' - No such file or directory", 2);
}

# Takes the volumes out of the wanted keys; without any, a root of 4 GiB on the default storage.
sub split_mounts {
    my ($values, $storage) = @_;
    my %mounts;
    for my $key (grep { /^(?:rootfs|mp\d+|unused\d+)\z/ } keys %$values) {
        my $value = delete $values->{$key};
        if ($key =~ /^unused/) {
            print STDERR "ignoring '$key', cannot create/restore with unused volume\n";
            next;
        }
        $mounts{$key} = $value =~ /^\d+(?:\.\d+)?\z/ ? "$storage:$value" : $value;
    }
    fail("mount points configured, but 'rootfs' not set - aborting") if %mounts && !defined $mounts{rootfs};
    return \%mounts;
}

sub check_storages {
    my ($mounts, $default) = @_;
    my @used = map { Sim::GuestConfig::parse_mount($_, $mounts->{$_}) } sort keys %$mounts;
    my @ids  = map { $_->{kind} eq 'volume' ? (Sim::Storage::parse_volume_id($_->{volume}))[0] : () } @used;
    push @ids, $default if !defined $mounts->{rootfs};
    for my $id (@ids) {
        my $storage = Sim::Storage::get($id);
        fail("storage '$id' is disabled") if $storage->{values}{disable};
        bad_parameters({ storage => "storage '$id' does not support container directories" })
            if !Sim::Storage::contents($storage)->{rootdir};
        Sim::Storage::activate($id);
    }
}

sub build {
    my ($vmid, $config, $mounts, $template, $how) = @_;
    my @made;
    $mounts->{rootfs} //= "$how->{storage}:4";
    return if eval {
        Sim::ConfigLock::with($vmid, sub {
            make_volumes($vmid, $config->{main}, $mounts, \@made);
            check_sources($config->{main});
            Sim::Faults::middle();
            Sim::RootFs::unpack($config->{main}, $template, $how->{'ssh-public-keys'});
            set_defaults($vmid, $config->{main}{keys});
            Sim::GuestConfig::store($vmid, $config);
        });
        1;
    };
    my $error = $@;
    if (ref $error eq 'Sim::Failure' && !Sim::Failure::was_killed($error)
        && $error->{exit} != Sim::Failure::NOT_SIMULATED) {
        Sim::Storage::free($_) for @made;
        Sim::GuestConfig::remove($vmid);
        $error->{text} = "unable to create CT $vmid - $error->{text}";
        $error->{exit} = 255;
    }
    die $error;
}

sub make_volumes {
    my ($vmid, $section, $mounts, $made) = @_;
    for my $key (sort { ($b eq 'rootfs') <=> ($a eq 'rootfs') || substr($a, 2) <=> substr($b, 2) } keys %$mounts) {
        my $mount = Sim::GuestConfig::parse_mount($key, $mounts->{$key});
        if ($mount->{kind} eq 'volume' && $mount->{volume} =~ Sim::Pct::Update::NEW_VOLUME) {
            $mount->{size} = int($2 * 1024) * 1024 * 1024;
            $mount->{volume} = Sim::Storage::allocate($1, $vmid, $mount->{size});
            push @$made, $mount->{volume};
        }
        $section->{keys}{$key} = Sim::GuestConfig::render_mount($key, $mount);
    }
}

# Unlike `pct set`, creating mounts everything once.
sub check_sources {
    my ($section) = @_;
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my $mount = $entry->[1];
        Sim::Storage::mount_volume($mount->{volume}) if $mount->{kind} eq 'volume';
        next if $mount->{kind} ne 'bind' || -d Sim::Node::host_path($mount->{volume});
        print STDERR "mounting container failed\n";
        fail("directory '$mount->{volume}' does not exist");
    }
}

sub set_defaults {
    my ($vmid, $keys) = @_;
    $keys->{hostname} ||= "CT$vmid";
    $keys->{memory}   ||= 512;
    $keys->{swap}     //= 512;
}

1;
