package FirewallConf;

# cluster.fw and host.fw as people and Proxmox write them. What is not changed here keeps every byte.
#
# A file is a list of sections { kind, name, head, body }: `head` is the line `[…]` as it stands (the first section has none), `body` the lines
# below it. Kinds are options, aliases, ipset, rules, group; anything else is text that nobody reads.

use strict;
use warnings;

sub parse {
    my ($text) = @_;
    my @sections = ({ kind => '', name => '', head => '', body => [] });
    for my $line ($text =~ /([^\n]*\n|[^\n]+\z)/g) {
        if ($line =~ /^\h*\[(options|aliases|rules)\]\h*$/i) {
            push @sections, { kind => lc $1, name => '', head => $line, body => [] };
        }
        elsif ($line =~ /^\h*\[(ipset|group)\s+([^\s\]]+)\]\s*(?:#.*)?$/i) {
            push @sections, { kind => lc $1, name => lc $2, head => $line, body => [] };
        }
        else { push @{ $sections[-1]{body} }, $line }
    }
    return \@sections;
}

sub text {
    my ($sections) = @_;
    return join '', map { $_->{head}, @{ $_->{body} } } @$sections;
}

# Lines that say something, each as { section, at, text } with its blanks made single.
sub said {
    my ($sections, $kind) = @_;
    my @said;
    for my $section (grep { $_->{kind} eq $kind } @$sections) {
        for my $at (0 .. $#{ $section->{body} }) {
            my $text = plain($section->{body}[$at]);
            push @said, { section => $section, at => $at, text => $text } unless $text eq '' || $text =~ /^#/;
        }
    }
    return @said;
}

sub plain {
    my ($line) = @_;
    $line =~ s/^\s+|\s+$//g;
    $line =~ s/\s+/ /g;
    return $line;
}

