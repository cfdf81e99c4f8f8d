package Sim::Tool::Pct;
# pct: one table of what each command takes, and the module that does it.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::GuestKeys;

my $VMID    = { type => 'integer', format => 'vmid', min => 100, max => 999_999_999 };
my $BOOLEAN = { type => 'boolean' };
my $TEXT    = { type => 'string' };
my $NUMBER  = { type => 'integer', min => 0 };
my $SNAPSHOT = { type => 'string', format => 'config-id', length => 40 };
my $STORAGE = { type => 'string', format => 'storage-id' };
my $DIGEST  = { type => 'string', length => 40 };
my $CONFIG_IDS = { type => 'string', format => 'config-id-list', list => 1 };
my $DNS_NAME = { type => 'string', format => 'dns-name' };
my $VOLUME_KEY = { type => 'string', pattern => '(?:rootfs|(?:mp|unused)(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]))' };
my $DISK    = { type => 'string', pattern => 'rootfs|mp(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])' };

my @GUEST_KEYS = (rule_of => \&guest_key_rule, more_names => \&Sim::GuestKeys::option_names);
my %LIST_KEY = map { $_ => 1 } qw(nameserver searchdomain tags);

my %COMMAND = (
    create => ['Create', ['vmid', 'ostemplate'], {
        ostemplate => { type => 'string', length => 255 }, bwlimit => { type => 'number', min => 0 },
        force => $BOOLEAN, 'ha-managed' => $BOOLEAN, 'ignore-unpack-errors' => $BOOLEAN,
        password => $TEXT, pool => $TEXT, restore => $BOOLEAN, 'ssh-public-keys' => $TEXT, start => $BOOLEAN,
        storage => $STORAGE, unique => $BOOLEAN,
    }, @GUEST_KEYS],
    set      => ['Set', ['vmid'], { delete => $CONFIG_IDS, revert => $CONFIG_IDS, digest => $DIGEST }, @GUEST_KEYS],
    config   => ['Show', ['vmid'], { current => $BOOLEAN, snapshot => $SNAPSHOT }],
    pending  => ['Show', ['vmid'], {}],
    status   => ['Show', ['vmid'], { verbose => $BOOLEAN }],
    list     => ['Show', [], {}],
    clone    => ['Clone', ['vmid', 'newid'], {
        newid => $VMID, bwlimit => { type => 'number', min => 0 }, description => $TEXT, full => $BOOLEAN,
        hostname => $DNS_NAME, pool => $TEXT, snapname => $SNAPSHOT, storage => $STORAGE, target => $TEXT,
    }],
    template => ['Template', ['vmid'], {}],
    start    => ['Start', ['vmid'], { debug => $BOOLEAN, skiplock => $BOOLEAN }],
    stop     => ['Stop', ['vmid'], { 'overrule-shutdown' => $BOOLEAN, skiplock => $BOOLEAN }],
    shutdown => ['Stop', ['vmid'], { forcestop => $BOOLEAN, timeout => $NUMBER }],
    reboot   => ['Stop', ['vmid'], { timeout => $NUMBER }],
    destroy  => ['Destroy', ['vmid'], {
        'destroy-unreferenced-disks' => $BOOLEAN, force => $BOOLEAN, purge => $BOOLEAN }],
    unlock   => ['Unlock', ['vmid'], {}],
    resize   => ['Resize', ['vmid', 'disk', 'size'], {
        disk => $DISK, size => { type => 'string', pattern => '\+?\d+(?:\.\d+)?[KMGT]?' }, digest => $DIGEST }],
    'move-volume' => ['MoveVolume', ['vmid', 'volume', 'storage?', 'target-vmid?', 'target-volume?'], {
        volume => $VOLUME_KEY, storage => $STORAGE, bwlimit => { type => 'number', min => 0 }, delete => $BOOLEAN, digest => $DIGEST,
        'target-vmid' => $VMID, 'target-volume' => $VOLUME_KEY, 'target-digest' => $DIGEST }],
    exec     => ['Exec', ['vmid', 'extra-args'], { 'keep-env' => $BOOLEAN }],
    push     => ['Transfer', ['vmid', 'file', 'destination'], { group => $TEXT, perms => $TEXT, user => $TEXT }],
    pull     => ['Transfer', ['vmid', 'path', 'destination'], { group => $TEXT, perms => $TEXT, user => $TEXT }],
    snapshot => ['Snapshot', ['vmid', 'snapname'], { snapname => $SNAPSHOT, description => $TEXT }],
    rollback => ['Snapshot', ['vmid', 'snapname'], { snapname => $SNAPSHOT, start => $BOOLEAN }],
    delsnapshot  => ['Snapshot', ['vmid', 'snapname'], { snapname => $SNAPSHOT, force => $BOOLEAN }],
    listsnapshot => ['Snapshot', ['vmid'], {}],
    rescan   => ['Rescan', [], { vmid => $VMID, dryrun => $BOOLEAN }],
    restore  => ['Restore', ['vmid', 'ostemplate'], {
        ostemplate => { type => 'string', length => 255 }, storage => $STORAGE, force => $BOOLEAN, unique => $BOOLEAN }],
    mount    => ['Mount', ['vmid'], {}],
    unmount  => ['Mount', ['vmid'], {}],
);

# Commands whose work is done by a task, by the task's name.
my %TASK = (
    create => 'vzcreate', clone => 'vzclone', template => 'vztemplate', start => 'vzstart', stop => 'vzstop',
    shutdown => 'vzshutdown', reboot => 'vzreboot', destroy => 'vzdestroy', snapshot => 'vzsnapshot',
    rollback => 'vzrollback', restore => 'vzrestore', delsnapshot => 'vzdelsnapshot', resize => 'resize',
    'move-volume' => 'move_volume',
);

# What is looked at, and done, before the task begins.
my %CHECK = ('move-volume' => 1);

my %KNOWN_ONLY = map { $_ => 1 } qw(
    console cpusets df enter fsck fstrim migrate remote-migrate resume suspend help
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift @argv;
    fail("ERROR: no command specified\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]") if !defined $command;
    $command = 'move-volume' if $command eq 'move_volume';
    not_simulated("pct $command") if $KNOWN_ONLY{$command};
    my $entry = $COMMAND{$command}
        or fail("ERROR: unknown command 'pct $command'\nUSAGE: pct <COMMAND> [ARGS] [OPTIONS]");

    my ($module, $positional, $rules, @more) = @$entry;
    my $vmid_rule = { type => 'string', format => 'vmid' };
    my $values = Sim::Arguments::parse(command => "pct $command", positional => $positional, argv => \@argv,
        rules => { vmid => $vmid_rule, %$rules }, @more);

    require "Sim/Pct/$module.pm";
    my $code = "Sim::Pct::$module"->can($command =~ tr/-/_/r);
    require Sim::Task;
    my $task = $TASK{$command} or return Sim::Task::seen(sub { $code->($values) });
    "Sim::Pct::$module"->can('check')->($values) if $CHECK{$command};
    return Sim::Task::run($task, $values->{vmid}, sub { $code->($values) });
}

sub guest_key_rule {
    my ($key) = @_;
    my $rule = Sim::GuestKeys::option_rule($key) or return undef;
    return $LIST_KEY{$key} ? { %$rule, list => 1 } : $rule;
}

1;
