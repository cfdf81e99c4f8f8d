package HostZfs;

# What is asked of pools, datasets and their snapshots.

use strict;
use warnings;
use Unknown;

# { property => value }; undef if there is surely no such dataset.
sub dataset {
    my ($self, $name) = @_;
    if ($self->{every}) {
        $self->{datasets} //= $self->datasets_of;
        return $self->{datasets}{$name};
    }
    $self->{datasets}{$name} = $self->datasets_of($name)->{$name} unless exists $self->{datasets}{$name};
    return $self->{datasets}{$name};
}

# { name => { property => value } } of all of them.
sub all_datasets {
    my ($self) = @_;
    @$self{qw(datasets every)} = ($self->datasets_of, 1) unless $self->{every} && $self->{datasets};
    return $self->{datasets};
}

sub datasets_of {
    my ($self, @names) = @_;
    my %wanted = map { $_ => 1 } qw(guid refquota volsize mounted mountpoint canmount keystatus origin creation), @{ $self->{properties} };
    my ($exit, $lines) = $self->output('zfs', 'get', '-Hp', '-t', 'filesystem,volume', '-o', 'name,property,value', join(',', sort keys %wanted), @names);
    my (%datasets, @messages);
    for my $line (@$lines) {
        my ($name, $property, $value) = split /\t/, $line, 3;
        if   (defined $value) { $datasets{$name}{$property} = $value }
        else                  { push @messages, $line }
    }
    return \%datasets if $exit == 0;
    my @others = grep { !/^cannot open '.*': dataset does not exist$/ && $_ ne '' } @messages;
    return \%datasets if @names && $exit == 1 && @messages && !@others;
    return \%datasets if !@names && "@messages" =~ /^no datasets available$/;
    Unknown::because('zfs get failed (exit ' . $exit . '): ' . ($others[0] // $messages[0] // 'no message'));
}

# Why what would be written to a path would not lie on the dataset that is meant to be there, but on the disk below; undef if all is well. Asks ZFS for
# all datasets at once, so only where something is about to be written.
sub unmounted_above {
    my ($self, $path) = @_;
    my $datasets = eval { $self->all_datasets };
    if (!$datasets) { return ref $@ && $@->{reason} =~ /exit 127|ZFS modules/ ? undef : die $@ }
    my ($name) = sort { length $datasets->{$b}{mountpoint} <=> length $datasets->{$a}{mountpoint} } grep { is_missing($datasets->{$_}, $path) } sort keys %$datasets;
    return undef unless defined $name;
    my $point = $datasets->{$name}{mountpoint};
    my $mount = $self->mount_above($path);
    return undef if $mount && length $mount->{point} >= length $point;    # something else is there, or further in
    my $why = ($datasets->{$name}{keystatus} // '') eq 'unavailable' ? ', because its key is not loaded' : '';
    return "dataset $name is not mounted at $point$why: what is written there would fill the disk below";
}

# Whether a dataset should be mounted at a path or above it, and is not.
sub is_missing {
    my ($facts, $path) = @_;
    my ($point, $is, $may) = map { $facts->{$_} // '' } qw(mountpoint mounted canmount);
    return $is eq 'no' && $may eq 'on' && $point =~ m{^/} && index("$path/", $point eq '/' ? '/' : "$point/") == 0 ? 1 : 0;
}

# Names of the datasets that carry the number of a guest, as Proxmox names its volumes. Only where all datasets were asked for.
sub datasets_by_number {
    my ($self, $vmid) = @_;
    $self->{by_number} //= do {
        my %by_number;
        for my $name (sort keys %{ $self->all_datasets }) {
            push @{ $by_number{$1} }, $name if $name =~ m{(?:subvol|basevol|vm|base)-(\d+)-[^/]*$};
        }
        \%by_number;
    };
    return @{ $self->{by_number}{$vmid} // [] };
}

# Those of them that are none of these volumes. The name alone says nothing: disks of one guest on two storages may have the same.
sub datasets_besides {
    my ($self, $vmid, @volumes) = @_;
    my @datasets = $self->datasets_by_number($vmid) or return ();
    my %named = map { $_ => 1 } grep { defined } map { $self->volume_dataset($_) } @volumes;
    return grep { !$named{$_} } @datasets;
}

# The own snapshots of datasets: [{ name, held }, …], `held` being true of one that somebody keeps from being destroyed.
sub snapshots_of {
    my ($self, @datasets) = @_;
    my ($exit, $lines) = $self->output('zfs', 'list', '-H', '-t', 'snapshot', '-o', 'name,userrefs', '-d', '1', @datasets);
    Unknown::because("zfs list failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
    my %wanted = map { $_ => 1 } @datasets;
    return map { /^([^\t@]+)(@[^\t]+)\t(\d+|-)$/ && $wanted{$1} ? { name => "$1$2", held => $3 =~ /^[1-9]/ ? 1 : 0 } : () } @$lines;
}

# Health of a pool; undef if no pool of this name is imported.
sub pool {
    my ($self, $name) = @_;
    $self->{pools} //= do {
        my ($exit, $lines) = $self->output('zpool', 'list', '-Hp', '-o', 'name,health');
        Unknown::because("zpool list failed (exit $exit): " . ($lines->[0] // 'no message')) if $exit != 0;
        +{ map { /^(\S+)\t(\S+)$/ ? ($1 => $2) : () } @$lines };
    };
    return $self->{pools}{$name};
}

1;
