package Restore;

# Files are put back as they were before a run: what lies below before/RUN. A guest's config is put back under Proxmox's own lock, and only as far
# as the guest still has the disks that it speaks of; no disk is made, freed or shrunk. A file that others write, too: see RestoreShared.pm.

use strict;
use warnings;
use Unknown;
use Verdict;
use Ownership;

my %folder_of = (lxc => 'lxc', 'qemu-server' => 'qemu');

sub steps {
    my ($look, $run) = @_;
    my $base = "/var/lib/phoenix/$look->{app}/before";
    my @runs = sort @{ $look->{host}->names($base) // [] };
    refuse_unknown_run($run, @runs) unless grep { $_ eq $run } @runs;
    require Chore;
    require SharedFile;
    my $left = SharedFile::left_by($look->{host}, $look->{app}, $run);
    return map {
        my ($type, $vmid) = m{^/etc/pve/nodes/[^/]+/(lxc|qemu-server)/(\d+)\.conf$} ? ($folder_of{$1}, $2) : ();
        my $maker = defined $vmid && $look->{creator}{$vmid};
        my $step = Chore::step('restore', 'restore', "file$_", $maker ? $maker->{path} : defined $vmid ? "guest/$vmid" : $_, file => [ $_, "$base/$run$_" ], SharedFile::is_one($_) ? (left => [ $left->{$_} ]) : (), defined $vmid ? (config => [ $type, $vmid ]) : ());
        +{ %$step, title => 'files' };
    } sort(files($look->{host}, "$base/$run", ''));
}

sub refuse_unknown_run {
    my ($run, @runs) = @_;
    require Problem;
    require Nearest;
    Problem::stop({
        code => 'usage/unknown-run', message => "no files were kept before run $run" . (@runs ? "; there are @runs" : ''), value => $run,
        fix => Nearest::question($run, reverse @runs) // 'name a run of this app that replaced files here',
    });
}

sub files {
    my ($host, $base, $below) = @_;
    return map {
        my $facts = $host->is_link("$base$below/$_") ? {} : $host->facts("$base$below/$_");
        !$facts ? () : $facts->{folder} ? files($host, $base, "$below/$_") : "$below/$_";
    } @{ $host->names("$base$below") // [] };
}

sub compare {
    my ($step, $look) = @_;
    return config($step, $look) if $step->{has}{config};
    my ($path, $source) = @{ $step->{has}{file} };
    my $link = $look->{host}->link($source);
    return link_back($look->{host}, $step, $link) if defined $link;
    my $kept = $look->{host}->read($source) // Unknown::because("$source is gone");
    my $now  = $look->{host}->read($path);
    return Verdict::satisfied() if defined $now && $now eq $kept;
    my @changes = lines($path, $now, $kept);
    if ($step->{has}{left}) {
        require RestoreShared;
        my ($obstacle) = RestoreShared::obstacle($look, $step, $now // '', $kept, @changes);
        return $obstacle if $obstacle;
    }
    require CompareHost;
    my @notes = CompareHost::replaced_link($look->{host}, $path);
    push @notes, $path =~ m{^/etc/network/} ? 'put back, not brought into force: ifreload -a does that, and may cut you off' : ();
    return Verdict::change('put', [], changes => \@changes, notes => \@notes, fields => { path => $path, digest => SharedFile::digest($now // '') });
}

sub link_back {
    my ($host, $step, $to) = @_;
    my $path = $step->{has}{file}[0];
    my $is   = $host->link($path);
    return Verdict::satisfied() if defined $is && $is eq $to;
    return Verdict::refused("it was a link to $to, and others write it, too: put it back by hand") if $step->{has}{left};
    my $from = defined $is ? "a link to $is" : defined $host->facts($path) ? 'a plain file' : 'absent';
    return Verdict::change('put', [], changes => [ Verdict::difference($path, $from, "a link to $to") ], fields => { path => $path });
}

sub lines {
    my ($path, $now, $kept) = @_;
    return Verdict::difference($path, 'absent', 'put back') unless defined $now;
    my (%now, %kept);
    $now{$_}++  for split /\n/, $now;
    $kept{$_}++ for split /\n/, $kept;
    my $gone = grep { !$kept{$_} } keys %now;
    my $back = grep { !$now{$_} } keys %kept;
    return Verdict::difference($path, "$gone lines go", "$back lines come back");
}

# ---- The config of a guest

sub config {
    my ($step, $look) = @_;
    my ($type, $vmid) = @{ $step->{has}{config} };
    my $owner    = Ownership::of($look, $vmid, $type);
    my $obstacle = Ownership::obstacle($owner);
    return Verdict::refused("guest $vmid does not exist any more; a config makes no disks") if $owner->{is} eq 'absent';
    return $obstacle if $obstacle;
    my $now  = $owner->{guest}{conf};
    my $kept = GuestConf::parse($look->{host}->read($step->{has}{file}[1]) // Unknown::because("$step->{has}{file}[1] is gone"), $type);
    my $goal = text($kept, $now);
    return Verdict::satisfied() if $goal eq $now->{text};
    my $then    = GuestConf::parse($goal, $type);
    my @changes = differences($now, $then);
    my $trouble = trouble($look->{host}, $now, $kept);
    return Verdict::refused($trouble, changes => \@changes) if defined $trouble;
    require RestoreTaken;
    my ($taken, @notes) = RestoreTaken::judged($look, $vmid, $type, $now, $then);
    return Verdict::refused($taken, changes => \@changes) if defined $taken;
    return CompareGuest::wait_for_lock($vmid, $now, \@changes) if $look->{mode} eq 'check' && ($now->{keys}{lock} // 'mounted') ne 'mounted';
    my $running = $look->{host}->running($vmid, $type);
    return Verdict::change('config', [], changes => \@changes, notes => [ $running ? 'it runs: comes into force with its next restart' : (), @notes ],
        fields => { vmid => $vmid, type => $type, running => $running, path => $owner->{guest}{path}, digest => GuestConf::digest($now) });
}

sub trouble {
    my ($host, $now, $kept) = @_;
    return 'it was made a template, or ceased to be one, since then: its disks have other names' if ($now->{keys}{template} // 0) ne ($kept->{keys}{template} // 0);
    return 'its snapshots are others than they were' if "@{ $now->{snapshots} }" ne "@{ $kept->{snapshots} }";
    my %there = map { $_ => 1 } values %{ volumes($now) };
    my %kept  = reverse %{ volumes($kept) };
    my @gone  = grep { !$there{$_} && !is_there($host, $_) } sort keys %kept;
    return "its disks @gone are gone" if @gone;
    return undef;
}

sub is_there {
    my ($host, $volume) = @_;
    my $dataset = $host->volume_dataset($volume) // return 0;
    return defined $host->dataset($dataset);
}

# { key => volume } of all disks, used or not.
sub volumes {
    my ($conf) = @_;
    my $keys = $conf->{keys};
    return { map { $keys->{$_} =~ m{^(?:(?:volume|file)=)?([^,/:]+:[^,]+)} && $keys->{$_} !~ /media=cdrom/ ? ($_ => $1) : () }
            grep { /^(?:rootfs|(?:mp|unused|scsi|virtio|sata|ide|efidisk|tpmstate)\d+)$/ } keys %$keys };
}

# The kept text with what has to stay as it is: our line, the sizes of disks, and disks that it does not know.
sub text {
    my ($kept, $now) = @_;
    my ($main, $rest) = $kept->{text} =~ /\A(.*?)(^\[.*)?\z/ms;
    my @lines = grep { !/^lock:/ } split /\n/, $main;
    my ($ours) = grep { /^#phoenix-cdk app=/ } split /\n/, $now->{text};
    unshift @lines, $ours if defined $ours && !grep { $_ eq $ours } @lines = grep { !/^#phoenix-cdk app=/ } @lines;
    my ($was, $is) = (volumes($kept), volumes($now));
    my %known = reverse %$was;
    my %size  = map { $now->{keys}{$_} =~ /(?:^|,)(size=[^,]+)/ ? ($is->{$_} => $1) : () } keys %$is;
    for my $key (keys %$was) {
        my $size = $size{ $was->{$key} } // next;
        s/^(\Q$key\E: .*?)\bsize=[^,]+/$1$size/ for @lines;
    }
    pop @lines while @lines && $lines[-1] =~ /^\s*$/;
    my ($free) = sort { $b <=> $a } 0, map { /^unused(\d+)$/ ? $1 + 1 : () } keys %$was;
    push @lines, 'unused' . $free++ . ": $_" for sort grep { !exists $known{$_} } values %$is;
    my $text = join '', map { "$_\n" } @lines;
    return defined $rest ? "$text\n$rest" : $text;
}

sub differences {
    my ($now, $goal) = @_;
    my %keys = map { $_ => 1 } keys %{ $now->{keys} }, keys %{ $goal->{keys} };
    my @changes = map { Verdict::difference($_, $now->{keys}{$_} // 'absent', $goal->{keys}{$_} // 'absent') }
        grep { ($now->{keys}{$_} // '') ne ($goal->{keys}{$_} // '') } sort keys %keys;
    my ($is, $was) = map { join '; ', map { "$_->[0]: $_->[1]" } @{ $_->{raw} } } $now, $goal;
    push @changes, Verdict::difference('raw lines', $is, $was eq '' ? 'removed' : $was, 'restart') if $is ne $was;
    push @changes, Verdict::difference('text', 'notes, waiting values or order of lines', 'as they were') unless @changes;
    return @changes;
}

# ---- What stays done

# Sentences about what the run did and no file can take back.
sub remains {
    my ($look, $run, @restored) = @_;
    my $log   = $look->{host}->read("/var/lib/phoenix/$look->{app}/runs/$run.jsonl") // return "there is no log of run $run: what else it did is not known";
    my %files = map { $_->{has}{file}[0] => 1 } @restored;
    my %about = map { $_->{has}{config} ? ("guest/$_->{has}{config}[1]" => 1) : () } @restored;
    my @stay;
    for my $line (split /\n/, $log) {
        my ($id) = $line =~ /"outcome":"done".*"step":"([^"]+)"/ or next;
        my $step = $look->{by_id}{$id};
        next if $step && $step->{kind} eq 'file' && $files{ $step->{has}{file}[0] };
        next if $step && $step->{kind} eq 'guest-config' && $about{ $step->{resource} };
        next if $step && $step->{kind} eq 'health';
        push @stay, $step ? "$step->{path} ($step->{title})" : $id;
    }
    return @stay ? 'not undone: ' . join(', ', @stay) : ();
}

1;
