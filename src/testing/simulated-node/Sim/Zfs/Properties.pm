package Sim::Zfs::Properties;
# ZFS properties: defaults, inheritance, what values they take, and how they are shown.
#
# kind: switch, choice, size, power (of two), text, number; fixed = read only; once = only at creation.
use strict;
use warnings;

use Sim::PropertyString;
use Sim::Zfs::Mounts;
use Sim::Zfs::State;

my $COMPRESSION = 'on | off | lzjb | gzip | gzip-[1-9] | zle | lz4 | zstd | zstd-[1-19] | zstd-fast |'
    . ' zstd-fast-[1-10,20,30,40,50,60,70,80,90,100,500,1000]';

my $DEDUP = 'on | off | verify | sha256[,verify] | sha512[,verify] | skein[,verify] | edonr,verify | blake3[,verify]';

sub choice { my ($default, @values) = @_; return { kind => 'choice', default => $default, values => [@values] } }
sub switch { return choice($_[0], 'on', 'off') }

my %PROPERTY = (
    aclinherit   => choice('restricted', qw(discard noallow restricted passthrough passthrough-x)),
    aclmode      => choice('discard', qw(discard groupmask passthrough restricted)),
    acltype      => choice('off', qw(off nfsv4 posix)),
    atime        => switch('on'),
    canmount     => { %{ choice('on', qw(on off noauto)) }, alone => 1 },
    casesensitivity => { %{ choice('sensitive', qw(sensitive insensitive mixed)) }, once => 1 },
    checksum     => choice('on', qw(on off fletcher2 fletcher4 sha256 sha512 skein edonr blake3)),
    compression  => { kind => 'choice', default => 'on', shown_values => $COMPRESSION, pattern =>
        'on|off|lzjb|gzip(?:-[1-9])?|zle|lz4|zstd(?:-(?:[1-9]|1[0-9]))?|zstd-fast(?:-(?:[1-9]|10|[2-9]0|100|500|1000))?' },
    copies       => choice('1', qw(1 2 3)),
    dedup        => { kind => 'choice', default => 'off', shown_values => $DEDUP,
        pattern => 'on|off|verify|(?:sha256|sha512|skein|blake3)(?:,verify)?|edonr,verify' },
    devices      => switch('on'),
    dnodesize    => choice('legacy', qw(legacy auto 1k 2k 4k 8k 16k)),
    exec         => switch('on'),
    logbias      => choice('latency', qw(latency throughput)),
    mountpoint   => { kind => 'path', default => '' },
    overlay      => switch('on'),
    primarycache => choice('all', qw(all none metadata)),
    quota        => { kind => 'limit', default => 0, alone => 1 },
    readonly     => switch('off'),
    recordsize   => { kind => 'power', default => 131_072 },
    redundant_metadata => choice('all', qw(all most some none)),
    refquota     => { kind => 'limit', default => 0, alone => 1 },
    refreservation => { kind => 'limit', default => 0, alone => 1 },
    relatime     => switch('on'),
    reservation  => { kind => 'limit', default => 0, alone => 1 },
    secondarycache => choice('all', qw(all none metadata)),
    setuid       => switch('on'),
    sharenfs     => { kind => 'text', default => 'off' },
    sharesmb     => { kind => 'text', default => 'off' },
    snapdir      => choice('hidden', qw(disabled hidden visible)),
    special_small_blocks => { kind => 'size', default => 0 },
    sync         => choice('standard', qw(standard always disabled)),
    volblocksize => { kind => 'size', default => 16_384, once => 1 },
    volsize      => { kind => 'size', default => undef },
    xattr        => choice('sa', qw(on off dir sa)),
    (map { $_ => { kind => 'size', fixed => 1 } } qw(available referenced used usedbychildren usedbydataset
        usedbysnapshots usedbyrefreservation logicalused logicalreferenced written)),
    (map { $_ => { kind => 'text', fixed => 1 } } qw(creation guid mounted origin type encryption keystatus
        compressratio refcompressratio createtxg userrefs)),
);

my %ALIAS = (refer => 'referenced', avail => 'available', mountpt => 'mountpoint', lused => 'logicalused',
    lrefer => 'logicalreferenced', recsize => 'recordsize', compress => 'compression', volblock => 'volblocksize',
    rdonly => 'readonly', refquota => 'refquota', refreserv => 'refreservation', reserv => 'reservation');

