package Sim::Tool::Pvesh;
# pvesh get of a few paths, with --output-format json, and what the applier creates and sets.
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Recorder;
use Sim::Storage;
use Sim::Tool::Pvesm;

sub run {
    my ($tool, @argv) = @_;
    my ($verb, $path, @options) = @argv;
    if (($verb // '') eq 'create' && ($path // '') =~ m{^/?nodes/([^/]+)/storage/([^/]+)/oci-registry-pull/?\z} && $1 eq Sim::Node::name()) {
        require Sim::OciPull;
        return Sim::OciPull::run($2, @options);
    }
    if (($verb // '') =~ /^(?:create|set|delete)\z/ && ($path // '') =~ m{^/?cluster/mapping/(pci|usb|dir)(?:/([^/]+))?/?\z}) {
        require Sim::MappingCommand;
        return Sim::MappingCommand::run($verb, $1, $2, @options);
    }
    not_simulated("pvesh @argv") if ($verb // '') ne 'get';
    my $format = "@options";
    my $node = Sim::Node::name();
    $path = '/' . ($path // '') =~ s{^/+|/+\z}{}gr;

    my %answer = (
        '/version'             => \&version,
        '/cluster/nextid'      => sub { json_value(next_id()) },
        '/cluster/resources'   => sub { resources($node) },
        "/nodes/$node/storage" => \&storages,
        "/nodes/$node/lxc"     => \&containers,
    );
    my $code = $answer{$path};
    if (!$code) {
        not_simulated("pvesh get $path") if $path =~ m{^/(?:nodes|cluster|access|pools|storage)\b};
        fail("no 'get' handler for '$path'");
    }
    not_simulated("pvesh get $path without --output-format json")
        if $path ne '/cluster/nextid' && $format !~ /^--output-format[ =]json\z/;
    print $code->() . "\n";
    return 0;
}

sub version { return json_object(release => release_short(), repoid => '0123456789abcdef', version => release()) }

sub release       { return Sim::Node::setting('pve-release', '9.1.4') }
sub release_short { return release() =~ s/\.\d+\z//r }

sub json_value {
    my ($value) = @_;
    return $value =~ /^-?\d+(?:\.\d+)?\z/ ? $value : Sim::Recorder::json_string($value);
}

sub json_list { return '[' . join(',', @_) . ']' }

sub json_object {
    my (%of) = @_;
    return '{' . join(',', map { Sim::Recorder::json_string($_) . ':' . json_value($of{$_}) } sort keys %of) . '}';
}

sub next_id {
    my %taken;
    my $nodes = Sim::Node::host_path('/etc/pve/nodes');
    for my $node (Sim::Node::entries($nodes)) {
        for my $kind (qw(lxc qemu-server)) { $taken{s/\.conf\z//r} = 1 for Sim::Node::entries("$nodes/$node/$kind") }
    }
    my $id = 100;
    $id++ while $taken{$id};
    return $id;
}

sub storages {
    my @objects;
    for my $storage (sort { $a->{id} cmp $b->{id} } @{ Sim::Storage::sections() }) {
        my ($word, $total, $used, $available) = Sim::Tool::Pvesm::usage($storage);
        push @objects, json_object(
            storage => $storage->{id}, type => $storage->{type}, active => $word eq 'active' ? 1 : 0,
            enabled => $word eq 'disabled' ? 0 : 1, shared => $storage->{values}{shared} ? 1 : 0,
            content => join(',', sort keys %{ Sim::Storage::contents($storage) }),
            total => $total * 1024, used => $used * 1024, avail => $available * 1024,
            used_fraction => $total ? sprintf('%.6f', $used / $total) : 0);
    }
    return json_list(@objects);
}

sub containers {
    return json_list(map {
        my $keys = Sim::GuestConfig::load($_)->{main}{keys};
        json_object(vmid => $_, name => $keys->{hostname} // "CT$_", type => 'lxc',
            status => Sim::Guest::is_running($_) ? 'running' : 'stopped',
            maxmem => ($keys->{memory} // 512) * 1024 * 1024);
    } sort { $a <=> $b } Sim::GuestConfig::ids());
}

sub resources {
    my ($node) = @_;
    my @objects = map {
        my $keys = Sim::GuestConfig::load($_)->{main}{keys};
        json_object(id => "lxc/$_", node => $node, type => 'lxc', vmid => $_, name => $keys->{hostname} // "CT$_",
            status => Sim::Guest::is_running($_) ? 'running' : 'stopped', template => $keys->{template} // 0);
    } sort { $a <=> $b } Sim::GuestConfig::ids();
    push @objects, json_object(id => "node/$node", node => $node, status => 'online', type => 'node');
    push @objects, map {
        json_object(id => "storage/$node/$_->{id}", node => $node, plugintype => $_->{type}, shared => 0,
            status => 'available', storage => $_->{id}, type => 'storage')
    } @{ Sim::Storage::sections() };
    return json_list(@objects);
}

1;
