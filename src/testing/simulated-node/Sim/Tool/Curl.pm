package Sim::Tool::Curl;
# curl: URLs answer what the test registered; a guest's own address answers while that guest runs.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::GuestConfig;
use Sim::Node;
use Sim::Rules;

my $VALUED = qr/^(?:-[omwHAXdu]|--(?:output|write-out|max-time|connect-timeout|retry|retry-delay|retry-max-time|header
    |user-agent|request|data|proto|noproxy|cacert|user|speed-limit|speed-time))\z/x;
my $BARE = qr/^--(?:fail|fail-with-body|silent|show-error|location|insecure|compressed|retry-all-errors|retry-connrefused
    |tlsv1\.\d|globoff|head|no-progress-meter|create-dirs)\z/x;

sub run {
    my ($tool, @argv) = @_;
    my (%option, @urls);
    while (@argv) {
        my $word = shift @argv;
        if    ($word eq '--')                         { push @urls, @argv; last }
        elsif ($word =~ $VALUED)                      { $option{$word} = shift @argv }
        elsif ($word =~ /^(--[a-z-]+)=(.*)\z/s && $1 =~ $VALUED) { $option{$1} = $2 }
        elsif ($word =~ $BARE)                        { $option{$word} = 1 }
        elsif ($word =~ /^-([A-Za-z]+)\z/)            { short_options(\%option, $1, \@argv) }
        elsif ($word =~ /^-/)                         { not_simulated("curl $word") }
        else                                          { push @urls, $word }
    }
    @urls == 1 or not_simulated('curl with ' . @urls . ' URLs');
    return fetch($urls[0], \%option);
}

sub short_options {
    my ($option, $letters, $argv) = @_;
    while ($letters =~ s/^(.)//) {
        my $word = "-$1";
        if ($word =~ $VALUED)           { $option->{$word} = $letters ne '' ? $letters : shift @$argv; return }
        if ($word =~ /^-[fsSLkgI]\z/)   { $option->{$word} = 1; next }
        not_simulated("curl $word");
    }
}

sub fetch {
    my ($url, $option) = @_;
    my ($status, $body) = answer($url, $option);
    my $failed = $status >= 400 && ($option->{'-f'} || $option->{'--fail'});
    my $output = $option->{'-o'} // $option->{'--output'};
    if (!$failed) {
        if (!defined $output)             { print $body }
        elsif ($output ne '/dev/null')    { write_output($output, $body) }
    }
    my $format = $option->{'-w'} // $option->{'--write-out'};
    if (defined $format) {
        my $code = sprintf '%03d', $status;
        my %value = (http_code => $code, response_code => $code, size_download => length $body);
        $format =~ s/%\{(\w+)\}/$value{$1} \/\/ not_simulated("curl -w %{$1}")/ge;
        $format =~ s/\\n/\n/g;
        print $format;
    }
    complain($option, 22, "The requested URL returned error: $status") if $failed;
    return 0;
}

# Paths below the node's own root come from callers that know PHOENIX_ROOT.
sub write_output {
    my ($output, $body) = @_;
    Sim::Node::spew("$output.part", substr $body, 0, length($body) / 2) if Sim::Faults::strikes_in_the_middle();
    if (Sim::Faults::strikes_in_the_middle()) {
        rename "$output.part", $output;
        Sim::Faults::middle();
    }
    Sim::Node::spew($output, $body);
}

sub answer {
    my ($url, $option) = @_;
    my $file = "$Sim::Node::state/http/" . Sim::Node::file_name($url);
    my $rule = -e "$file.rule" ? Sim::Rules::read_file("$file.rule") : undef;
    my ($host, $port) = $url =~ m{^[a-z]+://(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)(?::(\d+))?}i
        or complain($option, 3, "URL rejected: No host part in the URL");

    my $vmid = $rule ? $rule->{vmid} : guest_at($host);
    if (defined $vmid && !Sim::Guest::is_running($vmid)) {
        no_connection($option, $host, $port // 80);
    }
    return ($rule->{status} // 200, Sim::Node::slurp("$file.body") // '') if $rule;
    return (200, '') if defined $vmid;
    no_connection($option, $host, $port // 80) if $host =~ /^[\d.]+\z/;
    complain($option, 6, "Could not resolve host: $host");
}

sub no_connection {
    my ($option, $host, $port) = @_;
    complain($option, 7, "Failed to connect to $host port $port after 1 ms: Couldn't connect to server");
}

# A failed transfer still prints what -w asks for.
sub complain {
    my ($option, $exit, $text) = @_;
    my $format = $option->{'-w'} // $option->{'--write-out'};
    print '000' if defined $format && $exit != 22 && $format =~ /http_code/;
    my $silent = ($option->{'-s'} || $option->{'--silent'}) && !($option->{'-S'} || $option->{'--show-error'});
    fail($silent ? '' : "curl: ($exit) $text", $exit);
}

sub guest_at {
    my ($host) = @_;
    for my $vmid (Sim::GuestConfig::ids()) {
        my $keys = Sim::GuestConfig::load($vmid)->{main}{keys};
        return $vmid if grep { /^net\d+\z/ && $keys->{$_} =~ m{(?:^|,)ip=\Q$host\E/} } keys %$keys;
    }
    return undef;
}

1;
