package Sim::Tool::Qm;
# qm: one table of what each command takes, and the module that does it.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::QemuKeys;

my $VMID    = { type => 'integer', format => 'vmid', min => 100, max => 999_999_999 };
my $BOOLEAN = { type => 'boolean' };
my $TEXT    = { type => 'string' };
my $NUMBER  = { type => 'integer', min => 0 };
my $SNAPSHOT = { type => 'string', format => 'config-id', length => 40 };
my $STORAGE = { type => 'string', format => 'storage-id' };
my $DIGEST  = { type => 'string', length => 40 };
my $CONFIG_IDS = { type => 'string', format => 'config-id-list', list => 1 };
my $DNS_NAME = { type => 'string', format => 'dns-name' };
my $FORMAT  = { type => 'string', enum => [qw(raw qcow2 vmdk)] };
my $DISK    = { type => 'string', enum => [Sim::QemuKeys::drive_names()] };
my $DISK_OR_UNUSED = { type => 'string', enum => [Sim::QemuKeys::drive_names(), map { "unused$_" } 0 .. 255] };

my @GUEST_KEYS = (rule_of => \&guest_key_rule, more_names => \&Sim::QemuKeys::option_names);
my %LIST_KEY = map { $_ => 1 } qw(nameserver tags);

my %COMMAND = (
    create   => ['Create', 'create', ['vmid'], {
        archive => $TEXT, bwlimit => $NUMBER, force => $BOOLEAN, 'ha-managed' => $BOOLEAN,
        'import-working-storage' => $STORAGE, 'live-restore' => $BOOLEAN, pool => $TEXT, start => $BOOLEAN,
        storage => $STORAGE, unique => $BOOLEAN,
    }, @GUEST_KEYS],
    set      => ['Set', 'set', ['vmid'], {
        delete => $CONFIG_IDS, revert => $CONFIG_IDS, digest => $DIGEST, force => $BOOLEAN, skiplock => $BOOLEAN,
    }, @GUEST_KEYS],
    config   => ['Show', 'config', ['vmid'], { current => $BOOLEAN, snapshot => $SNAPSHOT }],
    pending  => ['Show', 'pending', ['vmid'], {}],
    status   => ['Show', 'status', ['vmid'], { verbose => $BOOLEAN }],
    list     => ['Show', 'list', [], { full => $BOOLEAN }],
    clone    => ['Clone', 'clone', ['vmid', 'newid'], {
        newid => $VMID, bwlimit => $NUMBER, description => $TEXT, format => $FORMAT, full => $BOOLEAN,
        name => $DNS_NAME, pool => $TEXT, snapname => $SNAPSHOT, storage => $STORAGE, target => $TEXT,
    }],
    template => ['Template', 'template', ['vmid'], { disk => $DISK }],
    start    => ['Start', 'start', ['vmid'], { skiplock => $BOOLEAN, timeout => $NUMBER, machine => $TEXT }],
    stop     => ['Stop', 'stop', ['vmid'], {
        'overrule-shutdown' => $BOOLEAN, skiplock => $BOOLEAN, timeout => $NUMBER, keepactive => $BOOLEAN }],
    shutdown => ['Stop', 'shutdown', ['vmid'], {
        forcestop => $BOOLEAN, skiplock => $BOOLEAN, timeout => $NUMBER, keepactive => $BOOLEAN }],
    reboot   => ['Stop', 'reboot', ['vmid'], { timeout => $NUMBER }],
    reset    => ['Stop', 'reset', ['vmid'], { skiplock => $BOOLEAN }],
    destroy  => ['Destroy', 'destroy', ['vmid'], {
        'destroy-unreferenced-disks' => $BOOLEAN, purge => $BOOLEAN, skiplock => $BOOLEAN }],
    unlock   => ['Unlock', 'unlock', ['vmid'], {}],
    snapshot => ['Snapshot', 'snapshot', ['vmid', 'snapname'], {
        snapname => $SNAPSHOT, description => $TEXT, vmstate => $BOOLEAN }],
    rollback => ['Snapshot', 'rollback', ['vmid', 'snapname'], { snapname => $SNAPSHOT, start => $BOOLEAN }],
    delsnapshot => ['Snapshot', 'delsnapshot', ['vmid', 'snapname'], { snapname => $SNAPSHOT, force => $BOOLEAN }],
    'disk import' => ['Disk', 'import_disk', ['vmid', 'source', 'storage'], {
        storage => $STORAGE, format => $FORMAT, 'target-disk' => $DISK_OR_UNUSED }],
    'disk move' => ['Disk', 'move', ['vmid', 'disk', 'storage?'], {
        disk => $DISK_OR_UNUSED, storage => $STORAGE, bwlimit => $NUMBER, delete => $BOOLEAN, digest => $DIGEST,
        format => $FORMAT, 'target-disk' => $DISK_OR_UNUSED, 'target-vmid' => $VMID, 'target-digest' => $DIGEST }],
    'disk rescan' => ['Disk', 'rescan', [], { vmid => $VMID, dryrun => $BOOLEAN }],
    'disk resize' => ['Resize', 'resize', ['vmid', 'disk', 'size'], {
        disk => $DISK, size => { type => 'string', pattern => '\+?\d+(?:\.\d+)?[KMGT]?' }, digest => $DIGEST,
        skiplock => $BOOLEAN }],
    'disk unlink' => ['Disk', 'unlink_disks', ['vmid'], {
        idlist => { %$CONFIG_IDS, required => 1 }, force => $BOOLEAN }],
    'cloudinit dump' => ['CloudInit', 'dump', ['vmid', 'type'], {
        type => { type => 'string', enum => [qw(user network meta)] } }],
    'cloudinit pending' => ['CloudInit', 'pending', ['vmid'], {}],
    'cloudinit update' => ['CloudInit', 'update', ['vmid'], {}],
);

