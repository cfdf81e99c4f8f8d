package Rebuild;

# A clone of ours that an older template was the source of, made anew from the one that the program names now: `--rebuild PATH`.
#
# Its root disk goes, and nothing else may go with it: whoever has volumes, snapshots or rules that the new one would not have stays as it is.

use strict;
use warnings;
use Verdict;
use Destroy;

# Named by a whole path, id, resource or VMID, never by the beginning of one.
sub is_named {
    my ($step, $name) = @_;
    return scalar grep { $_ eq $name } @$step{qw(path id resource)}, $step->{has}{guest}[1];
}

sub is_asked_for {
    my ($look, $maker) = @_;
    return $maker && scalar grep { is_named($maker, $_) } keys %{ $look->{flags}{rebuild} // {} };
}

sub is_done {
    my ($step, $look) = @_;
    return $look->{journal}{guest}{ $step->{has}{guest}[1] }{digest} eq $step->{has}{clone}[2];
}

# An answer of Ownership, as a plan is to take it: a guest that is about to be made anew is not there.
sub judged {
    my ($look, $vmid, $answer) = @_;
    my $maker = $look->{creator}{$vmid};
    return $answer unless $look->{mode} eq 'plan' && $answer->{is} eq 'ours' && is_asked_for($look, $maker);
    return $answer if !CompareGuest::is_stale($maker, $look) || defined trouble($maker, $look, $answer);
    return { is => 'absent', rebuilt => $answer };
}

# The verdict of the step that makes a guest which is there, ours, and named.
sub compare {
    my ($step, $look, $owner) = @_;
    my ($type, $vmid) = @{ $step->{has}{guest} };
    my $guest   = $owner->{guest};
    my $conf    = $guest->{conf};
    my @changes = Verdict::difference('guest', 'of an older template', "made anew as a clone of $step->{has}{clone}[0]", 'destroy');
    push @changes, map { Verdict::difference('disk', $_, 'made anew', 'destroy') } grep { !m{^/} } Ownership::volumes($guest) if CompareGuest::is_stale($step, $look);
    my $trouble = trouble($step, $look, $owner);
    return Verdict::refused("not made anew: $trouble", changes => \@changes) if defined $trouble;
    my $clone = CompareGuest::as_clone($step, $look, $vmid, $step->{has}{clone});
    return { %$clone, changes => \@changes } unless ($clone->{do} // '') eq 'clone';    # nothing goes before its successor can come
    return CompareGuest::wait_for_lock($vmid, $conf, \@changes) if $look->{mode} eq 'check' && ($conf->{keys}{lock} // 'mounted') ne 'mounted';
    return Verdict::create($look->{host}->running($vmid, $type) ? 'stop' : 'destroy', [$vmid], changes => \@changes, notes => [ stays($conf) ],
        fields => { type => $type, path => $guest->{path}, firewall => firewall_file($vmid), timeout => 120 });
}

# Why it stays as it is: undef if it may go.
sub trouble {
    my ($step, $look, $owner) = @_;
    my $guest = $owner->{guest};
    my ($vmid, $conf) = @$guest{qw(vmid conf)};
    return "guest $vmid was not made from a template by us" unless CompareGuest::is_stale($step, $look);
    return "guest $vmid is a template itself" if $conf->{keys}{template};
    return "guest $vmid has snapshots (@{ $conf->{snapshots} }), which would go with it" if @{ $conf->{snapshots} };
    my $rules = firewall_file($vmid);
    return "$rules would go with it, and no step of the program writes it"
        if defined $look->{host}->read($rules) && !grep { $_->{has}{file} && $_->{has}{file}[0] eq $rules } values %{ $look->{by_id} };
    return Destroy::kept_by_others($look, $owner) // own_volumes($step, $look, $guest) // Destroy::strays($look, $guest);
}

# Volumes besides the one that came with the template hold data, keys of a TPM included; the firmware's and cloud-init's are made with the disk.
sub own_volumes {
    my ($step, $look, $guest) = @_;
    my ($vmid, $type, $conf) = @$guest{qw(vmid type conf)};
    my %values = (%{ $conf->{pending} }, %{ $conf->{keys} });
    my $is_own = $type eq 'lxc'
        ? sub { $_[0] =~ /^(?:mp|unused)\d+$/ && $_[1] !~ m{^(?:volume=)?/} }
        : sub { $_[0] =~ /^unused\d+$/ || ($_[0] !~ /^efidisk/ && CompareConfig::is_disk(@_)) };
    my @own  = grep { defined $values{$_} && $is_own->($_, $values{$_}) } sort keys %values;
    my $root = $type eq 'lxc' ? 'rootfs' : @own == 1 ? shift @own : undef;
    return "guest $vmid has volumes besides its root disk (" . join(', ', map { "$_: $values{$_}" } @own) . '), and no data goes with a rebuild' if @own;
    my $source = $look->{host}->guest($step->{has}{clone}[0]);
    return "guest $vmid has no disk that came with its template" if !defined $root || ($source && !defined $source->{conf}{keys}{$root});
    my @others = grep { !m{^/} && Destroy::owner_of($_) != $vmid } Ownership::volumes($guest);
    return @others ? "guest $vmid has disks of another's (@others)" : undef;
}

sub stays {
    my ($conf) = @_;
    return map { $conf->{keys}{$_} =~ m{^(?:volume=)?(/[^,]+)} ? "$1 stays" : () } grep { /^mp\d+$/ } sort keys %{ $conf->{keys} };
}

sub firewall_file { return "/etc/pve/firewall/$_[0].fw" }

1;
