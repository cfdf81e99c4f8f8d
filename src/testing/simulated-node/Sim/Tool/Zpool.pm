package Sim::Tool::Zpool;
# zpool: list, status, get, set, create, destroy, import, export.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Node;
use Sim::Options;
use Sim::Tool::Zfs;
use Sim::Zfs::Pools;
use Sim::Zfs::Properties;
use Sim::Zfs::State;

my %COMMAND = (
    list => \&list, status => \&status, get => \&get, set => \&set, create => \&create, destroy => \&destroy,
    import => \&import_, export => \&export_,
);

my %DEFAULT = (
    ashift => 0, autoexpand => 'off', autoreplace => 'off', autotrim => 'off', bootfs => '-', cachefile => '-',
    comment => '-', delegation => 'on', failmode => 'wait', listsnapshots => 'off', multihost => 'off', readonly => 'off',
);
my %COMPUTED = map { $_ => 1 } qw(name health guid altroot expandsize checkpoint capacity fragmentation dedupratio version
    load_guid size allocated free);
my %CHOICE = (autoexpand => 'on|off', autoreplace => 'on|off', autotrim => 'on|off', delegation => 'on|off',
    listsnapshots => 'on|off', multihost => 'on|off', failmode => 'wait|continue|panic');
my %ALIAS = (
    alloc => 'allocated', cap => 'capacity', frag => 'fragmentation', expandsz => 'expandsize',
    ckpoint => 'checkpoint', dedup => 'dedupratio', listsnaps => 'listsnapshots',
);
my $LISTED = 'name,size,alloc,free,ckpoint,expandsz,frag,cap,dedup,health,altroot';

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("missing command\nusage: zpool command args ...", 2);
    my $code = $COMMAND{$command} or not_simulated("zpool $command");
    return $code->(@argv);
}

sub present {
    my ($state) = @_;
    return grep { !$state->{pools}{$_}{exported} } sort keys %{ $state->{pools} };
}

sub pool_of {
    my ($state, $name) = @_;
    my $pool = $state->{pools}{$name};
    return $pool && !$pool->{exported} ? $pool : undef;
}

sub value {
    my ($state, $pool, $property, $exact) = @_;
    $property = $ALIAS{$property} // $property;
    my $used = Sim::Zfs::Properties::used($state, $pool->{name});
    my %size = (size => $pool->{size}, allocated => $used, free => $pool->{size} - $used);
    return $exact ? $size{$property} : Sim::Zfs::Properties::human($size{$property}) if defined $size{$property};

    my $percent = $exact ? '' : '%';
    my %value = (
        name => $pool->{name}, health => $pool->{health}, guid => $pool->{guid}, altroot => '-', expandsize => '-',
        checkpoint => '-', capacity => int(100 * $used / $pool->{size}) . $percent, fragmentation => "0$percent",
        dedupratio => $exact ? '1.00' : '1.00x', version => '-', load_guid => $pool->{guid},
    );
    return $value{$property} // $pool->{local}{$property} // $DEFAULT{$property};
}

sub known_property {
    my ($name) = @_;
    $name = $ALIAS{$name} // $name;
    return exists $DEFAULT{$name} || $COMPUTED{$name} || $name =~ /^feature\@/;
}

