package Journal;

# What this app did on this host, in the order in which it happened: /var/lib/phoenix/<app>/journal.
#
#   phoenix-journal 1
#   intent   STEP RUN SECONDS DIGEST      about to be done; written and synced before the doing
#   guest    VMID TYPE GUID VOLUME DIGEST  ours, with what it is known by (Ownership.pm; `-` where there is nothing) and what it was made from: digest of a template, or archive
#   moved    VMID GUID VOLUME             its root disk was moved: it is known by the new one from now on, and so is what was done inside
#   applied  STEP GUID DIGEST KEY=VALUE …  done, with the values that were set; what a guest holds inside is bound to its root disk
#   sealed   VMID DIGEST                  made a template for good
#   restart  VMID LIFE                    something set waits for a restart of this life of the guest
#   restarted VMID                        it was restarted by us
#   started  VMID LIFE DIGEST             a machine was started by us, and read documents of this digest
#   secret   NAME HASH SEAL              this ciphertext has this value, by the seals of Secrets.pm
#   sound    VMID WRITTEN                 what was done inside was seen to be there, when its config was written so (Inside.pm)
#   made     STEP KIND KNOWN RESOURCE NAME …  made by us, what it is known by, and what names it (Made.pm)
#   gone     ID                           forgotten: a step or a guest
#
# Values of a step with secrets: `secret:NAME` is the seal of the value that was used, `seal` (of a storage `seal:OPTION`, in a guest `seal:PATH`) what
# Secrets.pm tells a changed file by. Of what was done inside a guest, `stamp` and `at` (seconds) are for Inside.pm. Readers that do not know these
# and `secret` go by the rest, and what they lose is found out anew: no new version. One that does not know `made` removes nothing.
#
# Fields are separated by tabs, percent-encoded. A last line without its end was being written when the power went, and never happened.

use strict;
use warnings;
use Unknown;

my $version = 1;
my @tables  = qw(intent guest applied sealed restart started secret sound made);

sub tables { return @tables }

sub new {
    my ($class, $root, $app) = @_;
    my $self = bless { path => "$root/var/lib/phoenix/$app/journal", shown => "/var/lib/phoenix/$app/journal" }, $class;
    $self->load;
    return $self;
}

sub load {
    my ($self) = @_;
    $self->{$_} = {} for @tables;
    @$self{qw(exists lines kept)} = (0, 0, 0);
    my $handle;
    unless (open $handle, '<:raw', $self->{path}) {
        return if $!{ENOENT} || $!{ENOTDIR};
        Unknown::because("cannot read the journal $self->{shown}: $!");
    }
    local $/;
    my $text = <$handle> // '';
    $self->{kept} = rindex($text, "\n") + 1;
    my @lines = split /\n/, substr $text, 0, $self->{kept};
    return unless @lines;
    my $head = shift @lines;
    $head =~ /^phoenix-journal (\d+)$/ or Unknown::because("$self->{shown} is no journal of ours");
    Unknown::because("$self->{shown} has version $1, this applier reads up to $version: use the applier that wrote it, or a newer one") if $1 > $version;
    $self->{exists} = 1;
    $self->{lines}  = @lines;
    for my $line (@lines) {
        my @fields = split /\t/, $line, -1;
        if (index($line, '%') >= 0) { $_ = decoded($_) for @fields }
        $self->note(@fields);
    }
}

my %note = (
    intent => sub { my ($self, $id, @rest) = @_; @{ $self->{intent}{$id} }{qw(run seconds digest)} = @rest },
    guest  => sub {
        my ($self, $vmid, @rest) = @_;
        my $former = $self->{guest}{$vmid};
        if ($former && !same_identity($former->{guid}, $rest[1])) { delete $self->{$_}{$vmid} for qw(sealed restart started sound) }
        @{ $self->{guest}{$vmid} = {} }{qw(type guid volume digest)} = @rest;
    },
    applied => sub {
        my ($self, $id, $guid, $digest, @values) = @_;
        $self->{applied}{$id} = { guid => $guid, digest => $digest, values => { map { /^([^=]*)=(.*)$/s ? ($1, $2) : () } @values } };
        delete $self->{intent}{$id};
    },
    moved => sub {
        my ($self, $vmid, @rest) = @_;
        my $guest = $self->{guest}{$vmid} // return;
        for my $id (grep { m{^guest/$vmid/} } keys %{ $self->{applied} }) {
            $self->{applied}{$id}{guid} = $rest[0] if $self->{applied}{$id}{guid} eq $guest->{guid};
        }
        @$guest{qw(guid volume)} = @rest;
    },
    sealed    => sub { my ($self, $vmid, $digest) = @_; $self->{sealed}{$vmid}  = $digest },
    restart   => sub { my ($self, $vmid, $life)   = @_; $self->{restart}{$vmid} = $life },
    started   => sub { my ($self, $vmid, @rest)   = @_; @{ $self->{started}{$vmid} = {} }{qw(life digest)} = @rest },
    sound     => sub { my ($self, $vmid, $written) = @_; $self->{sound}{$vmid} = $written },
    secret    => sub { my ($self, $name, @rest)   = @_; @{ $self->{secret}{$name} = {} }{qw(hash seal)} = @rest },
    restarted => sub { my ($self, $vmid) = @_; delete $self->{restart}{$vmid} },
    made      => sub { my ($self, $id, $kind, $known, $resource, @words) = @_; $self->{made}{$id} = { kind => $kind, known => $known, resource => $resource, words => \@words } },
    gone      => sub { my ($self, $id) = @_; delete $self->{$_}{$id} for @tables },
);

