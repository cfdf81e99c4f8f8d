package Probe;

# Questions of `run` steps: { is => yes | no | unknown, text, reason?, soft? }. Only `argv` starts a process.

use strict;
use warnings;

my %probes = (
    'file' => sub {
        my ($look, $path, %wanted) = @_;
        my $found = $look->{host}->facts($path);
        return no_if(1, "file $path") unless defined $found;
        return no_if(1, "$path as it should be") if defined $wanted{sha256} && $look->{host}->sha256($path) ne $wanted{sha256};
        if (defined $wanted{matches}) {
            my $pattern = eval { qr/$wanted{matches}/m } // return unknown("file $path", "the pattern `$wanted{matches}` is none");
            return no_if($look->{host}->read($path) !~ $pattern, "$path with $wanted{matches}");
        }
        return no_if(0, "file $path");
    },
    'zfs-property' => sub {
        my ($look, $dataset, $property, $value) = @_;
        my $found = $look->{host}->dataset($dataset);
        return no_if(!defined $found || !CompareHost::same_property($property, $value, $found->{$property} // '-'), "$property=$value of $dataset");
    },
    'config-key' => sub {
        my ($look, $vmid, $key, $value) = @_;
        my $guest = $look->{host}->guest($vmid);
        my $is = $guest && $guest->{conf}{keys}{$key};
        return no_if(!defined $is || !Property::same($key, $value, $is), "$key: $value of guest $vmid");
    },
    'guest-state' => sub {
        my ($look, $vmid, $state) = @_;
        my $guest = $look->{host}->guest($vmid) // return no_if(1, "guest $vmid $state");
        my $running = $look->{host}->running($vmid, $guest->{type});
        return no_if(($state eq 'running') != !!$running, "guest $vmid $state");
    },
    'package' => sub {
        my ($look, $name, %wanted) = @_;
        my $version = $look->{host}->package($name);
        return no_if(1, "package $name") unless defined $version;
        return no_if(defined $wanted{version} && $wanted{version} ne $version, "package $name " . ($wanted{version} // ''));
    },
    'unit' => sub {
        my ($look, $name, $state) = @_;
        my $unit = $look->{host}->unit($name);
        my $is = $state =~ /active/ ? $unit->{ActiveState} : $unit->{UnitFileState};
        return unknown("unit $name", "systemctl did not say") unless defined $is;
        return no_if($is ne $state && !($state eq 'inactive' && $is eq 'failed') && !($state eq 'disabled' && $is eq ''), "unit $name $state");
    },
    'journal' => sub {
        my ($look, $digest) = @_;
        return no_if(!(grep { $_->{digest} eq $digest } values %{ $look->{journal}{applied} }), 'done before');
    },
    'sub-ids' => sub {
        my ($look, $path, $first, $count) = @_;
        my $text = defined $look->{host}->facts($path) ? $look->{host}->read($path) : '';
        my $covered = grep { $_->[0] <= $first && $first + $count <= $_->[0] + $_->[1] }
            map { /^(?:root|0):(\d+):(\d+)\s*$/ ? [ $1, $2 ] : () } split /\n/, $text;
        return no_if(!$covered, "$first and on, $count of them, for root in $path");
    },
    'argv' => sub {
        my ($look, $satisfied, $absent, @command) = @_;
        my ($exit, $lines) = $look->{host}->output(@command);
        return no_if(0, "@command") if grep { $_ == $exit } split /,/, $satisfied;
        return no_if(1, "@command") if grep { $_ == $exit } split /,/, $absent;
        return { %{ unknown("@command", "exit $exit" . (@$lines ? ": $lines->[-1]" : '')) }, soft => 1 };
    },
);

sub answer {
    my ($look, $kind, @words) = @_;
    my $probe = $probes{$kind} // return unknown("probe $kind", 'this applier does not know it');
    return $probe->($look, @words);
}

sub no_if {
    my ($no, $text) = @_;
    return { is => $no ? 'no' : 'yes', text => $text };
}

sub unknown {
    my ($text, $reason) = @_;
    return { is => 'unknown', text => $text, reason => $reason };
}

1;
