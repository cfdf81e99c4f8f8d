package Sim::Tool::Vzdump;
# vzdump ID --mode stop --storage STORAGE, of containers that are stopped.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Backup;
use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Storage;

my %ENDING = (0 => 'tar', 1 => 'tar.lzo', lzo => 'tar.lzo', gzip => 'tar.gz', zstd => 'tar.zst');

sub run {
    my ($tool, @argv) = @_;
    my $values = Sim::Arguments::parse(command => 'vzdump', positional => ['vmid'], argv => [@argv], rules => {
        vmid => { type => 'string' }, storage => { type => 'string', format => 'storage-id' },
        mode => { type => 'string', enum => [qw(snapshot suspend stop)] }, compress => { type => 'string', enum => [sort keys %ENDING] },
    });
    print "INFO: starting new backup job: vzdump @argv\n";
    my $vmid = $values->{vmid};
    return nothing_there($vmid) if !-e Sim::GuestConfig::file($vmid);
    not_simulated('vzdump of a container that runs') if Sim::Guest::is_running($vmid);

    my $storage = Sim::Storage::activate($values->{storage} // 'local');
    fail("storage '$storage->{id}' does not support backups") if !Sim::Storage::contents($storage)->{backup};
    my $folder = Sim::Storage::content_folder($storage, 'backup');
    print "INFO: Starting Backup of VM $vmid (lxc)\nINFO: status = stopped\nINFO: backup mode: stop\n";
    tell_mounts(Sim::GuestConfig::load($vmid)->{main});
    my $name = Sim::Backup::make($vmid, $folder, $ENDING{ $values->{compress} // 0 });
    print "INFO: creating vzdump archive '$folder/$name'\nINFO: Finished Backup of VM $vmid (00:00:06)\n";
    print "INFO: Backup job finished successfully\n";
    return 0;
}

sub nothing_there {
    my ($vmid) = @_;
    print "ERROR: Backup of VM $vmid failed - unable to find VM '$vmid'\n";
    print "INFO: Backup job finished with errors\n";
    print STDERR "job errors\n";
    return 255;
}

sub tell_mounts {
    my ($section) = @_;
    my %saved = map { $_->[0] => 1 } Sim::Backup::saved($section);
    for my $entry (Sim::GuestConfig::mounts($section)) {
        my ($key, $mount) = @$entry;
        if    ($saved{$key})                { print "INFO: including mount point $key ('$mount->{mp}') in backup\n" }
        elsif ($mount->{kind} eq 'volume')  { print "INFO: excluding volume mount point $key ('$mount->{mp}') from backup (disabled)\n" }
        else { print "INFO: excluding $mount->{kind} mount point $key ('$mount->{mp}') from backup (not a volume)\n" }
    }
}

1;