sub note {
    my ($self, $kind, @fields) = @_;
    my $take = $note{$kind} // return;
    $take->($self, @fields);
}

# As append_all, one record.
sub append {
    my ($self, @fields) = @_;
    $self->append_all(\@fields);
}

# Adds records, and does not return before they are on the disk.
sub append_all {
    my ($self, @records) = @_;
    return unless @records;
    require Write;
    unless ($self->{exists}) {
        Write::folder($self->{path} =~ s{/[^/]*$}{}r, 0700);
        Write::whole($self->{path}, "phoenix-journal $version\n", mode => 0600);
        @$self{qw(exists kept)} = (1, -s $self->{path});
    }
    my $lines = join '', map { join("\t", map { encoded($_) } @$_) . "\n" } @records;
    open my $handle, '+<:raw', $self->{path} or die "cannot write the journal $self->{shown}: $!\n";
    truncate $handle, $self->{kept} or die "cannot write the journal $self->{shown}: $!\n";
    sysseek $handle, 0, 2;
    my $wrote = syswrite $handle, $lines;
    die "cannot write the journal $self->{shown}: $!\n" unless defined $wrote && $wrote == length $lines && Write::synced($handle);
    $self->{kept} += $wrote;
    $self->{lines} += @records;
    $self->note(@$_) for @records;
}

# Only what still counts, in a fresh file; done when the old one has grown well beyond that.
sub compact {
    my ($self) = @_;
    return unless $self->{exists};
    my @records;
    my $table = sub { my ($kind) = @_; map { [ $_, $self->{$kind}{$_} ] } sort keys %{ $self->{$kind} } };
    push @records, [ 'guest', $_->[0], @{ $_->[1] }{qw(type guid volume digest)} ] for $table->('guest');
    push @records, [ 'sealed', @$_ ] for $table->('sealed');
    for my $entry ($table->('applied')) {
        my ($id, $applied) = @$entry;
        my $values = $applied->{values};
        push @records, [ 'applied', $id, @$applied{qw(guid digest)}, map { "$_=$values->{$_}" } sort keys %$values ];
    }
    push @records, [ 'restart', @$_ ] for $table->('restart');
    push @records, [ 'started', $_->[0], @{ $_->[1] }{qw(life digest)} ] for $table->('started');
    push @records, [ 'secret', $_->[0], @{ $_->[1] }{qw(hash seal)} ] for $table->('secret');
    push @records, [ 'sound', @$_ ] for $table->('sound');
    push @records, [ 'made', $_->[0], @{ $_->[1] }{qw(kind known resource)}, @{ $_->[1]{words} } ] for $table->('made');
    push @records, [ 'intent', $_->[0], @{ $_->[1] }{qw(run seconds digest)} ] for $table->('intent');
    return if $self->{lines} <= @records;
    my $text = join '', "phoenix-journal $version\n", map { join("\t", map { encoded($_) } @$_) . "\n" } @records;
    require Write;
    Write::whole($self->{path}, $text, mode => 0600);
    @$self{qw(kept lines)} = (length $text, scalar @records);
}

# The record of a step, if it is about the guest that is there now, by any of the identities that it goes by.
sub applied_to {
    my ($self, $id, @identities) = @_;
    my $applied = $self->{applied}{$id} // return undef;
    return $applied if !@identities || $applied->{guid} eq '-';
    return scalar(grep { same_identity($applied->{guid}, $_) } @identities) ? $applied : undef;
}

# True of what was made in the moments after an intent was written down, by the call that it announced: what is older or younger is somebody's. The
# kernel's clock for files and datasets may be a tick behind ours; `moments` are those of a call that writes to a file as long as it works.
sub announces {
    my ($intent, $made_at, $moments) = @_;
    return $made_at >= $intent->{seconds} - 1 && $made_at <= $intent->{seconds} + ($moments // 180);
}

# Two identities of a guest name the same one: the guid of a disk, or `uuid:` and the UUIDs of a machine, of which one may have been changed.
sub same_identity {
    my ($one, $other) = @_;
    return 1 if $one eq $other;
    return 0 unless $one =~ /^uuid:/ && $other =~ /^uuid:/;
    my %uuids = map { $_ => 1 } uuids_of($one);
    return scalar grep { $uuids{$_} } uuids_of($other);
}

sub uuids_of { return grep { $_ ne '' } split m{/}, $_[0] =~ s/^uuid://r }

sub encoded {
    my ($text) = @_;
    $text = '' unless defined $text;
    $text =~ s/([%\x00-\x1f])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

sub decoded {
    my ($text) = @_;
    $text =~ s/%([0-9A-F]{2})/chr hex $1/ge;
    return $text;
}

1;
