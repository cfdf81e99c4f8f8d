package Sim::Faults;
# Failures that a test asked for, kept as files DIR/state/faults/NNN of lines `name value` (values encoded).
#
#   argv      one line an argument: the beginning of the command line that is meant
#   regexp    or a pattern for the whole command line, arguments joined by one blank
#   nth       which of the matching commands (1 = the next one)
#   point     which of the places in the middle, where a command has several (1 = the first)
#   mode      fail-before fail-after kill-before kill-middle kill-after pause-middle
#   victim    of kill-*: group (the caller too), tool (this process), worker (the task dies, its front end reports it)
#   spare     process group of the test itself, which is never killed
#   exit, stderr, milliseconds
use strict;
use warnings;

use Sim::Failure;
use Sim::Node;

my $armed;
my $middle_seen;
my $passed = 0;

sub around {
    my ($tool, $argv, $command) = @_;
    $armed = find($tool, @$argv) or return $command->();
    my $mode = $armed->{mode};

    return fail_now() if $mode eq 'fail-before';
    if ($mode eq 'kill-before') {
        my $exit = eval { strike(); 0 };
        return defined $exit ? $exit : Sim::Failure::report($@);
    }

    my $exit = $command->();
    return $exit if $middle_seen;
    return fail_now() if $mode eq 'fail-after';
    if ($mode eq 'kill-after') {
        eval { strike() };
        return Sim::Failure::report($@);
    }
    print STDERR "not simulated: '$tool @$argv' has no middle where a fault could strike\n";
    return Sim::Failure::NOT_SIMULATED;
}

# Called at the points where a real tool, killed there, leaves something half done.
sub middle {
    return if !$armed || $armed->{mode} !~ /-middle\z/ || $middle_seen || ++$passed < ($armed->{point} // 1);
    $middle_seen = 1;
    return strike() if $armed->{mode} eq 'kill-middle';
    select undef, undef, undef, ($armed->{milliseconds} // 1000) / 1000;
}

sub strikes_in_the_middle { return $armed && $armed->{mode} =~ /-middle\z/ && !$middle_seen }

sub fail_now {
    my $text = $armed->{stderr} // '';
    $text .= "\n" if $text ne '' && $text !~ /\n\z/;
    print STDERR $text;
    return $armed->{exit} // 255;
}

sub strike {
    my $victim = $armed->{victim} // 'group';
    # What Proxmox's front ends print when their task's process is gone.
    die bless { text => 'got unexpected control message:  ', exit => 255, killed => 1 }, 'Sim::Failure'
        if $victim eq 'worker';
    kill 'KILL', $$ if $victim eq 'tool';

    my $group = getpgrp;
    not_simulated("killing process group $group, which is the test's own: start the caller detached")
        if $group == ($armed->{spare} // 0);
    kill 'KILL', -$group;
    sleep 5;
}

sub find {
    my (@argv) = @_;
    my $folder = "$Sim::Node::state/faults";
    return if !-d $folder;
    my @hits;
    Sim::Node::exclusively('faults', sub {
        for my $name (grep { /^\d+\z/ } Sim::Node::entries($folder)) {
            my $fault = read_fault("$folder/$name");
            next if !matches($fault, @argv);
            my $count = (Sim::Node::slurp("$folder/$name.seen") // 0) + 1;
            Sim::Node::spew("$folder/$name.seen", $count);
            push @hits, $fault if $count == ($fault->{nth} // 1);
        }
    });
    return $hits[0];
}

sub read_fault {
    my ($file) = @_;
    my %fault = (argv => []);
    for (split /\n/, Sim::Node::slurp($file) // '') {
        my ($name, $value) = /^(\S+) (.*)$/ or next;
        $value = Sim::Node::decode($value);
        if ($name eq 'argv') { push @{ $fault{argv} }, $value }
        else                 { $fault{$name} = $value }
    }
    return \%fault;
}

sub matches {
    my ($fault, @argv) = @_;
    return "@argv" =~ /$fault->{regexp}/ if defined $fault->{regexp};
    my @wanted = @{ $fault->{argv} };
    return 0 if !@wanted || @wanted > @argv;
    $wanted[$_] eq $argv[$_] or return 0 for 0 .. $#wanted;
    return 1;
}

1;
