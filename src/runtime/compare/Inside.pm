package Inside;

# What really lies inside a guest, as against what the journal says was done there.
#
# Whoever does something inside a guest leaves a stamp there, /var/lib/phoenix-cdk/stamps/<step>, and the journal knows it. A roll-back takes the stamp
# away together with what was done. With --deep stamps and files are looked at in every guest that runs; without, only stamps, and only in a guest
# whose present state may have been rolled back: it descends from a snapshot that is older than what was done, and its config was written since
# somebody last looked. So an ordinary run starts no process for a guest.

use strict;
use warnings;
use Unknown;
use Verdict;

my $stamps = '/var/lib/phoenix-cdk/stamps';

# Where the stamp of a step lies.
sub stamp_of { return "$stamps/" . $_[0]{id} =~ s/[^\w.-]/_/gr }

# What is not as the journal says, as changes; and as notes what could not be seen, or as `unseen` if it has to be. `sound` is a record for the journal: all was seen to be well.
sub damage {
    my ($step, $look, $owner, $known) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $deep = $look->{flags}{deep};
    my $open = may_be_rolled_back($look, $owner, $known);
    return {} if $type ne 'lxc' || !defined $known->{values}{stamp} || !($deep || $open);
    unless ($look->{host}->running($vmid, $type)) {
        return { unseen => "guest $vmid may have been rolled back, and does not run: nobody can look inside" } if $open;
        return { notes => ["not looked inside: guest $vmid does not run"] };
    }
    my $seen    = $look->{inside}{$vmid} //= seen($look, $vmid);
    my @changes = stamp_differences($step, $known, $seen);
    push @changes, file_differences($step, $look, $known, $seen) if $deep && !@changes;
    return { changes => \@changes } if @changes;
    return $deep ? {} : { sound => [ 'sound', $vmid, written($look, $owner) ] };
}

sub may_be_rolled_back {
    my ($look, $owner, $known) = @_;
    my $conf  = $owner->{guest}{conf};
    my $taken = $conf->{snaptimes}{ $conf->{keys}{parent} // return 0 } // return 0;
    return $taken < ($known->{values}{at} // 0) && ($look->{journal}{sound}{ $owner->{guest}{vmid} } // '') ne written($look, $owner);
}

# What tells one writing of a guest's config from the next.
sub written {
    my ($look, $owner) = @_;
    my $facts = $look->{host}->facts($owner->{guest}{path}) // return '-';
    return "$facts->{mtime}.$facts->{size}";
}

sub stamp_differences {
    my ($step, $known, $seen) = @_;
    require Digest::SHA;
    my $is = $seen->{sums}{ stamp_of($step) };
    return () if defined $is && $is eq Digest::SHA::sha256_hex("$known->{values}{stamp}\n");
    return Verdict::difference($step->{title}, 'not done any more, the guest was rolled back', 'done again');
}

sub file_differences {
    my ($step, $look, $known, $seen) = @_;
    return map { file_difference($look, $known, $seen, $_) } $step->{kind} eq 'guest-file' ? Words::files($step) : ();
}

sub file_difference {
    my ($look, $known, $seen, $file) = @_;
    my $target = $file->{target};
    my $sum = $seen->{sums}{$target} // return Verdict::difference($target, 'gone', 'written');
    return Verdict::difference($target, 'another content', 'as the program says') if content_differs($look, $known, $file, $sum);
    my $wanted = sprintf '%o %d:%d', oct($file->{mode} // '0644'), $file->{uid} // 0, $file->{gid} // 0;
    my $is     = $seen->{owners}{$target} // '';
    return $is eq $wanted ? () : Verdict::difference($target, "mode and owner $is", $wanted);
}

# Of a file with secrets only the seal of what was sent is known.
sub content_differs {
    my ($look, $known, $file, $sum) = @_;
    return $sum ne $file->{sha256} unless $file->{secrets};
    my $seal = $known->{values}{"seal:$file->{target}"} // return 0;
    return ($look->{secrets}->seal("inside $file->{target}", $sum) // '') ne $seal;
}

# ---- Looking

# { sums => { path => sha256 }, owners => { path => 'MODE UID:GID' } } of all that steps have put into a guest; what is not there has neither.
sub seen {
    my ($look, $vmid) = @_;
    my @steps  = grep { $_->{kind} =~ /^guest-(?:file|run)$/ && $_->{has}{guest}[1] == $vmid } map { $look->{by_id}{$_} } sort keys %{ $look->{by_id} };
    my @files  = map { $_->{target} } map { $_->{kind} eq 'guest-file' ? Words::files($_) : () } @steps;
    my @stamps = map { stamp_of($_) } @steps;
    my %sums   = answers($look, $vmid, qr/^\\?(?<is>[0-9a-f]{64}) [ *](?<path>.*)$/, 'sha256sum', '--', @stamps, @files);
    my %owners = @files && $look->{flags}{deep} ? answers($look, $vmid, qr/^(?<is>\d+ \d+:\d+) (?<path>.*)$/, 'stat', '-c', '%a %u:%g %n', '--', @files) : ();
    return { sums => \%sums, owners => \%owners };
}

# The lines of a small tool inside, as path => answer. A line that is neither an answer nor says that a file is not there leaves it all unknown.
sub answers {
    my ($look, $vmid, $answer, @command) = @_;
    my ($exit, $lines) = $look->{host}->output('lxc-attach', '-n', $vmid, '--clear-env', '--', @command);
    my %answers;
    for my $line (@$lines) {
        if    ($line =~ $answer)                        { $answers{ $+{path} } = $+{is} }
        elsif ($line !~ /: No such file or directory$/) { Unknown::because("cannot look inside guest $vmid: $line") }
    }
    Unknown::because("cannot look inside guest $vmid (exit $exit)") if $exit != 0 && !@$lines;
    return %answers;
}

1;
