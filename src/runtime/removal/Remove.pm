package Remove;

# A thing other than a guest is removed: a dataset, a folder, a file, an entry of a file of Proxmox. Only if the applier made it, it is still the one
# that was made, the policy that was applied last says that it may go, and nothing that stays uses it.
#
# A dataset is destroyed without -r, -R and -f: children, snapshots and clones are somebody's data.

use strict;
use warnings;
use Verdict;
use Removal;
use Made;
use Users;

# How each kind is removed: the act, and its arguments; file: what is kept a copy of before.
my %removals = (
    'zfs-dataset' => { act => 'run', words => sub { ('zfs', 'destroy', $_[1]) } },
    'storage'     => { act => 'run', words => sub { ('pvesm', 'remove', $_[1]) }, file => sub { '/etc/pve/storage.cfg' } },
    'mapping'     => { act => 'run', words => \&unmapping, file => sub { CompareMapping::file_of($_[1]) } },
    'download'    => { act => 'run', words => sub { ('pvesm', 'free', "$_[1]:$_[2]/$_[3]") } },
    'folder'      => { act => 'rmdir',  words => sub { @_[ 1, 4 ] } },
    'file'        => { act => 'unlink', words => sub { $_[1] }, file => sub { $_[1] } },
);

# Users first: what lies on something goes before it, and guests before all.
my %rank = (file => 1, 'firewall-entries' => 2, download => 3, mapping => 4, storage => 5, folder => 6, 'zfs-dataset' => 7);

# Steps in the order in which things can go: by rank, and what lies deeper first.
sub ordered {
    return sort { $rank{ $a->{kind} } <=> $rank{ $b->{kind} } || depth($b) <=> depth($a) || $a->{id} cmp $b->{id} } @_;
}

sub depth { return $_[0]{words}[0] =~ tr{/}{} }

# The words of a command line that removes the thing, for people.
sub command {
    my ($host, $thing) = @_;
    my $removal = $removals{ $thing->{kind} } // return undef;
    my @words   = $removal->{words}->($host, @{ $thing->{words} });
    @words = ($removal->{act} eq 'rmdir' ? 'rmdir' : 'rm', '--', $words[0]) if $removal->{act} ne 'run';
    return join ' ', map { /^[\w@%+=:,.\/-]+$/ ? $_ : "'" . s/'/'\\''/gr . "'" } @words;
}

sub compare {
    my ($step, $look) = @_;
    my $id     = $step->{of};
    my $thing  = $look->{journal}{made}{$id} // return Verdict::satisfied();
    my $what   = "@{[ Made::what($thing) ]} $thing->{resource}";
    my $policy = Removal::policy($look, $id);
    my $is     = Made::known($look->{host}, $thing);
    return forget($id, 'it is gone') unless defined $is;
    return Verdict::satisfied(notes => ["$what is retained; it stays"]) if $policy ne 'destroy' && !$step->{exact};
    return Verdict::refused(retained($look, $id, $thing, $what)) if $policy ne 'destroy';
    return Verdict::refused("$what is not as we made it: it was made anew or changed by somebody, and stays") if $is ne $thing->{known};
    return firewall($step, $look) if Made::is_marked($thing);
    my $trouble = trouble($look, { %$thing, id => $id }, $what);
    my @changes = Verdict::difference(Made::what($thing), $thing->{resource}, 'removed', 'destroy');
    return Verdict::refused($trouble, changes => \@changes) if defined $trouble;
    my $removal = $removals{ $thing->{kind} };
    my @words   = @{ $thing->{words} };
    my $file    = $removal->{file} ? $removal->{file}->($look->{host}, @words) : '';
    return Verdict::change($removal->{act}, [ $removal->{words}->($look->{host}, @words) ], changes => \@changes, fields => { file => $file });
}

sub forget {
    my ($id, $why) = @_;
    return Verdict::change('forget', [$id], changes => [ Verdict::difference('journal', "knows it; $why", 'removed') ]);
}

sub retained {
    my ($look, $id, $thing, $what) = @_;
    my $maker = $look->{by_id}{$id};
    return "$what is in stack $maker->{stack}{name}, which is protected" if $maker && $maker->{stack}{protect};
    return "$what is retained. To have it removed, give it `removalPolicy: 'destroy'` and apply; by hand: " . (command($look->{host}, $thing) // 'its entries carry our mark');
}

# Why a thing that may go cannot: undef if it can. Users that go in this plan are no trouble, the step waits for theirs.
sub trouble {
    my ($look, $thing, $what) = @_;
    my @users = (map({ $_->{text} } grep { !defined $_->{by} } Users::of($look, $thing)), Users::apps($look, $thing));
    return "$what stays: " . join(', ', @users) if @users;
    if ($thing->{kind} eq 'zfs-dataset') {
        my @snapshots = map { $_->{name} } $look->{host}->snapshots_of($thing->{words}[0]);
        return "$what has snapshots (" . some(@snapshots) . '), which would go with it; destroy them first' if @snapshots;
    }
    if ($thing->{kind} eq 'folder') {
        my @inside = inside($look, $thing->{words}[0]);
        return "$what holds " . some(@inside) . '; only an empty folder is removed' if @inside;
    }
    return undef;
}

# Names in a folder that nothing in this plan removes.
sub inside {
    my ($look, $path) = @_;
    my @going = map { ($_->{text} =~ /^(\S+) lies in it$/) } grep { defined $_->{by} } Users::things_in($look, $path);
    return grep { my $place = "$path/$_"; !grep { Users::is_within($_, $place) } @going } sort @{ $look->{host}->names($path) // [] };
}

# ---- Doing it, below the root prefix. A folder that is not empty does not go: the kernel says no, whatever came into it since the look.

sub remove {
    my ($root, $act, $path, $first) = @_;
    return unlink("$root$path") || die "cannot remove $path: $!\n" if $act eq 'unlink';
    rmdir "$root$path" or die "cannot remove $path: $!\n";
    while (length $path > length $first) {
        $path =~ s{/[^/]+$}{};
        rmdir "$root$path" or last;
    }
}

sub some {
    my (@names) = @_;
    return join ', ', @names > 3 ? (@names[ 0 .. 2 ], (@names - 3) . ' more') : @names;
}

# Other hosts of the cluster keep what the name stands for there.
sub unmapping {
    my ($host, $kind, $id) = @_;
    my $text   = $host->read(CompareMapping::file_of($kind)) // '';
    my $entry  = CompareMapping::parse($text)->{$id} // { maps => [] };
    my @others = grep { CompareMapping::node($_) ne $host->node_name } @{ $entry->{maps} };
    my $path   = "/cluster/mapping/$kind/$id";
    return ('pvesh', 'delete', $path) unless @others;
    my $options = $entry->{options};
    require Digest::SHA;
    return ('pvesh', 'set', $path, CompareMapping::maps(@others), (map { ("--$_", $options->{$_}) } sort keys %$options), '--digest', Digest::SHA::sha1_hex($text));
}

# Entries are taken out as if the program asked for none of them any more, at the same risks.
sub firewall {
    my ($step, $look) = @_;
    my $verdict = CompareFirewall::entries($step, $look);
    return $verdict if $verdict->{verdict} ne 'satisfied';
    return { %{ forget($step->{of}, 'none is left') }, notes => $verdict->{notes} };
}

1;
