package CompareNetwork;

# The interfaces of the host that are ours: what the file says of them, and whether that is in force. No process is started for it.

use strict;
use warnings;
use Unknown;
use Verdict;
use NetworkFile;

my $file  = '/etc/network/interfaces';
our $guard = '/var/lib/phoenix/.network-guard';
my $card  = qr/^(?:eth\d+|en[a-z0-9]+|ib[a-z0-9]+|nic\d+|if\d+)\z/;

sub network {
    my ($step, $look) = @_;
    if (defined $look->{host}->facts($guard)) {
        return Verdict::change('settle', [], changes => [ Verdict::difference('an earlier change', 'not ended', 'confirmed or taken back') ]);
    }
    my $seen = seen($step, $look);
    my @refusals = refusals($seen);
    return Verdict::refused($refusals[0], changes => [ map { @{ $_->{changes} } } @{ $seen->{wanted} } ]) if @refusals;
    my @notes   = forgotten($seen);
    my @changes = map { @{ $_->{changes} } } @{ $seen->{wanted} };
    my @open    = map { not_in_force($seen, $_) } @{ $seen->{wanted} };
    unless (@changes || @open) {
        my $record = record($step, $look, $seen);
        return Verdict::satisfied(notes => \@notes, is_recorded($look, $record) ? () : (remember => $record));
    }
    if (@changes && defined $look->{host}->facts("$file.new")) {
        return Verdict::refused("changes made in the web interface wait in $file.new: apply them there, or revert them", changes => \@changes);
    }
    my @risky = at_risk($seen);
    my @named = grep { !$look->{flags}{'allow-network'}{$_} } @risky;
    if (@named) {
        return Verdict::held("the host is reached by @risky", flag => '--allow-network ' . join(',', @risky), changes => [ @changes, @open ]);
    }
    my ($router, $device) = default_route($look->{host});
    my ($asked) = grep { !defined $router || ($_ =~ /:/) eq ($router =~ /:/) } map { expanded($_) } map { @{ $_->{routers} } } @{ $seen->{wanted} };
    my $do      = @changes ? 'apply' : 'reload';
    my $is_new  = !grep { $_->{is} ne 'new' && @{ $_->{changes} } } @{ $seen->{wanted} };
    return Verdict->can(@changes && $is_new ? 'create' : 'change')->($do, [], changes => [ @changes, @open ], notes => \@notes,
        fields => { before => $router, after => $asked // $router, device => $device });
}

# All that the questions below ask for: { host, entries, known, wanted => [{ name, entry, is, changes, below, routers }] }.
sub seen {
    my ($step, $look) = @_;
    my $host    = $look->{host};
    my $text    = $host->read($file) // Unknown::because("$file is not there");
    my $entries = NetworkFile::entries(NetworkFile::parse($text));
    my $seen = { host => $host, text => $text, entries => $entries, known => known($step, $look), management => $step->{has}{management}[0], step => $step };
    $seen->{wanted} = [ map { compared($seen, $_) } wanted($step, $entries) ];
    $seen->{mine}   = { map { $_->{name} => $_ } @{ $seen->{wanted} } };
    return $seen;
}

# Entries as the step names them, and those of cards that have none yet.
sub wanted {
    my ($step, $entries) = @_;
    my (@wanted, @cards);
    for my $option (@{ $step->{options} }) {
        my ($name, @words) = @$option;
        if    ($name eq 'interface') { push @wanted, { name => $words[0], auto => $words[1], stanzas => [] } }
        elsif ($name eq 'stanza')    { push @{ $wanted[-1]{stanzas} }, { family => $words[0], method => $words[1], options => [], comments => [] } }
        elsif ($name eq 'set')       { push @{ $wanted[-1]{stanzas}[-1]{options} }, [@words] }
        elsif ($name eq 'comment')   { push @{ $wanted[-1]{stanzas}[-1]{comments} }, $words[0] }
        elsif ($name eq 'card')      { push @cards, card(@words, $entries->{ $words[0] }) }
    }
    return (@cards, @wanted);
}

# A card has whatever entry people gave it; all that is asked of it is there.
sub card {
    my ($name, $auto, $mtu, $found) = @_;
    my @options = $mtu ? [ 'mtu', $mtu ] : ();
    my $entry = { name => $name, auto => $auto, card => 1, stanzas => [ { family => 'inet', method => 'manual', options => \@options, comments => [] } ] };
    return $entry unless $found && @{ $found->{stanzas} };
    my $is = NetworkFile::meaning($found)->{mtu} // 1500;
    return { %$found, card => 1 } if !$mtu || $is >= $mtu;
    my ($first, @rest) = @{ $found->{stanzas} };
    my @others = grep { NetworkFile::plain_name($_->[0]) ne 'mtu' } @{ $first->{options} };
    return { %$found, card => 1, stanzas => [ { %$first, options => [ @others, @options ] }, @rest ] };
}

sub compared {
    my ($seen, $entry) = @_;
    my $name  = $entry->{name};
    my $found = $seen->{entries}{$name};
    my $says  = NetworkFile::meaning($entry);
    my %compared = (
        name => $name, entry => $entry, below => NetworkFile::below($entry), says => $says,
        routers => [ grep { defined } @$says{ 'inet gateway', 'inet6 gateway' } ],
    );
    unless ($found && @{ $found->{stanzas} }) {
        return { %compared, is => 'new', changes => [ Verdict::difference($name, 'absent', shown($says)) ] };
    }
    my $is = NetworkFile::meaning($found);
    my @changes = map { Verdict::difference("$name $_", $is->{$_} // '', $says->{$_} // '') }
        grep { ($is->{$_} // '') ne ($says->{$_} // '') } sort keys %{ { %$is, %$says } };
    my $notes = notes($entry);
    push @changes, Verdict::difference("$name note", notes($found), $notes) if $notes ne '' && $notes ne notes($found);
    return { %compared, is => @changes ? 'other' : 'same', changes => \@changes };
}

sub shown {
    my ($says) = @_;
    return join ', ', map { "$_ $says->{$_}" } grep { defined $says->{$_} && $says->{$_} ne '' } 'bridge-ports', 'bond-slaves', 'bond-mode', 'inet method', 'inet address', 'inet6 address', 'mtu';
}

sub notes { return join "\n", map { @{ $_->{comments} } } @{ $_[0]{stanzas} } }

# ---- What is never done

sub refusals {
    my ($seen) = @_;
    my %taken;
    for my $entry (values %{ $seen->{entries} }) {
        next if $seen->{mine}{ $entry->{name} };
        my $below = NetworkFile::below($entry);
        $taken{$_} = $entry->{name} for $below->{alone} ? @{ $below->{names} } : ();
    }
    return map { refusal($seen, $_, \%taken) } @{ $seen->{wanted} };
}

sub refusal {
    my ($seen, $wanted, $taken) = @_;
    my ($name, $is) = @$wanted{qw(name is)};
    my $exists = in_kernel($seen->{host}, $name);
    if ($wanted->{entry}{card}) {
        return "the host has no network card $name" unless $exists;
        my $address = $wanted->{says}{'inet address'} // $wanted->{says}{'inet6 address'};
        return "$name has the address $address in $file, and what it becomes a part of would need it: take it away there first" if defined $address;
    }
    if ($is ne 'same' && !$seen->{known}{$name} && !($wanted->{entry}{card} && says_nothing($seen->{entries}{$name}))) {
        return "$name stands in $file, otherwise, and this program did not put it there: say the same in the program, or import it" if $is eq 'other';
        return "the host has an interface $name that $file does not name: somebody else makes it" if $exists && !$wanted->{entry}{card};
    }
    for my $below (@{ $wanted->{below}{names} }) {
        return "$name would take $below, which $taken->{$below} has in $file" if $wanted->{below}{alone} && $taken->{$below};
        my $parent = $below =~ s/\.\d+\z//r;
        next if grep { $seen->{mine}{$_} || $seen->{entries}{$_} || in_kernel($seen->{host}, $_) } $below, $parent;
        return "$name stands on $below, which neither $file nor the host knows";
    }
    return;
}

# The installer gives every card an entry without a word in it: nobody's opinion is lost by adding one.
sub says_nothing {
    my ($entry) = @_;
    my $says = NetworkFile::meaning($entry // { name => '', auto => 0, stanzas => [] });
    return !grep { !/^(?:autostart|inet method)\z/ } keys %$says;
}

# ---- What is in force

sub not_in_force {
    my ($seen, $wanted) = @_;
    my ($host, $name, $says) = ($seen->{host}, @$wanted{qw(name says)});
    return if @{ $wanted->{changes} } || $wanted->{entry}{card} || $says->{autostart} eq 'no';
    return Verdict::difference("$name in force", 'no', 'yes') unless in_kernel($host, $name);
    my @found;
    my $mtu = value($host, $name, 'mtu');
    push @found, [ 'mtu', $mtu, $says->{mtu} ] if defined $says->{mtu} && defined $mtu && $mtu ne $says->{mtu};
    if (exists $says->{'bridge-ports'}) {
        my $aware = value($host, $name, 'bridge/vlan_filtering') // '';
        push @found, [ 'VLAN-aware', $aware ? 'yes' : 'no', $says->{'bridge-vlan-aware'} ] if ($aware ? 'yes' : 'no') ne $says->{'bridge-vlan-aware'};
        my %ports = map { $_ => 1 } @{ $host->names("/sys/class/net/$name/brif") // [] };
        push @found, map { [ "port $_", 'no', 'yes' ] } grep { !$ports{$_} } split ' ', $says->{'bridge-ports'};
    }
    elsif (exists $says->{'bond-slaves'}) {
        my %slaves = map { $_ => 1 } split ' ', value($host, $name, 'bonding/slaves') // '';
        push @found, map { [ "slave $_", 'no', 'yes' ] } grep { !$slaves{$_} } split ' ', $says->{'bond-slaves'};
    }
    return map { Verdict::difference("$name in force, $_->[0]", @$_[ 1, 2 ]) } @found;
}

sub in_kernel { my ($host, $name) = @_; return defined $host->facts("/sys/class/net/$name") }

sub value {
    my ($host, $name, $what) = @_;
    my $text = $host->read("/sys/class/net/$name/$what") // return undef;
    return $text =~ s/\s+\z//r;
}

# ---- What must not be lost

# Interfaces that are to be changed and that the host is reached by, or that take a part of what it is reached by.
sub at_risk {
    my ($seen) = @_;
    my %way = %{ way_out($seen) };
    my @risky;
    for my $wanted (@{ $seen->{wanted} }) {
        next unless @{ $wanted->{changes} } || not_in_force($seen, $wanted);
        my $takes = $wanted->{below}{alone} && grep { $way{$_} } @{ $wanted->{below}{names} };
        my $adds  = $wanted->{is} eq 'new' && $wanted->{entry}{card};
        push @risky, $wanted->{name} if !$adds && ($way{ $wanted->{name} } || $takes || (%way && @{ $wanted->{routers} }));
    }
    return @risky;
}

# What carries the default route or the address that the host is reached by, and what that stands on.
sub way_out {
    my ($seen) = @_;
    my (undef, $device) = default_route($seen->{host});
    my @open = defined $device ? $device : ();
    for my $entry (values %{ $seen->{entries} }) {
        my $says = NetworkFile::meaning($entry);
        my ($own) = grep { defined && m{^\Q$seen->{management}\E(?:/|\z)}i } @$says{ 'inet address', 'inet6 address' };
        push @open, $entry->{name} if defined $own || defined $says->{'inet gateway'} || defined $says->{'inet6 gateway'};
    }
    my %way;
    while (defined(my $name = shift @open)) {
        next if $way{$name}++;
        push @open, @{ NetworkFile::below($seen->{entries}{$name})->{names} } if $seen->{entries}{$name};
        push @open, $1 if $name =~ /^(.+)\.\d+\z/;
        push @open, grep { $_ =~ $card } @{ $seen->{host}->names("/sys/class/net/$name/brif") // [] };
    }
    return \%way;
}

# Router and device of the default route; undef where there is none.
sub default_route {
    my ($host) = @_;
    my ($best, @found);
    for my $line (split /\n/, $host->read('/proc/net/route') // '') {
        my ($device, $target, $router, undef, undef, undef, $metric, $mask) = split ' ', $line;
        next unless ($target // '') eq '00000000' && ($mask // '') eq '00000000' && $router ne '00000000';
        next if defined $best && $best <= $metric;
        ($best, @found) = ($metric, join('.', reverse unpack 'C4', pack 'H8', $router), $device);
    }
    return @found if @found;
    for my $line (split /\n/, $host->read('/proc/net/ipv6_route') // '') {
        my ($target, $bits, undef, undef, $router, $metric, undef, undef, undef, $device) = split ' ', $line;
        next unless ($target // '') =~ /^0{32}\z/ && $bits eq '00' && $router !~ /^0{32}\z/ && $device ne 'lo';
        next if defined $best && hex $metric >= $best;
        ($best, @found) = (hex $metric, join(':', $router =~ /(....)/g), $device);
    }
    return @found;
}

# An address as the kernel's tables have it.
sub expanded {
    my ($address) = @_;
    return $address unless $address =~ /:/;
    my ($head, $tail) = map { [ split /:/ ] } split(/::/, $address, 2), '';
    my @zeros = (0) x (8 - @$head - @$tail);
    return join ':', map { sprintf '%04x', hex } @$head, ($address =~ /::/ ? @zeros : ()), @$tail;
}

# ---- Whose it is

# Names that the journal knows as ours.
sub known {
    my ($step, $look) = @_;
    my $applied = $look->{journal}->applied_to($step->{id}) // return {};
    return { map { $_ => 1 } keys %{ $applied->{values} } };
}

# What the journal has to know: the interfaces of this step, and former ones that still stand in the file.
sub record {
    my ($step, $look, $seen) = @_;
    $seen //= seen($step, $look);
    my %ours = map { $_->{name} => 1 } grep { !$_->{entry}{card} || $_->{is} eq 'new' || $seen->{known}{ $_->{name} } } @{ $seen->{wanted} };
    $ours{$_} = 1 for grep { $seen->{entries}{$_} } keys %{ $seen->{known} };
    return [ 'applied', $step->{id}, '-', '-', map { "$_=1" } sort keys %ours ];
}

sub is_recorded {
    my ($look, $record) = @_;
    my (undef, $id, undef, undef, @values) = @$record;
    my $applied = $look->{journal}->applied_to($id) // return 0;
    return join(' ', map { "$_=1" } sort keys %{ $applied->{values} }) eq "@values";
}

# Of a program that makes no interface any more: those that it made before and that still stand in the file.
sub left_over {
    my ($look) = @_;
    my $applied = $look->{journal}->applied_to('network/interfaces/entries') // return;
    my $entries = NetworkFile::entries(NetworkFile::parse($look->{host}->read($file) // return));
    return forgotten({ host => $look->{host}, entries => $entries, known => $applied->{values}, mine => {} });
}

# Interfaces that this program made and no longer asks for. Guests may be on them: they are only told of.
sub forgotten {
    my ($seen) = @_;
    return map {
        my @users = grep { $_ !~ $card } @{ $seen->{host}->names("/sys/class/net/$_/brif") // [] };
        "$_ was made by this program, which no longer asks for it; it stays" . (@users ? ', in use by ' . join(' ', sort @users) : '');
    } grep { !$seen->{mine}{$_} && $seen->{entries}{$_} && $_ !~ $card } sort keys %{ $seen->{known} };
}

1;
