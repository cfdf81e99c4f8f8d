package CompareVolume;

# A disk that a guest's config is asked for.

use strict;
use warnings;
use Unknown;
use Verdict;
use Size;
use Property;
use Impact;

# A volume is made once, grown, and never exchanged. Its size is what the storage says; `size=` in the config is a cache. Which storage it lies on
# is the business of a step of its own (CompareMove.pm).
sub volume {
    my ($state, $key, $impact, $storage, $bytes, $options) = @_;
    my $found = $state->{conf}{keys}{$key};
    my $size  = Size::absolute($bytes);
    return missing_volume($state, $key, $impact, $storage, $bytes, $options) unless defined $found;
    my $parts = Property::parts($found, Property::default_key($key));
    my $id    = delete($parts->{volume}) // delete($parts->{file}) // '';
    my $cache = delete $parts->{size};
    my ($name) = $id =~ m{^[^:/]+:(.+)$} or return CompareKeys::change($key, 'none', $id, "a volume on $storage", 'replace');
    my ($number) = $name =~ m{(?:^|/)(?:subvol|basevol|vm|base)-(\d+)-[^/]*$};
    return CompareKeys::change($key, 'none', $id, "a volume of guest $state->{vmid}", 'impossible') if defined $number && $number != $state->{vmid};

    my @changes;
    my $is = $bytes ? $state->{host}->volume_bytes($id) // Size::parse($cache) : 0;
    if (!$bytes) { }    # as large as Proxmox made it
    elsif ($state->{host}->is_unlimited($id)) { push @{ $state->{notes} }, "$key: $id has no limit, which is more than $size; kept" }
    elsif (!defined $is) { push @{ $state->{notes} }, "$key: size of $id is not known" }
    elsif ($is < $bytes) { push @changes, CompareKeys::change($key, 'resize', Size::absolute($is), $size, 'live', $size) }
    elsif ($is > $bytes && asked_for($state, $key) > $bytes) { push @changes, { %{ CompareKeys::change($key, 'none', Size::absolute($is), $size, 'replace') }, shrink => $bytes } }
    elsif (($cache // '') ne '' && (Size::parse($cache) // $is) != $is) {
        push @{ $state->{notes} }, "$key: size=$cache in the config is not what the storage says (" . Size::absolute($is) . "): " . ($state->{type} eq 'qemu' ? 'qm disk rescan' : 'pct rescan') . " --vmid $state->{vmid}";
    }
    elsif ($is > $bytes) { push @{ $state->{notes} }, "$key: $id is " . Size::absolute($is) . ", larger than $size; kept" }
    my $wanted = Property::parts($options, '-');
    delete $_->{media} for ($state->{filled}{$key} // [''])->[0] eq 'cloudinit' ? ($wanted, $parts) : ();
    my $same = Property::same_parts($key, $wanted, $parts);
    my $pending = $state->{conf}{pending}{$key};
    if (!$same && defined $pending) {
        my $waiting = Property::parts($pending, Property::default_key($key));
        my $same_id = (delete($waiting->{volume}) // delete($waiting->{file}) // '') eq $id;
        delete $waiting->{size};
        $same = $same_id && Property::same_parts($key, $wanted, $waiting);
    }
    elsif ($same && defined $pending) { push @changes, CompareKeys::change($key, 'revert', $pending, $found, 'live') }
    return @changes if $same;
    $impact = Impact::of_options($state->{type}, $key, $impact, $parts, $wanted);
    push @changes, CompareKeys::change($key, 'options', join_parts($parts), $options, $impact, join ',', $id, $options eq '' ? () : $options);
    return @changes;
}

# How large the program wanted a volume of this guest to be when it was applied last. What others made larger is theirs, and stays.
sub asked_for {
    my ($state, $key) = @_;
    return ((($state->{applied} // {})->{values} // {})->{$key} // '') =~ /:(\d+)$/ ? $1 : 0;
}

# A volume that the config does not name. What a call that was killed has left of it goes first; what may be its data stops.
sub missing_volume {
    my ($state, $key, $impact, $storage, $bytes, $options) = @_;
    my $size = $bytes ? "$storage, " . Size::absolute($bytes) : $storage;
    return CompareKeys::change($key, 'none', '', $size, 'impossible') if $key eq 'rootfs';
    if (defined(my $pending = $state->{conf}{pending}{$key})) {
        return ComparePending::may_wait($state, $key, 'restart', $pending) ? () : CompareKeys::change($key, 'set', '', $size, 'live', $pending);
    }
    my @loose = exists((($state->{applied} // {})->{values} // {})->{$key}) ? loose_volumes($state) : ();
    if (@loose) {
        $state->{refusal} //= "$key was taken out of the config; its disk may be @loose: put it back, or destroy it to get an empty one";
        return CompareKeys::change($key, 'none', 'taken out', $size, 'impossible');
    }
    return CompareKeys::change($key, 'wait', 'at work', $size, 'live') if $state->{intent} && $state->{host}->task_alive('\\w+', $state->{vmid});
    my @left = half_made($state);
    return CompareKeys::change($key, 'free', 'half made', 'made anew', 'live', \@left) if @left;
    my $filled = $state->{filled}{$key} // [''];
    my $new =
        $filled->[0] eq 'import'    ? "$storage:0,import-from=$filled->[2]"
        : $filled->[0] eq 'cloudinit' ? "$storage:cloudinit"
        : $bytes                      ? "$storage:" . Size::gibibytes($bytes)
        :                               "$storage:1";    # the number says nothing: Proxmox knows how large it has to be
    $size .= " from $filled->[2]" if $filled->[0] eq 'import';
    return CompareKeys::change($key, 'allocate', '', $size, $state->{added}{$key} // $impact, join ',', $new, $options eq '' ? () : $options);
}

# Disks of this guest that a killed call of ours has made and not written down: no config names them, and they were made in the moments after we
# began. Everything else of the kind is somebody's.
sub half_made {
    my ($state) = @_;
    my $intent = $state->{intent} // return ();
    return grep { Journal::announces($intent, $state->{host}->dataset($_)->{creation} // 0) } unnamed_datasets($state);
}

# Disks of the guest that no key but `unusedN` names, by volume id or dataset: on ZFS and in folders. What else there is, only Proxmox could tell.
sub loose_volumes {
    my ($state) = @_;
    my $keys   = $state->{conf}{keys};
    my @images = map { $_->{volume} } $state->{host}->images_besides($state->{vmid}, GuestConf::volume_ids($state->{conf}));
    return ((map { $keys->{$_} } sort grep { /^unused\d+$/ } keys %$keys), unnamed_datasets($state), @images);
}

sub unnamed_datasets {
    my ($state) = @_;
    return $state->{host}->datasets_besides($state->{vmid}, GuestConf::volume_ids($state->{conf}));
}

sub join_parts {
    my ($parts) = @_;
    return join ',', map { "$_=$parts->{$_}" } sort keys %$parts;
}

1;
