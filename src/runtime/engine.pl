#!/usr/bin/perl

# The looking half of the applier: reads the words of the runbooks, looks at the host, compares, and keeps the journal. It never acts on a guest.
# bash asks, see Words.pm for the form; `plan`, `verify` and `status` print their result and end the engine, everything else answers in records.

use strict;
use warnings;
BEGIN { unshift @INC, $0 =~ m{^(.*)/} ? $1 : '.' }
use Words;
use Plan;
use Made;
use Removal;

my $root    = $ENV{PHOENIX_ROOT} // '';
my $started = now();
my ($verb, @operands) = ('plan');
my %chores = (orphan => 'orphaned', destroy => 'destroyed', restore => 'restored');
my (%flags, @stacks, @steps, $plan, $found, $run, $seen, %saved);

my %records = (
    flag  => sub { my (undef, $name, $value) = @_; $flags{$name} = ref $flags{$name} || $name =~ /^(?:stack|only|adopt|rebuild|allow-.*)$/ ? { %{ $flags{$name} // {} }, map { $_ => 1 } split /,/, $value } : $value },
    verb  => sub { (undef, $verb, @operands) = @_ },
    stack => sub { push @stacks, Words::stack([@_]) },
    step  => sub { push @steps, Words::step([@_], $stacks[-1]) },
);

my %printed = (plan => \&plan, verify => \&verify, status => \&status);

my %asked = (
    work      => \&work,
    check     => \&check,
    lock      => \&lock,
    lay       => \&lay,
    said      => \&said,
    intent    => \&intent,
    adopting  => \&adopting,
    adopted   => \&adopted,
    destroying => sub { my ($vmid) = @_; $plan->{journal}->append('intent', "destroy/$vmid", $run, int now(), Destroy::guids($plan->look('check', 'guest-destroy')->{host}, $vmid)) },
    forget    => sub { my ($vmid) = @_; require Orphan; $plan->{journal}->append('gone', $_) for Orphan::records($plan->{journal}, $vmid) },
    remove    => sub { Remove::remove($root, @_) },
    restore   => \&restore,
    applied   => \&applied,
    remember  => \&remember,
    journal   => sub { $plan->{journal}->append(@_) },
    restart   => sub { $plan->{journal}->append('restart', $_[0], Host->new(root => $root)->life($_[0], 'lxc')) },
    before    => \&before,
    put       => \&put,
    folder    => \&folder,
    firewall  => sub { my ($id, $digest) = @_; CompareFirewall::write_file($plan->{by_id}{$id}, $plan->look('check', 'firewall-entries'), $digest, \&before) },
    network   => sub { require ChangeNetwork; ChangeNetwork::answer($plan, \&before, @_) },
    raw       => \&raw,
    archive   => \&archive,
    health    => \&health,
    running   => sub { Words::send_record('running', Host->new(root => $root)->running(@_)) },
    hash      => sub { Words::send_record('hash', Host::hash_of(@_) // '') },
    log       => \&log_line,
    result    => \&result,
    refusal   => sub { require Json; Words::send_record('json', Json::text({ error => $_[0] })) },
    compact   => sub { $plan->{journal}->compact },
    sum       => sub { Words::send_record('sum', $found->{processes} + ($plan->{processes} // 0)) },
);

$| = 1;
$SIG{$_} = 'IGNORE' for qw(HUP INT TERM PIPE);    # bash decides when a run ends; the end of its words ends the engine
while (my $record = Words::receive()) {
    my ($kind, @words) = @$record;
    if (my $take = $records{$kind}) {
        eval { $take->(@$record); 1 } or fail($@);
        next;
    }
    my $name = shift @words;
    if (my $print = $printed{$name}) {
        my $code = guarded($print, @words);
        # Who stops reading, or closed the output, wants no more; a full disk does.
        close STDOUT or $!{EPIPE} or $!{EBADF} or exit_unheard();
        exit $code;
    }
    my $answer = $asked{$name};
    unless (eval { $answer->(@words); 1 }) {
        my $trouble = ref $@ eq 'Unknown' ? $@->{reason} : $@;
        chomp $trouble;
        Words::send_record('error', redacted($trouble));
    }
    Words::send_record('end');
}

# ---- Printed answers; each gives the exit code

sub guarded {
    my ($print, @words) = @_;
    my $code = eval { $print->(@words) };
    return $code if defined $code;
    fail($@);
}

sub fail {
    my ($trouble) = @_;
    $trouble = $trouble->{reason} if ref $trouble eq 'Unknown';
    chomp $trouble;
    my $usage = $trouble =~ s/^usage: //;
    print STDERR "error: $trouble\n";
    if ($flags{json}) { require Json; print Json::text({ error => $trouble }), "\n" }
    exit($usage ? 2 : 1);
}

sub exit_unheard {
    print STDERR "error: the result could not be written: $!\n";
    exit 1;
}

sub plan {
    look_at_all();
    require Report;
    require Json if $flags{json};
    print $flags{json} ? Report::plan_json($found) : Report::plan($found);
    return 1 if defined $found->{stop};
    return 3 if $chores{$verb} && grep { Verdict::open($_) } values %{ $found->{verdicts} };
    return $flags{fail} && differences() ? 3 : 0;
}

sub verify {
    look_at_all();
    require Report;
    require Json;
    require Health;
    my (@wrong, @asked, %unready);
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        if ($verdict->{asks}) {
            # what is not there does not answer, however patiently it is asked
            my $answer = $unready{ $step->{path} }
                ? { ok => 0, text => "not asked: $step->{path} is not as it should be" }
                : Health::ask_briefly($found->{look}{host}, @{ $verdict->{arguments} });
            push @asked, { path => $step->{path}, title => $step->{title}, text => $answer->{text}, ok => $answer->{ok} };
        }
        elsif ($verdict->{verdict} !~ /^(?:satisfied|note)$/) {
            $unready{ $step->{path} } = 1;
            push @wrong, { path => $step->{path}, title => $step->{title}, verdict => $verdict->{verdict}, reason => $verdict->{reason} // differing($verdict) };
        }
    }
    if (defined(my $trouble = nothing_here())) {
        push @wrong, { path => $found->{here}, title => 'host', verdict => 'unknown', reason => $trouble };
    }
    my @silent = grep { !$_->{ok} } @asked;
    my $of     = Report::counts($found);
    if ($flags{json}) {
        print Json::text({ ok => \(@wrong || @silent ? 'false' : 'true'), wrong => \@wrong, endpoints => [ map { { %$_, ok => \($_->{ok} ? 'true' : 'false') } } @asked ] }), "\n";
    }
    else {
        print "? $_->{path}  $_->{title}  $_->{verdict}: $_->{reason}\n" for @wrong;
        print(($_->{ok} ? '=' : '!') . " $_->{path}  $_->{title}  $_->{text}\n") for @asked;
        print @wrong || @silent
            ? 'Not as it should be: ' . Report::count(scalar @wrong, 'step', 'steps') . ', ' . Report::count(scalar @silent, 'endpoint', 'endpoints') . ".\n"
            : "Verified: $of->{satisfied} steps in place" . (@asked ? ', ' . Report::count(scalar @asked, 'endpoint answers', 'endpoints answer') : '') . ".\n";
    }
    return @wrong || @silent ? 1 : 0;
}

sub differing {
    my ($verdict) = @_;
    return join ', ', map { "$_->{key} is " . ($_->{from} eq '' ? 'absent' : $_->{from}) . ", not $_->{to}" } @{ $verdict->{changes} };
}

sub status {
    make_plan();
    require Report;
    require Json;
    my $look = $plan->look('plan');
    my %path = map { $_ => $plan->{creator}{$_}{path} } keys %{ $plan->{creator} };
    my @rows;
    for my $vmid (sort { $a <=> $b } keys %{ { %path, %{ $plan->{journal}{guest} } } }) {
        my $type  = $plan->{creator}{$vmid} ? $plan->{creator}{$vmid}{has}{guest}[0] : $plan->{journal}{guest}{$vmid}{type};
        my $owner = eval { Ownership::of($look, $vmid, $type) } // { is => 'unknown', reason => ref $@ ? $@->{reason} : "$@" };
        my $conf  = $owner->{guest} && $owner->{guest}{conf};
        push @rows, {
            vmid => $vmid, path => $path{$vmid} // '(not in the program)', type => $type, owner => $owner->{is},
            state => $owner->{is} eq 'absent' ? 'absent' : !$conf ? 'unknown' : $look->{host}->running($vmid, $type) ? 'running' : 'stopped',
            lock => $conf ? $conf->{keys}{lock} // '' : '',
            pending => $conf ? join(',', sort keys %{ $conf->{pending} }, map { "-$_" } keys %{ $conf->{deleting} }) : '',
            template => defined $plan->{journal}{sealed}{$vmid} ? 'sealed' : $conf && $conf->{keys}{template} ? 'template' : '',
        };
    }
    print $flags{json} ? Json::text({ app => $plan->{app}, host => $plan->{here}, guests => \@rows }) . "\n" : Report::status(\@rows);
    return 0;
}

# ---- Looking

sub make_plan {
    return if $plan;
    $flags{repair} = 1 if $verb eq 'drift';
    $plan = Plan->new(stacks => [ sort { $a->{order} <=> $b->{order} } @stacks ], steps => \@steps, flags => \%flags, root => $root);
    return unless $chores{$verb} || $flags{prune};
    require Chore;
    my @chores = Chore::arrange($plan, \%flags, $verb, @operands);
    my %stacks = map { $_->{stack}{name} => $_->{stack} } @chores;
    $plan->{stacks}  = [] if $chores{$verb};
    push @{ $plan->{stacks} }, values %stacks;
    $plan->{remarks} = [ Restore::remains($plan->look('plan'), $operands[0], @chores) ] if $verb eq 'restore';
}

sub reduce_to_drift {
    require Drift;
    my $verdicts = $found->{verdicts};
    my %drift = map { $_->{id} => Drift::of($_, $verdicts->{ $_->{id} }, $found->{look}) } @{ $found->{steps} };
    for my $step (@{ $found->{steps} }) { $verdicts->{ $step->{id} } = $drift{ $step->{id} } // Verdict::satisfied() }
}

sub look_at_all {
    make_plan();
    my $all = $plan->all;
    $found = {
        %$all,
        flags     => \%flags,
        stacks    => $plan->{stacks},
        app       => $plan->{app},
        here      => $plan->{here},
        skipped   => $plan->{skipped},
        remarks   => $plan->{remarks} // [],
        left      => left($all->{look}),
        version   => $all->{look}{host}->pve_version,
        processes => 1 + $all->{look}{host}{processes},
        seconds   => now() - $started,
    };
    reduce_to_drift() if $verb eq 'drift';
    my @stops = grep { $found->{verdicts}{ $_->{id} }{verdict} =~ /^(?:unknown|foreign)$/ } @{ $found->{steps} };
    my $wrong = $flags{'allow-version'} ? undef : $plan->wrong_version($all->{look});
    $wrong //= $all->{look}{host}->cluster_trouble;
    $wrong = nothing_here() // $wrong;
    $found->{stop} = defined $wrong ? $wrong
        : @stops ? "$stops[0]{path}: $found->{verdicts}{ $stops[0]{id} }{reason}" . (@stops > 1 ? ' (and ' . (@stops - 1) . ' more)' : '') : undef;
}

# What left the program: { guests, things }. Said by whoever looks at all of it.
sub left {
    my ($look) = @_;
    return { guests => [], things => [] } if $chores{$verb} || $verb eq 'drift' || !$plan->{journal};
    return { guests => [], things => [] } unless grep({ !$plan->{about}{$_} } keys %{ $plan->{journal}{guest} }), grep { !$plan->{by_id}{$_} } map { keys %{ $plan->{journal}{$_} } } qw(applied made);
    require Left;
    return { guests => [ Left::guests($plan, $look) ], things => [ Left::things($plan, $look) ] };
}

# A host to which none of the stacks belongs is most often the right host under another name, and never one where all is well.
sub nothing_here {
    return undef if grep { $_->{host} eq $plan->{here} || $_->{host} eq '' } @{ $plan->{stacks} };
    my %hosts = map { $_->{host} => 1 } @{ $plan->{stacks} };
    my @hosts = sort keys %hosts or return undef;
    return "this host is $plan->{here}, and the stacks are for @hosts: run it there, or give the PveNode its `nodeName`";
}

sub differences {
    return scalar grep { $found->{verdicts}{ $_->{id} }{verdict} !~ /^(?:satisfied|note)$/ } @{ $found->{steps} };
}

# What is to be done, in order, and what is left out and why.
sub work {
    look_at_all();
    unlock() if $plan->{secrets} && !defined $found->{stop};
    require Report;
    my $of = Report::counts($found);
    Words::send_record('count', $_, $of->{$_}) for sort keys %$of;
    Words::send_record('count', 'processes', $found->{processes});
    Words::send_record('about', $found->{app}, $found->{here}, $found->{version} // '');
    Words::send_record('skipped', $_->{name}, $_->{host}) for @{ $found->{skipped} };
    Words::send_record('stop', $found->{stop}) if defined $found->{stop};
    my (%todo, %reached, %behind);
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        my $reached = grep { $reached{$_} } @{ $step->{needs} };
        my $do      = Verdict::open($verdict) || ($verdict->{asks} && $reached);
        # What is in place stands for those of its own needs that are still to be done: when they fail, that reaches us all the same.
        my %needs = map { $_ => 1 } map { $behind{$_} ? @{ $behind{$_} } : $_ } @{ $step->{needs} };
        my $adopts = ($verdict->{do} // '') =~ /^(?:adopt|take)$/;
        my @names  = (@$step{qw(id kind)}, $step->{stack}{name}, $step->{path}, $adopts ? 'adopted' : $step->{title});
        if    ($do)                      { Words::send_record('todo', @names, $step->{chore} ? $chores{ $step->{chore} } : $adopts ? 'adopted' : $verdict->{verdict}, sort keys %needs) }
        elsif (Verdict::stuck($verdict)) {
            Words::send_record('left', @names, $verdict->{verdict}, $verdict->{reason} // '', $verdict->{flag} // '');
            Words::send_record('note', $step->{path}, $verdict->{reason}) if $verdict->{barred};
        }
        else                             { $behind{ $step->{id} } = [ grep { $todo{$_} } keys %needs ] }
        $todo{ $step->{id} }    = 1 if $do;
        $reached{ $step->{id} } = 1 if $do || $reached;
        Words::send_record('note', $step->{path}, $_) for @{ $verdict->{notes} };
    }
    Words::send_record('note', 'host', $_) for @{ $found->{notes} };
}

# One step, looked at anew.
sub check {
    my ($id) = @_;
    my $verdict = $plan->one($id);
    $seen = [ $id, $plan->{look}, $verdict ];
    eval { Made::watch($plan, $plan->{by_id}{$id}, $plan->{look}, $run, $verdict) } if Verdict::open($verdict) && !$plan->{by_id}{$id}{chore};
    Words::send_record('verdict', $verdict->{verdict}, redacted($verdict->{reason}), @$verdict{qw(do flag)});
    Words::send_record('arguments', @{ $verdict->{arguments} // [] });
    Words::send_record('field', $_, $verdict->{fields}{$_}) for sort keys %{ $verdict->{fields} // {} };
    for my $change (@{ $verdict->{changes} }) {
        Words::send_record('change', @$change{qw(key from to impact)}, $change->{held} ? 'held' : $change->{refused} ? 'refused' : '');
    }
}

# How a run ended, as JSON.
sub result {
    my ($seconds, $processes, @words) = @_;
    require Json;
    my (@results, %of);
    while (my ($id, $outcome, $reason, $flag) = splice @words, 0, 4) {
        my $step = $plan->{by_id}{$id};
        $of{$outcome}++;
        push @results, { (map { $_ => $step->{$_} } qw(id path title)), stack => $step->{stack}{name}, outcome => $outcome, reason => redacted($reason), flag => $flag };
    }
    Words::send_record('json', Json::text({
        run => $run, app => $plan->{app}, host => $plan->{here}, seconds => \$seconds, processes => \$processes,
        'in-place' => \Report::counts($found)->{satisfied}, outcomes => { map { $_ => \"$of{$_}" } keys %of }, steps => \@results,
    }));
}

sub health {
    my ($id) = @_;
    require Health;
    my $answer = Health::ask(Host->new(root => $root), @{ CompareInside::health($plan->{by_id}{$id})->{arguments} });
    Words::send_record('health', $answer->{ok}, redacted($answer->{text}));
}

# ---- Secrets

my $private;

# Decrypts what steps are about to write, and writes it all to nowhere once: whatever is wrong with a secret is found before anything is changed.
# Steps that were open only because a secret was encrypted anew are not any more.
sub unlock {
    my @steps = grep { $_->{has}{secret} && wants_secrets($found->{verdicts}{ $_->{id} }) } @{ $found->{steps} };
    my %names = map { $_ => 1 } map { Secrets::of_step($_) } @steps;
    return unless %names;
    require Unlock;
    require Private;
    my ($contents, $notes, $processes) = Unlock::all($plan->{secrets}, sort keys %names);
    $plan->{secrets}{contents} = $contents;
    $plan->{processes} += $processes;
    my @troubles;
    for my $step (@steps) { eval { rehearse($step); 1 } or push @troubles, $@ }
    die map { redacted($_) } @troubles if @troubles;
    $private = Private::open_folder($root, $run);
    look_at_all() if $plan->{secrets}->take($contents);
    Words::send_record('private', $private);
    Words::send_record('note', 'secrets', $_) for @$notes;
}

sub wants_secrets { return Verdict::open($_[0]) || $_[0]{verdict} eq 'held' }

sub rehearse {
    my ($step) = @_;
    if ($step->{kind} eq 'storage') {
        require StorageSecrets;
        StorageSecrets::contents($plan->{secrets}, StorageSecrets::of_step($step));
    }
    elsif ($step->{kind} ne 'guest-run') {
        require SecretFile;
        SecretFile::content($plan->{secrets}, $_) for Words::files($step);
    }
}

# The secrets that pvesm is about to read: files with them, the words for those that differ, and the file for standard input.
sub lay {
    my ($id, @differing) = @_;
    my %differing = map { $_ => 1 } @differing;
    my @settings  = grep { $differing{ $_->{option} } } StorageSecrets::of_step($plan->{by_id}{$id});
    my %contents  = StorageSecrets::contents($plan->{secrets}, @settings);
    Private::write_file($private, "storage-$_", $contents{$_}) for sort keys %contents;
    my ($words, $input) = StorageSecrets::words($private, @settings);
    Words::send_record('laid', $input, @$words);
}

# What tools said, from the private folder to where people look for it.
sub said {
    my ($from, $to) = @_;
    open my $handle, '<:raw', $from or return;
    local $/;
    my $text = <$handle> // '';
    require Write;
    Write::append($to, redacted($text));
    unlink $from;
}

# A text without the values that this run decrypted.
sub redacted {
    my ($text) = @_;
    return $plan && $plan->{secrets} ? $plan->{secrets}->redacted($text) : $text;
}

# ---- The journal, and copies of what is about to be changed

sub lock {
    ($run) = @_;
    require Write;
    Write::folder("$root/run/lock", 0755);
    open our $lock, '+>>', "$root/run/lock/phoenix.lock" or die "cannot open /run/lock/phoenix.lock: $!\n";
    my $tries = 10;    # the engine of a run that was killed needs a moment to notice
    until (flock $lock, 2 | 4) {
        select undef, undef, undef, 0.1;
        next if $tries--;
        seek $lock, 0, 0;
        my $owner = <$lock> // '';
        chomp $owner;
        die 'another apply is at work on this host' . ($owner eq '' ? '' : " ($owner)") . "\n";
    }
    clear_private();
    truncate $lock, 0;
    syswrite $lock, "run $run, process " . getppid() . "\n";
}

# What runs that were killed left, if nobody who watched them was there to remove it.
sub clear_private {
    require Private;
    for my $name (@{ Host->new(root => $root)->names('/run/phoenix') // [] }) { Private::clear("$root/run/phoenix/$name") }
}

sub intent {
    my ($id) = @_;
    my $step = $plan->{by_id}{$id};
    my $digest = $step->{has}{digest} ? $step->{has}{digest}[0] : $step->{has}{clone} ? $step->{has}{clone}[2] : '-';
    $plan->{journal}->append('intent', $id, $run, int now(), $digest);
}

sub adopting {
    my ($vmid, $guid) = @_;
    $plan->{journal}->append('intent', "adopt/$vmid", $run, int now(), $guid);
}

sub adopted {
    my ($id) = @_;
    my $look = $plan->look('check', 'guest-create');
    $plan->{journal}->append(@$_) for Adoption::records($look, Ownership::of($look, reverse @{ $plan->{by_id}{$id}{has}{guest} }));
}

sub applied {
    my ($id) = @_;
    my $step  = $plan->{by_id}{$id};
    return if $step->{chore};
    my $guid  = '-';
    my $look  = $seen && $seen->[0] eq $id ? $seen->[1] : $plan->look('check', $step->{kind});
    $plan->{journal}->append(@$_) for eval { Made::records($plan, $step, $look, $run) };
    if ($step->{has}{guest}) {
        my $owner = Ownership::of($look, reverse @{ $step->{has}{guest} });
        $plan->{journal}->append(@{ $owner->{better} }) if $owner->{better};
        $plan->{journal}->append(@{ $seen->[2]{remember} }) if $step->{kind} eq 'guest-state' && $seen && $seen->[0] eq $id && $seen->[2]{remember};
        return $plan->{journal}->append(@{ CompareConfig::record($step, $owner, $plan->{journal}{applied}{$id}) }) if $step->{kind} eq 'guest-config';
        $guid = $owner->{guid} // '-';
    }
    my @values;
    return $plan->{journal}->append(@{ CompareNetwork::record($step, $look) }) if $step->{kind} eq 'network';
    if ($step->{kind} eq 'download') {
        my $again = $plan->one($id);
        return $plan->{journal}->append(@{ $again->{remember} }) if $again->{remember};
    }
    @values = CompareFirewall::record($step, $plan->{journal}, $plan->{changed}{$id} // {}) if $step->{kind} eq 'firewall-entries';
    require Drift;
    @values = secret_record($step, $look) if $step->{has}{secret};
    push @values, Removal::values_of($step);
    $plan->{journal}->append('applied', $id, $guid, Drift::digest($step), @values);
}

sub secret_record {
    my ($step, $look) = @_;
    if ($step->{kind} eq 'file') {
        require SecretFile;
        return SecretFile::record($step, $look);
    }
    if ($step->{kind} eq 'storage') {
        require StorageSecrets;
        return StorageSecrets::record($step, $look);
    }
    return $plan->{secrets}->record(Secrets::of_step($step));
}

# Records that are missing although all is well: a former run was killed between doing and writing down.
sub remember {
    require Drift;
    for my $step (@{ $found->{steps} }) {
        my $verdict = $found->{verdicts}{ $step->{id} };
        my $intent  = $plan->{journal}{intent}{ $step->{id} };
        if    ($verdict->{remember})                            { $plan->{journal}->append(@{ $verdict->{remember} }) }
        elsif ($intent && $verdict->{verdict} eq 'satisfied')   { applied($step->{id}) }
        elsif ($verdict->{verdict} eq 'satisfied' && $verb eq 'apply' && Drift::is_news($step, $plan->{journal})) { applied($step->{id}) }
        applied($step->{id}) if $verdict->{verdict} eq 'satisfied' && Removal::is_news($step, $plan->{journal});
    }
}

# A copy of each file as it was before this run changed it for the first time.
sub before {
    for my $path (@_) {
        next if $saved{$path}++;
        my $text = Host->new(root => $root)->read($path) // next;
        require Write;
        my $copy = "$root/var/lib/phoenix/$plan->{app}/before/$run$path";
        Write::folder($copy =~ s{/[^/]*$}{}r, 0700);
        Write::whole($copy, $text, mode => 0600);
    }
}

# The file of a `file` step, whole or not at all.
sub put {
    my ($id) = @_;
    my ($file) = Words::files($plan->{by_id}{$id});
    require SecretFile;
    require Write;
    my $content = SecretFile::content($plan->{secrets}, $file);
    if (held_secrets($id, $file)) { log_line(event => 'no-copy', path => $file->{target}, reason => 'it holds secrets, or did: no copy of it as it was is kept') }
    else                          { before($file->{target}) }
    my $place = $root . $file->{target};
    my $write = $file->{secrets} ? sub { Private::whole($private, @_) } : \&Write::whole;
    Write::folder($place =~ s{/[^/]*$}{}r, 0755);
    return $write->($place, $content) if $file->{target} =~ m{^/etc/pve/};
    my $found = Host->new(root => $root)->facts($file->{target});
    my %owner = map { $_ => $file->{$_} // ($found ? $found->{$_} : 0) } qw(uid gid);
    $write->($place, $content, mode => defined $file->{mode} ? oct $file->{mode} : $found ? $found->{mode} : 0644, %owner);
}

# The folder of a `folder` step: one level at a time below its dataset, the last one with its owner and mode.
sub folder {
    my ($id) = @_;
    my $step   = $plan->{by_id}{$id};
    my $path   = $step->{has}{folder}[0];
    my $inside = $step->{has}{inside};
    my $place  = $root . ($inside ? $inside->[0] : '');
    for my $name (split m{/}, substr $path, $inside ? length $inside->[0] : 0) {
        next if $name eq '';
        $place .= "/$name";
        next if -d $place && !-l $place;
        die "$place is a link or a file, not a folder\n" if -l $place || -e $place;
        mkdir $place, 0755 or die "cannot make $place: $!\n";
    }
    if ($step->{has}{owner}) { chown @{ $step->{has}{owner} }, $place or die "cannot give $path its owner: $!\n" }
    if ($step->{has}{mode})  { chmod oct $step->{has}{mode}[0], $place or die "cannot give $path its mode: $!\n" }
}

# Whether a file holds secrets or held some when this app wrote it.
sub held_secrets {
    my ($id, $file) = @_;
    my $known = $plan->{journal}{applied}{$id};
    return $file->{secrets} || ($known && defined $known->{values}{seal});
}

# Raw lines of a guest's config, under Proxmox's own lock and only if the file is still the one that was compared.
sub raw {
    my ($vmid, $path, $digest, $lines) = @_;
    require Write;
    my $lock = locked_config('lxc', $vmid);
    my $text = Host->new(root => $root)->read($path) // die "$path is gone\n";
    my $conf = GuestConf::parse($text);
    die "$path was changed by somebody in between\n" if GuestConf::digest($conf) ne $digest;
    Write::whole($root . $path, GuestConf::text_with_raw($conf, map { [ split /: /, $_, 2 ] } split /\n/, $lines));
}

# A file as it was before a run; a guest's config under Proxmox's own lock, and only if it is still the one that was compared.
sub restore {
    my ($id, $digest) = @_;
    my $step = $plan->{by_id}{$id};
    my $host = Host->new(root => $root);
    my ($path, $source) = @{ $step->{has}{file} };
    require Write;
    my $kept = $host->read($source) // die "$source is gone\n";
    if (my $guest = $step->{has}{config}) {
        my ($type, $vmid) = @$guest;
        my $lock = locked_config($type, $vmid);
        my $now  = GuestConf::parse($host->read($path) // die("$path is gone\n"), $type);
        die "$path was changed by somebody in between\n" if GuestConf::digest($now) ne $digest;
        return Write::whole($root . $path, Restore::text(GuestConf::parse($kept, $type), $now));
    }
    my $found = $host->facts($path);
    my %owner = $path =~ m{^/etc/pve/} ? () : $found ? map({ $_ => $found->{$_} } qw(mode uid gid)) : (mode => 0644);
    Write::folder(($root . $path) =~ s{/[^/]*$}{}r, 0755);
    Write::whole($root . $path, $kept, %owner);
}

# The lock that Proxmox takes on the config of a guest, held as long as what is returned lives.
sub locked_config {
    my ($type, $vmid) = @_;
    my $place = $type eq 'qemu' ? "$root/run/lock/qemu-server/lock-$vmid.conf" : "$root/run/lock/lxc/pve-config-$vmid.lock";
    Write::folder($place =~ s{/[^/]*$}{}r, 0755);
    open my $lock, '>>', $place or die "cannot open the lock of guest $vmid: $!\n";
    my $tries = 100;
    until (flock $lock, 2 | 4) {
        die "can't lock the config of guest $vmid: somebody holds it\n" unless $tries--;
        select undef, undef, undef, 0.1;
    }
    return $lock;
}

# The files of a `guest-file` step as a tar archive at a place of the host.
sub archive {
    my ($id, $place) = @_;
    require Tar;
    require Write;
    my @entries;
    require SecretFile;
    require Digest::SHA;
    for my $file (Words::files($plan->{by_id}{$id})) {
        my $content = SecretFile::content($plan->{secrets}, $file);
        push @entries, {
            name => $file->{target} =~ s{^/+}{}r, content => $content,
            mode => oct($file->{mode} // '0644'), uid => $file->{uid} // 0, gid => $file->{gid} // 0,
        };
        Words::send_record('sum', $file->{target}, Digest::SHA::sha256_hex($content));
    }
    Write::whole($place, Tar::stream(@entries), mode => 0600);
}

sub log_line {
    my (%entry) = @_;
    require Json;
    require Write;
    my $folder = "$root/var/lib/phoenix/$plan->{app}/runs";
    Write::folder($folder, 0700);
    $entry{reason} = redacted($entry{reason}) if defined $entry{reason};
    $entry{$_} = \($entry{$_}) for grep { ($entry{$_} // '') =~ /^\d+(?:\.\d+)?$/ && /^(?:seconds|number|of|exit|count)$/ } keys %entry;
    Write::append("$folder/$run.jsonl", Json::text({ ts => stamp(), run => $run, %entry }) . "\n");
}

# ---- Time

sub now {
    require Time::HiRes;
    return Time::HiRes::time();
}

sub stamp {
    my $now  = now();
    my @part = gmtime int $now;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', $part[5] + 1900, $part[4] + 1, @part[ 3, 2, 1, 0 ], ($now - int $now) * 1000;
}