sub list {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zpool list', 'HpPLg', 'oT', @argv);
    my @fields = map { split /,/ } @{ $option->{o} // [$LISTED] };
    for my $field (@fields) {
        fail("bad property list: invalid property '$field'\nusage:\n\tlist ...", 2) if !known_property($field);
    }
    my $state = Sim::Zfs::State::load();
    my ($exit, @rows) = (0);
    for my $name (@names ? @names : present($state)) {
        my $pool = pool_of($state, $name);
        if (!$pool) { print STDERR "cannot open '$name': no such pool\n"; $exit = 1; next }
        push @rows, [map { value($state, $pool, $_, $option->{p}) // '-' } @fields];
    }
    print STDERR "no pools available\n" if !@rows && !@names;
    Sim::Tool::Zfs::print_rows(\@fields, \@rows, $option->{H});
    return $exit;
}

sub get {
    my (@argv) = @_;
    my ($option, $wanted, @names) = Sim::Options::parse('zpool get', 'Hp', 'o', @argv);
    fail("missing property argument\nusage:\n\tget ...", 2) if !defined $wanted;
    not_simulated('zpool get all') if $wanted eq 'all';
    my @properties = split /,/, $wanted;
    for my $property (@properties) {
        fail("bad property list: invalid property '$property'\nusage:\n\tget ...", 2) if !known_property($property);
    }
    my @fields = map { split /,/ } @{ $option->{o} // ['name,property,value,source'] };
    my $state = Sim::Zfs::State::load();
    my ($exit, @rows) = (0);
    for my $name (@names ? @names : present($state)) {
        my $pool = pool_of($state, $name);
        if (!$pool) { print STDERR "cannot open '$name': no such pool\n"; $exit = 1; next }
        for my $property (@properties) {
            my $source = exists $pool->{local}{$property} ? 'local' : exists $DEFAULT{$property} ? 'default' : '-';
            my %cell = (name => $name, property => $property, source => $source,
                value => value($state, $pool, $property, $option->{p}) // '-');
            push @rows, [map { $cell{$_} // fail("invalid column name '$_'", 2) } @fields];
        }
    }
    Sim::Tool::Zfs::print_rows(\@fields, \@rows, $option->{H});
    return $exit;
}

sub check_property {
    my ($before, $name, $value) = @_;
    fail("$before: property '$name' is not a valid pool property", 1) if !known_property($name);
    fail("$before: property '$name' is readonly", 1) if !exists $DEFAULT{$name} && $name !~ /^feature\@/;
    fail("$before: property '$name' must be a number between 9 and 16", 1)
        if $name eq 'ashift' && ($value !~ /^\d+\z/ || $value != 0 && ($value < 9 || $value > 16));
    fail("$before: '$name' must be one of '" . join(' | ', split /\|/, $CHOICE{$name}) . "'", 1)
        if $CHOICE{$name} && $value !~ /^(?:$CHOICE{$name})\z/;
}

sub set {
    my ($assignment, $name) = @_;
    my ($property, $value) = ($assignment // '') =~ /^([^=]+)=(.*)\z/s
        or fail("missing value in property=value argument\nusage:\n\tset ...", 2);
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        my $pool = pool_of($state, $name) or fail("cannot open '$name': no such pool", 1);
        check_property("cannot set property for '$name'", $property, $value);
        $pool->{local}{$property} = $value;
        return 0;
    });
}

my %LEAST = (mirror => 2, raidz => 2, raidz1 => 2, raidz2 => 3, raidz3 => 4);

# [kind, device ...] groups; kind 'disk' for plain ones
sub groups {
    my (@words) = @_;
    my @groups;
    for my $word (@words) {
        not_simulated("vdev type '$word'") if $word =~ /^(?:spare|log|cache|special|dedup|draid.*)\z/;
        if (defined $LEAST{$word})                          { push @groups, [$word] }
        elsif (@groups && $groups[-1][0] ne 'disk')         { push @{ $groups[-1] }, $word }
        else                                                { push @groups, ['disk', $word] }
    }
    return @groups;
}

sub create {
    my (@argv) = @_;
    my ($option, $name, @words) = Sim::Options::parse('zpool create', 'fnd', 'oOmRt', @argv);
    not_simulated('zpool create -n') if $option->{n};
    not_simulated("zpool create -$_") for grep { $option->{$_} } qw(R t);
    fail("missing pool name argument\nusage:\n\tcreate ...", 2) if !defined $name;
    fail("missing vdev specification\nusage:\n\tcreate ...", 2) if !@words;
    fail("cannot create '$name': name is reserved", 1) if $name =~ /^(?:mirror|raidz.*|draid.*|spare|log)\z/;
    fail("cannot create '$name': name must begin with a letter", 1) if $name !~ /^[A-Za-z]/;

    my @groups = groups(@words);
    for my $group (@groups) {
        my ($kind, @devices) = @$group;
        my $least = $LEAST{$kind} // 1;
        fail("invalid vdev specification: $kind requires at least $least devices", 1) if @devices < $least;
    }
    my @disks = map { check_disk($_, $option->{f}) } map { @$_[1 .. $#$_] } @groups;
    my %properties;
    for (@{ $option->{o} // [] }) {
        my ($property, $value) = /^([^=]+)=(.*)\z/s or fail("missing '=' for -o option\nusage:\n\tcreate ...", 2);
        check_property("cannot create '$name'", $property, $value);
        $properties{$property} = $value;
    }
    my $filesystem = Sim::Tool::Zfs::check_properties("cannot create '$name'", 1, 0, @{ $option->{O} // [] });
    $filesystem->{mountpoint} = $option->{m}[-1] if $option->{m};

    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail("cannot create '$name': pool already exists", 1) if pool_of($state, $name);
        Sim::Zfs::Pools::create($state, $name,
            vdevs => "@words", properties => \%properties, filesystem => $filesystem);
        Sim::Zfs::Pools::set_disk($_, "pool $name") for @disks;
        Sim::Faults::middle();
    });
    return 0;
}

# The disk's by-id name; refused when it is not there, in a pool, or holds something and -f was not given.
sub check_disk {
    my ($word, $force) = @_;
    my ($disk) = $word =~ m{^(?:/dev/disk/by-id/)?([^/]+)\z};
    my $state = defined $disk ? Sim::Zfs::Pools::disk_state($disk) : undef;
    if (!defined $state) {
        fail("cannot resolve path '$word'", 1) if $word =~ m{^/};
        fail("cannot open '$word': no such device in /dev\nmust be a full path or shorthand device name", 1);
    }
    fail("/dev/disk/by-id/$disk is in use and contains a unknown filesystem.", 1) if $state =~ /^pool /;
    fail("invalid vdev specification\nuse '-f' to override the following errors:\n"
            . "/dev/disk/by-id/$disk-part1 contains a filesystem of type 'ext4'", 1) if $state ne 'blank' && !$force;
    return $disk;
}

sub destroy {
    my (@argv) = @_;
    my ($option, $name) = Sim::Options::parse('zpool destroy', 'f', '', @argv);
    fail("missing pool argument\nusage:\n\tdestroy ...", 2) if !defined $name;
    Sim::Zfs::State::change(sub {
        my ($state) = @_;
        pool_of($state, $name) or fail("cannot open '$name': no such pool", 1);
        check_busy($state, 'destroy', $name);
        Sim::Zfs::Operations::destroy_tree($state, $name);
        delete $state->{pools}{$name};
    });
    for my $disk (Sim::Node::entries("$Sim::Node::state/disks")) {
        $disk = Sim::Node::decode($disk);
        # The labels stay: the disk is free, but not blank.
        Sim::Zfs::Pools::set_disk($disk, 'used') if Sim::Zfs::Pools::disk_state($disk) eq "pool $name";
    }
    return 0;
}

sub check_busy {
    my ($state, $verb, $name) = @_;
    require Sim::Guest;
    fail("cannot $verb '$name': pool is busy", 1)
        if Sim::Guest::holds($name, Sim::Zfs::State::descendants($state, $name));
}

sub export_ {
    my (@argv) = @_;
    my ($option, $name) = Sim::Options::parse('zpool export', 'f', '', @argv);
    fail("missing pool argument\nusage:\n\texport ...", 2) if !defined $name;
    my $state = Sim::Zfs::State::load();
    pool_of($state, $name) or fail("cannot open '$name': no such pool", 1);
    check_busy($state, 'export', $name);
    Sim::Zfs::Pools::export_pool($name);
    return 0;
}

sub import_ {
    my (@argv) = @_;
    my ($option, $name) = Sim::Options::parse('zpool import', 'fNaD', 'do', @argv);
    not_simulated("zpool import -$_") for grep { $option->{$_} } qw(N D o);
    my $state = Sim::Zfs::State::load();
    my @away = grep { $state->{pools}{$_}{exported} } sort keys %{ $state->{pools} };
    if ($option->{a}) { Sim::Zfs::Pools::import_pool($_) for @away; return 0 }
    if (!defined $name) {
        fail('no pools available to import', 0) if !@away;
        print "   pool: $_\n     id: $state->{pools}{$_}{guid}\n  state: $state->{pools}{$_}{health}\n"
            . " action: The pool can be imported using its name or numeric identifier.\n" for @away;
        return 0;
    }
    fail("cannot import '$name': a pool with that name already exists\n"
            . "use the form 'zpool import <pool | id> <newpool>' to give it a new name", 1) if pool_of($state, $name);
    fail("cannot import '$name': no such pool available", 1) if !$state->{pools}{$name};
    Sim::Zfs::Pools::import_pool($name);
    return 0;
}

sub status {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zpool status', 'xvPLDgsp', '', @argv);
    my $state = Sim::Zfs::State::load();
    for my $name (@names) {
        pool_of($state, $name) or fail("cannot open '$name': no such pool", 1);
    }
    my @pools = map { $state->{pools}{$_} } @names ? @names : present($state);
    if ($option->{x}) {
        @pools = grep { $_->{health} ne 'ONLINE' } @pools;
        if (!@pools) {
            print @names ? "pool '$names[0]' is healthy\n" : "all pools are healthy\n";
            return 0;
        }
    }
    print join "\n", map { status_text($_) } @pools;
    return 0;
}

sub status_text {
    my ($pool) = @_;
    my $text = "  pool: $pool->{name}\n state: $pool->{health}\nconfig:\n\n";
    $text .= sprintf "\t%-40s %-8s %5s %5s %5s\n", @$_
        for ['NAME', 'STATE', 'READ', 'WRITE', 'CKSUM'], [$pool->{name}, $pool->{health}, 0, 0, 0];
    my %count;
    for my $group (groups(split / /, $pool->{vdevs})) {
        my ($kind, @devices) = @$group;
        my $indent = '  ';
        if ($kind ne 'disk') {
            $kind = 'raidz1' if $kind eq 'raidz';
            $text .= sprintf "\t%-40s %-8s %5s %5s %5s\n", "  $kind-" . $count{groups}++, $pool->{health}, 0, 0, 0;
            $indent = '    ';
        }
        $text .= sprintf "\t%-40s %-8s %5s %5s %5s\n", $indent . s{.*/}{}r, 'ONLINE', 0, 0, 0 for @devices;
    }
    return "$text\nerrors: No known data errors\n";
}

1;
