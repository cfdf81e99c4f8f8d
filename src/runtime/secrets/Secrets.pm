package Secrets;

# The secrets of an assembly. Most of a run knows them by their ciphertexts alone: the journal knows what value each ciphertext had, by a seal, and a
# seal of what was written, so that a plan notices a new secret, a new text and a file that somebody changed without decrypting anything.
#
# Values exist only in the engine of an `apply` that has to write some of them, after Unlock.pm was here.

use strict;
use warnings;
use Digest::SHA;
use Unknown;

# root (prefix of all host paths), app, folder (of the ciphertexts), journal.
sub new {
    my ($class, %given) = @_;
    return bless { hashes => {}, contents => {}, %given }, $class;
}

# Names in the vault of the secrets that a step uses, in order, each once.
sub of_step {
    my ($step) = @_;
    my %seen;
    my $at = $step->{kind} eq 'storage' ? 2 : 1;
    return grep { !$seen{$_}++ } map { $_->[$at] =~ s/#.*//sr } grep { $_->[0] eq 'secret' } @{ $step->{options} };
}

# ---- What is known without values

sub place_of {
    my ($self, $name) = @_;
    return "$self->{folder}/$name.asc";
}

# SHA-256 of a ciphertext; undef if the assembly has none of this name.
sub hash {
    my ($self, $name) = @_;
    $self->{hashes}{$name} = HostFiles::hash_of($self->place_of($name), 'sha256', "the ciphertext of secret $name") unless exists $self->{hashes}{$name};
    return $self->{hashes}{$name};
}

# Why nothing can be decrypted on this host, as far as a look tells; undef if there may be a key.
sub keyless {
    my ($self) = @_;
    return undef if -d $self->key_home;
    return 'this host has no key to decrypt secrets with yet: `phoenix secrets host-key` says how to make one';
}

sub key_home { return $ENV{PHOENIX_GNUPGHOME} // "$_[0]{root}/var/lib/phoenix/gnupg" }

# A verdict on a step whose secrets the assembly lacks; undef if it has them all.
sub lacking {
    my ($self, @names) = @_;
    my @missing = grep { !defined $self->hash($_) } @names or return undef;
    return Verdict::refused("the vault has no @{[ @missing > 1 ? 'secrets' : 'secret' ]} @missing: phoenix secrets set $missing[0], and synthesize again");
}

# What a value goes by: its seal, if the journal knows the ciphertext; undef if that is new. Encrypted anew (rekey) a value stays the same.
sub identity {
    my ($self, $name) = @_;
    my $known = $self->{journal}{secret}{$name} // return undef;
    return $known->{hash} eq ($self->hash($name) // '') ? $known->{seal} : undef;
}

# Values of a journal record that say what was used.
sub record {
    my ($self, @names) = @_;
    return map { "secret:$_=" . ($self->identity($_) // '-') } @names;
}

# Those of the names whose value is another one than the journal's record says, or may be.
sub rotated {
    my ($self, $known, @names) = @_;
    return grep { ($known->{values}{"secret:$_"} // '') ne ($self->identity($_) // 'new') } @names;
}

# One digest of a given one and the values of these names; without names it stays what it was.
sub digest_with {
    my ($self, $digest, @names) = @_;
    return $digest unless @names;
    return Digest::SHA::sha256_hex(join "\0", $digest, map { "$_ " . ($self->identity($_) // 'new') } @names);
}

# ---- Seals

# What tells a content of a place from every other, and tells nobody without this host's key what it is: a plain hash of a short secret could be
# found by trying. Undef while there is no key.
sub seal {
    my ($self, $place, $content) = @_;
    my $key = $self->seal_key // return undef;
    return Digest::SHA::hmac_sha256_hex("$place\0$content", $key);
}

sub seal_key {
    my ($self) = @_;
    return $self->{seal_key} //= Host->new(root => $self->{root})->read($self->seal_key_path);
}

sub seal_key_path { return "/var/lib/phoenix/$_[0]{app}/mac.key" }

sub make_seal_key {
    my ($self) = @_;
    return if defined $self->seal_key;
    open my $random, '<:raw', '/dev/urandom' or die "cannot open /dev/urandom: $!\n";
    sysread($random, my $key, 32) == 32 or die "cannot read /dev/urandom: $!\n";
    require Write;
    my $place = $self->{root} . $self->seal_key_path;
    Write::folder($place =~ s{/[^/]*$}{}r, 0700);
    Write::whole($place, $key, mode => 0600);
    $self->{seal_key} = $key;
}

# Takes values that were decrypted, and writes down which ciphertexts they came from. True if one of those was new.
sub take {
    my ($self, $contents) = @_;
    $self->{contents} = $contents;
    $self->make_seal_key;
    my $news = 0;
    for my $name (sort keys %$contents) {
        my $seal = $self->seal("secret $name", $contents->{$name});
        next if ($self->identity($name) // '') eq $seal;
        $self->{journal}->append('secret', $name, $self->hash($name), $seal);
        $news = 1;
    }
    return $news;
}

# ---- What is known with values

# Whether the values of these names are at hand.
sub has {
    my ($self, @names) = @_;
    return !grep { !defined $self->{contents}{$_} } @names;
}

# The value of `name` or of `name#field`.
sub value {
    my ($self, $reference) = @_;
    my ($name, $field) = split /#/, $reference, 2;
    my $content = $self->{contents}{$name} // die "secret $name was not decrypted\n";
    require SecretText;
    return eval { SecretText::field($content, $field) } // die "secret $reference: $@";
}

# A text with the values in the places of its secrets. A place of a secret that the step does not name is somebody's mistake or worse.
sub filled {
    my ($self, $text, @names) = @_;
    my %named = map { $_ => 1 } @names;
    require SecretText;
    $text =~ s{\@\@phoenix-secret:([a-z]+):([^\@#]+)((?:#[^\@]+)?)\@\@}{
        $named{$2} or die "the file has a place for secret $2, which its step does not name\n";
        my ($encoding, $reference) = ($1, "$2$3");
        eval { SecretText::written($encoding, $self->value($reference)) } // die $@ =~ /^secret / ? $@ : "secret $reference: $@"
    }ge;
    return $text;
}

# A text for people and for logs, without any of the values in any of the forms in which they are written. What is shorter than four bytes is
# left: it cannot be told from other text.
sub redacted {
    my ($self, $text) = @_;
    return $text unless defined $text && keys %{ $self->{contents} };
    $self->{forms} //= [ $self->forms ];
    my $pattern = $self->{pattern} //= join '|', map { quotemeta $_->[0] } @{ $self->{forms} };
    return $text if $pattern eq '';
    my $name_of = $self->{name_of} //= { map { @$_ } reverse @{ $self->{forms} } };
    $text =~ s/($pattern)/[secret $name_of->{$1}]/g;
    return $text;
}

# [form, name], …, longest first.
sub forms {
    my ($self) = @_;
    my %names;
    for my $name (sort keys %{ $self->{contents} }) {
        my @parts = ($self->{contents}{$name} =~ s/\r?\n\z//r);
        for my $line (split /\r?\n/, $parts[0]) {
            push @parts, $line;
            push @parts, $1 if $line =~ /^[^:]+:[ \t]*(\S.*?)[ \t]*\z/;
        }
        for my $part (@parts) {
            $names{$_} //= $name for grep { length $_ >= 4 } map { eval { SecretText::written($_, $part) } // () } qw(raw json yaml env systemd);
        }
    }
    return map { [ $_, $names{$_} ] } sort { length $b <=> length $a || $a cmp $b } keys %names;
}

1;
