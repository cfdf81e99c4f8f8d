package Sim::Tool::Zfs;
# zfs: create, list, get, set, inherit, destroy, snapshot, hold, release, rename, mount, unmount.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Node;
use Sim::Options;
use Sim::Zfs::Mounts;
use Sim::Zfs::Operations;
use Sim::Zfs::Properties;
use Sim::Zfs::State;

my %COMMAND = (
    create => \&create, list => \&list, get => \&get, set => \&set, inherit => \&inherit, destroy => \&destroy,
    snapshot => \&snapshot, snap => \&snapshot, mount => \&mount, unmount => \&unmount, umount => \&unmount,
    hold => \&hold, release => \&release,
    rename => \&rename_, version => sub { print "zfs-2.3.9-pve1\nzfs-kmod-2.3.9-pve1\n"; 0 },
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("missing command\nusage: zfs command args ...", 2);
    return $COMMAND{version}->() if $command eq '--version' || $command eq '-V';
    my $code = $COMMAND{$command} or not_simulated("zfs $command");
    return $code->(@argv);
}

sub usage { my ($text, $command) = @_; fail("$text\nusage:\n\t$command ...", 2) }

# A name that zfs would take; the text is its own complaint.
sub name_complaint {
    my ($name) = @_;
    return "empty component or misplaced '\@' or '#' delimiter in name" if $name =~ m{//|^/|\@.*[\@/]|^\@};
    return 'trailing slash in name' if $name =~ m{/\z};
    return "invalid character '$1' in name" if $name =~ m{([^A-Za-z0-9_\-:. /\@])};
    return undef;
}

sub create {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs create', 'pun', 'oVbs', @argv);
    not_simulated('zfs create -V') if $option->{V};
    not_simulated('zfs create -n') if $option->{n};
    @names == 1 or usage(@names ? 'too many arguments' : 'missing filesystem argument', 'create');
    my ($name) = @names;
    my $complaint = name_complaint($name);
    fail("cannot create '$name': $complaint", 1) if defined $complaint;
    my $properties = check_properties("cannot create '$name'", 1, 0, @{ $option->{o} // [] });

    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        check_pool($state, $name, 'create');
        if ($state->{datasets}{$name}) {
            # -p makes that a success, without looking at -o.
            return 0 if $option->{p};
            fail("cannot create '$name': dataset already exists", 1);
        }
        create_parents($state, $name, $option->{p});
        Sim::Zfs::Operations::create_filesystem($state, $name, %$properties);
        Sim::Zfs::Mounts::unmount($name) if $option->{u};
        Sim::Zfs::State::save($state);
        Sim::Faults::middle();
        return 0;
    });
}

sub check_pool {
    my ($state, $name, $verb) = @_;
    my ($pool) = $name =~ m{^([^/@]+)};
    my $found = $state->{pools}{$pool};
    fail("cannot $verb '$name': no such pool '$pool'", 1) if !$found || $found->{exported};
}

sub create_parents {
    my ($state, $name, $wanted) = @_;
    my @parts = split m{/}, $name;
    for my $count (1 .. $#parts) {
        my $parent = join '/', @parts[0 .. $count - 1];
        next if $state->{datasets}{$parent};
        fail("cannot create '$name': parent does not exist", 1) if !$wanted;
        Sim::Zfs::Operations::create_filesystem($state, $parent);
    }
}

# { property => stored value } of `name=value` words
sub check_properties {
    my ($before, $exit, $existing, @words) = @_;
    my %values;
    for my $word (@words) {
        my ($name, $value) = $word =~ /^([^=]+)=(.*)\z/s or usage("missing '=' for property=value argument", 'set');
        $name = Sim::Zfs::Properties::canonical($name);
        usage("property '$name' specified multiple times", 'create') if exists $values{$name};
        fail("$before: invalid property '$name'", $exit) if !Sim::Zfs::Properties::exists_property($name);
        fail("$before: '$name' is readonly", $exit)
            if Sim::Zfs::Properties::is_fixed($name) || $existing && Sim::Zfs::Properties::is_once($name);
        my ($stored, $complaint) = Sim::Zfs::Properties::check_value($name, $value);
        fail("$before: $complaint", $exit) if defined $complaint;
        $values{$name} = $stored;
    }
    return \%values;
}

sub set {
    my (@argv) = @_;
    not_simulated('zfs set -u') if grep { $_ eq '-u' } @argv;
    my @words = grep { /=/ } @argv;
    my @names = grep { !/=/ } @argv;
    usage('missing property=value argument', 'set') if !@words;
    usage('missing dataset name(s)', 'set') if !@names;

    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        for my $name (@names) {
            my $dataset = $state->{datasets}{$name} or fail(missing($state, $name), 1);
            my $values = check_properties("cannot set property for '$name'", 255, 1, @words);
            set_one($state, $dataset, $_, $values->{$_}) for sort keys %$values;
        }
        return 0;
    });
}

