package Sim::StorageTypes;
# The types of storages: what an entry of each may say, what may lie on it, and how its values are checked.
use strict;
use warnings;

use Sim::Failure;
use Sim::Schema;

# Per option `!` says that it is fixed, `*` that it is required.
my $EVERY    = 'nodes disable content';
my $FILES    = 'mkdir create-base-path create-subdirs prune-backups max-protected-backups';
my $CHAIN    = 'snapshot-as-volume-chain!';
my $ANY_FILE = 'images rootdir vztmpl iso backup snippets import';

my %TYPE = (
    dir => type("path!* content-dirs shared format is_mountpoint bwlimit preallocation $FILES $CHAIN",
        "$ANY_FILE none", 'images,rootdir', 'raw qcow2 vmdk subvol'),
    btrfs => type("path!* shared format is_mountpoint nocow preallocation $FILES",
        "$ANY_FILE none", 'images,rootdir', 'raw subvol'),
    nfs => type("path!* server!* export!* options content-dirs format bwlimit preallocation $FILES $CHAIN",
        $ANY_FILE, 'images', 'raw qcow2 vmdk'),
    cifs => type("path!* server!* share!* subdir username password domain smbversion options content-dirs format bwlimit"
        . " preallocation $FILES $CHAIN", $ANY_FILE, 'images', 'raw qcow2 vmdk'),
    cephfs => type("path!* monhost subdir username keyring fuse fs-name options content-dirs format bwlimit $FILES",
        'vztmpl iso backup snippets import', 'backup', ''),
    zfspool => type('pool!* blocksize sparse bwlimit mountpoint', 'images rootdir', 'images,rootdir', 'raw subvol'),
    lvm => type('vgname!* shared saferemove saferemove-stepsize saferemove_throughput base! tagged_only bwlimit'
        . ' snapshot-as-volume-chain', 'images rootdir', 'images', 'raw qcow2'),
    lvmthin => type('thinpool!* vgname!* bwlimit', 'images rootdir', 'images,rootdir', ''),
    rbd => type('monhost pool data-pool namespace username krbd keyring bwlimit', 'images rootdir', 'images', ''),
    iscsi       => type('portal!* target!* bwlimit', 'images none', 'images', ''),
    iscsidirect => type('portal!* target!* bwlimit', 'images none', 'images', ''),
    zfs => type('portal!* target!* pool!* blocksize!* iscsiprovider!* nowritecache sparse comstar_hg comstar_tg lio_tpg'
        . ' bwlimit zfs-base-path', 'images', 'images', ''),
    pbs => type('server!* datastore!* namespace port username password encryption-key master-pubkey prune-backups'
        . ' max-protected-backups fingerprint', 'backup none', 'backup', ''),
    esxi => type('server* username* shared password skip-cert-verification port', 'import', 'import', 'raw qcow2 vmdk'),
);

# Options that never reach storage.cfg, by type.
my %SECRET = (
    cifs => ['password'], cephfs => ['keyring'], rbd => ['keyring'], esxi => ['password'],
    pbs => ['password', 'encryption-key', 'master-pubkey'],
);

# Options that came with a release: unknown before.
my %SINCE = ('snapshot-as-volume-chain' => '9.0', 'zfs-base-path' => '9.0', 'saferemove-stepsize' => '9.1');

