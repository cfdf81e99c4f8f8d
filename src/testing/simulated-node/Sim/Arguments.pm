package Sim::Arguments;
# Reads a command line as Proxmox's tools do: `--opt value`, `-opt`, `--opt=value`, any case, unique abbreviations,
# booleans with or without a value, options and positional arguments in any order, `--` ends the options.
use strict;
use warnings;

use Sim::Failure;
use Sim::Schema;

# command: words, e.g. 'pct set'. positional: names, those at the end with `?` may be left out; a last 'extra-args' takes what is left.
# rules: by option name; rule_of: a function for names that are not listed (guest keys).
sub parse {
    my (%of) = @_;
    my ($rules, $rule_of, $positional) = @of{qw(rules rule_of positional)};
    my @options = grep { my $name = $_; !grep { s/\?\z//r eq $name } @$positional } keys %$rules;
    $Sim::Failure::usage = "$of{command} " . join(' ', map { /^(.*)\?\z/ ? "[<$1>]" : $_ eq 'extra-args' ? "[<$_>]" : "<$_>" } @$positional)
        . (@options || $rule_of ? ' [OPTIONS]' : '');

    my $find = sub { find_option($_[0], \@options, $rules, $rule_of, $of{more_names}) };
    my ($values, @rest) = split_options($find, @{ $of{argv} });
    take_positional($values, $positional, \@rest);
    verify($values, $rules, $rule_of, $positional);
    return $values;
}

sub split_options {
    my ($find, @argv) = @_;
    my (%values, @rest);
    my @unknown;
    while (@argv) {
        my $word = shift @argv;
        if ($word eq '--') { push @rest, @argv; last }
        my ($name, $value) = $word =~ /^--?([^=]+)(?:=(.*))?\z/s;
        if (!defined $name) { push @rest, $word; next }

        my ($option, $rule, $trouble) = $find->($name);
        if (!$rule) { push @unknown, $trouble // "Unknown option: $name"; next }
        if (!defined $value) {
            # A boolean may be bare, but it takes a following word that does not look like an option.
            if (($rule->{type} // '') eq 'boolean') {
                $value = @argv && $argv[0] !~ /^-/ ? shift @argv : '1';
            } elsif ($rule->{asked_for}) {
                $value = @argv && $argv[0] !~ /^-/ ? shift @argv : line_from_stdin();
            } elsif (!@argv) {
                push @unknown, "Option $name requires an argument";
                next;
            } else {
                $value = shift @argv;
            }
        }
        $value = as_stored($option, $value);
        $value = '1' if $value eq '' && ($rule->{type} // '') eq 'boolean';
        $values{$option} = $rule->{list} && defined $values{$option} ? "$values{$option}\0$value" : $value;
    }
    refuse(join("\n", @unknown) . "\n", 'unable to parse option') if @unknown;
    return (\%values, @rest);
}

# Words are decoded by the locale, and written as bytes where every character is one; only notes are written as UTF-8, and escaped. What is no ASCII is
# therefore another text afterwards.
sub as_stored {
    my ($option, $value) = @_;
    return $value if $value !~ /[\x80-\xff]/;
    my ($locale) = grep { defined && $_ ne '' } @ENV{qw(LC_ALL LC_CTYPE LANG)};
    my $text = $value;
    return $value =~ s/[\x80-\xff]/\xef\xbf\xbd/gr if ($locale // 'C') !~ /utf-?8/i || !utf8::decode($text);
    return $value if $option eq 'description' || $text =~ /[^\x00-\xff]/;
    utf8::downgrade($text);
    return $text;
}

# What Proxmox's tools read in the place of a password when nobody sits at a terminal.
sub line_from_stdin {
    my $line = <STDIN>;
    fail("EOF while reading password") if !defined $line;
    chomp $line;
    return $line;
}

sub find_option {
    my ($name, $options, $rules, $rule_of, $more_names) = @_;
    my $lower = lc $name;
    return ($lower, $rules->{$lower}) if grep { $_ eq $lower } @$options;
    if ($rule_of && (my $rule = $rule_of->($lower))) { return ($lower, $rule) }

    my @names = grep { index(lc $_, $lower) == 0 } @$options, $more_names ? $more_names->() : ();
    return (undef, undef, undef) if !@names;
    return (undef, undef, "Option $name is ambiguous (" . join(', ', sort @names) . ')') if @names > 1;
    return ($names[0], $rules->{ $names[0] } // $rule_of->($names[0]));
}

sub take_positional {
    my ($values, $positional, $rest) = @_;
    for my $place (@$positional) {
        my $name = $place =~ s/\?\z//r;
        last if $name ne $place && !@$rest;
        if ($name eq 'extra-args') {
            $values->{$name} = [@$rest];
            @$rest = ();
            next;
        }
        refuse('', 'not enough arguments') if !@$rest;
        $values->{$name} = shift @$rest;
    }
    refuse('', 'too many arguments') if @$rest;
}

sub refuse {
    my ($before, $text) = @_;
    fail("${before}400 $text\n$Sim::Failure::usage");
}

sub verify {
    my ($values, $rules, $rule_of, $positional) = @_;
    my %complaints;
    for my $name (keys %$values) {
        next if ref $values->{$name};
        my $rule = $rules->{$name} // ($rule_of && $rule_of->($name)) // {};
        my $message = Sim::Schema::complaint($rule, $values->{$name}, $name);
        if (defined $message) { $complaints{$name} = $message }
        elsif (($rule->{type} // '') eq 'boolean') { $values->{$name} = Sim::Schema::boolean($values->{$name}) }
    }
    for my $name (keys %$rules) {
        next if !$rules->{$name}{required} || defined $values->{$name};
        $complaints{$name} = 'property is missing and it is not optional';
    }
    bad_parameters(\%complaints) if %complaints;
}

1;
