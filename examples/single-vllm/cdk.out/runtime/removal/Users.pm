package Users;

# Who uses a thing of the host: what lies in it, on it or below it, guests whose config names it, waiting values and snapshots included, and other
# apps of this host that ask for it.
#
# Each user is { text, by }, `by` being the step of this plan that would remove the user; undef if it stays.

use strict;
use warnings;
use Made;

my %users = (
    'zfs-dataset' => sub { my ($look, $name) = @_; return (lying_in($look, $name), on_dataset($look, $name), map { in_folder($look, $_) } mountpoint($look, $name)) },
    'folder'      => \&in_folder,
    'storage'     => sub { my ($look, $id) = @_; return (volumes_on($look, $id), downloads_on($look, $id), backups_to($look, $id), based_on($look, $id)) },
    'mapping'     => sub { my ($look, undef, $id) = @_; return named_by_guests($look, qr/(?:(?:mapping|dirid)=|^virtiofs\d+:\s*)\Q$id\E(?=[,\s]|$)/m, 'uses it') },
    'download'    => sub { my ($look, @words) = @_; return named_by_guests($look, volume_pattern("$words[0]:$words[1]/$words[2]"), 'has it in its config') },
    'file'        => \&snippet,
);

sub of {
    my ($look, $thing) = @_;
    my $find = $users{ $thing->{kind} } // return ();
    return $find->($look, @{ $thing->{words} });
}

# Sentences about other apps whose journal has the thing as applied: their program asks for it, or did when it was applied last. A journal that cannot
# be read might say so, too.
sub apps {
    my ($look, $thing) = @_;
    my $folder = '/var/lib/phoenix';
    my @others = grep { $_ ne $look->{app} && defined $look->{host}->facts("$folder/$_/journal") } @{ $look->{host}->names($folder) // [] };
    return map { my $journal = Journal->new($look->{host}{root}, $_); $journal->{applied}{ $thing->{id} } ? "app $_ asks for it (its own applier lets it go: orphan $thing->{resource})" : () } @others;
}

# ---- Datasets and folders

sub mountpoint {
    my ($look, $name) = @_;
    my $point = ($look->{host}->dataset($name) // return ())->{mountpoint} // '';
    return $point =~ m{^/.} ? $point : ();
}

# Datasets directly below; those further down are theirs.
sub lying_in {
    my ($look, $name) = @_;
    require Destroy;
    return map {
        my $number = Destroy::owner_of($_);
        +{ text => "dataset $_ lies in it", by => $number ? guest_step($look, $number) : thing_step($look, 'zfs-dataset', $_) };
    } grep { m{^\Q$name\E/[^/]+$} } sort keys %{ $look->{host}->all_datasets };
}

sub on_dataset {
    my ($look, $name) = @_;
    return storages($look, 'lies on it', sub { is_within($_[0]{pool} // '', $name) });
}

sub in_folder {
    my ($look, $path) = @_;
    return (
        named_by_guests($look, qr{^(?:mp\d+|rootfs|lxc\.mount\.entry)\s*[:=]\s*(?:volume=)?\Q$path\E(?=[/,\s]|$)}m, 'mounts it'),
        storages($look, 'lies in it', sub { is_within($_[0]{path} // '', $path) }),
        map({ +{ text => "mapping $_ stands for it", by => thing_step($look, 'mapping', 'dir', $_) } } mapped($look, $path)),
        things_in($look, $path),
    );
}

sub mapped {
    my ($look, $path) = @_;
    my $entries = CompareMapping::parse($look->{host}->read(CompareMapping::file_of('dir')) // '');
    my $here    = $look->{host}->node_name;
    return grep { grep { CompareMapping::node($_) eq $here && /(?:^|,)path=([^,]*)/ && is_within($1, $path) } @{ $entries->{$_}{maps} } } sort keys %$entries;
}

# Files and folders of ours that this plan removes: they go first. Those that stay go with what they lie in.
sub things_in {
    my ($look, $path) = @_;
    my @users;
    for my $thing (grep { $_->{kind} =~ /^(?:folder|file|download)$/ } Made::things($look->{journal})) {
        my $by    = step_of($look, $thing->{id}) // next;
        my $place = $thing->{kind} eq 'download' ? Made::path_of_download($look->{host}, @{ $thing->{words} }) : $thing->{words}[0];
        push @users, { text => "$place lies in it", by => $by } if $place ne $path && is_within($place, $path);
    }
    return @users;
}

# ---- Storages

sub storages {
    my ($look, $what, $fits) = @_;
    $look->{host}->storage('');
    my $storages = $look->{host}{storages};
    return map { +{ text => "storage $_ $what", by => thing_step($look, 'storage', $_) } } grep { $fits->($storages->{$_}{options}) } sort keys %$storages;
}

sub volumes_on {
    my ($look, $id) = @_;
    return named_by_guests($look, volume_pattern("$id:"), 'has something on it');
}

# Through it Proxmox removes what was fetched to it.
sub downloads_on {
    my ($look, $id) = @_;
    return map { my $by = step_of($look, $_->{id}); $by ? { text => "$_->{words}[2] lies on it", by => $by } : () }
        grep { $_->{kind} eq 'download' && $_->{words}[0] eq $id } Made::things($look->{journal});
}

sub backups_to {
    my ($look, $id) = @_;
    return map { ($look->{host}->read($_) // '') =~ /^\s*storage:?\s+\Q$id\E\s*$/m ? { text => "$_ names it" } : () } '/etc/pve/jobs.cfg', '/etc/vzdump.conf';
}

sub based_on {
    my ($look, $id) = @_;
    return storages($look, 'lies on it', sub { ($_[0]{base} // '') =~ /^\Q$id\E:/ });
}

sub volume_pattern { return qr/(?:^\w+:\s*|[=,])\Q$_[0]\E/m }

# ---- Guests

# A document or hook that guests name by its storage and its own name.
sub snippet {
    my ($look, $path) = @_;
    my ($name) = $path =~ m{/snippets/([^/]+)$} or return ();
    return named_by_guests($look, qr{:snippets/\Q$name\E(?=[,\s]|$)}m, 'reads it');
}

sub named_by_guests {
    my ($look, $pattern, $what) = @_;
    my $host = $look->{host};
    return map { +{ text => "guest $_ $what", by => guest_step($look, $_) } } grep { $host->guest($_)->{conf}{text} =~ $pattern } sort { $a <=> $b } keys %{ $host->guests };
}

# ---- Steps of this plan. Right before something is removed, whoever uses it still is in its way.

sub guest_step { my ($look, $vmid) = @_; return step_of($look, "guest/$vmid") }

sub thing_step {
    my ($look, $kind, @words) = @_;
    my ($thing) = grep { $_->{kind} eq $kind && "@{ $_->{words} }" eq "@words" } Made::things($look->{journal});
    return $thing && step_of($look, $thing->{id});
}

sub step_of {
    my ($look, $id) = @_;
    return undef if $look->{mode} eq 'check';
    my $step = $look->{by_id}{"$id/destroy"};
    return $step && $step->{id};
}

sub is_within {
    my ($path, $folder) = @_;
    return $path eq $folder || index($path, "$folder/") == 0;
}

1;
