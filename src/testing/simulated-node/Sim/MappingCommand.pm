package Sim::MappingCommand;
# pvesh create, set and delete of /cluster/mapping/{pci,usb,dir}: the maps of an entry are given all together or not at
# all. Whether a device is there is asked at a guest's start only; a folder has to be there when it is mapped.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::Mapping;
use Sim::Node;
use Sim::PropertyString;
use Sim::Schema;

my $ID   = { type => 'string', pattern => '[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}', required => 1 };
my $NODE = { type => 'string', pattern => '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?', required => 1 };
my $TEXT = { type => 'string', length => 4096 };
my $PCI  = '[a-f0-9]{4,}:[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?';

my %MAP = (
    pci => {
        node => $NODE, id => $ID, 'subsystem-id' => { %$ID, required => 0 },
        path => { type => 'string', pattern => "(?:$PCI;)*$PCI", required => 1 },
        iommugroup => { type => 'integer' }, description => $TEXT,
    },
    usb => {
        node => $NODE, id => $ID, path => { type => 'string', pattern => '\d+-\d+(?:\.\d+)*' }, description => $TEXT,
    },
    dir => { node => $NODE, path => { type => 'string', pattern => '/[^;,=()]+', required => 1 } },
);

my %SWITCHES = (pci => [qw(mdev live-migration-capable)], usb => [], dir => []);

my %NAME = (pci => 'hardware', usb => 'hardware', dir => 'directory');

sub run {
    my ($verb, $kind, $id, @argv) = @_;
    my $path = "/cluster/mapping/$kind" . (defined $id ? "/$id" : '');
    fail("no '$verb' handler for '$path'") if ($verb eq 'create') == defined $id;
    my $values = Sim::Arguments::parse(command => "pvesh $verb $path", positional => [], argv => \@argv,
        rules => rules($verb, $kind));
    my @maps = split /\0/, delete $values->{map} // '';
    check_maps($kind, @maps);
    my $delete = [Sim::Schema::split_list(delete $values->{delete} // '')];
    my $digest = delete $values->{digest};
    $id = delete $values->{id} // $id;
    fail("missing value for required option 'map'") if $verb ne 'delete' && !@maps;
    check_folders(@maps) if $kind eq 'dir';

    Sim::Node::exclusively('mapping', sub {
        check_digest($kind, $digest);
        return if eval {
            Sim::Mapping::write_all($kind, __PACKAGE__->can($verb)->($kind, $id, $values, \@maps, $delete));
            1;
        };
        my $error = $@;
        $error->{text} = ($verb eq 'set' ? 'update' : $verb) . " $NAME{$kind} mapping failed: $error->{text}"
            if ref $error eq 'Sim::Failure';
        die $error;
    });
    return 0;
}

sub rules {
    my ($verb, $kind) = @_;
    return {} if $verb eq 'delete';
    my %rules = (
        description => $TEXT, map => { type => 'string', list => 1 },
        map { $_ => { type => 'boolean' } } @{ $SWITCHES{$kind} },
    );
    return { %rules, id => { type => 'string', format => 'config-id', required => 1 } } if $verb eq 'create';
    return { %rules, delete => { type => 'string', format => 'config-id-list' }, digest => { type => 'string', length => 64 } };
}

sub check_maps {
    my ($kind, @maps) = @_;
    my %complaints;
    for my $number (0 .. $#maps) {
        my (undef, $message) = Sim::PropertyString::parse($MAP{$kind}, $maps[$number], "map[$number]");
        $complaints{"map[$number]"} = "invalid format - $message" if defined $message;
    }
    bad_parameters(\%complaints) if %complaints;
}

sub check_folders {
    my %count;
    for my $map (map { Sim::Mapping::parts($_) } @_) {
        $count{ $map->{node} }++;
        next if $map->{node} ne Sim::Node::name();
        my $folder = Sim::Node::host_path($map->{path});
        fail("Path $map->{path} does not exist") if !-e $folder;
        fail("Path $map->{path} exists, but is not a directory") if !-d $folder;
    }
    for my $node (sort grep { $count{$_} > 1 } keys %count) { fail("Node '$node' is specified $count{$node} times.") }
}

sub check_digest {
    my ($kind, $digest) = @_;
    return if !defined $digest;
    require Digest::SHA;
    my $text = Sim::Node::slurp(Sim::Node::host_path(Sim::Mapping::file($kind))) // '';
    fail('detected modified configuration - file changed by other user? Try again.')
        if $digest ne Digest::SHA::sha1_hex($text);
}

sub create {
    my ($kind, $id, $values, $maps) = @_;
    my @entries = Sim::Mapping::read_all($kind);
    fail("$kind ID '$id' already defined") if grep { $_->{id} eq $id } @entries;
    return (@entries, { id => $id, values => $values, maps => $maps });
}

sub set {
    my ($kind, $id, $values, $maps, $delete) = @_;
    my @entries = Sim::Mapping::read_all($kind);
    my ($entry) = grep { $_->{id} eq $id } @entries or fail("$kind ID '$id' does not exist");
    for my $name (@$delete) {
        fail("unable to delete required option 'map'") if $name eq 'map';
        fail("no such option '$name'") if $name ne 'description' && !grep { $_ eq $name } @{ $SWITCHES{$kind} };
        fail("cannot set and delete property '$name' at the same time!") if defined $values->{$name};
        delete $entry->{values}{$name};
    }
    $entry->{values} = { %{ $entry->{values} }, %$values };
    $entry->{maps} = $maps;
    return @entries;
}

# Removing what is not there is no failure.
sub delete {
    my ($kind, $id) = @_;
    return grep { $_->{id} ne $id } Sim::Mapping::read_all($kind);
}

1;