my %ALIAS = (
    importdisk => 'disk import', 'move-disk' => 'disk move', move_disk => 'disk move', rescan => 'disk rescan',
    resize => 'disk resize', unlink => 'disk unlink', agent => 'guest cmd',
);

# Commands whose work is done by a task: its name, and whether its failure is the exit code.
my %TASK = (
    create => ['qmcreate', 1], clone => ['qmclone', 1], start => ['qmstart', 1], stop => ['qmstop', 1],
    shutdown => ['qmshutdown', 1], reboot => ['qmreboot', 1], reset => ['qmreset', 1], destroy => ['qmdestroy', 1],
    snapshot => ['qmsnapshot', 1], rollback => ['qmrollback', 1], delsnapshot => ['qmdelsnapshot', 1],
    'disk move' => ['qmmove', 1], template => ['qmtemplate', 0], 'disk resize' => ['resize', 0],
);

# What is looked at before the task begins.
my %CHECK = map { $_ => 1 } qw(create clone template destroy reboot), 'disk move';

my %KNOWN_ONLY = map { $_ => 1 } qw(
    cleanup enroll-efi-keys guest help import importovf listsnapshot migrate monitor mtunnel nbdstop remote-migrate
    resume sendkey showcmd suspend terminal vncproxy wait
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("ERROR: no command specified\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]");
    $command = $ALIAS{$command} // $command;
    $command .= ' ' . (shift(@argv) // '') if $command =~ /^(?:disk|cloudinit)\z/;
    not_simulated("qm $command") if $KNOWN_ONLY{ (split / /, $command)[0] };
    my $entry = $COMMAND{$command}
        or fail("ERROR: unknown command 'qm $command'\nUSAGE: qm <COMMAND> [ARGS] [OPTIONS]");

    my ($module, $name, $positional, $rules, @more) = @$entry;
    my $values = Sim::Arguments::parse(command => "qm $command", positional => $positional, argv => \@argv,
        rules => { vmid => { type => 'string', format => 'vmid' }, %$rules }, @more);

    require "Sim/Qm/$module.pm";
    my $package = "Sim::Qm::$module";
    require Sim::Task;
    my $task = $TASK{$command} or return Sim::Task::seen(sub { $package->can($name)->($values) });
    # The early looks of `reboot` have a name of their own, since `Stop` has four commands.
    ($package->can("check_$name") // $package->can('check'))->($values) if $CHECK{$command};
    return in_task($task, $values, sub { $package->can($name)->($values) });
}

# Whatever fails inside a task ends with 255, or with 0 where the front end does not look at the task.
sub in_task {
    my ($task, $values, $code) = @_;
    my ($kind, $counts) = @$task;
    my $vmid = $values->{vmid};
    my $exit = eval { Sim::Task::run($kind, $vmid, $code) };
    return $exit if defined $exit;
    my $error = $@;
    die $error if ref $error ne 'Sim::Failure' || $error->{exit} == Sim::Failure::NOT_SIMULATED;
    $error->{exit} = 255;
    die $error if $counts;
    Sim::Failure::report($error);
    return 0;
}

sub guest_key_rule {
    my ($key) = @_;
    my $rule = Sim::QemuKeys::allocating_rule($key) or return undef;
    return $TEXT if $key eq 'sshkeys';    # a file; what is in it is checked when it is read
    return $LIST_KEY{$key} ? { %$rule, list => 1 } : $rule;
}

1;
