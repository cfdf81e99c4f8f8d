# The one program behind every stand-in of a simulated Proxmox VE node.
#
# DIR/bin/<tool> are tiny launchers that load this file; the tool's name and DIR come
# from the launcher's own path, so a node's folder may be copied or moved.
# Modules are loaded only when a command needs them: start-up counts, the real tools are slow enough.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;
use Sim::Recorder;
use Sim::Faults;

my %MODULE_OF = (
    pct              => 'Sim::Tool::Pct',
    qm               => 'Sim::Tool::Qm',
    pvesm            => 'Sim::Tool::Pvesm',
    pveam            => 'Sim::Tool::Pveam',
    pvesh            => 'Sim::Tool::Pvesh',
    pveversion       => 'Sim::Tool::Pveversion',
    pvecm            => 'Sim::Tool::Pvecm',
    'ha-manager'     => 'Sim::Tool::HaManager',
    vzdump           => 'Sim::Tool::Vzdump',
    zfs              => 'Sim::Tool::Zfs',
    zpool            => 'Sim::Tool::Zpool',
    'lxc-attach'     => 'Sim::Tool::LxcAttach',
    'lxc-info'       => 'Sim::Tool::LxcInfo',
    systemctl        => 'Sim::Tool::Systemctl',
    'nvidia-modprobe' => 'Sim::Tool::NvidiaModprobe',
    'nvidia-smi'     => 'Sim::Tool::NvidiaSmi',
    curl             => 'Sim::Tool::Curl',
    lsblk            => 'Sim::Tool::Lsblk',
    ifreload         => 'Sim::Tool::Ifreload',
    ip               => 'Sim::Tool::Ip',
    ping             => 'Sim::Tool::Ping',
    'simulated-node' => 'Sim::Tool::Setup',
);

my ($dir, $tool) = $0 =~ m{^(.*?)/?bin/([^/]+)\z}s
    or die "simulated-node: cannot tell the node's folder from '$0'\n";
$dir = '.' if $dir eq '';

# Everything prints at once: a killed command must leave behind what it had said.
$| = 1;

Sim::Node::open_node($dir);
exit(run_recorded($tool, @ARGV));

sub run_recorded {
    my ($name, @argv) = @_;

    # The recorder is silent while the node is being set up, before anybody looks at it.
    return run_tool($name, @argv) if $name eq 'simulated-node';

    Sim::Recorder::command_started($name, @argv);
    my $exit = Sim::Faults::around($name, \@argv, sub { run_tool($name, @argv) });
    Sim::Recorder::command_ended($exit);
    return $exit;
}

sub run_tool {
    my ($name, @argv) = @_;
    my $module = $MODULE_OF{$name} // 'Sim::Tool::Host';
    (my $file = "$module.pm") =~ s{::}{/}g;

    my $exit = eval {
        answer_by_rule($name, @argv) // do {
            require $file;
            $module->can('run')->($name, @argv);
        };
    };
    return Sim::Failure::report($@) if $@;
    return $exit // 0;
}

# What a test wants this command line to say, instead of what the simulation would do.
sub answer_by_rule {
    my (@command) = @_;
    return undef if !-d "$Sim::Node::state/host-rules";
    require Sim::Rules;
    my $rule = Sim::Rules::find('host-rules', undef, "@command") or return undef;
    print $rule->{stdout} // '';
    print STDERR $rule->{stderr} // '';
    return $rule->{exit} // 0;
}