sub set_one {
    my ($state, $dataset, $property, $value) = @_;
    my $name = $dataset->{name};
    if ($property =~ /^(?:ref)?quota\z/ && $value && $value < Sim::Zfs::Properties::used($state, $name)) {
        fail("cannot set property for '$name': size is less than current used or reserved space", 255);
    }
    return $dataset->{local}{$property} = $value if $property ne 'mountpoint';

    my @mounted = Sim::Zfs::Mounts::unmount_tree($state, $name);
    $dataset->{local}{mountpoint} = $value;
    Sim::Zfs::Mounts::mount($state, $_) for @mounted;
}

sub inherit {
    my (@argv) = @_;
    my ($option, @words) = Sim::Options::parse('zfs inherit', 'rS', '', @argv);
    not_simulated('zfs inherit -r') if $option->{r};
    my ($property, @names) = @words;
    usage('missing property argument', 'inherit') if !defined $property;
    fail("invalid property '$property'", 2) if !Sim::Zfs::Properties::exists_property($property);
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        for my $name (@names) {
            my $dataset = $state->{datasets}{$name} or fail(missing($state, $name), 1);
            my @mounted = $property eq 'mountpoint' ? Sim::Zfs::Mounts::unmount_tree($state, $name) : ();
            delete $dataset->{local}{$property};
            Sim::Zfs::Mounts::mount($state, $_) for @mounted;
        }
        return 0;
    });
}

