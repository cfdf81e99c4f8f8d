package Words;

# Stacks and steps from the words of a runbook, as format/runbook-shell.ts writes them.

use strict;
use warnings;

# Number of words of each option; `*` carries the number itself. Kinds add to or differ from what all kinds have.
my %common = (resource => 1, path => 1, title => 1, need => 1, exclusive => 1, 'until-template' => 1, why => 1, removal => 1);
my %owner  = (mode => 1, owner => 2);
my %file   = (file => 3, secret => 1, %owner);
my %guest  = (guest => 2);
my %kinds  = (
    'file'           => {%file},
    'zfs-pool'       => { pool => 1, vdev => '*', property => 3 },
    'zfs-dataset'    => { dataset => 1, create => 1, property => 3 },
    'folder'         => { folder => 1, inside => 2, %owner },
    'storage'        => { storage => 2, create => 1, option => 3, secret => 2 },
    'mapping'        => { mapping => 2, create => 1, option => 3, map => 1 },
    'download'       => { download => 3, catalogue => 0, nowhere => 0, url => 1, oci => 1, checksum => 2 },
    'firewall-entries' => { file => 2, option => 2, alias => 2, ipset => '*', group => '*', rule => 1 },
    'network'        => { management => 1, interface => 2, stanza => 2, set => 2, comment => 1, card => 3 },
    'guest-create'   => {
        %guest, marker => 1, hostname => 1, archive => 1, rootfs => 2, unprivileged => 1, ostype => 1, arch => 1, clone => 3, storage => 1, empty => 0, adopted => 0,
    },
    'guest-config'   => {
        %guest, key => 3, volume => 5, generated => 2, absent => 2, added => 2, marker => 1, 'own-raw' => 0, raw => 2, 'clean-clone' => 0,
        import => 2, cloudinit => 1,
    },
    'guest-state'    => { %guest, state => 1, mount => 2, timeout => 1, 'started-with' => 1 },
    'guest-file'     => { %guest, digest => 1, %file },
    'guest-run'      => { %guest, script => 1, digest => 1, timeout => 1, again => 1, secret => 1 },
    'guest-template' => { %guest, digest => 1 },
    'health'         => { url => 1, status => 1, retries => 1, interval => 1 },
    'run'            => { probe => '*', command => '*', fix => 1 },
    'note'           => { text => 1 },
);
my $everywhere = { map { ("--$_" => 1) } keys %common };
for my $kind (values %kinds) {
    my %all = (%common, %$kind);
    $kind = { map { ("--$_" => $all{$_}) } keys %all };
}

# A step from its words: { kind, id, resource, path, title, needs, exclusive, until, why, options => [[name, words …], …], has => {name => [words …]} }.
# Dies with a sentence about a word that this version does not know: an applier must not guess.
sub step {
    my ($stack, $kind, $id, @words) = @_;
    my $arity = $kinds{$kind} // die "this applier knows no step kind `$kind` (step $id)\n";
    my (%has, @options, @needs, @exclusive);
    my $at  = 0;
    my $end = @words;
    while ($at < $end) {
        my $option = $words[ $at++ ];
        my $take   = $arity->{$option} // die "this applier knows no option $option of a $kind step (step $id)\n";
        $take = $words[ $at++ ] if $take eq '*';
        die "option $option of step $id lacks words\n" if $at + $take > $end;
        my $name = substr $option, 2;
        if ($name eq 'need') { push @needs, $words[ $at++ ]; next }
        my @taken = @words[ $at .. $at + $take - 1 ];
        $at += $take;
        push @exclusive, @taken if $name eq 'exclusive';
        $has{$name} = \@taken;
        push @options, [ $name, @taken ] unless $everywhere->{$option};
    }
    return {
        kind     => $kind,
        id       => $id,
        stack    => $stack,
        resource => $has{resource}[0] // $id,
        path     => $has{path}[0] // $id,
        title    => $has{title}[0] // $kind,
        until    => $has{'until-template'} && $has{'until-template'}[0],
        why      => $has{why} && $has{why}[0],
        needs    => \@needs,
        exclusive => \@exclusive,
        options  => \@options,
        has      => \%has,
    };
}

sub stack {
    my ($folder, $name, @words) = @_;
    my %stack = (folder => $folder, name => $name, app => '', host => '', pve => '', order => 0, restart => 'never', protect => 0);
    while (my ($option, $value) = splice @words, 0, 2) {
        my $key = substr $option, 2;
        die "this applier knows no option $option of a stack\n" unless exists $stack{$key};
        $stack{$key} = $value;
    }
    return \%stack;
}

# The files of a `file` or `guest-file` step: each --file with the --mode, --owner and --secret that follow it. What holds secrets is root's alone
# unless the step says otherwise.
sub files {
    my ($step) = @_;
    my @files;
    for my $option (@{ $step->{options} }) {
        my ($name, @words) = @$option;
        if    ($name eq 'file')  { push @files, { target => $words[0], source => "$step->{stack}{folder}/$words[1]", sha256 => $words[2] } }
        elsif ($name eq 'mode')  { $files[-1]{mode} = $words[0] }
        elsif ($name eq 'owner') { @{ $files[-1] }{qw(uid gid)} = @words }
        elsif ($name eq 'secret') { push @{ $files[-1]{secrets} }, $words[0] }
    }
    for my $file (grep { $_->{secrets} } @files) {
        $file->{mode} //= '0600';
        @$file{qw(uid gid)} = (0, 0) unless defined $file->{uid};
    }
    return @files;
}

1;
