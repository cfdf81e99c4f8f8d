package Sim::GuestRun;
# A command inside a running guest. Scripts are kept and never run; what they would answer is set by rules.
# A few small programs that only look at files or unpack them are really done, in the guest's folders.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestFiles;
use Sim::Node;
use Sim::Recorder;
use Sim::Rules;

my %SHELL = map { $_ => 1 } qw(sh bash dash /bin/sh /bin/bash /usr/bin/bash /usr/bin/sh /bin/dash);

sub run {
    my ($vmid, $argv, $environment) = @_;
    my @command = without_env_prefix(@$argv);
    my ($is_script, $script) = script_of(@command);
    my $record = Sim::Node::next_number('guest-run');
    keep($record, $vmid, $argv, $environment, $script);
    return run_script($vmid, $script, $record) if $is_script;

    my $rule = Sim::Rules::find('guest-rules', $vmid, "@$argv");
    return answer($vmid, $rule, '') if $rule;
    my $exit = Sim::GuestFiles::run($vmid, $record, @command);
    not_simulated("guest command '@$argv'") if !defined $exit;
    if ($exit == 127) {
        print STDERR "lxc-attach: $vmid: ../src/lxc/attach.c: lxc_attach_run_command: 1841"
            . " No such file or directory - Failed to exec \"$command[0]\"\n";
    }
    return $exit;
}

# env [-i] [NAME=VALUE ...] command
sub without_env_prefix {
    my (@argv) = @_;
    return @argv if !@argv || $argv[0] !~ m{^(?:/usr/bin/)?env\z};
    shift @argv;
    shift @argv while @argv && $argv[0] =~ /^(?:-i|-|--ignore-environment|--|[A-Za-z_]\w*=.*)\z/s;
    return @argv;
}

# (1, text) when the command is a shell: its script comes with -c or on stdin.
sub script_of {
    my (@argv) = @_;
    return (1, from_stdin()) if !@argv;
    return (0, undef) if !$SHELL{ $argv[0] };
    for my $index (1 .. $#argv) {
        my $word = $argv[$index];
        return (1, $argv[$index + 1] // '') if $word =~ /^-[a-z]*c\z/;
        last if $word eq '--' || $word =~ /^-[a-z]*s\z/;
        return (0, undef) if $word !~ /^[-+]/ && $argv[$index - 1] ne '-o';
    }
    return (1, from_stdin());
}

sub from_stdin { binmode STDIN; local $/; return scalar(<STDIN>) // '' }

sub folder { return "$Sim::Node::state/guest-runs" }

sub keep {
    my ($record, $vmid, $argv, $environment, $script) = @_;
    my $base = sprintf '%s/%04d', folder(), $record;
    my $words = join ',', map { Sim::Recorder::json_string($_) } @$argv;
    # The names only: the caller's values may be secrets.
    my $variables = join ',', map { Sim::Recorder::json_string($_) } sort keys %$environment;
    Sim::Node::spew("$base.script", $script) if defined $script;
    Sim::Node::spew("$base.json", qq({"vmid":$vmid,"argv":[$words],"environment":[$variables]}\n));
}

sub run_script {
    my ($vmid, $script, $record) = @_;
    Sim::Faults::middle();
    my $rule = Sim::Rules::find('guest-rules', $vmid, $script);
    # The shortest of scripts needs no rule.
    my ($plain) = $script =~ /^\s*exit (\d+)\s*\z/;
    return answer($vmid, $rule // { exit => $plain // 0 }, $script);
}

# A shell that ran to its end prints the marker which our runtime put into the script.
sub answer {
    my ($vmid, $rule, $script) = @_;
    my $exit = $rule->{exit} // 0;
    Sim::Node::spew(Sim::Guest::inner_path($vmid, $_), $rule->{files}{$_}) for sort keys %{ $rule->{files} // {} };
    print $rule->{stdout} // '';
    print STDERR $rule->{stderr} // '';
    if ($exit == 0 && $script =~ m{echo (\w+) >(/\S+/stamps/\S+) }) { Sim::Node::spew(Sim::Guest::inner_path($vmid, $2), "$1\n") }
    if (!$rule->{lost} && $script =~ /phoenix-end:([0-9a-f]+):/) {
        print "phoenix-end:$1:$exit\n";
    }
    return $exit;
}

1;
