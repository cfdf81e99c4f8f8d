package SharedFile;

# Files of Proxmox that hold entries of many: ours, those of people and of other apps. They are written under Proxmox's own lock, and the log of a run
# has how the run left them: only then can the file as it was before be put back without taking away what others wrote since.

use strict;
use warnings;
use Host;
use Write;
use RunLog;

sub is_one { return $_[0] =~ m{^/etc/pve/(?:firewall/cluster\.fw|nodes/[^/]+/host\.fw|storage\.cfg|mapping/[^/]+\.cfg)\z|^/etc/network/interfaces\z} }

sub digest { require Digest::SHA; return Digest::SHA::sha1_hex($_[0]) }

# ---- The lock

# Does something while nobody who asks for Proxmox's lock can write the file.
sub locked {
    my ($root, $path, $do) = @_;
    my $free = $path =~ m{^/etc/pve/} ? cluster_lock($root, $path) : network_lock($root);
    my $done = eval { $do->(); 1 };
    my $trouble = $@;
    $free->();
    die $trouble unless $done;
}

# Proxmox locks by a folder in its cluster file system; one that its holder left behind is taken away when somebody asks for it.
sub cluster_lock {
    my ($root, $path) = @_;
    my $folder = "$root/etc/pve/priv/lock";
    return sub { } unless -d $folder;
    my $lock = "$folder/" . cluster_lock_name($path);
    attempts($path, sub {
        return 1 if mkdir $lock;
        die "cannot lock $path: $!\n" unless $!{EEXIST};
        utime 0, 0, $lock;
        return 0;
    });
    return sub { rmdir $lock };
}

sub cluster_lock_name {
    my ($path) = @_;
    return 'firewall-cluster' if $path eq '/etc/pve/firewall/cluster.fw';
    return "firewall-host-$1" if $path =~ m{/nodes/([^/]+)/host\.fw$};
    return 'file-' . $path =~ s{^/etc/pve/}{}r =~ tr{./}{__}r;
}

# Of the network's file it is a file lock, as the web interface takes it.
sub network_lock {
    my ($root) = @_;
    my $path = '/etc/network/.pve-interfaces.lock';
    open my $lock, '>>', "$root$path" or die "cannot open $path: $!\n";
    attempts('/etc/network/interfaces', sub { flock $lock, 2 | 4 });
    return sub { close $lock };
}

sub attempts {
    my ($path, $try) = @_;
    for (1 .. 100) {
        return if $try->();
        select undef, undef, undef, 0.1;
    }
    die "can't lock $path: somebody holds it\n";
}

# ---- How a run leaves such a file

# `found` is the file as it was right before we wrote it, `now` as it is. What others wrote since this run first kept a copy is not ours to take away.
sub left {
    my ($session, $path, $found, $now) = @_;
    note($session, $path, ($session->{base}{$path} // $found) eq $found, $now);
}

# A tool wrote one entry of the file, that of a storage or of a mapping.
sub left_by_tool {
    my ($session, $id, $path) = @_;
    my ($plan, $step) = ($session->{plan}, $session->{plan}{by_id}{$id});
    my @words = $step->{of} ? @{ $plan->{journal}{made}{ $step->{of} }{words} } : @{ $step->{has}{storage} // $step->{has}{mapping} };
    my $entry = $path =~ /storage\.cfg$/ ? $words[0] : $words[1];
    my $now = Host->new(root => $session->{root})->read($path) // '';
    note($session, $path, without($session->{base}{$path} // '', $entry) eq without($now, $entry), $now);
}

sub note {
    my ($session, $path, $is_ours, $now) = @_;
    return unless is_one($path);
    $session->{others_wrote}{$path} = 1 unless $is_ours;
    $session->{base}{$path} = $now;
    RunLog::line($session, event => 'left', path => $path, digest => $session->{others_wrote}{$path} ? 'others' : digest($now));
}

# What a file of sections says besides one of them, in one form: Proxmox writes all of it anew.
sub without {
    my ($text, $entry) = @_;
    my @sections = grep { !/\A(?:\S+: *)?\Q$entry\E\s*$/m } split /^(?=\S)/m, $text =~ s/^\s*(?:#.*)?\n//gmr;
    return join "\n", sort map { my ($head, @lines) = split /\s*\n\s*/; join "\n", $head, sort @lines } @sections;
}

# { path => digest | 'others' } by the log of a run.
sub left_by {
    my ($host, $app, $run) = @_;
    my $log = $host->read("/var/lib/phoenix/$app/runs/$run.jsonl") // '';
    return { map { /"digest":"([^"]*)","event":"left","path":"([^"]+)"/ ? ($2 => $1) : () } split /\n/, $log };
}

1;
