package ChangeFirewall;

# Writes a firewall file that is shared, if it is still the one that was compared, under the lock by which Proxmox writes it.

use strict;
use warnings;
use CompareFirewall;
use Act;
use Write;

sub write_file {
    my ($session, $id, $expected) = @_;
    my ($plan, $root) = @$session{qw(plan root)};
    my $look   = $plan->look('check', 'firewall-entries');
    my $step   = $plan->{by_id}{$id};
    my ($path) = @{ $step->{has}{file} };
    my $lock   = lock_of($path, $root);
    my $done   = eval {
        my $text = $look->{host}->read($path) // '';
        die "$path was changed by somebody in between\n" if CompareFirewall::digest($text) ne $expected;
        my $goal = $step->{kind} eq 'record-orphan' ? LetGo::unmarked($text, $look->{app}) : CompareFirewall::edit($step, $look, $text)->{text};
        Act::before($session, $path);
        if ($goal =~ /\S/) {
            Write::folder("$root$path" =~ s{/[^/]*$}{}r, 0755);
            Write::whole("$root$path", $goal);
        }
        else { unlink "$root$path" or $!{ENOENT} or die "cannot remove $path, which holds nothing any more: $!\n" }
        1;
    };
    my $trouble = $@;
    rmdir $lock if defined $lock;
    die $trouble unless $done;
}

# Proxmox locks by a folder in its cluster file system; one that its holder left behind is taken away when somebody asks for it.
sub lock_of {
    my ($path, $root) = @_;
    my $scope  = $path eq '/etc/pve/firewall/cluster.fw' ? 'cluster' : $path =~ m{/nodes/([^/]+)/} ? "host-$1" : return undef;
    my $folder = "$root/etc/pve/priv/lock";
    return undef unless -d $folder;
    my $lock = "$folder/firewall-$scope";
    for (1 .. 100) {
        return $lock if mkdir $lock;
        die "cannot lock $path: $!\n" unless $!{EEXIST};
        utime 0, 0, $lock;
        select undef, undef, undef, 0.1;
    }
    die "can't lock $path: somebody holds it\n";
}

1;
