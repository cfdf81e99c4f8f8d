package Sim::Tool::Systemctl;
# systemctl: units are files of the node; what is active or enabled is remembered in DIR/state/units.
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

my @FOLDERS = map { "$_/systemd/system" } qw(/etc /run /usr/local/lib /usr/lib /lib);
my %BUILT_IN = map { ("$_.service" => 1) } qw(pveproxy pvedaemon pve-firewall pve-cluster pvestatd ssh cron zfs-mount
    zfs-import-cache lxcfs networking chrony);
my %ENABLED_BY = (
    enable => 'enabled', reenable => 'enabled', disable => 'disabled', mask => 'masked', unmask => 'disabled',
);
my $NO_EFFECT = qr/^(?:--(?:no-pager|no-block|no-ask-password|force|system|wait|full|no-legend)|-f)\z/;

my %VERB = (
    'is-active' => \&is_active, 'is-enabled' => \&is_enabled, 'is-failed' => \&is_failed, show => \&show,
    reboot => \&reboot,
    'daemon-reload' => sub { 0 }, 'reset-failed' => sub { 0 }, 'is-system-running' => sub { print "running\n"; 0 },
    map { my $verb = $_; ($verb => sub { change($verb, @_) }) } qw(start stop restart reload try-restart
        reload-or-restart enable disable mask unmask reenable),
);

sub run {
    my ($tool, @argv) = @_;
    my (%option, @words, @properties);
    while (@argv) {
        my $word = shift @argv;
        if    ($word eq '--')                               { push @words, @argv; last }
        elsif ($word =~ /^(?:--property|-p)=?(.*)\z/s)      { push @properties, split /,/, $1 ne '' ? $1 : shift @argv }
        elsif ($word =~ /^(?:-q|--quiet)\z/)                { $option{quiet} = 1 }
        elsif ($word eq '--now')                            { $option{now} = 1 }
        elsif ($word eq '--value')                          { $option{value} = 1 }
        elsif ($word =~ $NO_EFFECT)                         { }
        elsif ($word =~ /^-/)                               { not_simulated("systemctl $word") }
        else                                                { push @words, $word }
    }
    my $verb = shift(@words) // not_simulated('systemctl without a command');
    my $code = $VERB{$verb} or not_simulated("systemctl $verb");
    $option{properties} = \@properties;
    return $code->(\%option, map { /\.\w+\z/ ? $_ : "$_.service" } @words);
}

sub state_file { my ($unit) = @_; return "$Sim::Node::state/units/" . Sim::Node::file_name($unit) }

# { active, enabled } as last changed; built-in units run and are enabled
sub state_of {
    my ($unit) = @_;
    my $default = $BUILT_IN{$unit} ? 'active enabled' : 'inactive disabled';
    my ($active, $enabled) = split ' ', Sim::Node::slurp(state_file($unit)) // $default;
    return { active => $active, enabled => $enabled };
}

# A template's instance exists when the template does.
sub is_loaded {
    my ($unit) = @_;
    return 1 if $BUILT_IN{$unit};
    my $template = $unit =~ s/\@[^.]*\./\@./r;
    return scalar grep { my $folder = $_; grep { -e Sim::Node::host_path("$folder/$_") } $unit, $template } @FOLDERS;
}

sub change {
    my ($verb, $option, @units) = @_;
    not_simulated("systemctl $verb without a unit") if !@units;
    for my $unit (@units) {
        if (!is_loaded($unit)) {
            fail("Failed to $verb unit: Unit file $unit does not exist.", 1) if $ENABLED_BY{$verb};
            fail("Failed to $verb $unit: Unit $unit not found.", 5);
        }
        my $state = state_of($unit);
        fail("Failed to $verb $unit: Unit $unit is masked.", 1)
            if $state->{enabled} eq 'masked' && $verb =~ /start|enable/ && $verb !~ /^un/;
        $state->{enabled} = $ENABLED_BY{$verb} // $state->{enabled};
        my $starts = $verb =~ /^(?:start|restart|reload-or-restart)\z/ || $verb eq 'enable' && $option->{now};
        my $stops  = $verb eq 'stop' || $verb =~ /^(?:disable|mask)\z/ && $option->{now};
        fail("Job for $unit failed because the control process exited with error code.\n"
                . "See \"systemctl status $unit\" and \"journalctl -xeu $unit\" for details.", 1)
            if $starts && Sim::Node::slurp(state_file("$unit.fails"));
        $state->{active} = 'active'   if $starts;
        $state->{active} = 'inactive' if $stops;
        Sim::Node::spew(state_file($unit), "$state->{active} $state->{enabled}\n");
    }
    return 0;
}

sub is_active {
    my ($option, @units) = @_;
    my $exit = 4;
    for my $unit (@units) {
        my $active = is_loaded($unit) ? state_of($unit)->{active} : 'inactive';
        print "$active\n" if !$option->{quiet};
        if    ($active eq 'active')                { $exit = 0 }
        elsif ($exit == 4 && is_loaded($unit))     { $exit = 3 }
    }
    return $exit;
}

sub is_failed {
    my ($option, @units) = @_;
    for my $unit (@units) { print state_of($unit)->{active} . "\n" if !$option->{quiet} }
    return 1;
}

sub is_enabled {
    my ($option, @units) = @_;
    my $exit = 1;
    for my $unit (@units) {
        if (!is_loaded($unit)) {
            print "not-found\n" if !$option->{quiet};
            $exit = 4;
            next;
        }
        my $enabled = state_of($unit)->{enabled};
        print "$enabled\n" if !$option->{quiet};
        $exit = 0 if $enabled eq 'enabled';
    }
    return $exit;
}

# systemd's own order, whatever order was asked for.
my @ORDER = qw(Id Names LoadState ActiveState SubState UnitFileState NeedDaemonReload MainPID);

sub show {
    my ($option, @units) = @_;
    my @wanted = @{ $option->{properties} };
    not_simulated('systemctl show without --property') if !@wanted;
    for my $property (@wanted) {
        not_simulated("systemctl show --property=$property") if !grep { $_ eq $property } @ORDER;
    }
    my @blocks = map {
        my $loaded = is_loaded($_);
        my $state  = state_of($_);
        my $active = $loaded ? $state->{active} : 'inactive';
        my %value = (
            Id => $_, Names => $_, NeedDaemonReload => 'no', MainPID => $active eq 'active' ? 1000 : 0,
            LoadState => !$loaded ? 'not-found' : $state->{enabled} eq 'masked' ? 'masked' : 'loaded',
            ActiveState => $active, SubState => $active eq 'active' ? 'running' : 'dead',
            UnitFileState => $loaded ? $state->{enabled} : '',
        );
        my %is_wanted = map { $_ => 1 } @wanted;
        join '', map { ($option->{value} ? '' : "$_=") . "$value{$_}\n" } grep { $is_wanted{$_} } @ORDER;
    } @units;
    print join "\n", @blocks;
    return 0;
}

# The machine goes down a moment later: whoever plays the test boots the node again.
sub reboot {
    Sim::Node::spew("$Sim::Node::state/reboot-requested", "1\n");
    return 0;
}

1;
