package Plan;

# All steps against the host, in order; or the one step that is about to run or has just run.

use strict;
use warnings;
use Unknown;
use Verdict;
use Words;
use Order;
use Host;
use Journal;
use GuestConf;
use SectionConf;
use Property;
use Adoption;
use CompareHost;
use CompareDownload;
use CompareMapping;
use CompareNetwork;
use CompareFirewall;
use CompareGuest;
use CompareState;
use CompareTemplate;
use CompareConfig;
use CompareMove;
use CompareInside;

# One row a kind: what it is and what it should be.
my %comparers = (
    'file'           => \&CompareHost::file,
    'zfs-pool'       => \&CompareHost::zfs_pool,
    'zfs-dataset'    => \&CompareHost::zfs_dataset,
    'folder'         => \&CompareHost::folder,
    'storage'        => \&CompareHost::storage,
    'mapping'        => \&CompareMapping::mapping,
    'download'       => \&CompareDownload::download,
    'firewall-entries' => \&CompareFirewall::entries,
    'network'        => \&CompareNetwork::network,
    'guest-create'   => \&CompareGuest::create,
    'guest-config'   => \&CompareConfig::config,
    'guest-state'    => \&CompareState::state,
    'guest-template' => \&CompareTemplate::template,
    'guest-file'     => \&CompareInside::file,
    'guest-run'      => \&CompareInside::run,
    'health'         => \&CompareInside::health,
    'run'            => \&CompareInside::open_run,
    'note'           => \&CompareInside::note,
    'guest-move'     => \&CompareMove::compare,
    'guest-orphan'   => sub { require Orphan;  Orphan::compare(@_) },
    'record-orphan'  => sub { require LetGo;   LetGo::record(@_) },
    'journal-orphan' => sub { require LetGo;   LetGo::journal(@_) },
    'removal'        => sub { require Remove;  Remove::compare(@_) },
    'guest-destroy'  => sub { require Destroy; require Orphan; Destroy::compare(@_) },
    'restore'        => sub { require Restore; Restore::compare(@_) },
);

# stacks and steps as they came in, flags of the command line, root prefix.
sub new {
    my ($class, %given) = @_;
    my $self = bless {%given}, $class;
    my $host = Host->new(root => $self->{root}, properties => [ properties($self->{steps}) ]);
    my $here = $host->node_name;
    $self->{said}  = { map { $_->{id} => 1 } @{ $self->{steps} } };
    $self->{about} = { map { $_->{has}{guest} ? ($_->{has}{guest}[1] => 1) : () } @{ $self->{steps} } };
    my %mine = map { $_->{name} => 1 } grep { $_->{host} eq '' || $_->{host} eq $here } @{ $self->{stacks} };
    $self->{here}    = $here;
    $self->{skipped} = [ grep { !$mine{ $_->{name} } } @{ $self->{stacks} } ];
    $self->{steps}   = [ Order::sorted(sort { $a->{stack}{order} <=> $b->{stack}{order} } grep { $mine{ $_->{stack}{name} } } @{ $self->{steps} }) ];
    $self->{by_id}   = { map { $_->{id} => $_ } @{ $self->{steps} } };
    my ($app, @others) = keys %{ { map { $_->{app} => 1 } @{ $self->{stacks} } } };
    refuse_other_apps($app, @others) if @others;
    $self->{app} = $app // '';
    $self->{journal} = Journal->new($self->{root}, $self->{app}) if defined $app;
    $self->{secrets} = $self->secrets(grep { $_->{has}{secret} } @{ $self->{steps} });
    for my $step (@{ $self->{steps} }) {
        if    ($step->{kind} eq 'guest-create')   { $self->{creator}{ $step->{has}{guest}[1] } = $step }
        elsif ($step->{kind} eq 'guest-config')   { push @{ $self->{configs}{ $step->{has}{guest}[1] } }, $step }
        elsif ($step->{kind} eq 'guest-template') { push @{ $self->{sealers} }, $step }
    }
    return $self;
}