my $TEXT    = { type => 'string' };
my $BOOLEAN = { type => 'boolean' };
my $NAME    = qr/[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*/;
my $IPV6    = qr/[0-9A-Fa-f]*:[0-9A-Fa-f:.]*/;
my $PORTAL  = qr/$NAME(?::\d+)?|\[$IPV6\](?::\d+)?|$IPV6/;
my $PATH    = matching('/[^;()].*');
my $KEPT    = { type => 'integer', min => 0 };
my $RATE    = { type => 'number', min => 0 };

my %RULE = (
    nodes => { type => 'string', pattern => "$NAME(?:[,; ]+$NAME)*", list => 1 },
    content => { type => 'string', format => 'content-list', list => 1 },
    'prune-backups' => { type => 'string', properties => {
        'keep-all' => $BOOLEAN, map { ("keep-$_" => $KEPT) } qw(last hourly daily weekly monthly yearly) } },
    'max-protected-backups' => { type => 'integer', min => -1 },
    bwlimit => { type => 'string', properties => { map { ($_ => $RATE) } qw(default clone migration move restore) } },
    'content-dirs' => matching('[a-z]+=[^,;\s]+(?:[,; ]+[a-z]+=[^,;\s]+)*'),
    format        => { type => 'string', enum => [qw(raw qcow2 subvol vmdk)] },
    preallocation => { type => 'string', enum => [qw(off metadata falloc full)] },
    blocksize     => matching('\d+[kKmM]?'),
    options       => matching('\S+'),
    server        => matching("(?:$NAME|$IPV6)"),
    portal        => matching("(?:$PORTAL)"),
    monhost       => { type => 'string', pattern => "(?:$PORTAL)(?:[,; ]+(?:$PORTAL))*", list => 1 },
    vgname        => matching('[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]'),
    thinpool      => matching('[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]'),
    base          => { type => 'string', format => 'volume-id' },
    # Asked for if it is given no value: then the next line of standard input.
    password      => { type => 'string', asked_for => 1 },
    'fs-name'     => { type => 'string', format => 'config-id' },
    smbversion    => { type => 'string', enum => [qw(default 2.0 2.1 3 3.0 3.11)] },
    domain        => { type => 'string', length => 256 },
    port          => { type => 'integer', min => 1, max => 65_535 },
    fingerprint   => matching('(?:[A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}'),
    'saferemove-stepsize' => { type => 'integer', enum => [1, 2, 4, 8, 16, 32] },
    (map { ($_ => $PATH) } qw(path subdir mountpoint zfs-base-path export)),
    (map { ($_ => $BOOLEAN) } qw(disable shared mkdir create-base-path create-subdirs nocow sparse fuse krbd saferemove
        tagged_only nowritecache skip-cert-verification snapshot-as-volume-chain)),
);

sub type {
    my ($options, $content, $default, $formats) = @_;
    my %option;
    for my $word (split / /, "$EVERY $options") {
        my ($name, $marks) = $word =~ /^([\w-]+)([!*]*)\z/;
        $option{$name} = { fixed => index($marks, q{!}) >= 0, required => index($marks, q{*}) >= 0 };
    }
    return {
        options => \%option, default => $default,
        content => { map { $_ => 1 } split / /, $content }, formats => { map { $_ => 1 } split / /, $formats },
    };
}

sub matching { return { type => 'string', pattern => $_[0] } }

sub of       { return $TYPE{ $_[0] } }
sub names    { return sort keys %TYPE }
sub secrets  { return @{ $SECRET{ $_[0] } // [] } }
sub default_content { my $type = $TYPE{ $_[0] }; return $type ? $type->{default} : '' }
sub required { my ($type) = @_; my $of = $TYPE{$type}{options} // {}; return sort grep { $of->{$_}{required} } keys %$of }

# Rules of every option that some type takes, for the command line.
sub create_rules { return rules(sub { 1 }) }

# Only what can be changed on some type is an option of `pvesm set`.
sub update_rules { return rules(sub { !$_[0]{fixed} }) }

sub rules {
    my ($is_wanted) = @_;
    my %rules;
    my $release = Sim::Node::setting('pve-release', '9.1.4');
    for my $type (values %TYPE) {
        for my $name (grep { $is_wanted->($type->{options}{$_}) } keys %{ $type->{options} }) {
            next if defined $SINCE{$name} && older($release, $SINCE{$name});
            $rules{$name} = $RULE{$name} // $TEXT;
        }
    }
    return \%rules;
}

sub older {
    my ($one, $other) = map { my ($major, $minor) = /^(\d+)\.(\d+)/; $major * 100 + $minor } @_;
    return $one < $other;
}

# As Proxmox reads the values of a new or changed entry, before anything is stored. Dies with a sentence.
sub read_values {
    my ($type, $values, $is_new) = @_;
    my $of = $TYPE{$type};
    for my $name (sort keys %$values) {
        my $option = $of->{options}{$name};
        die "can't change value of fixed parameter '$name'\n" if !$is_new && $option && $option->{fixed};
        die "unexpected property '$name'\n" if !$option;
        $values->{$name} = read_value($of, $name, $values->{$name});
        delete $values->{$name} if !defined $values->{$name};
    }
    return if !$is_new;
    for my $name (required($type)) { die "missing value for required option '$name'\n" if !defined $values->{$name} }
}

# undef: Proxmox warns and goes on without.
sub read_value {
    my ($of, $name, $value) = @_;
    return Sim::Schema::boolean($value) if ($RULE{$name}{type} // '') eq 'boolean';
    return kinds_of($of, $value)        if $name eq 'content';
    return join ',', sort(Sim::Schema::split_list($value)) if $name eq 'nodes';
    if ($name eq 'format' && !$of->{formats}{$value}) {
        print STDERR "storage does not support format '$value'\n";
        return undef;
    }
    if ($name eq 'prune-backups') {
        my %kept = map { /^keep-(\w+)=(.*)\z/ ? ($1 => $2) : () } split /,/, $value;
        my $all = Sim::Schema::boolean(delete $kept{all} // 0);
        die "keep-all cannot be set together with other options.\n" if $all && grep { $_ > 0 } values %kept;
    }
    return $value;
}

# Unique, in no order that was asked for, and without the kinds that the type does not know.
sub kinds_of {
    my ($of, $value) = @_;
    my %kinds;
    for my $kind (Sim::Schema::split_list($value)) {
        if ($of->{content}{$kind}) { $kinds{$kind} = 1 }
        else                       { print STDERR "storage does not support content type '$kind'\n" }
    }
    die "unable to combine 'none' with other content types\n" if $kinds{none} && keys %kinds > 1;
    die "storage does not support content type 'none'\n" if !%kinds && !$of->{content}{none};
    return join(',', sort keys %kinds) || 'none';
}

1;