sub missing {
    my ($state, $name) = @_;
    my ($pool) = $name =~ m{^([^/@]+)};
    return "cannot open '$name': no such pool" if $name eq ($pool // '') && !$state->{datasets}{$name};
    return "cannot open '$name': dataset does not exist";
}

# The datasets that a list or get is about, in zfs's order; exit 1 if some of them are missing.
sub selected {
    my ($state, $names, $option, @default_types) = @_;
    my %wanted = map { $_ => 1 } $option->{t} ? map { type_name($_) } split /,/, $option->{t}[-1] : @default_types;
    my $depth = $option->{d} ? $option->{d}[-1] : $option->{r} ? 1e9 : 0;
    my ($exit, @found) = (0);
    my @start = @$names;
    if (!@start) { @start = grep { !$state->{pools}{$_}{exported} } keys %{ $state->{pools} }; $depth = 1e9 }

    my %seen;
    for my $name (@start) {
        if (!$state->{datasets}{$name}) {
            print STDERR missing($state, $name) . "\n";
            $exit = 1;
            next;
        }
        my $base = () = $name =~ m{[/@]}g;
        for my $each ($name, Sim::Zfs::State::children($state, $name)) {
            my $level = (() = $each =~ m{[/@]}g) - $base;
            my $type  = $state->{datasets}{$each}{type};
            next if $level > $depth || $seen{$each};
            # A dataset that was named counts whatever its type, unless types were asked for.
            next if !$wanted{$type} && !$wanted{all} && ($level > 0 || $option->{t});
            $seen{$each} = 1;
            push @found, $each;
        }
    }
    return ($exit, sort { sort_key($a) cmp sort_key($b) } @found);
}

# Snapshots directly below their dataset, before its children.
sub sort_key { my ($name) = @_; $name =~ tr{/@}{\x02\x01}; return $name }

sub type_name {
    my ($type) = @_;
    my %long = (fs => 'filesystem', snap => 'snapshot', vol => 'volume', bookmark => 'bookmark');
    return $long{$type} // $type;
}

sub list {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs list', 'Hpr', 'otdsS', @argv);
    my @fields = map { split /,/ } @{ $option->{o} // ['name,used,avail,refer,mountpoint'] };
    for my $field (@fields) {
        next if $field eq 'name' || Sim::Zfs::Properties::exists_property(Sim::Zfs::Properties::canonical($field));
        fail("bad property list: invalid property '$field'\nusage:\n\tlist ...", 2);
    }
    my $state = Sim::Zfs::State::load();
    my ($exit, @found) = selected($state, \@names, $option, 'filesystem', 'volume');
    if (!@found && !@names) { print STDERR "no datasets available\n" }
    my @rows = map { my $name = $_; [map { field($state, $name, $_, $option->{p}) } @fields] } @found;
    print_rows(\@fields, \@rows, $option->{H});
    return $exit;
}

sub field {
    my ($state, $name, $field, $exact) = @_;
    return $name if $field eq 'name';
    my $property = Sim::Zfs::Properties::canonical($field);
    my ($value) = Sim::Zfs::Properties::value($state, $name, $property);
    return Sim::Zfs::Properties::shown($property, $value, $exact);
}

my %RIGHT = map { $_ => 1 } qw(used avail available refer referenced quota refquota usedbychildren recordsize);

sub print_rows {
    my ($fields, $rows, $bare) = @_;
    if ($bare) {
        print join("\t", @$_) . "\n" for @$rows;
        return;
    }
    return if !@$rows;
    my @table = ([map { uc } @$fields], @$rows);
    my @width = map { my $column = $_; (sort { $b <=> $a } map { length $_->[$column] } @table)[0] } 0 .. $#$fields;
    for my $row (@table) {
        my $line = join '  ', map {
            my $right = $RIGHT{ $fields->[$_] };
            $_ == $#$fields && !$right ? $row->[$_] : sprintf $right ? '%*s' : '%-*s', $width[$_], $row->[$_];
        } 0 .. $#$fields;
        print "$line\n";
    }
}

sub get {
    my (@argv) = @_;
    my ($option, @words) = Sim::Options::parse('zfs get', 'Hpr', 'otdsj', @argv);
    my $wanted = shift(@words) // usage('missing property argument', 'get');
    my @properties = map { Sim::Zfs::Properties::canonical($_) } split /,/, $wanted;
    not_simulated('zfs get all') if grep { $_ eq 'all' } @properties;
    for my $property (@properties) {
        fail("bad property list: invalid property '$property'\nusage:\n\tget ...", 2)
            if !Sim::Zfs::Properties::exists_property($property);
    }
    my @fields = map { split /,/ } @{ $option->{o} // ['name,property,value,source'] };
    my %source = map { $_ => 1 } map { split /,/ } @{ $option->{s} // [] };

    my $state = Sim::Zfs::State::load();
    my ($exit, @found) = selected($state, \@words, $option, qw(filesystem volume snapshot));
    my @rows;
    for my $name (@found) {
        for my $property (@properties) {
            my ($value, $from) = Sim::Zfs::Properties::value($state, $name, $property);
            my ($kind) = $from =~ /^(\w+)/;
            next if %source && !$source{ $kind // 'none' };
            my %cell = (name => $name, property => $property, source => $from, received => '-',
                value => Sim::Zfs::Properties::shown($property, $value, $option->{p}));
            push @rows, [map { $cell{$_} // fail("invalid column name '$_'", 2) } @fields];
        }
    }
    print_rows(\@fields, \@rows, $option->{H});
    return $exit;
}

sub destroy {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs destroy', 'rRfnpv', '', @argv);
    not_simulated("zfs destroy -$_") for grep { $option->{$_} } qw(R n);
    my ($name) = @names or usage('missing dataset argument', 'destroy');
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        if ($name =~ /@/) {
            fail("could not find any snapshots to destroy; check snapshot names.", 1) if !$state->{datasets}{$name};
            check_clones($state, $name, $name);
            check_holds($state, $name);
            Sim::Zfs::Operations::destroy_one($state, $name);
            return 0;
        }
        fail(missing($state, $name), 1) if !$state->{datasets}{$name};
        fail("cannot destroy '$name': operation does not apply to pools\n"
                . "use 'zfs destroy -r $name' to destroy all datasets in the pool\n"
                . "use 'zpool destroy $name' to destroy the pool itself", 1) if $name !~ m{/};
        my @children = Sim::Zfs::State::children($state, $name);
        fail("cannot destroy '$name': filesystem has children\nuse '-r' to destroy the following datasets:\n"
                . join("\n", @children), 1) if @children && !$option->{r};
        check_clones($state, $name, $_) for grep { /@/ } @children;
        check_holds($state, $_) for grep { /@/ } @children;
        require Sim::Guest;
        fail("cannot destroy '$name': dataset is busy", 1) if Sim::Guest::holds($name, @children);
        Sim::Zfs::Operations::destroy_tree($state, $name);
        return 0;
    });
}

sub check_clones {
    my ($state, $name, $snapshot) = @_;
    my @clones = grep { index($_, "$name/") != 0 } Sim::Zfs::State::clones_of($state, $snapshot) or return;
    my $kind = $name =~ /@/ ? 'snapshot' : 'filesystem';
    fail("cannot destroy '$name': $kind has dependent clones\nuse '-R' to destroy the following datasets:\n"
            . join("\n", @clones), 1);
}

sub check_holds {
    my ($state, $snapshot) = @_;
    fail("cannot destroy snapshot $snapshot: dataset is busy", 1) if Sim::Zfs::State::held($state, $snapshot);
}

sub snapshot {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs snapshot', 'r', 'o', @argv);
    usage('missing snapshot argument', 'snapshot') if !@names;
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        for my $full (@names) {
            my ($name, $snapshot) = $full =~ /^([^@]+)\@([^@\/]+)\z/
                or fail("cannot create snapshot '$full': missing '\@' delimiter in snapshot name,"
                    . ' did you mean to use -r?', 1);
            fail("cannot open '$name': dataset does not exist", 1) if !$state->{datasets}{$name};
            my @each = $option->{r} ? ($name, Sim::Zfs::State::descendants($state, $name)) : ($name);
            for my $one (@each) {
                fail("cannot create snapshot '$one\@$snapshot': dataset already exists", 1)
                    if $state->{datasets}{"$one\@$snapshot"};
            }
            Sim::Zfs::Operations::snapshot($state, $_, $snapshot) for @each;
        }
        return 0;
    });
}

sub hold {
    my ($tag, @names) = @_;
    usage('missing snapshot argument', 'hold') if !@names;
    return change_holds(@names, sub {
        my ($name, @tags) = @_;
        fail("cannot hold snapshot '$name': tag already exists on this dataset", 1) if grep { $_ eq $tag } @tags;
        return (@tags, $tag);
    });
}

sub release {
    my ($tag, @names) = @_;
    usage('missing snapshot argument', 'release') if !@names;
    return change_holds(@names, sub {
        my ($name, @tags) = @_;
        fail("cannot release hold from snapshot '$name': no such tag on this dataset", 1) if !grep { $_ eq $tag } @tags;
        return grep { $_ ne $tag } @tags;
    });
}

sub change_holds {
    my $change = pop;
    my (@names) = @_;
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        for my $name (@names) {
            my $snapshot = $state->{datasets}{$name} // fail(missing($state, $name), 1);
            $snapshot->{holds} = join ' ', $change->($name, Sim::Zfs::State::holds($snapshot));
        }
        return 0;
    });
}

sub rename_ {
    my (@argv) = @_;
    my ($option, $from, $to) = Sim::Options::parse('zfs rename', 'pfur', '', @argv);
    not_simulated('zfs rename -r') if $option->{r};
    usage('missing source dataset argument', 'rename') if !defined $to;
    return Sim::Zfs::State::change(sub {
        my ($state) = @_;
        fail(missing($state, $from), 1) if !$state->{datasets}{$from};
        fail("cannot rename '$from': dataset already exists", 1) if $state->{datasets}{$to};
        create_parents($state, $to, $option->{p});
        Sim::Zfs::Operations::rename_dataset($state, $from, $to);
        return 0;
    });
}

sub mount {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs mount', 'afl', 'o', @argv);
    my $state = Sim::Zfs::State::load();
    if ($option->{a}) {
        for my $name (sort grep { $state->{datasets}{$_}{type} eq 'filesystem' } keys %{ $state->{datasets} }) {
            my ($canmount) = Sim::Zfs::Properties::value($state, $name, 'canmount');
            Sim::Zfs::Mounts::mount($state, $name) if $canmount eq 'on';
        }
        return 0;
    }
    if (!@names) {
        my $mounted = Sim::Zfs::Mounts::mounted();
        printf "%-30s  %s\n", $_, $mounted->{$_} for sort grep { $state->{datasets}{$_} } keys %$mounted;
        return 0;
    }
    my ($name) = @names;
    fail(missing($state, $name), 1) if !$state->{datasets}{$name};
    fail("cannot mount '$name': filesystem already mounted", 1) if Sim::Zfs::Mounts::is_mounted($name);
    my ($point) = Sim::Zfs::Properties::value($state, $name, 'mountpoint');
    fail("cannot mount '$name': no mountpoint set", 1) if $point eq 'none';
    fail("cannot mount '$name': legacy mountpoint\nuse mount(8) to mount this filesystem", 1) if $point eq 'legacy';
    fail("cannot mount '$name': 'canmount' property is set to 'off'", 1)
        if (Sim::Zfs::Properties::value($state, $name, 'canmount'))[0] eq 'off';
    Sim::Zfs::Mounts::mount($state, $name);
    return 0;
}

sub unmount {
    my (@argv) = @_;
    my ($option, @names) = Sim::Options::parse('zfs unmount', 'afu', '', @argv);
    not_simulated('zfs unmount -a') if $option->{a};
    my ($name) = @names or usage('missing filesystem argument', 'unmount');
    my $state = Sim::Zfs::State::load();
    if ($name =~ m{^/}) {
        $name = Sim::Zfs::Mounts::table()->{$name} // fail("cannot unmount '$name': not a ZFS filesystem", 1);
    }
    fail(missing($state, $name), 1) if !$state->{datasets}{$name};
    fail("cannot unmount '$name': not currently mounted", 1) if !Sim::Zfs::Mounts::is_mounted($name);
    Sim::Zfs::Mounts::unmount_tree($state, $name);
    return 0;
}

1;
