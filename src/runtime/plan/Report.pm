package Report;

# What plan, verify and status print, for people and as JSON.

use strict;
use warnings;
use Verdict;
use Size;

my %glyph = (
    create => '+', change => '~', waiting => '+', held => '!', refused => '!', unknown => '?', foreign => '?', blocked => '!', note => 'i', satisfied => '=',
);
my %color  = ('+' => 32, '~' => 33, '!' => 31, '?' => 35, '=' => 2, 'i' => 36, '-' => 31);
my @weight = qw(unknown foreign refused held blocked change create waiting note satisfied);
my %weight = map { $weight[$_] => $_ } 0 .. $#weight;

# ---- plan

# { flags, here, app, stacks, steps, verdicts, skipped, version, seconds, processes, stop }
sub plan {
    my ($found) = @_;
    my $out = head($found);
    for my $stack (@{ $found->{stacks} }) {
        my @resources = resources($found, $stack->{name});
        next unless @resources;
        my ($width) = sort { $b <=> $a } 16, map { my $path = width($_->[0][0]{path}); $path > 40 ? 40 : $path } @resources;
        $out .= "\n$stack->{name}\n" . join '', map { resource($found, $_, $width) } @resources;
    }
    return $out . left($found) . join('', map { "\n$_\n" } @{ $found->{remarks} }) . privileges($found) . foot($found);
}

# What is on the host and left the program.
sub left {
    my ($found) = @_;
    my ($guests, $things) = @{ $found->{left} }{qw(guests things)};
    return '' unless @$guests || @$things;
    my $out = "\nNot in the program any more; it stays as it is\n";
    for my $guest (@$guests) {
        $out .= '  ' . painted($found, '-') . " $guest->{path}" . ' ' x pad($guest->{path}, 16) . "  $guest->{type} $guest->{vmid}, $guest->{state}: $guest->{way}\n";
    }
    return $out . join '', map { '  ' . painted($found, '-') . " $_->{resource}" . ' ' x pad($_->{resource}, 16) . "  $_->{what}, $_->{state}: $_->{way}\n" } @$things;
}

sub head {
    my ($found) = @_;
    my @parts = ("host $found->{here}", defined $found->{version} ? "PVE $found->{version}" : 'PVE release not known', "app $found->{app}");
    my $signature = $found->{flags}{signature};
    push @parts, $signature eq 'none' ? 'unsigned' : "signature $signature" if defined $signature;
    my $out = join(' · ', @parts, sprintf('looked in %.2f s, %s', $found->{seconds}, count($found->{processes}, 'process', 'processes'))) . "\n";
    $out .= "skipped: stack $_->{name} belongs to host $_->{host}\n" for @{ $found->{skipped} };
    return $out;
}

# The resources of a stack that have something to say: [[step, verdict], …] each, in the order of their first steps.
sub resources {
    my ($found, $stack) = @_;
    my (@order, %steps);
    for my $step (@{ $found->{steps} }) {
        next unless $step->{stack}{name} eq $stack;
        my $verdict = $found->{verdicts}{ $step->{id} };
        next unless speaks($found, $verdict);
        my $key = "$step->{path}\0$step->{resource}";
        push @order, $key unless $steps{$key};
        push @{ $steps{$key} }, [ $step, $verdict ];
    }
    return map { $steps{$_} } @order;
}

sub speaks {
    my ($found, $verdict) = @_;
    return 1 if $verdict->{verdict} ne 'satisfied';
    return @{ $verdict->{notes} } > 0;
}

sub resource {
    my ($found, $entries, $width) = @_;
    my ($worst) = sort { $weight{$a} <=> $weight{$b} } map { $_->[1]{verdict} } @$entries;
    my ($step)  = map { $_->[0] } @$entries;
    my $out = '  ' . painted($found, glyph($worst, $entries)) . " $step->{path}" . ' ' x pad($step->{path}, $width) . "  $step->{resource}\n";
    my %said;
    return $out . join '', map { my ($of, $verdict) = @$_; $verdict->{verdict} =~ /^(?:foreign|unknown)$/ && $said{ $verdict->{reason} }++ ? details($found, $verdict) : entry($found, $of, $verdict) } @$entries;
}

sub glyph {
    my ($worst, $entries) = @_;
    return '~' if $worst eq 'create' && grep { is_made_anew($_->[1]) } @$entries;
    return '+' if $worst eq 'change' && grep { $_->[1]{verdict} eq 'create' && $_->[0]{kind} eq 'guest-create' } @$entries;
    return $glyph{$worst};
}

# True of a verdict that destroys what it then makes: that is told in full.
sub is_made_anew { return $_[0]{verdict} eq 'create' && grep { $_->{impact} eq 'destroy' } @{ $_[0]{changes} } }

