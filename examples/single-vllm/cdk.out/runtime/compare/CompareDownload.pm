package CompareDownload;

# Files on a storage that come from elsewhere: archives for containers, ISO images, images to import.

use strict;
use warnings;
use Unknown;
use Verdict;

my %folder = (vztmpl => 'template/cache', iso => 'template/iso', import => 'import');
my %mounted_by_itself = map { $_ => 1 } qw(nfs cifs cephfs);

sub download {
    my ($step, $look) = @_;
    my ($storage, $content, $file) = @{ $step->{has}{download} };
    my $entry = $look->{host}->storage($storage) // return Verdict::unknown("there is no storage $storage to keep $file", soft => 1);
    my $refusal = cannot_keep($entry, $storage, $content);
    return Verdict::refused($refusal, soft => 1) if defined $refusal;
    my $trouble = not_there($entry, $storage, $look->{host});
    return Verdict::unknown($trouble, soft => 1) if defined $trouble;

    my $path  = folder_of($entry, $content) . "/$file";
    my $found = $look->{host}->facts($path);
    return check_sum($step, $look, $path, $found) if defined $found && $found->{size} > 0;
    return Verdict::refused("there is no $storage:$content/$file, and the program only refers to it") if $step->{has}{nowhere};
    my ($algorithm, $sum) = @{ $step->{has}{checksum} // [] };
    my ($url, $reference) = map { $step->{has}{$_} && $step->{has}{$_}[0] } qw(url oci);
    my %fields = (
        path      => $path,
        storage   => $storage,
        file      => $file,
        node      => $look->{host}->node_name,
        algorithm => $algorithm // '',
        sum       => $sum // '',
        url       => $url // '',
        reference => $reference // '',
    );
    my $missing = $look->{host}->unmounted_above($path);
    return Verdict::unknown($missing, soft => 1) if defined $missing;
    my @changes = Verdict::difference('file', 'absent', $file);
    return Verdict::create('wait', [], reason => "$url is still being fetched, as a run that was killed began it", changes => \@changes) if defined $url && is_fetched($look->{host}, $path);
    my $how = defined $url ? 'fetch' : defined $reference ? 'pull' : 'download';
    return Verdict::create($how, [], fields => \%fields, changes => \@changes);
}

# Whether somebody writes the file just now, under the name that it has until its sum was checked.
sub is_fetched {
    my ($host, $path) = @_;
    my $temporary = "$path.tmp.phoenix";
    return defined $host->facts($temporary) && $host->tool_alive('curl', $host->place($temporary));
}

# Why the storage takes no such file, or undef.
sub cannot_keep {
    my ($entry, $storage, $content) = @_;
    my $options = $entry->{options};
    return "storage $storage ($entry->{type}) has no folder for files" unless defined $options->{path};
    return "storage $storage is disabled" if $options->{disable};
    my @kinds = split /[,;\s]+/, $options->{content} // return undef;
    return undef if grep { $_ eq $content } @kinds;
    return "storage $storage takes @kinds, but no $content: Proxmox would not see the file";
}

# Why the folder is not the one that Proxmox would use, or undef. A file written below a missing mount would fill the root disk.
sub not_there {
    my ($entry, $storage, $host) = @_;
    my $wanted = $entry->{options}{is_mountpoint} // ($mounted_by_itself{ $entry->{type} } ? 'yes' : 'no');
    return undef if $wanted =~ /^(?:0|no|off|false)$/i;
    my $point = ($wanted =~ m{^/} ? $wanted : $entry->{options}{path}) =~ s{(?<=.)/+$}{}r;
    return defined $host->mount_at($point) ? undef : "nothing is mounted at $point, the folder of storage $storage";
}

sub folder_of {
    my ($entry, $content) = @_;
    my ($own) = map { /^\Q$content\E=(.+)$/ ? $1 : () } split /[,;\s]+/, $entry->{options}{'content-dirs'} // '';
    return $entry->{options}{path} =~ s{/+$}{}r . '/' . ($own // $folder{$content}) =~ s{^/+|/+$}{}gr;
}

# Reading a whole image takes long: once its sum was seen to be right, size and time of the file stand for it.
sub check_sum {
    my ($step, $look, $path, $found) = @_;
    my ($algorithm, $sum) = @{ $step->{has}{checksum} // return Verdict::satisfied() };
    my %seen  = ($algorithm => $sum, size => $found->{size}, mtime => $found->{mtime});
    my $known = $look->{journal}->applied_to($step->{id});
    return Verdict::satisfied() if $known && !grep { ($known->{values}{$_} // '') ne $seen{$_} } keys %seen;
    my $is = $look->{host}->sum("$algorithm $path");
    return Verdict::refused("$path is not the file that was asked for ($algorithm " . substr($is, 0, 12) . '…, wanted ' . substr($sum, 0, 12) . '…): remove it, or correct the sum')
        unless $is eq $sum;
    return Verdict::satisfied(remember => [ 'applied', $step->{id}, '-', $sum, map { "$_=$seen{$_}" } sort keys %seen ]);
}

1;
