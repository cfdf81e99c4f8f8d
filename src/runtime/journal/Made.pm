package Made;

# What the applier itself made on the host besides guests, and what each thing is known by. Nothing else may ever be removed: not what was there
# before, not what somebody made anew under the same name, not what somebody changed since.
#
# `made STEP KIND KNOWN RESOURCE NAME …` in the journal. Before a thing is made the intent is written down; a run that was killed in between claims
# the thing only if it is as old as that intent.

use strict;
use warnings;
use Unknown;

# words: what names the thing, from its step; known: what tells it from another of the same name, undef if there is none; made_at: when it was
# made, in seconds; least: how many words there are at least, if not one; what: for people; shared: of the whole cluster.
my %kinds = (
    'zfs-dataset' => {
        words   => sub { $_[0]{has}{create}[0] ? $_[0]{has}{dataset}[0] : () },
        known   => sub { my ($host, $name) = @_; ($host->dataset($name) // return undef)->{guid} },
        made_at => sub { my ($host, $name) = @_; $host->dataset($name)->{creation} },
        what    => 'dataset',
    },
    'folder' => {
        least   => 3,
        words   => sub { ($_[0]{has}{folder}[0], @{ $_[0]{has}{inside} // [ '', '' ] }) },
        known   => \&folder,
        made_at => \&changed_at,
        what    => 'folder',
    },
    'file' => {
        words   => sub { (Words::files($_[0]))[0]{target} },
        known   => \&size_and_time,
        made_at => \&changed_at,
        what    => 'file',
    },
    'download' => {
        least   => 3,
        words   => sub { $_[0]{has}{nowhere} ? () : @{ $_[0]{has}{download} } },
        known   => sub { my ($host, @words) = @_; size_and_time($host, path_of_download($host, @words)) },
        made_at => sub { my ($host, @words) = @_; changed_at($host, path_of_download($host, @words)) },
        what    => 'file',
    },
    'storage' => {
        shared  => 1,
        words   => sub { $_[0]{has}{create}[0] ? $_[0]{has}{storage}[0] : () },
        known   => \&entry,
        made_at => sub { changed_at($_[0], '/etc/pve/storage.cfg') },
        what    => 'entry of storage.cfg',
    },
    'mapping' => {
        least   => 2,
        shared  => 1,
        words   => sub { $_[0]{has}{create}[0] ? @{ $_[0]{has}{mapping} } : () },
        known   => \&mapping,
        made_at => sub { changed_at($_[0], CompareMapping::file_of($_[1])) },
        what    => 'mapping',
    },
    'firewall-entries' => {
        words  => sub { @{ $_[0]{has}{file} } },
        known  => sub { '-' },    # each entry carries our mark
        marked => 1,
        shared => 1,
        what   => 'entries',
    },
);

# What is not mounted is not gone.
sub folder {
    my ($host, $path, $point, $dataset) = @_;
    if ($point ne '') {
        defined $host->dataset($dataset) or return undef;
        my $trouble = CompareHost::not_mounted($host, $point, $dataset);
        Unknown::because($trouble) if defined $trouble;
    }
    my $found = $host->facts($path) // return undef;
    return $found->{folder} ? $host->inode($path) : 'no folder';
}

sub size_and_time {
    my ($host, $path) = @_;
    my $found = $host->facts($path) // return undef;
    return "$found->{size}.$found->{mtime}";
}

sub changed_at {
    my ($host, $path) = @_;
    my @stat = stat $host->place($path) or return 0;
    return $stat[9];
}

sub path_of_download {
    my ($host, $storage, $content, $file) = @_;
    my $entry   = $host->storage($storage) // Unknown::because("there is no storage $storage any more, which told where $file lies");
    my $trouble = CompareDownload::not_there($entry, $storage, $host);
    Unknown::because($trouble) if defined $trouble;
    return CompareDownload::folder_of($entry, $content) . "/$file";
}

sub entry {
    my ($host, $id) = @_;
    my $entry   = $host->storage($id) // return undef;
    my $options = $entry->{options};
    return digest($entry->{type}, map { "$_=" . SectionConf::plain($_, $options->{$_}) } sort keys %$options);
}

# Maps of other hosts are theirs.
sub mapping {
    my ($host, $kind, $id) = @_;
    my $entry = CompareMapping::parse($host->read(CompareMapping::file_of($kind)) // '')->{$id} // return undef;
    my @mine  = grep { CompareMapping::node($_) eq $host->node_name } @{ $entry->{maps} } or return undef;
    return digest((map { CompareMapping::plain($_) } @mine), map { "$_=$entry->{options}{$_}" } sort keys %{ $entry->{options} });
}

sub digest { require Digest::SHA; return Digest::SHA::sha1_hex(join "\0", @_) }

# ---- The things of the journal

# [{ id, kind, words, known, resource }, …] in the order of their ids.
sub things {
    my ($journal) = @_;
    return map { +{ id => $_, %{ sound($journal, $_) } } } sort keys %{ $journal->{made} };
}

# The record of a thing, if it says as much as its kind needs.
sub sound {
    my ($journal, $id) = @_;
    my $made = $journal->{made}{$id};
    my $kind = $kinds{ $made->{kind} // '' };
    return $made if $kind && defined $made->{resource} && @{ $made->{words} } >= ($kind->{least} // 1);
    Unknown::because("$journal->{shown}: the line of $id with `made` is damaged, or of a newer applier; put it right, or take it out, and then the thing is nobody's");
}

sub known {
    my ($host, $thing) = @_;
    return $kinds{ $thing->{kind} }{known}->($host, @{ $thing->{words} });
}

# The same in a list; an empty one where it cannot be seen.
sub seen {
    my ($host, $thing) = @_;
    my $is;
    return ($is) if eval { $is = known($host, $thing); 1 };
    die $@ unless ref $@ eq 'Unknown';
    return ();
}

# Whether the program asks for it: on this host, or of what is of the whole cluster, anywhere.
sub is_asked_for {
    my ($plan, $thing) = @_;
    return 1 if $plan->{by_id}{ $thing->{id} };
    return $kinds{ $thing->{kind} }{shared} && $plan->{said}{ $thing->{id} } ? 1 : 0;
}

sub what { return $kinds{ $_[0]{kind} }{what} }

# True of a kind whose entries show by themselves whose they are.
sub is_marked { return $kinds{ $_[0]{kind} }{marked} }

# ---- How a thing becomes ours

# Why what a step makes cannot be seen; undef if it can, or if the step makes nothing.
sub trouble {
    my ($step, $host) = @_;
    my $thing = thing_of($step) // return undef;
    return undef if eval { known($host, $thing); 1 };
    die $@ unless ref $@ eq 'Unknown';
    return $@->{reason};
}

# Called with each look right before something is done: what is missing then is about to be made, and what is there may be no longer as we left it.
sub watch {
    my ($plan, $step, $look, $run, $verdict) = @_;
    $plan->{changed}{ $step->{id} }{ $_->{key} } = 1 for @{ $verdict->{changes} };
    my $thing = thing_of($step) // return;
    return if exists $plan->{watched}{ $step->{id} };
    my ($is) = my @seen = seen($look->{host}, $thing) or return;
    $plan->{watched}{ $step->{id} } = $is;
    return if defined $is;
    $plan->{journal}->append('intent', $step->{id}, $run, time, $thing->{kind} eq 'folder' ? first_missing($look->{host}, $thing->{words}[0]) : '-');
}

# The uppermost of the folders that have to be made for one: it goes with that one.
sub first_missing {
    my ($host, $path) = @_;
    while ((my $above = $path =~ s{/[^/]+$}{}r) ne '') {
        last if defined $host->facts($above);
        $path = $above;
    }
    return $path;
}

sub thing_of {
    my ($step) = @_;
    my $kind  = $kinds{ $step->{kind} } // return undef;
    my @words = $kind->{words}->($step) or return undef;
    return { id => $step->{id}, kind => $step->{kind}, words => \@words };
}

# The record of a thing that is there now and ours, if the journal lacks it or has another.
sub records {
    my ($plan, $step, $look, $run) = @_;
    return () if $step->{chore};
    my $thing   = thing_of($step) // return ();
    my $journal = $plan->{journal};
    my ($is)    = seen($look->{host}, $thing);
    return () unless defined $is;
    my $was     = $journal->{made}{ $step->{id} };
    return () if $was && $is eq $was->{known};
    my $is_new = is_made_by_us($plan, $thing, $look->{host}, $run);
    return () unless $is_new || ($was && is_kept($plan, $step->{id}, $was));
    my @first = $thing->{kind} ne 'folder' ? () : $is_new ? $journal->{intent}{ $step->{id} }{digest} : $was->{words}[3];
    return [ 'made', $step->{id}, $step->{kind}, $is, name_of($step), @{ $thing->{words} }, @first ];
}

# What people call it. Files of a guest are not the guest.
sub name_of {
    my ($step) = @_;
    return $step->{resource} =~ m{^guest/} ? $step->{id} : $step->{resource};
}

# What we changed ourselves goes on being ours, if it was as we had left it.
sub is_kept {
    my ($plan, $id, $was) = @_;
    return $was->{kind} ne 'zfs-dataset' && ($plan->{watched}{$id} // '') eq $was->{known};
}

sub is_made_by_us {
    my ($plan, $thing, $host, $run) = @_;
    my $kind   = $kinds{ $thing->{kind} };
    return 1 if $kind->{marked};
    my $intent = $plan->{journal}{intent}{ $thing->{id} } // return 0;
    my $now    = $intent->{run} eq $run;
    return 0 if $now && (!exists $plan->{watched}{ $thing->{id} } || defined $plan->{watched}{ $thing->{id} });
    return 1 if $now && $thing->{kind} ne 'zfs-dataset';
    my $made_at = $kind->{made_at}->($host, @{ $thing->{words} }) // 0;
    return Journal::announces($intent, $made_at, $now ? time : ());
}

1;
