package Sim::Ha;
# Which guests the HA stack manages: /etc/pve/ha/resources.cfg.
use strict;
use warnings;

use Sim::Node;
use Sim::Sections;

sub FILE () { '/etc/pve/ha/resources.cfg' }

sub sections { return Sim::Sections::read_file(FILE) }
sub store    { Sim::Sections::write_file(FILE, $_[0], sub { [] }) }

sub find {
    my ($sections, $type, $id) = @_;
    return (grep { $_->{type} eq $type && $_->{id} eq $id } @$sections)[0];
}

# Guests are containers (ct) unless said otherwise (vm).
sub is_configured { my ($vmid, $type) = @_; return defined find(sections(), $type // 'ct', $vmid) }

sub is_managed {
    my ($vmid, $type) = @_;
    my $section = find(sections(), $type // 'ct', $vmid) or return 0;
    return ($section->{values}{state} // 'started') ne 'ignored';
}

sub change {
    my ($code) = @_;
    Sim::Node::exclusively('ha', sub {
        my $sections = sections();
        store($code->($sections) // $sections);
    });
}

sub set_state {
    my ($vmid, $state, $type) = @_;
    change(sub { find($_[0], $type // 'ct', $vmid)->{values}{state} = $state; return $_[0] });
    react($vmid, $state, $type);
}

# The HA daemons act a moment later and on their own; by default they never get to it.
sub react {
    my ($vmid, $state, $type) = @_;
    my $after = Sim::Node::setting('ha-reacts-after-ms', '');
    return if $after eq '';
    require Sim::Later;
    Sim::Later::after($after, sub { ($type // 'ct') eq 'vm' ? bring_machine($vmid, $state) : bring($vmid, $state) });
}

sub bring {
    my ($vmid, $state) = @_;
    require Sim::Pct::Start;
    require Sim::Pct::Stop;
    my $running = Sim::Guest::is_running($vmid);
    Sim::Pct::Start::start_now($vmid) if !$running && $state =~ /^(?:started|enabled)\z/;
    Sim::Pct::Stop::stop_now($vmid)   if $running  && $state =~ /^(?:stopped|disabled)\z/;
}

sub bring_machine {
    my ($vmid, $state) = @_;
    require Sim::Qm::Stop;
    my $running = Sim::Machine::is_running($vmid);
    Sim::Qm::Start::start_now($vmid) if !$running && $state =~ /^(?:started|enabled)\z/;
    Sim::QemuConfig::locked($vmid, sub { Sim::Qm::Stop::stop_locked($vmid) })
        if $running && $state =~ /^(?:stopped|disabled)\z/;
}

1;
