package Sim::Backup;
# What a backup of a container holds: its configuration, its firewall file, and the content of its root and of the mount points with `backup=1`.
# The archive is a file of the node; what is in it is kept in DIR/state/backups under the name of the file.
use strict;
use warnings;

use Sim::Failure;
use Sim::Firewall;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Schema;
use Sim::Storage;

sub kept { my ($name) = @_; return "$Sim::Node::state/backups/$name" }

# The name of a new archive in a folder.
sub make {
    my ($vmid, $folder, $ending) = @_;
    my $config = Sim::GuestConfig::load($vmid);
    my ($second, $minute, $hour, $day, $month, $year) = localtime;
    my $name = sprintf 'vzdump-lxc-%d-%04d_%02d_%02d-%02d_%02d_%02d.%s',
        $vmid, $year + 1900, $month + 1, $day, $hour, $minute, $second, $ending;

    delete $config->{main}{keys}{$_} for qw(lock parent);
    Sim::Node::spew(kept($name) . '/pct.conf', Sim::GuestConfig::render({ %{ Sim::GuestConfig::empty() }, main => $config->{main} }));
    Sim::Node::spew(kept($name) . '/pct.fw', Sim::Node::slurp(Sim::Firewall::file($vmid)) // '');
    for my $entry (saved($config->{main})) {
        my ($key, $mount) = @$entry;
        Sim::Node::copy_content(Sim::Guest::folder_of($mount), kept($name) . "/$key");
    }
    Sim::Node::spew(Sim::Node::host_path("$folder/$name"), "simulated backup of CT $vmid\n");
    return $name;
}

sub saved {
    my ($section) = @_;
    return grep { $_->[1]{kind} eq 'volume' && ($_->[0] eq 'rootfs' || Sim::Schema::boolean($_->[1]{backup} // 0)) }
        Sim::GuestConfig::mounts($section);
}

# The file's own name of a volume id or a path; a failure if it is no backup that was made here.
sub name_of {
    my ($archive) = @_;
    my $file = $archive =~ m{^/} ? $archive : Sim::Storage::file_of($archive);
    my ($name) = $file =~ m{([^/]+)\z};
    fail("volume '$archive' does not exist") if !-e Sim::Node::host_path($file);
    not_simulated("restoring '$archive', which is no backup of this node") if !-d kept($name);
    return ($name, $file);
}

sub config_of { my ($name, $vmid) = @_; return Sim::GuestConfig::parse($vmid, Sim::Node::slurp(kept($name) . '/pct.conf')) }

sub unpack {
    my ($name, $section) = @_;
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my ($key, $mount) = @$entry;
        Sim::Node::copy_content(kept($name) . "/$key", Sim::Guest::folder_of($mount)) if -d kept($name) . "/$key";
    }
}

sub firewall_of { my ($name) = @_; return Sim::Node::slurp(kept($name) . '/pct.fw') // '' }

1;
