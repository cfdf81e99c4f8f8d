package Sim::PropertyString;
# Proxmox's comma-separated values: `name=eth0,bridge=vmbr0`. There is no quoting, one key may come without its name.
use strict;
use warnings;

# (values by key, undef) or (undef, message). The rules mark the bare key with default_key.
sub parse {
    my ($rules, $text, $path) = @_;
    my $prefix = defined $path ? "$path." : '';
    my ($default_key) = grep { $rules->{$_}{default_key} } keys %$rules;
    my %value;

    for my $part (split /,/, $text) {
        next if $part =~ /^\s*\z/;
        if ($part =~ /^([^=]+)=(.+)\z/s) {
            return (undef, "duplicate key in comma-separated list property: $1\n") if defined $value{$1};
            $value{$1} = $2;
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
    return join ',', map { $rules->{$_}{default_key} ? $value->{$_} : "$_=$value->{$_}" } @keys;
}

my %UNIT = (K => 1024, M => 1024**2, G => 1024**3, T => 1024**4);

# bytes, or undef
sub size_to_bytes {
    my ($text) = @_;
    my ($number, $unit) = $text =~ /^(\d+(?:\.\d+)?)([KMGT]?)\z/ or return undef;
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
