package Host;

# What the host looks like, read once and only as far as somebody asks. Never starts a Proxmox command.
#
# Each question has three answers: a value, undef for what is surely absent, and Unknown (thrown) for what could not be seen. The questions are
# methods of one object, which remembers: of files in HostFiles.pm, of guests in HostGuests.pm, of storages and their volumes in HostStorages.pm,
# of pools and datasets in HostZfs.pm, and here of the node itself.

use strict;
use warnings;
use Unknown;
use HostFiles;
use HostGuests;
use HostStorages;
use HostZfs;

our @ISA = qw(HostFiles HostGuests HostStorages HostZfs);

# Names of options: root (prefix of all host paths), properties (ZFS properties that steps ask for), every (gather all datasets in one call).
sub new {
    my ($class, %options) = @_;
    return bless { root => '', properties => [], every => 0, processes => 0, %options }, $class;
}

# While somebody listens (Known.pm), each thing that was looked at is told with what was seen: the name of a method, its operand, the answer.
our $told;

sub seen {
    my ($question, $operand, $answer) = @_;
    $told->($question, $operand, $answer) if $told;
    return $answer;
}

# ---- The node

sub node_name {
    my ($self) = @_;
    return $self->{node_name} //= seen 'node_name', '', do {
        my $link = readlink $self->place('/etc/pve/local');
        my $name = defined $link ? $link : $self->read('/etc/hostname') // Unknown::because('neither /etc/pve/local nor /etc/hostname names this node');
        $name =~ s/\s+$//;
        $name =~ s{.*/}{};
        $name =~ s/\..*$//s unless defined $link;
        $name;
    };
}

# Undef while all is well, or why nothing below /etc/pve can be trusted or written.
sub cluster_trouble {
    my ($self) = @_;
    my $members = $self->read('/etc/pve/.members') // return '/etc/pve is not mounted (.members is not there): systemctl status pve-cluster';
    return 'the cluster has no quorum (/etc/pve/.members)' if $members =~ /"quorate"\s*:\s*"?0/;
    return undef;
}

# The release of Proxmox VE, such as 9.1.4, by the package database.
sub pve_version {
    my ($self) = @_;
    my $version = $self->package('pve-manager') // return undef;
    return $version;
}

sub package {
    my ($self, $name) = @_;
    return $self->{packages}{$name} if $self->{packages};
    my $status = $self->read('/var/lib/dpkg/status') // '';
    my %packages;
    for my $entry (split /\n\n+/, $status) {
        my ($package) = $entry =~ /\A\n?Package: (\S+)/ or next;
        next unless $entry =~ /^Status: \S+ \S+ installed$/m;
        $packages{$package} = $1 if $entry =~ /^Version: (\S+)$/m;
    }
    $self->{packages} = \%packages;
    return $packages{$name};
}

# ---- Units

# { ActiveState, UnitFileState, LoadState } of a systemd unit. The first question asks for all units that any step will want.
sub unit {
    my ($self, $name) = @_;
    unless ($self->{units} && exists $self->{units}{$name}) {
        my @names = keys %{ { map { $_ => 1 } $name, @{ $self->{unit_names} // [] } } };
        my ($exit, $lines) = $self->output('systemctl', 'show', '--property=LoadState,ActiveState,UnitFileState', '--', @names);
        Unknown::because("systemctl show failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
        my @blocks = map { +{ /^(\w+)=(.*)$/mg } } split /\n\n+/, join "\n", @$lines;
        Unknown::because('systemctl show answered for ' . @blocks . ' of ' . @names . ' units') unless @blocks == @names;
        @{ $self->{units} }{@names} = @blocks;
    }
    return $self->{units}{$name};
}

# ---- Processes

# Exit code and lines of a command, messages among them. Counted, because each costs.
sub output {
    my ($self, @command) = @_;
    $self->{processes}++;
    my $pid = open(my $handle, '-|') // Unknown::because("cannot fork: $!");
    unless ($pid) {
        open STDERR, '>&', \*STDOUT;
        open STDIN,  '<',  '/dev/null';
        $ENV{LC_ALL} = 'C';
        { no warnings 'exec'; exec { $command[0] } @command; }
        syswrite STDERR, "cannot run $command[0]: $!\n";    # past any buffer, which _exit would not write
        require POSIX;
        POSIX::_exit(127);
    }
    local $/ = "\n";
    my @lines = <$handle>;
    close $handle;
    chomp @lines;
    my $exit = ($? & 127) ? 128 + ($? & 127) : $? >> 8;
    seen('said_by', join("\0", @command), [ $exit, @lines ]);
    return ($exit, \@lines);
}

# As `output`, of a command in one text.
sub said_by {
    my ($self, $command) = @_;
    my ($exit, $lines) = $self->output(split /\0/, $command, -1);
    return [ $exit, @$lines ];
}

1;
