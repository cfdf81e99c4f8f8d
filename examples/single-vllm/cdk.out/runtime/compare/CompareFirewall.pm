package CompareFirewall;

# What an app has in a firewall file that it shares: entries carry its mark at the end of their comment, options are known from the journal.
# Everything else in the file belongs to others and keeps every byte.

use strict;
use warnings;
use FirewallConf;
use WayIn;
use SharedFile;
use Unknown;
use Verdict;

my $cluster_fw = '/etc/pve/firewall/cluster.fw';

sub entries {
    my ($step, $look) = @_;
    my $trouble = $look->{host}->cluster_trouble;
    Unknown::because($trouble) if defined $trouble;
    my ($path, $part) = @{ $step->{has}{file} };
    my $text  = $look->{host}->read($path);
    my $edit  = edit($step, $look, $text // '');
    return Verdict::refused($edit->{refused}, changes => $edit->{changes}) if $edit->{refused};
    my @notes = (@{ $edit->{notes} }, $part eq 'entries' ? others($path, $edit) : ());
    return Verdict::satisfied(notes => \@notes) if $edit->{text} eq ($text // '');
    return Verdict::refused("$path would be longer than the 1 MiB that a file below /etc/pve may have") if length $edit->{text} > 1_048_576;
    if ($edit->{risk} && !$look->{flags}{'allow-firewall'}) {
        $_->{held} = 1 for @{ $edit->{changes} };
        return Verdict::held("$edit->{risk}, which may cut off whoever is connected", flag => '--allow-firewall', changes => $edit->{changes}, notes => \@notes);
    }
    return Verdict->can(defined $text ? 'change' : 'create')->('write', [], fields => { digest => SharedFile::digest($text // '') }, changes => $edit->{changes}, notes => \@notes);
}

# The file as it should be: { text, changes, notes, risk?, refused?, sections, ours }.
sub edit {
    my ($step, $look, $text) = @_;
    my ($path, $part) = @{ $step->{has}{file} };
    my $app  = $look->{app};
    my $edit = {
        sections => FirewallConf::parse($text),
        changes  => [],
        notes    => [],
        path     => $path,
        is_ours  => sub { $_[0] =~ /#.*\(phoenix-cdk app=\Q$app\E\)$/ },
        applied  => ($look->{journal}{applied}{ $step->{of} // $step->{id} } // {})->{values} // {},
        enabled  => cluster_enabled($look),
        look     => $look,
    };
    $edit->{way_in} = $edit->{enabled} && $part ne 'options' ? WayIn::named($look->{host}, $path, $text) : {};
    if ($part eq 'options') { options($step, $edit) }
    else {
        aliases($step, $edit);
        blocks($step, $edit, $_) for qw(ipset group);
        rules($step, $edit);
        leftovers($step, $edit);
    }
    $edit->{text} = FirewallConf::text($edit->{sections});
    return $edit;
}

sub cluster_enabled {
    my ($look) = @_;
    return is_enabled($look->{host}->read($cluster_fw) // '');
}

sub is_enabled {
    my ($text) = @_;
    my $enable = FirewallConf::options(FirewallConf::parse($text))->{enable} // return 0;
    return $enable->{value} =~ /^\s*0*\s*$/ ? 0 : 1;
}

sub note_change { my ($edit, $key, $from, $to) = @_; push @{ $edit->{changes} }, Verdict::difference($key, $from, $to) }

# ---- Options

my %default = (
    $cluster_fw => { enable => '0', policy_in => 'DROP', policy_out => 'ACCEPT', policy_forward => 'ACCEPT' },
    host        => { enable => '1' },
);

sub options {
    my ($step, $edit) = @_;
    my $found = FirewallConf::options($edit->{sections});
    my %wanted = map { $_->[1] => $_->[2] } grep { $_->[0] eq 'option' } @{ $step->{options} };
    for my $name (sort keys %wanted) {
        my $is = $found->{$name} && $found->{$name}{value};
        next if defined $is && lc $is eq lc $wanted{$name};
        risk_of_option($edit, $name, $is, $wanted{$name});
        note_change($edit, $name, $is // '', $wanted{$name});
        FirewallConf::set_option($edit->{sections}, $name, $wanted{$name});
    }
    for my $key (sort keys %{ $edit->{applied} }) {
        my ($name) = $key =~ /^option (.+)/ or next;
        next if exists $wanted{$name} || !$found->{$name};
        if (lc $found->{$name}{value} ne lc $edit->{applied}{$key}) {
            push @{ $edit->{notes} }, "$edit->{path}: $name was changed by somebody to $found->{$name}{value}, and the program asks for nothing any more: it stays";
            next;
        }
        risk_of_option($edit, $name, $found->{$name}{value}, ($default{ $edit->{path} } // $default{host})->{$name} // '');
        note_change($edit, $name, $found->{$name}{value}, '');
        FirewallConf::drop_option($edit->{sections}, $name);
    }
}

# What was let through until now and then is not.
sub risk_of_option {
    my ($edit, $name, $from, $to) = @_;
    my $default = $default{ $edit->{path} } // $default{host};
    $from = $default->{$name} // '' unless defined $from && $from ne '';
    if ($name eq 'enable') {
        return if $to eq '0' || $from =~ /^[1-9]/;
        $edit->{risk} = 'the firewall would be switched on' if $edit->{path} eq $cluster_fw || $edit->{enabled};
    }
    elsif ($name =~ /^policy_/ && $edit->{enabled} && uc $from eq 'ACCEPT' && uc $to ne 'ACCEPT') {
        $edit->{risk} //= "$name would become $to";
    }
}

# ---- Aliases, sets, groups: one of the same name that is not ours is nobody's to change

sub aliases {
    my ($step, $edit) = @_;
    my $found = FirewallConf::aliases($edit->{sections});
    for my $option (grep { $_->[0] eq 'alias' } @{ $step->{options} }) {
        my (undef, $name, $text) = @$option;
        my $is = $found->{$name};
        next if $is && $is->{text} eq $text;
        if ($is && !mine($edit, "alias $name", $is->{text})) {
            strangers($edit, "alias $name", FirewallConf::bare($is->{text}), FirewallConf::bare($text));
            next;
        }
        risk_of_addresses($edit, "alias $name", map { [ FirewallConf::bare($_) =~ s/^\S+ //r ] } $is->{text}, $text) if $is;
        note_change($edit, "alias $name", $is ? $is->{text} : '', $text);
        FirewallConf::set_alias($edit->{sections}, $name, $text);
    }
}

sub blocks {
    my ($step, $edit, $kind) = @_;
    my $found = FirewallConf::blocks($edit->{sections}, $kind);
    for my $option (grep { $_->[0] eq $kind } @{ $step->{options} }) {
        my (undef, $name, $head, @lines) = @$option;
        my $is = $found->{$name};
        my @is = $is ? FirewallConf::lines_of($is) : ();
        next if $is && FirewallConf::plain($is->{head}) eq FirewallConf::plain($head) && "@is" eq "@lines";
        if ($is && !mine($edit, "$kind $name", FirewallConf::plain($is->{head}))) {
            strangers($edit, "$kind $name", (join '; ', map { FirewallConf::bare($_) } @is), (join '; ', map { FirewallConf::bare($_) } @lines));
            next;
        }
        my ($from, $to) = map { [ map { FirewallConf::bare($_) } @$_ ] } \@is, \@lines;
        if    ($kind eq 'ipset')                  { risk_of_addresses($edit, "ipset $name", $from, $to) }
        elsif ($edit->{way_in}{"group $name"})    { $edit->{risk} //= WayIn::less_by_rules({}, $from, $to) }
        note_change($edit, "$kind $name", $is ? join('; ', @is) : '', @lines ? join('; ', @lines) : 'empty');
        FirewallConf::set_block($edit->{sections}, $kind, $name, $head, @lines);
    }
}

sub risk_of_addresses {
    my ($edit, $what, $from, $to) = @_;
    my $roles = $edit->{way_in}{$what} // return;
    $edit->{risk} //= "$what, by which administrators get in or not, would let less through" if WayIn::less_by_addresses($roles, $from, $to);
}

sub mine {
    my ($edit, $key, $text) = @_;
    return 1 if $edit->{is_ours}->($text);
    return exists $edit->{applied}{$key};
}

sub strangers {
    my ($edit, $what, $is, $wanted) = @_;
    if ($is eq $wanted) {
        push @{ $edit->{notes} }, "$edit->{path}: $what is there as it should be, and is not ours: it is never changed or removed";
        return;
    }
    note_change($edit, $what, $is, $wanted);
    $edit->{refused} //= "$edit->{path} has $what of somebody else, and it says something else: give ours another name, or remove theirs";
}

# ---- Rules

sub rules {
    my ($step, $edit) = @_;
    my @wanted = map { $_->[1] } grep { $_->[0] eq 'rule' } @{ $step->{options} };
    my @said   = FirewallConf::said($edit->{sections}, 'rules');
    my @ours   = grep { $edit->{is_ours}->($_) } map { $_->{text} } @said;
    my $first  = join "\n", map { $_->{text} } @said[ 0 .. ($#wanted > $#said ? $#said : $#wanted) ];
    return if @ours == @wanted && $first eq join "\n", @wanted;
    my %is    = map { $_ => 1 } @ours;
    my %after = map { $_ => 1 } @wanted;
    note_change($edit, 'rule', $_, '') for grep { !$after{$_} } @ours;
    note_change($edit, 'rule', '', $_) for grep { !$is{$_} } @wanted;
    risk_of_rules($edit, [ map { $_->{text} } @said ], [ @wanted, grep { !$edit->{is_ours}->($_) } map { $_->{text} } @said ]) if $edit->{enabled};
    note_change($edit, 'rules', 'in another place or order', 'ours first, in their order') unless grep { $_->{key} eq 'rule' } @{ $edit->{changes} };
    FirewallConf::set_rules($edit->{sections}, $edit->{is_ours}, @wanted);
}

sub risk_of_rules {
    my ($edit, $is, $wanted) = @_;
    my ($from, $to) = map { [ map { FirewallConf::bare($_) } @$_ ] } $is, $wanted;
    $edit->{risk} //= WayIn::less_by_rules(groups($edit), $from, $to);
}

# Groups stand in the file of the cluster: as they are, and as they will be.
sub groups {
    my ($edit) = @_;
    my $is    = WayIn::groups(FirewallConf::parse($edit->{look}{host}->read($cluster_fw) // ''));
    my $after = $edit->{path} eq $cluster_fw ? WayIn::groups($edit->{sections}) : {};
    return { map { $_ => [ map { @{ $_ // [] } } $is->{$_}, $after->{$_} ] } keys %{ { %$is, %$after } } };
}

# ---- What we made and nobody asks for any more

sub leftovers {
    my ($step, $edit) = @_;
    my %wanted = map { ("$_->[0] $_->[1]" => 1) } grep { $_->[0] =~ /^(?:alias|ipset|group)$/ } @{ $step->{options} };
    my @gone;
    my $aliases = FirewallConf::aliases($edit->{sections});
    push @gone, grep { !$wanted{"alias $_->[1]"} } map { [ 'alias', $_, $aliases->{$_}{text} ] } sort keys %$aliases;
    for my $kind (qw(ipset group)) {
        my $blocks = FirewallConf::blocks($edit->{sections}, $kind);
        push @gone, grep { !$wanted{"$kind $_->[1]"} } map { [ $kind, $_, FirewallConf::plain($blocks->{$_}{head}) ] } sort keys %$blocks;
    }
    for my $entry (grep { $edit->{is_ours}->($_->[2]) } @gone) {
        my ($kind, $name, $text) = @$entry;
        if (defined(my $user = user_of($edit, $kind, $name))) {
            push @{ $edit->{notes} }, "$edit->{path}: $kind $name is asked for no more, and stays, because $user uses it";
            next;
        }
        $edit->{risk} //= "the set $name would go" if $kind eq 'ipset' && $name eq 'management' && $edit->{enabled};
        note_change($edit, "$kind $name", $text, '');
        if   ($kind eq 'alias') { FirewallConf::drop_alias($edit->{sections}, $name) }
        else                    { FirewallConf::drop_block($edit->{sections}, $kind, $name) }
    }
}

# Who still uses a name: a line of this file that stays, or the file of a guest or host.
sub user_of {
    my ($edit, $kind, $name) = @_;
    my $uses = $kind eq 'group' ? qr/^\|?GROUP \Q$name\E(?: |$)/im : $kind eq 'ipset' ? qr{\+(?:dc/)?\Q$name\E(?![\w-])}i : qr{(?:^!?|[ ,])(?:dc/)?\Q$name\E(?=[ ,]|$)}im;
    my @lines = map { FirewallConf::bare($_->{text}) } map { FirewallConf::said($edit->{sections}, $_) } qw(rules ipset group);
    for my $line (@lines) { return "`$line`" if $line =~ $uses }
    my $host = $edit->{look}{host};
    my @files = map { "/etc/pve/firewall/$_" } sort grep { /^\d+\.fw$/ } @{ $host->names('/etc/pve/firewall') // [] };
    push @files, map { "/etc/pve/nodes/$_/host.fw" } sort @{ $host->names('/etc/pve/nodes') // [] };
    for my $file (@files) {
        my $text = join "\n", map { FirewallConf::bare(FirewallConf::plain($_)) } split /\n/, $host->read($file) // '';
        return $file if $text =~ $uses;
    }
    return undef;
}

# ---- Others

sub others {
    my ($path, $edit) = @_;
    my $sections = $edit->{sections};
    my @found;
    my @rules = grep { !$edit->{is_ours}->($_->{text}) } FirewallConf::said($sections, 'rules');
    push @found, @rules . (@rules == 1 ? ' rule' : ' rules') if @rules;
    my $aliases = FirewallConf::aliases($sections);
    push @found, map { "alias $_" } grep { !$edit->{is_ours}->($aliases->{$_}{text}) } sort keys %$aliases;
    for my $kind (qw(ipset group)) {
        my $blocks = FirewallConf::blocks($sections, $kind);
        push @found, map { "$kind $_" } grep { !$edit->{is_ours}->(FirewallConf::plain($blocks->{$_}{head})) } sort keys %$blocks;
    }
    return @found ? "$path holds of others, and keeps as they are: " . join(', ', @found) : ();
}

# What the journal remembers of a step. An option that stood there already as it should be is not ours to take out one day.
sub record {
    my ($step, $journal, $changed) = @_;
    my $known = ($journal->{applied}{ $step->{id} } // {})->{values} // {};
    return map { $_->[0] ne 'option' ? "$_->[0] $_->[1]=" : $changed->{ $_->[1] } || exists $known->{"option $_->[1]"} ? "option $_->[1]=$_->[2]" : () }
        grep { $_->[0] ne 'rule' && $_->[0] ne 'file' } @{ $step->{options} };
}

1;
