package Metrics;

# How the last run went, as a text file for Prometheus' node exporter: /var/lib/phoenix/<app>/metrics.prom, and beside the exporter's other text
# files where Debian's package has made a folder for them.

use strict;
use warnings;
use Clock;
use Write;

my $exporter = '/var/lib/prometheus/node-exporter';

# Writes the metrics of a run that has ended. Nobody's run fails for it: gives a note if they could not be written.
sub write {
    my ($session, $end) = @_;
    my ($root, $app) = ($session->{root}, $session->{plan}{app});
    my $own  = "$root/var/lib/phoenix/$app/metrics.prom";
    my $text = text($session, $end, former_success($own));
    my @places = ($own, -d "$root$exporter" ? "$root$exporter/phoenix-$app.prom" : ());
    return map { my $place = $_; eval { replace($place, $text); 1 } ? () : "metrics were not written: $@" =~ s/\n//r } @places;
}

# Whole or not at all, for the exporter may read at any moment; not synced, for the next run writes it anew.
sub replace {
    my ($place, $text) = @_;
    Write::folder($place =~ s{/[^/]*$}{}r, 0755);
    my $temporary = Write::temporary($place);
    open my $handle, '>:raw', $temporary or die "cannot write $temporary: $!\n";
    print $handle $text;
    close $handle or die "cannot write $temporary: $!\n";
    rename $temporary, $place or die "cannot rename to $place: $!\n";
}

sub text {
    my ($session, $end, $former) = @_;
    my $now     = int Clock::now();
    my $success = $end->{exit} == 0 ? 1 : 0;
    my $labels  = labels(app => $session->{plan}{app}, host => $session->{plan}{here});
    my @last    = $success ? $now : defined $former ? $former : ();
    return join '',
        metric('phoenix_run_timestamp_seconds', 'When the last run of the applier ended.', [ $labels, $now ]),
        metric('phoenix_run_success', 'Whether the last run brought about all that was asked for.', [ $labels, $success ]),
        metric('phoenix_run_last_success_timestamp_seconds', 'When the last run that was a success ended.', map { [ $labels, $_ ] } @last),
        metric('phoenix_run_duration_seconds', 'How long the last run took.', [ $labels, $end->{seconds} ]),
        metric('phoenix_run_drifted_steps', 'Steps that somebody else had undone before the last run.', [ $labels, $end->{drifted} ]),
        metric('phoenix_run_steps', 'Steps of the last run by how they ended.', map { [ labels(app => $session->{plan}{app}, host => $session->{plan}{here}, outcome => $_), $end->{outcomes}{$_} ] } sort keys %{ $end->{outcomes} });
}

sub metric {
    my ($name, $help, @samples) = @_;
    return '' unless @samples;
    return "# HELP $name $help\n# TYPE $name gauge\n" . join '', map { "$name\{$_->[0]\} $_->[1]\n" } @samples;
}

sub labels {
    my @labels;
    while (my ($name, $value) = splice @_, 0, 2) { push @labels, "$name=\"" . $value =~ s/([\\"])/\\$1/gr =~ s/\n/\\n/gr . '"' }
    return join ',', @labels;
}

sub former_success {
    my ($place) = @_;
    open my $handle, '<:raw', $place or return undef;
    local $/;
    return (<$handle> // '') =~ /^phoenix_run_last_success_timestamp_seconds\{[^\n]*\} (\d+)$/m ? $1 : undef;
}

1;
