package Snapshots;

# Guests that a plan changes in ways that somebody may want to take back, and of which no snapshot can be taken before: nobody is to count on one.
# Proxmox refuses a snapshot of a guest as a whole as soon as one of its disks lies where there are none, and so does a folder of the host.

use strict;
use warnings;
use Ownership;

# Types of storages whose volumes have none, by Proxmox's own table of them; images of machines have some where their format has. Of other types
# nothing is said.
my %without = map { $_ => 1 } qw(dir nfs cifs lvm iscsi iscsidirect);

# A note to the first step about each such guest: { steps, verdicts, look }.
sub note {
    my ($found) = @_;
    my (%made, %told);
    for my $step (@{ $found->{steps} }) {
        my $guest   = $step->{has}{guest} // next;
        my $verdict = $found->{verdicts}{ $step->{id} };
        $made{ $guest->[1] } = 1 if $step->{kind} eq 'guest-create' && Verdict::open($verdict) && ($verdict->{do} // '') !~ /^(?:adopt|take)$/;
        next if $made{ $guest->[1] } || $told{ $guest->[1] } || !wants_one($step, $verdict);
        $told{ $guest->[1] } = 1;
        my @why = obstacles($found->{look}, @$guest);
        push @{ $verdict->{notes} }, 'no snapshot can be taken before: ' . join ', ', @why if @why;
    }
}

# Scripts and files inside, and changes that take a restart: what is undone neither by a former config nor by the next run.
sub wants_one {
    my ($step, $verdict) = @_;
    return 0 unless Verdict::open($verdict);
    return 1 if $step->{kind} =~ /^guest-(?:run|file)$/;
    return scalar grep { $_->{impact} =~ /^(?:restart|stop)$/ && !$_->{held} && !$_->{refused} } @{ $verdict->{changes} };
}

sub obstacles {
    my ($look, $type, $vmid) = @_;
    my $owner = Ownership::of($look, $vmid, $type);
    my $conf  = $owner->{is} eq 'absent' ? return () : ($owner->{guest} // return ())->{conf};
    my $disk  = $type eq 'lxc' ? qr/^(?:rootfs|mp\d+)$/ : qr/^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/;
    my @why;
    for my $key (sort grep { $_ =~ $disk && $conf->{keys}{$_} !~ /media=cdrom/ } keys %{ $conf->{keys} }) {
        my ($volume) = $conf->{keys}{$key} =~ /^(?:(?:volume|file)=)?([^,]+)/ or next;
        if ($volume =~ m{^/}) { push @why, "$key is $volume of the host"; next }
        my ($id)    = $volume =~ /^([^:]+):/ or next;
        my $storage = $look->{host}->storage($id) // next;
        push @why, "$key lies on $id, of type $storage->{type}" if $without{ $storage->{type} } && ($type eq 'lxc' || $volume !~ /\.qcow2$/);
    }
    return @why;
}

1;
