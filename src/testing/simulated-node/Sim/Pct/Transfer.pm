package Sim::Pct::Transfer;
# pct push and pull: the task's status is thrown away, so a failed transfer exits 0 too.
use strict;
use warnings;

use Sim::Failure;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;

sub push {
    my ($values) = @_;
    my ($vmid, $file, $target) = @$values{qw(vmid file destination)};
    Sim::GuestConfig::load($vmid);
    fail("can only push files to a running CT") if !Sim::Guest::is_running($vmid);
    my $text = Sim::Node::slurp(Sim::Node::host_path($file)) // Sim::Node::slurp($file);
    return complain("failed to open $file for reading") if !defined $text;
    return write_to(Sim::Guest::inner_path($vmid, $target), $target, $text, $values->{perms});
}

sub pull {
    my ($values) = @_;
    my ($vmid, $path, $target) = @$values{qw(vmid path destination)};
    Sim::GuestConfig::load($vmid);
    fail("can only pull files from a running VM at /usr/share/perl5/PVE/CLI/pct.pm line 664.")
        if !Sim::Guest::is_running($vmid);
    my $text = Sim::Node::slurp(Sim::Guest::inner_path($vmid, $path));
    return complain("failed to open $path: No such file or directory") if !defined $text;
    return write_to(Sim::Node::host_path($target), $target, $text, $values->{perms});
}

sub complain { print STDERR "$_[0]\n"; return 0 }

# Octal unless it starts with 0x.
sub write_to {
    my ($file, $shown, $text, $perms) = @_;
    my ($folder) = $file =~ m{^(.*)/}s;
    return complain("failed to create file: $shown: No such file or directory") if !-d $folder;
    Sim::Node::spew($file, $text);
    chmod oct($perms =~ /^0/ ? $perms : "0$perms"), $file if defined $perms;
    return 0;
}

1;
