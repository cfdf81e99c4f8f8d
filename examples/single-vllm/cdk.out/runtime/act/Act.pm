package Act;

# What the engine itself writes on the host, because no tool of Proxmox can: files, folders, raw lines of configs, copies of what was there before.

use strict;
use warnings;
use Host;
use Write;
use Words;
use RunLog;
use SharedFile;

# A copy of each file as it was before this run changed it for the first time; of a link the link, for what it leads to is not changed.
sub before {
    my ($session, @paths) = @_;
    for my $path (@paths) {
        next if $session->{saved}{$path}++;
        my $host = Host->new(root => $session->{root});
        my $link = $host->link($path);
        my $text = $link // $host->read($path) // next;
        $session->{base}{$path} = $text if SharedFile::is_one($path) && !defined $link;
        my $copy = "$session->{root}/var/lib/phoenix/$session->{plan}{app}/before/$session->{run}$path";
        Write::folder($copy =~ s{/[^/]*$}{}r, 0700);
        if (defined $link) { Write::link($copy, $link) }
        else               { Write::whole($copy, $text, mode => 0600) }
    }
}

# The file of a `file` step, whole or not at all.
sub put {
    my ($session, $id) = @_;
    my ($plan, $root) = @$session{qw(plan root)};
    my ($file) = Words::files($plan->{by_id}{$id});
    require SecretFile;
    my $content = SecretFile::content($plan->{secrets}, $file);
    if (held_secrets($plan, $id, $file) && !-l "$root$file->{target}") { RunLog::line($session, event => 'no-copy', path => $file->{target}, reason => 'it holds secrets, or did: no copy of it as it was is kept') }
    else { before($session, $file->{target}) }
    my $place = $root . $file->{target};
    my $write = $file->{secrets} ? sub { Private::whole($session->{private}, @_) } : \&Write::whole;
    Write::folder($place =~ s{/[^/]*$}{}r, 0755);
    return $write->($place, $content) if $file->{target} =~ m{^/etc/pve/};
    my $found = Host->new(root => $root)->facts($file->{target});
    my %owner = map { $_ => $file->{$_} // ($found ? $found->{$_} : 0) } qw(uid gid);
    $write->($place, $content, mode => defined $file->{mode} ? oct $file->{mode} : $found ? $found->{mode} : 0644, %owner);
}

# Whether a file holds secrets or held some when this app wrote it.
sub held_secrets {
    my ($plan, $id, $file) = @_;
    my $known = $plan->{journal}{applied}{$id};
    return $file->{secrets} || ($known && defined $known->{values}{seal});
}

# The folder of a `folder` step: one level at a time below its dataset, the last one with its owner and mode.
sub folder {
    my ($session, $id) = @_;
    my $step   = $session->{plan}{by_id}{$id};
    my $path   = $step->{has}{folder}[0];
    my $inside = $step->{has}{inside};
    my $place  = $session->{root} . ($inside ? $inside->[0] : '');
    for my $name (split m{/}, substr $path, $inside ? length $inside->[0] : 0) {
        next if $name eq '';
        $place .= "/$name";
        next if -d $place && !-l $place;
        die "$place is a link or a file, not a folder\n" if -l $place || -e $place;
        mkdir $place, 0755 or die "cannot make $place: $!\n";
    }
    if ($step->{has}{owner}) { chown @{ $step->{has}{owner} }, $place or die "cannot give $path its owner: $!\n" }
    if ($step->{has}{mode})  { chmod oct $step->{has}{mode}[0], $place or die "cannot give $path its mode: $!\n" }
}

# A file, or an empty folder with those above it that were made for it.
sub remove {
    my ($session, @words) = @_;
    Remove::remove($session->{root}, @words);
}

# Raw lines of a guest's config, under Proxmox's own lock and only if the file is still the one that was compared.
sub raw {
    my ($session, $vmid, $path, $digest, $lines) = @_;
    my $root = $session->{root};
    my $lock = locked_config($root, 'lxc', $vmid);
    my $text = Host->new(root => $root)->read($path) // die "$path is gone\n";
    my $conf = GuestConf::parse($text);
    die "$path was changed by somebody in between\n" if GuestConf::digest($conf) ne $digest;
    Write::whole($root . $path, GuestConf::text_with_raw($conf, map { [ split /: /, $_, 2 ] } split /\n/, $lines));
}

# A file as it was before a run, only if it is still the one that was compared; what others write, too, under Proxmox's own lock.
sub restore {
    my ($session, $id, $digest) = @_;
    my $step = $session->{plan}{by_id}{$id};
    my $root = $session->{root};
    my $host = Host->new(root => $root);
    my ($path, $source) = @{ $step->{has}{file} };
    my $link = $host->link($source);
    return Write::link($root . $path, $link) if defined $link;
    my $kept = $host->read($source) // die "$source is gone\n";
    if (my $guest = $step->{has}{config}) {
        my ($type, $vmid) = @$guest;
        my $lock = locked_config($root, $type, $vmid);
        my $now  = GuestConf::parse($host->read($path) // die("$path is gone\n"), $type);
        die "$path was changed by somebody in between\n" if GuestConf::digest($now) ne $digest;
        return Write::whole($root . $path, Restore::text(GuestConf::parse($kept, $type), $now));
    }
    my $put_back = sub {
        my $now = $host->read($path) // '';
        die "$path was changed by somebody in between\n" if SharedFile::digest($now) ne $digest;
        my $found = $host->facts($path);
        my %owner = $path =~ m{^/etc/pve/} ? () : $found ? map({ $_ => $found->{$_} } qw(mode uid gid)) : (mode => 0644);
        Write::folder(($root . $path) =~ s{/[^/]*$}{}r, 0755);
        Write::whole($root . $path, $kept, %owner);
        SharedFile::left($session, $path, $now, $kept) if SharedFile::is_one($path);
    };
    SharedFile::is_one($path) ? SharedFile::locked($root, $path, $put_back) : $put_back->();
}

# The lock that Proxmox takes on the config of a guest, held as long as what is returned lives.
sub locked_config {
    my ($root, $type, $vmid) = @_;
    my $place = $type eq 'qemu' ? "$root/run/lock/qemu-server/lock-$vmid.conf" : "$root/run/lock/lxc/pve-config-$vmid.lock";
    Write::folder($place =~ s{/[^/]*$}{}r, 0755);
    open my $lock, '>>', $place or die "cannot open the lock of guest $vmid: $!\n";
    my $tries = 100;
    until (flock $lock, 2 | 4) {
        die "can't lock the config of guest $vmid: somebody holds it\n" unless $tries--;
        select undef, undef, undef, 0.1;
    }
    return $lock;
}

# A new stamp for what is about to be done inside a guest, and where it lies in there.
sub stamp {
    my ($session, $id) = @_;
    require Inside;
    open my $random, '<:raw', '/dev/urandom' or die "cannot open /dev/urandom: $!\n";
    sysread($random, my $bytes, 12) == 12 or die "cannot read /dev/urandom: $!\n";
    my $stamp = unpack 'H*', $bytes;
    $session->{channel}{inside} = { id => $id, values => { stamp => $stamp } };
    $session->{channel}->send_record('stamp', $stamp, Inside::stamp_of($session->{plan}{by_id}{$id}));
    return $stamp;
}

# The script of a `guest-run` step, at a place of the host.
sub script {
    my ($session, $id, $place) = @_;
    my $step = $session->{plan}{by_id}{$id};
    Write::whole($place, Runbook::file_of($session, "$step->{stack}{folder}/$step->{has}{script}[0]"), mode => 0600);
}

# The files of a `guest-file` step as a tar archive at a place of the host, and its stamp.
sub archive {
    my ($session, $id, $place) = @_;
    my $plan = $session->{plan};
    require Tar;
    require SecretFile;
    require Digest::SHA;
    my $stamp   = stamp($session, $id);
    my @entries = { name => Inside::stamp_of($plan->{by_id}{$id}) =~ s{^/}{}r, content => "$stamp\n", mode => 0644, uid => 0, gid => 0 };
    for my $file (Words::files($plan->{by_id}{$id})) {
        my $content = SecretFile::content($plan->{secrets}, $file);
        push @entries, {
            name => $file->{target} =~ s{^/+}{}r, content => $content,
            mode => oct($file->{mode} // '0644'), uid => $file->{uid} // 0, gid => $file->{gid} // 0,
        };
        my $sum = Digest::SHA::sha256_hex($content);
        $session->{channel}->send_record('sum', $file->{target}, $sum);
        $session->{channel}{inside}{values}{"seal:$file->{target}"} = $plan->{secrets}->seal("inside $file->{target}", $sum) if $file->{secrets};
    }
    Write::whole($place, Tar::stream(@entries), mode => 0600);
}

1;
