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

sub is_configured { return defined find(sections(), 'ct', $_[0]) }

sub is_managed {
    my $section = find(sections(), 'ct', $_[0]) or return 0;
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
    my ($vmid, $state) = @_;
    change(sub { find($_[0], 'ct', $vmid)->{values}{state} = $state; return $_[0] });
    react($vmid, $state);
}

# The HA daemons act a moment later and on their own; by default they never get to it.
sub react {
    my ($vmid, $state) = @_;
    my $after = Sim::Node::setting('ha-reacts-after-ms', '');
    return if $after eq '';
    require Sim::Later;
    Sim::Later::after($after, sub {
        require Sim::Pct::Start;
        require Sim::Pct::Stop;
        my $running = Sim::Guest::is_running($vmid);
        Sim::Pct::Start::start_now($vmid) if !$running && $state =~ /^(?:started|enabled)\z/;
        Sim::Pct::Stop::stop_now($vmid)   if $running  && $state =~ /^(?:stopped|disabled)\z/;
    });
}

1;