# The secrets of the assembly, if any of these steps uses some.
sub secrets {
    my ($self, $step) = @_;
    return undef unless $step;
    require Secrets;
    my $folder = $step->{stack}{folder} =~ s{/[^/]*/[^/]*$}{/vault}r;
    return Secrets->new(folder => $folder, map { $_ => $self->{$_} } qw(root app journal));
}

# The ZFS properties that any step asks for: they come with the one `zfs get`.
sub properties {
    my ($steps) = @_;
    my %names;
    for my $step (@$steps) {
        for my $option (@{ $step->{options} }) {
            $names{ $option->[1] } = 1 if $step->{kind} eq 'zfs-dataset' && $option->[0] eq 'property';
            $names{ $option->[3] } = 1 if $step->{kind} eq 'run' && $option->[0] eq 'probe' && $option->[1] eq 'zfs-property';
        }
    }
    return sort keys %names;
}

# A fresh look: nothing that was seen before is believed.
sub look {
    my ($self, $mode, $kind) = @_;
    my $every = $mode eq 'plan' || $kind =~ /^guest-(?:create|destroy)$/;
    my $host  = Host->new(root => $self->{root}, properties => [ properties($self->{steps}) ], every => $every);
    $host->{unit_names} = [ map { $_->[2] } grep { $_->[0] eq 'probe' && $_->[1] eq 'unit' } map { @{ $_->{options} } } @{ $self->{steps} } ] if $mode eq 'plan';
    return {
        mode    => $mode,
        host    => $host,
        journal => $self->{journal},
        flags   => $self->{flags},
        app     => $self->{app},
        creator => $self->{creator} // {},
        configs => $self->{configs} // {},
        sealers => $self->{sealers} // [],
        secrets => $self->{secrets},
        by_id   => $self->{by_id},
        anew    => $self->{anew} // {},
        restart => {},
        owner   => {},
    };
}

sub refuse_other_apps {
    my (@apps) = @_;
    require Problem;
    Problem::stop({ code => 'assembly/invalid', message => 'the stacks name different apps: ' . join(', ', sort @apps), fix => 'synthesize each app into a folder of its own' });
}

