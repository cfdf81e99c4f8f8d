package StorageSecrets;

# Secrets of storages. Proxmox keeps them in files of its own below /etc/pve/priv; we look at those, and have pvesm write them.
#
# No secret becomes a word of a command: pvesm asks for a password that it is not given, and reads a line when nobody sits at a terminal; keys
# and keyrings it takes as files.

use strict;
use warnings;
use Verdict;

# By option: how pvesm takes it, and by type of storage where Proxmox keeps it.
my %options = (
    'password'       => { by => 'line', kept => sub { "/etc/pve/priv/storage/$_[1].pw" } },
    'encryption-key' => { by => 'file', kept => sub { "/etc/pve/priv/storage/$_[1].enc" } },
    'master-pubkey'  => { by => 'file', kept => sub { "/etc/pve/priv/storage/$_[1].master.pem" } },
    'keyring'        => { by => 'file', kept => sub { "/etc/pve/priv/ceph/$_[1]." . ($_[0] eq 'cephfs' ? 'secret' : 'keyring') } },
);

# [{ option, reference, by, kept }, …]
sub of_step {
    my ($step) = @_;
    my ($id, $type) = @{ $step->{has}{storage} };
    my @settings;
    for my $secret (grep { $_->[0] eq 'secret' } @{ $step->{options} }) {
        my (undef, $option, $reference) = @$secret;
        my $row = $options{$option} // die "this applier does not know how to set `$option` of a storage to a secret\n";
        push @settings, { option => $option, reference => $reference, by => $row->{by}, kept => $row->{kept}->($type, $id) };
    }
    return @settings;
}

# What differs, and the words of pvesm for it. The key that former backups were encrypted with is not exchanged for another unless it was ours.
sub differences {
    my ($step, $look) = @_;
    my $known = $look->{journal}{applied}{ $step->{id} };
    my (@changes, @differing);
    for my $setting (of_step($step)) {
        my $difference = difference($look, $known, $setting) // next;
        push @changes,   $difference;
        push @differing, $setting;
    }
    return (\@changes, \@differing);
}

sub difference {
    my ($look, $known, $setting) = @_;
    my ($secrets, $option) = ($look->{secrets}, $setting->{option});
    my ($name) = $setting->{reference} =~ /^([^#]+)/;
    my $is   = $look->{host}->read($setting->{kept}) // return Verdict::difference($option, 'absent', "secret $setting->{reference}");
    my $ours = $known && defined $known->{values}{"seal:$option"};
    if ($secrets->has($name)) {
        return undef if holds($is, $secrets->value($setting->{reference}));
        return Verdict::difference($option, 'a key that is not ours', "secret $setting->{reference}", 'impossible', refused => 1) if $option eq 'encryption-key' && !$ours;
        return Verdict::difference($option, 'another', "secret $setting->{reference}");
    }
    return Verdict::difference($option, 'not known', "secret $setting->{reference}") unless $ours;
    return Verdict::difference($option, 'as it was', "secret $setting->{reference}, rotated") if $secrets->rotated($known, $name);
    return Verdict::difference($option, 'changed on the host', "secret $setting->{reference}")
        if ($secrets->seal($setting->{kept}, $is) // '') ne $known->{values}{"seal:$option"};
    return undef;
}

# Proxmox writes a value with or without a name before it and a line end behind it, depending on the type.
sub holds {
    my ($text, $value) = @_;
    return $text =~ /\A(?:password=)?\Q$value\E\n*\z/;
}

# The words for these settings, and the file of what pvesm reads on standard input. The one that has no value goes last.
sub words {
    my ($folder, @settings) = @_;
    my @files = map { ("--$_->{option}", place($folder, $_)) } grep { $_->{by} eq 'file' } @settings;
    my ($line) = grep { $_->{by} eq 'line' } @settings;
    return ([ @files, $line ? "--$line->{option}" : () ], $line ? place($folder, $line) : '');
}

sub place { my ($folder, $setting) = @_; return "$folder/storage-$setting->{option}" }

# What pvesm will be given, by option. Dies where it would read something else than the value.
sub contents {
    my ($secrets, @settings) = @_;
    my %contents;
    for my $setting (@settings) {
        my $value = $secrets->value($setting->{reference});
        die "secret $setting->{reference} cannot be the $setting->{option} of a storage: pvesm takes one line of printable ASCII\n"
            if $setting->{by} eq 'line' && $value !~ /\A[\x20-\x7e]+\z/;
        $contents{ $setting->{option} } = $value . ($setting->{by} eq 'line' ? "\n" : '');
    }
    return %contents;
}

# Values of the journal record of a step that was just found to be as it should be.
sub record {
    my ($step, $look) = @_;
    my $secrets = $look->{secrets};
    return ($secrets->record(Secrets::of_step($step)),
        map { "seal:$_->{option}=" . $secrets->seal($_->{kept}, $look->{host}->read($_->{kept}) // '') } of_step($step));
}

1;