# Without its comment, as rules and members are compared whoever wrote them.
sub bare { return $_[0] =~ s/\s*#.*$//r }

# ---- Options

# { name => { value, section, at } }; of two lines the later one counts.
sub options {
    my ($sections) = @_;
    my %options;
    for my $line (said($sections, 'options')) {
        $options{ lc $1 } = { value => $2, %$line } if $line->{text} =~ /^(\w+): ?(.*)$/;
    }
    return \%options;
}

sub set_option {
    my ($sections, $name, $value) = @_;
    my $line = "$name: $value\n";
    if (my $found = options($sections)->{$name}) {
        $found->{section}{body}[ $found->{at} ] = $line;
        return;
    }
    my ($section) = grep { $_->{kind} eq 'options' } @$sections;
    unless ($section) {
        $section = { kind => 'options', name => '', head => "[OPTIONS]\n", body => [ "\n", "\n" ] };
        place($sections, 1, $section);
    }
    insert_last($section, $line);
}

sub drop_option {
    my ($sections, $name) = @_;
    my $found = options($sections)->{$name} // return;
    splice @{ $found->{section}{body} }, $found->{at}, 1;
    tidy($sections, $found->{section});
}

# ---- Aliases

# { name => { text, section, at } }. Proxmox takes one blank between name and address, and nothing after it but a comment: any other line is no alias.
sub aliases {
    my ($sections) = @_;
    return { map { is_alias($_->{section}{body}[ $_->{at} ]) ? (lc $_->{text} =~ s/ .*//r => $_) : () } said($sections, 'aliases') };
}

sub is_alias { return bare($_[0] =~ s/^\h+|\h*\n?\z//gr) =~ /^\S+\s\S+\z/ }

sub set_alias {
    my ($sections, $name, $text) = @_;
    if (my $found = aliases($sections)->{$name}) {
        $found->{section}{body}[ $found->{at} ] = "$text\n";
        return;
    }
    # names are looked up while the file is read: an alias below the set or rule that uses it is none
    my $first = first_of($sections, qw(ipset rules group));
    my ($section) = grep { $_->{kind} eq 'aliases' } @$sections[ 0 .. $first - 1 ];
    unless ($section) {
        $section = { kind => 'aliases', name => '', head => "[ALIASES]\n", body => [ "\n", "\n" ] };
        place($sections, $first, $section);
    }
    insert_last($section, "$text\n");
}

sub drop_alias {
    my ($sections, $name) = @_;
    my $found = aliases($sections)->{$name} // return;
    splice @{ $found->{section}{body} }, $found->{at}, 1;
    tidy($sections, $found->{section});
}

# ---- Sets and groups

# { name => section }; of two sections of a name the later one counts.
sub blocks {
    my ($sections, $kind) = @_;
    return { map { $_->{name} => $_ } grep { $_->{kind} eq $kind } @$sections };
}

sub lines_of { my ($section) = @_; return grep { $_ ne '' && !/^#/ } map { plain($_) } @{ $section->{body} } }

sub set_block {
    my ($sections, $kind, $name, $head, @lines) = @_;
    my $found = blocks($sections, $kind)->{$name};
    unless ($found) {
        $found = { kind => $kind, name => $name, body => ["\n"] };
        place($sections, $kind eq 'ipset' ? first_of($sections, qw(rules group)) : scalar @$sections, $found);
    }
    my @rest;
    unshift @rest, pop @{ $found->{body} } while @{ $found->{body} } && $found->{body}[-1] =~ /^\s*$/;
    shift @rest if @rest > 1 && !@{ $found->{body} };    # of a block without a line, the one below its head
    $found->{head} = "$head\n";
    $found->{body} = [ "\n", (map { "$_\n" } @lines), @rest ? @rest : "\n" ];
}

sub drop_block {
    my ($sections, $kind, $name) = @_;
    my $found = blocks($sections, $kind)->{$name} // return;
    @$sections = grep { $_ != $found } @$sections;
}

# ---- Rules

# The rules stand first in the first section of rules, before those of others, which keep their order.
sub set_rules {
    my ($sections, $is_ours, @rules) = @_;
    for my $section (grep { $_->{kind} eq 'rules' } @$sections) {
        my @kept = grep { !$is_ours->(plain($_)) } @{ $section->{body} };
        next if @kept == @{ $section->{body} };
        $section->{body} = \@kept;
        tidy($sections, $section) unless @rules;
    }
    return unless @rules;
    my ($section) = grep { $_->{kind} eq 'rules' } @$sections;
    unless ($section) {
        $section = { kind => 'rules', name => '', head => "[RULES]\n", body => [ "\n", "\n" ] };
        place($sections, first_of($sections, 'group'), $section);
    }
    unshift @{ $section->{body} }, "\n" unless @{ $section->{body} } && $section->{body}[0] =~ /^\s*$/;
    $section->{body}[0] .= "\n" unless $section->{body}[0] =~ /\n\z/;
    splice @{ $section->{body} }, 1, 0, map { "$_\n" } @rules;
    $section->{head} .= "\n" unless $section->{head} =~ /\n\z/;
}

# ---- Places

sub first_of {
    my ($sections, @kinds) = @_;
    my %kinds = map { $_ => 1 } @kinds;
    for my $at (0 .. $#$sections) { return $at if $kinds{ $sections->[$at]{kind} } }
    return scalar @$sections;
}

# A new section, on lines of its own.
sub place {
    my ($sections, $at, $section) = @_;
    my $before = $sections->[ $at - 1 ];
    my $last   = @{ $before->{body} } ? \$before->{body}[-1] : \$before->{head};
    $$last .= "\n" if $$last ne '' && $$last !~ /\n\z/;
    push @{ $before->{body} }, "\n" if $$last ne '' && $$last !~ /^\s*$/;
    splice @$sections, $at, 0, $section;
}

# Behind the last line of a section that says something.
sub insert_last {
    my ($section, $line) = @_;
    my $body = $section->{body};
    my $at   = @$body;
    $at-- while $at > 0 && $body->[ $at - 1 ] =~ /^\s*$/;
    $at = 1 if $at == 0 && @$body;
    if    ($at > 0) { $body->[ $at - 1 ] .= "\n" unless $body->[ $at - 1 ] =~ /\n\z/ }
    elsif ($section->{head} !~ /\n\z/) { $section->{head} .= "\n" }
    splice @$body, $at, 0, $line;
}

# A section that we emptied goes with what was in it.
sub tidy {
    my ($sections, $section) = @_;
    return if grep { !/^\s*$/ } @{ $section->{body} };
    @$sections = grep { $_ != $section } @$sections;
}

1;
