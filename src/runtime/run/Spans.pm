package Spans;

# A run as spans of OpenTelemetry: run → stack → step, as one OTLP/JSON request. Kept in <run>.otlp.json, and sent to a collector where one is named.

use strict;
use warnings;
use Clock;
use Write;
use Json;

# Writes the spans of a run that has ended, and sends them. Nobody's run fails for it: gives notes about what went wrong.
sub write {
    my ($session, $end) = @_;
    my $place = "$session->{root}/var/lib/phoenix/$session->{plan}{app}/runs/$session->{run}.otlp.json";
    my $text  = Json::text(request($session, $end)) . "\n";
    my @notes;
    eval { Write::whole($place, $text, mode => 0600); 1 } or push @notes, "spans were not written: $@" =~ s/\n//r;
    my $collector = $session->{flags}{otlp} // $ENV{OTEL_EXPORTER_OTLP_ENDPOINT} // '';
    return (@notes, $collector eq '' ? () : sent($session, $collector, $text));
}

# ---- The request

sub request {
    my ($session, $end) = @_;
    my ($trace, $parent) = context();
    my @steps = steps($session);
    my $run   = span($trace, $parent, 'phoenix ' . $session->{verb}, $session->{started}, Clock::now(), $end->{exit} == 0, {
        'phoenix.run' => $session->{run}, 'phoenix.steps' => scalar @steps, map({ ("phoenix.steps.$_" => $end->{outcomes}{$_}) } keys %{ $end->{outcomes} }),
    });
    my @spans = ($run);
    for my $stack (stacks(@steps)) {
        my @of   = grep { $_->{stack} eq $stack } @steps;
        my @ends = map { $_->{began} + $_->{seconds} } @of;
        my $span = span($trace, $run->{spanId}, "stack $stack", (sort { $a <=> $b } map { $_->{began} } @of)[0], (sort { $b <=> $a } @ends)[0], !grep({ $_->{result} eq 'failed' } @of), { 'phoenix.stack' => $stack });
        push @spans, $span, map {
            span($trace, $span->{spanId}, "$_->{path} $_->{title}", $_->{began}, $_->{began} + $_->{seconds}, $_->{result} ne 'failed', {
                'phoenix.stack' => $stack, 'phoenix.step' => $_->{id}, 'phoenix.path' => $_->{path}, 'phoenix.kind' => $_->{kind}, 'phoenix.outcome' => $_->{result}, 'phoenix.reason' => $_->{reason},
            })
        } @of;
    }
    return { resourceSpans => [ { resource => { attributes => attributes({ 'service.name' => 'phoenix-applier', 'host.name' => $session->{plan}{here}, 'phoenix.app' => $session->{plan}{app} }) }, scopeSpans => [ { scope => { name => 'phoenix-cdk' }, spans => \@spans } ] } ] };
}

# The steps that were begun, in the order in which they were.
sub steps {
    my ($session) = @_;
    my $work = $session->{work};
    return sort { $a->{began} <=> $b->{began} } map { my $done = $work->{done}{ $_->{id} }; $done ? { %$_, %$done, began => $work->{since}{ $_->{id} } } : () } @{ $work->{todo} };
}

sub stacks { my %seen; return grep { !$seen{$_}++ } map { $_->{stack} } @_ }

sub span {
    my ($trace, $parent, $name, $from, $to, $ok, $attributes) = @_;
    return {
        traceId => $trace, spanId => hex_digits(8), defined $parent ? (parentSpanId => $parent) : (), name => $name, kind => \1,
        startTimeUnixNano => nanoseconds($from), endTimeUnixNano => nanoseconds($to),
        attributes => attributes($attributes), status => { code => \($ok ? 1 : 2) },
    };
}

sub attributes {
    my ($attributes) = @_;
    return [ map { my $value = $attributes->{$_}; { key => $_, value => $value =~ /^\d+$/ ? { intValue => "$value" } : { stringValue => $value } } } grep { ($attributes->{$_} // '') ne '' } sort keys %$attributes ];
}

sub nanoseconds {
    my ($moment) = @_;
    return sprintf '%d%09d', int $moment, ($moment - int $moment) * 1e9;
}

# The trace that whoever started us has begun (W3C trace context), or one of our own.
sub context {
    return ($ENV{TRACEPARENT} // '') =~ /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/ ? ($1, $2) : (hex_digits(16), undef);
}

sub hex_digits {
    my ($bytes) = @_;
    open my $handle, '<:raw', '/dev/urandom' or die "cannot read /dev/urandom: $!\n";
    sysread($handle, my $random, $bytes) == $bytes or die "cannot read /dev/urandom: $!\n";
    return unpack 'H*', $random;
}

# ---- The collector

# Headers may hold a token, so they reach curl by its standard input.
sub sent {
    my ($session, $collector, $text) = @_;
    my $url = $collector =~ s{/+$}{}r . '/v1/traces';
    my @headers = ('Content-Type: application/json', map { s/^\s+|\s+$//gr =~ s/=/: /r } split /,/, $ENV{OTEL_EXPORTER_OTLP_HEADERS} // '');
    my $body    = "$session->{root}/var/lib/phoenix/$session->{plan}{app}/runs/$session->{run}.otlp.json";
    my $config  = join '', map { my $line = s/%([0-9A-Fa-f]{2})/chr hex $1/ger =~ s/(["\\])/\\$1/gr; "header = \"$line\"\n" } grep { !/[\r\n]/ } @headers;
    my ($exit, $said) = curl($config, '-sS', '--fail', '-m', 10, '-o', '/dev/null', '--config', '-', '--data-binary', "\@$body", '--', $url);
    return $exit == 0 ? () : "spans were not sent to $url: " . ($said eq '' ? "curl ended with exit $exit" : $said);
}

sub curl {
    my ($config, @words) = @_;
    pipe(my $read, my $write) or return (1, "cannot make a pipe: $!");
    my $pid = open(my $out, '-|') // return (1, "cannot fork: $!");
    unless ($pid) {
        close $write;
        open STDIN,  '<&', $read;
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec 'curl', @words; }
        require POSIX;
        POSIX::_exit(127);
    }
    close $read;
    print $write $config;
    close $write;
    my $said = do { local $/; <$out> // '' };
    close $out;
    return ($? >> 8 || $?, $said =~ s/\s+\z//r =~ s/\n/ /gr);
}

1;