# Verdicts of all selected steps and of what they need: { steps => [...], verdicts => { id => verdict }, look }.
sub all {
    my ($self) = @_;
    my $look  = $self->look('plan');
    require Rebuild if CompareGuest::somebody_wants_anew($look);
    $self->put_in_moves($look);
    $self->refuse_unknown_names;
    my %selected = map { $_->{id} => 1 } grep { $self->is_selected($_) } @{ $self->{steps} };
    my %needed = %{ $self->needed_by(\%selected) };
    %selected = %needed if %{ $self->{flags}{only} // {} };
    delete @selected{ $self->left_out };
    $self->{barred} = {};
    my %found    = map { $_->{id} => compare($_, $look) } grep { $needed{ $_->{id} } } @{ $self->{steps} };
    my $verdicts = $self->weigh(\%found, \%selected);
    $verdicts    = $self->weigh(\%found, \%selected) if $self->put_givers_first($look, $verdicts);
    my ($locked) = grep { $_->{has}{secret} && $verdicts->{ $_->{id} } && Verdict::open($verdicts->{ $_->{id} }) } @{ $self->{steps} };
    push @{ $verdicts->{ $locked->{id} }{notes} }, $self->{secrets}->keyless // () if $locked;
    return { steps => [ grep { $selected{ $_->{id} } } @{ $self->{steps} } ], verdicts => $verdicts, look => $look, notes => [ $self->notes($look) ] };
}

# What was found of each step, in order, and what its needs make of it.
sub weigh {
    my ($self, $found, $selected) = @_;
    my %verdicts;
    $self->{beyond} = {};
    for my $step (grep { $found->{ $_->{id} } } @{ $self->{steps} }) {
        my $verdict = $verdicts{ $step->{id} } = $self->weighed($step, $found->{ $step->{id} }, \%verdicts, $selected);
        $self->let_wait_for($step) if $verdict->{first} && Verdict::open($verdict);
        $self->{beyond}{ $step->{id} } = [ $self->beyond($step, \%verdicts) ] if $verdict->{verdict} =~ /^(?:satisfied|note)$/;
    }
    return \%verdicts;
}

# True if guests take from each other, and so wait for each other besides what the program says.
sub put_givers_first {
    my ($self, $look, $verdicts) = @_;
    return 0 unless grep { $_->{kind} =~ /^guest-(?:config|state)$/ && $verdicts->{ $_->{id} } && Verdict::open($verdicts->{ $_->{id} }) } @{ $self->{steps} };
    require Giver;
    my $moves = Giver::moves($self, $look, $verdicts) // return 0;
    $self->{barred} = $moves->{barred};
    for my $id (keys %{ $moves->{edges} }) {
        my %known = map { $_ => 1 } @{ $self->{by_id}{$id}{needs} };
        push @{ $self->{by_id}{$id}{needs} }, grep { !$known{$_}++ } map { $_->{step} } @{ $moves->{edges}{$id} };
    }
    for my $id (keys %{ $moves->{notes} }) { push @{ $verdicts->{$id}{notes} }, @{ $moves->{notes}{$id} } }
    $self->{steps} = [ Order::sorted(@{ $self->{steps} }) ];
    return 1;
}

# Steps that move disks, each before the config that asks for the disk.
sub put_in_moves {
    my ($self, $look) = @_;
    return if $self->{moves}++;
    $self->{steps} = [ map { ($_->{kind} eq 'guest-config' ? CompareMove::steps($_, $look) : (), $_) } @{ $self->{steps} } ];
    $self->{by_id}{ $_->{id} } = $_ for grep { $_->{kind} eq 'guest-move' } @{ $self->{steps} };
}

# While a disk is on its way the rest of its guest waits. A move that is held back holds nobody up.
sub let_wait_for {
    my ($self, $move) = @_;
    for my $config (@{ $self->{configs}{ $move->{has}{guest}[1] } }) {
        push @{ $config->{needs} }, $move->{id} unless grep { $_ eq $move->{id} } @{ $config->{needs} };
    }
}

# What no step of the program is about any more, and so no verdict tells.
sub notes {
    my ($self, $look) = @_;
    return if !$self->{journal} || grep { $_->{kind} eq 'network' } @{ $self->{steps} };
    return CompareNetwork::left_over($look);
}

# A name that fits nothing is a mistake: what was meant would not be looked at, or not be allowed.
sub refuse_unknown_names {
    my ($self) = @_;
    my %fits = (
        'only'              => \&is_named,
        'skip'              => \&is_named,
        'from'              => \&is_named,
        'adopt'             => sub { $_[0]{kind} eq 'guest-create' && is_named(@_) },
        'rebuild'           => sub { $_[0]{kind} eq 'guest-create' && ($_[0]{has}{clone} || ($_[0]{has}{archive} && !defined $_[0]{until})) && Rebuild::is_named(@_) },
        'allow-replace'     => sub { $_[0]{kind} eq 'guest-create' && Rebuild::is_named(@_) },
        'allow-move'        => sub { $_[0]{kind} eq 'guest-config' && is_named(@_) },
        'allow-restart'     => sub { is_below($_[0]{path}, $_[1]) },
        'allow-create-pool' => sub { $_[0]{kind} eq 'zfs-pool' && $_[0]{has}{pool}[0] eq $_[1] },
    );
    my @mistakes = $self->unknown_stacks;
    for my $flag (sort keys %fits) {
        my $names = $self->{flags}{$flag} // next;
        for my $name (ref $names ? sort keys %$names : $names) {
            next if grep { $fits{$flag}->($_, $name) } @{ $self->{steps} };
            my @candidates = map { my $step = $_; grep { $fits{$flag}->($step, $_) } names_of($step) } @{ $self->{steps} };
            push @mistakes, unknown_name("nothing is named $name (--$flag)", $name, '`applier plan` shows the names of all steps', @candidates);
        }
    }
    Problem::stop(@mistakes) if @mistakes;
}

sub unknown_stacks {
    my ($self) = @_;
    my @stacks = map { $_->{name} } @{ $self->{stacks} };
    my %known  = map { $_ => 1 } @stacks;
    return map { unknown_name("there is no stack $_", $_, "there are @stacks", @stacks) } grep { !$known{$_} } sort keys %{ $self->{flags}{stack} // {} };
}

sub unknown_name {
    my ($message, $name, $else, @candidates) = @_;
    require Problem;
    require Nearest;
    return { code => 'usage/unknown-name', message => $message, value => $name, fix => Nearest::question($name, @candidates) // $else };
}

# What a step can be called on the command line: its path, what it is about, its id, and the beginnings of them.
sub names_of {
    my ($step) = @_;
    my @names;
    for my $name (@$step{qw(path resource id)}) {
        my @parts = split m{/}, $name;
        push @names, map { join '/', @parts[ 0 .. $_ ] } reverse 0 .. $#parts;
    }
    return (@names, $step->{has}{guest} ? $step->{has}{guest}[1] : (), $step->{has}{pool} ? $step->{has}{pool}[0] : ());
}

# The verdict of one step, by a look of its own; `acted` if something was done about it just now.
sub one {
    my ($self, $id, $acted) = @_;
    my $step    = $self->{by_id}{$id} // die "there is no step $id\n";
    $self->{look} = { %{ $self->look('check', $step->{kind}) }, acted => $acted };
    my $verdict = compare($step, $self->{look});
    $self->{processes} += $self->{look}{host}{processes};
    my $trouble = eval { $self->{look}{host}->cluster_trouble };
    $verdict = Verdict::unknown($trouble) if defined $trouble && Verdict::open($verdict);
    $verdict = $self->within_leave($step, $verdict) if $self->{leave} && $step->{kind} eq 'guest-config' && Verdict::open($verdict);
    $verdict = Verdict::unknown(nobody_makes_it($verdict)) if $verdict->{verdict} eq 'waiting';
    if ($step->{kind} =~ /^guest-(?:config|state)$/ && Verdict::open($verdict)) {
        require Giver;
        $verdict = Giver::judged($self, $step, $verdict);
    }
    return $verdict;
}

# No guest gets more than the plan said and somebody agreed to, whatever became possible meanwhile.
sub within_leave {
    my ($self, $step, $verdict) = @_;
    my @more = GuestPrivileges::beyond($step, $self->{look}, $verdict, $self->{leave}) or return $verdict;
    return Verdict::held('nobody agreed to what the guest would get: ' . join(', ', @more), flag => '--approve-privileges', changes => $verdict->{changes});
}

sub compare {
    my ($step, $look) = @_;
    my $verdict = eval {
        Adoption::compared($step, $look, sub {
            defined $step->{until} && CompareTemplate::is_final_template($look, $step->{until})
                ? Verdict::satisfied()
                : CompareGuest::with_its_rules($step, $look, $comparers{ $step->{kind} }->($step, $look));
        });
    };
    return $verdict if $verdict;
    return Verdict::unknown($@->{reason}) if ref $@ eq 'Unknown';
    chomp(my $trouble = "$@");
    return Verdict::unknown("the applier failed to look: $trouble");
}

# What a step's needs make of its verdict: it waits for what they will make, and it is blocked by what they will not.
sub weighed {
    my ($self, $step, $verdict, $verdicts, $selected) = @_;
    my $bar = $self->{barred} && $self->{barred}{ $step->{id} };
    return { %$verdict, verdict => 'blocked', barred => 1, reason => $bar->{reason}, flag => $bar->{flag} } if $bar && Verdict::open($verdict);
    my $soft = $verdict->{soft} || $verdict->{verdict} eq 'waiting' || ($step->{kind} eq 'run' && $verdict->{verdict} eq 'refused');
    return $verdict unless $soft || Verdict::open($verdict);
    my ($stuck, $open);
    for my $need (@{ $step->{needs} }) {
        my $of = $verdicts->{$need} // next;
        if    (Verdict::stuck($of)) { $stuck //= $need }
        elsif (!Verdict::open($of)) { next }
        elsif ($selected->{$need})  { $open //= $need }
        else                        { $stuck //= $need }
    }
    for my $need ($self->beyond($step, $verdicts)) {
        my $of = $verdicts->{$need};
        if    ($of->{verdict} =~ /^(?:refused|unknown|foreign|blocked)$/) { $stuck //= $need if $self->{by_id}{$need}{resource} eq $step->{resource} }
        elsif (Verdict::open($of) && $selected->{$need})                  { $open //= $need }
    }
    if (defined $stuck) {
        my $why = $selected->{$stuck} ? $verdicts->{$stuck}{verdict} : 'not selected';
        return { %$verdict, verdict => 'blocked', reason => "needs $self->{by_id}{$stuck}{path} ($self->{by_id}{$stuck}{title}), which is $why", behind => $stuck, flag => $verdict->{flag} // $verdicts->{$stuck}{flag} };
    }
    return $verdict unless $soft;
    return { %$verdict, verdict => 'waiting' } if defined $open;
    return $verdict if $verdict->{verdict} ne 'waiting';
    return { %$verdict, verdict => 'unknown', reason => nobody_makes_it($verdict) };
}

# Needs that are not met, behind those that are: a guest must not start because its firewall file is there, while its config is refused.
sub beyond {
    my ($self, $step, $verdicts) = @_;
    my %found;
    for my $need (@{ $step->{needs} }) {
        my $beyond = $self->{beyond}{$need} // next;
        $found{$_} = 1 for @$beyond;
    }
    if ($verdicts->{ $step->{id} }) {
        for my $need (@{ $step->{needs} }) { $found{$need} = 1 if $verdicts->{$need} && !$self->{beyond}{$need} }
    }
    return sort keys %found;
}

sub nobody_makes_it {
    my ($verdict) = @_;
    return ($verdict->{reason} // '') eq '' ? 'the guest does not exist, and no step of this run makes it' : $verdict->{reason};
}

sub is_selected {
    my ($self, $step) = @_;
    my ($stacks, $only) = @{ $self->{flags} }{qw(stack only)};
    return 0 if $stacks && %$stacks && !$stacks->{ $step->{stack}{name} };
    return 1 unless $only && %$only;
    return scalar grep { is_named($step, $_) } keys %$only;
}

# Ids of the steps that --skip names, and of those before the first one that --from names.
sub left_out {
    my ($self) = @_;
    my ($skip, $from) = @{ $self->{flags} }{qw(skip from)};
    my @out = map { $_->{id} } grep { my $step = $_; grep { is_named($step, $_) } keys %{ $skip // {} } } @{ $self->{steps} };
    return @out unless defined $from;
    for my $step (@{ $self->{steps} }) {
        last if is_named($step, $from);
        push @out, $step->{id};
    }
    return @out;
}

# By its path, its id or its resource, or by the beginning of one.
sub is_named {
    my ($step, $name) = @_;
    return scalar grep { is_below($_, $name) } @$step{qw(path id resource)};
}

sub is_below {
    my ($path, $name) = @_;
    return $path eq $name || index($path, "$name/") == 0;
}

sub needed_by {
    my ($self, $selected) = @_;
    my %needed = %$selected;
    my @open   = keys %needed;
    while (defined(my $id = pop @open)) {
        for my $need (@{ $self->{by_id}{$id}{needs} }) {
            next if $needed{$need}++ || !$self->{by_id}{$need};
            push @open, $need;
        }
    }
    return \%needed;
}

# Why the stacks are not for this host's release; undef if they are.
sub wrong_version {
    my ($self, $look) = @_;
    my $version = $look->{host}->pve_version // return undef;
    my ($is) = $version =~ /^(\d+\.\d+)/;
    for my $stack (@{ $self->{stacks} }) {
        next if $stack->{host} ne '' && $stack->{host} ne $self->{here};
        next if $stack->{pve} eq '' || !defined $is || $stack->{pve} eq $is;
        return "stack $stack->{name} was made for PVE $stack->{pve}, this host runs $version; synthesize it anew, or --allow-version";
    }
    return undef;
}

1;