sub canonical { my ($name) = @_; return $ALIAS{$name} // $name }

sub is_user_property { return $_[0] =~ /^[a-z0-9:+._-]*:[a-z0-9:+._-]*\z/ }

sub exists_property { my ($name) = @_; return is_user_property($name) || exists $PROPERTY{$name} }

sub is_fixed { my ($name) = @_; return $PROPERTY{$name} && $PROPERTY{$name}{fixed} }
sub is_once  { my ($name) = @_; return $PROPERTY{$name} && $PROPERTY{$name}{once} }

# (stored value, undef) or (undef, complaint)
sub check_value {
    my ($name, $value) = @_;
    return ($value, undef) if is_user_property($name);
    my $rule = $PROPERTY{$name} or return (undef, "invalid property '$name'");
    my $kind = $rule->{kind};

    if ($kind eq 'choice') {
        my $pattern = $rule->{pattern} // join '|', map { quotemeta } @{ $rule->{values} };
        return ($value, undef) if $value =~ /^(?:$pattern)\z/;
        my $shown = $rule->{shown_values} // join ' | ', @{ $rule->{values} };
        return (undef, "'$name' must be one of '$shown'");
    }
    if ($kind eq 'path') {
        return ($value, undef) if $value =~ m{^(?:/.*|none|legacy)\z};
        return (undef, "'$name' must be an absolute path, 'none', or 'legacy'");
    }
    return ($value, undef) if $kind eq 'text';

    return (0, undef) if $kind eq 'limit' && $value eq 'none';
    my $bytes = bytes($value);
    return (undef, "bad numeric value '$value'") if !defined $bytes;
    if ($kind eq 'power' && ($bytes < 512 || $bytes > 16 * 1024**2 || $bytes & ($bytes - 1))) {
        return (undef, "'$name' must be power of 2 from 512B to 16M");
    }
    return ($bytes, undef);
}

sub bytes {
    my ($text) = @_;
    my ($number, $unit) = $text =~ /^(\d+(?:\.\d+)?)(?:([KMGTkmgt])(?:i?[Bb])?|[Bb])?\z/ or return undef;
    return Sim::PropertyString::size_to_bytes($number . uc($unit // ''));
}

# (raw value, source)
sub value {
    my ($state, $name, $property) = @_;
    my $dataset = $state->{datasets}{$name};
    my $rule    = $PROPERTY{$property};
    return computed($state, $dataset, $property) if $rule && $rule->{fixed};
    return mount_point($state, $name) if $property eq 'mountpoint';
    return ('-', '-') if $dataset->{type} eq 'snapshot' && !is_user_property($property);
    return ('-', '-') if $property eq 'volsize' && $dataset->{type} ne 'volume';
    return ($dataset->{local}{$property}, 'local') if defined $dataset->{local}{$property};

    if (!$rule || !$rule->{alone}) {
        for (my $parent = $name; $parent =~ s{[/@][^/@]*\z}{};) {
            my $given = $state->{datasets}{$parent} && $state->{datasets}{$parent}{local}{$property};
            return ($given, "inherited from $parent") if defined $given;
        }
    }
    return $rule ? ($rule->{default} // '-', $rule->{default} eq '' ? '-' : 'default') : ('-', '-');
}

sub mount_point {
    my ($state, $name) = @_;
    return ('-', '-') if $state->{datasets}{$name}{type} ne 'filesystem';
    my $own = $state->{datasets}{$name}{local}{mountpoint};
    return ($own, 'local') if defined $own;
    my $parent = $name;
    while ($parent =~ s{/[^/]*\z}{}) {
        my $given = $state->{datasets}{$parent}{local}{mountpoint} // next;
        my $point = Sim::Zfs::Mounts::mount_point($state, $name) // $given;
        return ($point, "inherited from $parent");
    }
    return (Sim::Zfs::Mounts::mount_point($state, $name), 'default');
}

sub EMPTY_DATASET () { 98_304 }

sub computed {
    my ($state, $dataset, $property) = @_;
    my $name = $dataset->{name};
    my $snapshot = $dataset->{type} eq 'snapshot';
    my %value = (
        type       => $dataset->{type},
        guid       => $dataset->{guid},
        creation   => $dataset->{creation},
        createtxg  => $dataset->{order},
        origin     => $dataset->{origin} // '-',
        mounted    => $dataset->{type} eq 'filesystem' ? (Sim::Zfs::Mounts::is_mounted($name) ? 'yes' : 'no') : '-',
        encryption => 'off',
        keystatus  => '-',
        userrefs   => $snapshot ? scalar(Sim::Zfs::State::holds($dataset)) : '-',
        compressratio    => '1.00x',
        refcompressratio => '1.00x',
        used       => $snapshot ? 0 : used($state, $name),
        referenced => EMPTY_DATASET,
        available  => $snapshot ? '-' : available($state, $name),
    );
    return ($value{$property} // EMPTY_DATASET, '-');
}

sub used {
    my ($state, $name) = @_;
    return EMPTY_DATASET * (1 + scalar Sim::Zfs::State::descendants($state, $name));
}

sub available {
    my ($state, $name) = @_;
    my ($pool) = $name =~ m{^([^/@]+)};
    my $left = $state->{pools}{$pool}{size} - used($state, $pool);
    for my $limit (qw(quota refquota)) {
        my $given = $state->{datasets}{$name}{local}{$limit} or next;
        $left = $given - EMPTY_DATASET if $given - EMPTY_DATASET < $left;
    }
    return $left < 0 ? 0 : $left;
}

sub is_size { my ($name) = @_; return $PROPERTY{$name} && $PROPERTY{$name}{kind} =~ /^(?:size|limit|power)\z/ }

# As zfs shows it: exact with -p, else rounded to three digits, limits of 0 as none.
sub shown {
    my ($property, $value, $exact) = @_;
    return $value if $value eq '-' || $exact;
    return 'none' if $value eq '0' && $PROPERTY{$property} && $PROPERTY{$property}{kind} eq 'limit';
    return human($value) if is_size($property);
    return scalar localtime $value if $property eq 'creation';
    return $value;
}

sub human {
    my ($bytes) = @_;
    return $bytes if $bytes !~ /^\d+\z/;
    my @units = ('B', qw(K M G T P));
    my $value = $bytes;
    while ($value >= 1024 && @units > 1) { $value /= 1024; shift @units }
    return "${bytes}B" if $units[0] eq 'B';
    return sprintf('%d', $value) . $units[0] if $value == int $value;
    my $digits = $value < 10 ? 2 : $value < 100 ? 1 : 0;
    return sprintf("%.${digits}f", $value) . $units[0];
}

1;
