package Sim::Tool::HaManager;
# ha-manager: add, set, remove, config, status. What it stores is done by others, later (or never).
use strict;
use warnings;

use Sim::Arguments;
use Sim::ConfigLock;
use Sim::Failure;
use Sim::Ha;
use Sim::Node;
use Sim::Schema;

my $SID   = { type => 'string', format => 'ha-resource' };
my $COUNT = { type => 'integer', min => 0 };
my %RESOURCE = (
    sid => $SID, comment => { type => 'string', length => 4096 }, failback => { type => 'boolean' },
    group => { type => 'string' },
    max_relocate => $COUNT, max_restart => $COUNT,
    state => { type => 'string', enum => [qw(started stopped enabled disabled ignored)] },
);

my %COMMAND = (
    add    => [\&add, ['sid'], { %RESOURCE, type => { type => 'string', enum => [qw(ct vm)] } }],
    set    => [\&set, ['sid'], { %RESOURCE, delete => { type => 'string', list => 1 }, digest => { type => 'string' } }],
    remove => [\&remove, ['sid'], { sid => $SID, purge => { type => 'boolean' } }],
    config => [\&config, [], { type => { type => 'string', enum => [qw(ct vm)] } }],
    status => [\&status, [], { verbose => { type => 'boolean' } }],
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("ERROR: no command specified\nUSAGE: ha-manager <COMMAND> [ARGS] [OPTIONS]");
    my $entry = $COMMAND{$command} or not_simulated("ha-manager $command");
    my ($code, $positional, $rules) = @$entry;
    return $code->(Sim::Arguments::parse(
        command => "ha-manager $command", positional => $positional, rules => $rules, argv => \@argv));
}

# 'ct:100', or '100' of whatever kind it is
sub resource {
    my ($sid) = @_;
    my ($type, $id) = $sid =~ /^(?:(\w+):)?(\d+)\z/;
    return ($type, $id) if defined $type;
    my $nodes = Sim::Node::host_path('/etc/pve/nodes');
    for my $node (Sim::Node::entries($nodes)) {
        return ('vm', $id) if -e "$nodes/$node/qemu-server/$id.conf";
    }
    return ('ct', $id);
}

sub add {
    my ($values) = @_;
    my ($type, $id) = resource(delete $values->{sid});
    delete $values->{type};
    return add_resource($type, $id, $values);
}

sub add_resource {
    my ($type, $id, $values) = @_;
    my $nodes  = Sim::Node::host_path('/etc/pve/nodes');
    my $folder = $type eq 'ct' ? 'lxc' : 'qemu-server';
    fail("resource '$type:$id' does not exist in cluster")
        if !grep { -e "$nodes/$_/$folder/$id.conf" } Sim::Node::entries($nodes);
    Sim::Ha::change(sub {
        my ($sections) = @_;
        fail("resource ID '$type:$id' already defined") if Sim::Ha::find($sections, $type, $id);
        return [@$sections, { type => $type, id => $id, values => { state => 'started', %$values } }];
    });
    Sim::Ha::react($id, $values->{state} // 'started', $type);
    return 0;
}

sub set {
    my ($values) = @_;
    my ($type, $id) = resource(delete $values->{sid});
    my @delete = Sim::Schema::split_list(delete $values->{delete} // '');
    not_simulated('ha-manager set --digest') if defined delete $values->{digest};
    Sim::Ha::change(sub {
        my ($sections) = @_;
        my $section = Sim::Ha::find($sections, $type, $id) or fail("no such resource '$type:$id'");
        delete $section->{values}{$_} for @delete;
        $section->{values} = { %{ $section->{values} }, %$values };
        return $sections;
    });
    Sim::Ha::react($id, $values->{state}, $type) if defined $values->{state};
    return 0;
}

sub remove {
    my ($values) = @_;
    my ($type, $id) = resource($values->{sid});
    Sim::Ha::change(sub {
        my ($sections) = @_;
        Sim::Ha::find($sections, $type, $id) or fail("cannot delete service '$type:$id' from resources config");
        return [grep { $_->{type} ne $type || $_->{id} ne $id } @$sections];
    });
    return 0;
}

sub config {
    my ($values) = @_;
    for my $section (sort { $a->{id} <=> $b->{id} } @{ Sim::Ha::sections() }) {
        next if defined $values->{type} && $section->{type} ne $values->{type};
        print "$section->{type}:$section->{id}\n";
        print "\t$_ $section->{values}{$_}\n" for sort keys %{ $section->{values} };
        print "\n";
    }
    return 0;
}

sub status {
    my ($values) = @_;
    not_simulated('ha-manager status --verbose') if $values->{verbose};
    print "quorum OK\nfencing standby (CRM watchdog standby)\n";
    my $node = Sim::Node::name();
    for my $section (sort { $a->{id} <=> $b->{id} } @{ Sim::Ha::sections() }) {
        my $state = $section->{values}{state} // 'started';
        print "service $section->{type}:$section->{id} ($node, $state)\n";
    }
    return 0;
}

1;
