package Sim::PropertyString;
# Proxmox's comma-separated values: `name=eth0,bridge=vmbr0`. There is no quoting, one key may come without its name.
use strict;
use warnings;

# (values by key, undef) or (undef, message). The rules mark the bare key with default_key. A key may be another
# name (alias) of one; `virtio=MAC` of machines is two values at once: its key (key_alias) and the alias.
sub parse {
    my ($rules, $text, $path) = @_;
    my $prefix = defined $path ? "$path." : '';
    my ($default_key) = grep { $rules->{$_}{default_key} } keys %$rules;
    my %value;

    for my $part (split /,/, $text) {
        next if $part =~ /^\s*\z/;
        if ($part =~ /^([^=]+)=(.+)\z/s) {
            my $message = put($rules, \%value, $1, $2);
            return (undef, $message) if defined $message;
        } elsif ($part =~ /=/) {
            return (undef, "invalid format - value without key, but schema does not define a default key\n");
        } elsif (!defined $default_key) {
            return (undef, "value without key, but schema does not define a default key\n");
        } else {
            return (undef, "duplicate key in comma-separated list property: $default_key\n")
                if defined $value{$default_key};
            $value{$default_key} = $part;
        }
    }

    my $errors = errors($rules, \%value, $prefix);
    return $errors eq '' ? (\%value, undef) : (undef, "format error\n$errors");
}

sub put {
    my ($rules, $values, $key, $value) = @_;
    return "duplicate key in comma-separated list property: $key\n" if defined $values->{$key};
    my $rule = $rules->{$key} // {};
    if (defined(my $name = $rule->{alias})) {
        if (defined(my $holder = $rule->{key_alias})) {
            return "key alias '$holder' is already defined\n" if defined $values->{$holder};
            $values->{$holder} = $key;
        }
        return "key '$name' is already defined (via alias)\n" if defined $values->{$name};
        ($key, $rule) = ($name, $rules->{$name});
    }
    $value = Sim::Schema::boolean($value) // $value if ($rule->{type} // '') eq 'boolean';
    $values->{$key} = $value;
    return undef;
}

sub errors {
    my ($rules, $value, $prefix) = @_;
    my $errors = '';
    for my $key (sort keys %$value) {
        my $message = $rules->{$key}
            ? Sim::Schema::complaint($rules->{$key}, $value->{$key}, "$prefix$key")
            : 'property is not defined in schema and the schema does not allow additional properties';
        $errors .= "$prefix$key: $message\n" if defined $message;
    }
    for my $key (sort keys %$rules) {
        my $needed = $rules->{$key}{requires};
        $errors .= "$prefix$needed: missing property - '$prefix$key' requires this property\n"
            if defined $needed && defined $value->{$key} && !defined $value->{$needed};
        next if !$rules->{$key}{required} || defined $value->{$key};
        $errors .= "$prefix$key: property is missing and it is not optional\n";
    }
    return $errors;
}

# The default key first and bare, then required keys, then the others, each sorted.
sub render {
    my ($rules, $value) = @_;
    my @keys = sort {
        !!$rules->{$b}{default_key} <=> !!$rules->{$a}{default_key}
            || !!$rules->{$b}{required} <=> !!$rules->{$a}{required}
            || $a cmp $b
    } grep { defined $value->{$_} } keys %$value;
    my ($holder, $held) = joined_keys($rules, $value);
    return join ',', map {
        $_ eq $holder ? "$value->{$holder}=$value->{$held}" : $rules->{$_}{default_key} ? $value->{$_} : "$_=$value->{$_}"
    } grep { $_ ne $held } @keys;
}

# The two keys that are written as one, when both have a value.
sub joined_keys {
    my ($rules, $value) = @_;
    my ($rule) = grep { defined $_->{key_alias} } values %$rules;
    return ('', '') if !$rule || !defined $value->{ $rule->{key_alias} } || !defined $value->{ $rule->{alias} };
    return ($rule->{key_alias}, $rule->{alias});
}

my %UNIT = (K => 1024, M => 1024**2, G => 1024**3, T => 1024**4);

# bytes, or undef
sub size_to_bytes {
    my ($text) = @_;
    my ($number, $unit) = $text =~ /^(\d+(?:\.\d+)?)([KMGT]?)(?:iB)?\z/ or return undef;
    return int($number * ($unit eq '' ? 1 : $UNIT{$unit}));
}

# The largest unit that divides exactly.
sub bytes_to_size {
    my ($bytes) = @_;
    for my $unit (qw(T G M K)) {
        return $bytes / $UNIT{$unit} . $unit if $bytes && $bytes % $UNIT{$unit} == 0;
    }
    return $bytes;
}

1;