sub entry {
    my ($found, $step, $verdict) = @_;
    my $is  = $verdict->{verdict};
    my $out = '';
    if (is_made_anew($verdict)) { return line($found, '~', $step->{title}, 'made anew', '') . details($found, $verdict) }
    if ($is eq 'create' || $is eq 'waiting' || ($is eq 'change' && $step->{kind} =~ /^(?:run|guest-run|guest-file|guest-template)$/)) {
        $out = line($found, $glyph{$is}, $step->{title}, summary($step, $verdict), '');
    }
    elsif ($is eq 'note') { $out = line($found, 'i', $step->{title}, $verdict->{reason}, '') }
    elsif ($is ne 'satisfied') {
        $out = line($found, $glyph{$is}, $step->{title}, '', '') if $is eq 'change' && $step->{kind} eq 'file';
        my $word = { held => 'HELD BACK', refused => 'REFUSED', unknown => 'UNKNOWN', foreign => 'NOT OURS', blocked => 'BLOCKED' }->{$is};
        my $way  = ($verdict->{flag} // '') =~ /^--adopt / ? ". Adopt with $verdict->{flag}; then:" : '';
        $out .= line($found, $glyph{$is}, $step->{title}, "$word: " . ($verdict->{reason} // '') . $way, '') if defined $word;
        return $out . details($found, $verdict);
    }
    return $out . join '', map { line($found, '=', '', $_, '') } @{ $verdict->{notes} };
}

sub details {
    my ($found, $verdict) = @_;
    return join '', map({ difference($found, $_) } @{ $verdict->{changes} }), map { line($found, '=', '', $_, '') } @{ $verdict->{notes} };
}

sub difference {
    my ($found, $change) = @_;
    my $gone  = $change->{to} eq 'absent' || $change->{to} eq 'removed';
    my $sign  = $change->{refused} || $change->{held} ? '!' : $gone ? '-' : $change->{from} eq '' || $change->{from} eq 'absent' ? '+' : '~';
    my $text  = $gone ? value_of($change, 'from') : $sign eq '+' || $change->{from} eq '' ? value_of($change, 'to') : value_of($change, 'from') . ' → ' . value_of($change, 'to');
    my $after = $change->{impact} . ($change->{held} ? ' (held back)' : $change->{refused} ? ' (refused)' : '');
    return line($found, $sign, $change->{key}, $text, $after);
}

# The first few values of something that will be made, in one line.
sub summary {
    my ($step, $verdict) = @_;
    my @changes = @{ $verdict->{changes} };
    return $verdict->{reason} // '' unless @changes;
    shift @changes if @changes > 1 && $changes[0]{from} eq 'absent' && $changes[0]{key} eq 'dataset';
    my @some = @changes > 4 ? @changes[ 0 .. 3 ] : @changes;
    my $text = join ', ', map { $_->{from} eq 'absent' || $_->{key} =~ m{^/} ? short($_->{to}) : "$_->{key} " . value_of($_, 'to') } @some;
    $text = join ', ', map { $_->{key} } @some if $step->{kind} =~ /^(?:run|guest-file)$/;
    $text = $some[0]{to} if $step->{kind} eq 'guest-run';
    return @changes > @some ? "$text and " . (@changes - @some) . ' more' : $text;
}

sub line {
    my ($found, $sign, $title, $text, $after) = @_;
    my $out = '      ' . painted($found, $sign) . ' ' . ($title eq '' ? $text : $title . ' ' x pad($title, 22) . "  $text");
    $out .= ' ' x pad($text, 44) . "  $after" if $after ne '';
    return "$out\n" =~ s/ +\n\z/\n/r;
}

sub privileges {
    my ($found) = @_;
    my @records = @{ $found->{privileges} } or return '';
    require PrivilegeTable;
    my $unfiltered = Privileges::unfiltered($found, @records);
    return PrivilegeTable::text(@records) . (defined $unfiltered ? "$unfiltered\n" : '');
}

sub foot {
    my ($found) = @_;
    my $of    = counts($found);
    my @parts = (
        "$of->{create} to create", $of->{adopt} ? "$of->{adopt} to adopt" : (), "$of->{change} to change" . ($of->{restart} ? " ($of->{restart} with a restart)" : ''),
        map({ $of->{$_} ? "$of->{$_} $_" : () } qw(held refused blocked foreign unknown)), "$of->{satisfied} in place",
    );
    my $out = "\nPlan: " . join(', ', map { s/^(\d+ )held/$1held back/r } @parts) . ".   Nothing was changed.\n";
    my %flags;
    for my $step (@{ $found->{steps} }) {
        my $flag = $found->{verdicts}{ $step->{id} }{flag} // next;
        $flags{$_}++ for split / (?=--)/, $flag;
    }
    $flags{'--approve-privileges'}++ if !$found->{flags}{'approve-privileges'} && !$found->{flags}{yes} && grep { $_->{direction} eq 'broader' } @{ $found->{privileges} };
    $out .= 'Not allowed yet: ' . join(', ', sort keys %flags) . "\n" if %flags;
    $out .= "Left: $_\n" for @{ $found->{notes} };
    $out .= "Stops here: $found->{stop}\n" if defined $found->{stop};
    return $out;
}

sub counts {
    my ($found) = @_;
    my %of = map { $_ => 0 } qw(create change adopt held refused blocked foreign unknown satisfied restart note health guests);
    my %guests;
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        my $is = $verdict->{verdict};
        $is = 'create' if $is eq 'waiting';
        $is = 'adopt' if ($verdict->{do} // '') =~ /^(?:adopt|take)$/;
        $of{$is}++;
        $of{health}++ if $verdict->{asks};
        $of{restart}++ if $step->{kind} eq 'guest-state' && grep { $_->{impact} eq 'restart' && !$_->{held} } @{ $verdict->{changes} };
        $guests{ $step->{has}{guest}[1] } = 1 if $step->{has}{guest};
    }
    $of{guests} = keys %guests;
    return \%of;
}

sub plan_json {
    my ($found) = @_;
    my @steps;
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        push @steps, {
            (map { $_ => $step->{$_} } qw(id kind path resource title)), stack => $step->{stack}{name},
            verdict => $verdict->{verdict}, notes => $verdict->{notes},
            changes => [ map { my $change = $_; +{ (map { $_ => $change->{$_} } qw(key from to impact)), map { $change->{$_} ? ($_ => \'true') : () } qw(held refused) } } @{ $verdict->{changes} } ],
            map({ $_ ? (pending => [ map { +{ %$_, ours => \($_->{ours} ? 'true' : 'false') } } @$_ ]) : () } $verdict->{pending}),
            map { defined $verdict->{$_} ? ($_ => $verdict->{$_}) : () } qw(reason flag),
        };
    }
    my $of = counts($found);
    require PrivilegeTable;
    return Json::text({
        app => $found->{app}, host => $found->{here}, version => $found->{version}, steps => \@steps, stop => $found->{stop}, problems => $found->{stops} // [], notes => $found->{notes},
        counts => { map { $_ => \"$of->{$_}" } keys %$of }, processes => \"$found->{processes}", seconds => \sprintf('%.3f', $found->{seconds}),
        remarks => $found->{remarks}, left => $found->{left}, privileges => PrivilegeTable::json(@{ $found->{privileges} }),
        skipped => [ map { { stack => $_->{name}, host => $_->{host} } } @{ $found->{skipped} } ],
    }) . "\n";
}

# ---- status

# Rows of { vmid, path, type, owner, node, state, ha, lock, pending, template }.
sub status {
    my ($rows) = @_;
    return "No guests.\n" unless @$rows;
    my @columns = qw(vmid path type state owner template lock pending ha);
    my %width = map { my $column = $_; $column => (sort { $b <=> $a } length $column, map { width($_->{$column}) } @$rows)[0] } @columns;
    my $text = sub { my ($row) = @_; join('  ', map { $row->{$_} . ' ' x ($width{$_} - width($row->{$_})) } @columns) =~ s/ +$//r . "\n" };
    return join '', map { $text->($_) } { map { $_ => uc $_ } @columns }, @$rows;
}

# ---- Shared

sub painted {
    my ($found, $sign) = @_;
    return $found->{flags}{color} ? "\e[$color{$sign}m$sign\e[0m" : $sign;
}

# A value with its unit, where people would have to guess or count digits.
sub value_of {
    my ($change, $which) = @_;
    my $value = $change->{$which};
    return "$value MiB" if $change->{key} =~ /^(?:memory|swap|balloon)$/ && $value =~ /^\d+$/;
    return Size::absolute($value) if $value =~ /^\d{5,}$/ && $change->{key} =~ /quota|reservation|size$/;
    return short($value);
}

# A value as people can read it in one line.
sub short {
    my ($text) = @_;
    $text =~ s/[\x00-\x1f\x7f]+/ /g;
    return $text if width($text) <= 60;
    utf8::decode($text);
    $text = substr($text, 0, 57);
    utf8::encode($text) if utf8::is_utf8($text);
    return "$text…";
}

sub count {
    my ($number, $one, $many) = @_;
    return "$number " . ($number == 1 ? $one : $many);
}

sub pad {
    my ($text, $to) = @_;
    my $missing = $to - width($text);
    return $missing > 0 ? $missing : 0;
}

sub width {
    my ($text) = @_;
    utf8::decode($text);
    return length $text;
}

1;
