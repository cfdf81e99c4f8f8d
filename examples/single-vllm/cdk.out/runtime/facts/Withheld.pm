package Withheld;

# What of a host's files does not leave it with its facts: secrets, what looks like one, and people's notes.
#
# Each function gives the lines that are left, and what was taken out of them by name. A value becomes the ten stars that Proxmox itself shows in the
# place of a password; `**********` in facts thus always means that there is a value and that it is not told. Better too much than too little.

use strict;
use warnings;
use GuestConf;

my $stars = '**********';

# Names whose value nobody else should read. `TOKENIZERS`, `MAX_TOKENS` and `PASSWORD_FILE` are none.
my $telling = qr/[\w.\-]*(?:passw(?:or)?d|passphrase|pass|secret|token|credentials?|keyring|psk|(?:api|access|private|secret|encryption|auth|wireless|license)[_-]?key|[_-](?:key|auth|pwd|pw))/i;

# Shapes that issuers give their tokens, hashes of passwords, and keys of SSH.
my $shape = qr{
    -----BEGIN\ (?:[A-Z]+\ )*PRIVATE\ KEY.* | AGE-SECRET-KEY-1[0-9A-Z]+ | \bhf_[A-Za-z0-9]{20,} | \bgh[pousr]_[A-Za-z0-9]{20,} | \bgithub_pat_\w{20,}
    | \bglpat-[\w\-]{20,} | \bsk-[\w\-]{20,} | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b | \bAIza[\w\-]{35} | \bxox[abprs]-[\w\-]{10,} | \bnpm_[A-Za-z0-9]{36}
    | \beyJ[\w\-]{10,}\.[\w\-.]+ | \$(?:1|5|6|y|2[aby])\$[^\s:,"']+ | \b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[\w\-]+|sk-[\w\-]+\@openssh\.com)(?:\s+|%20)AAAA\S+
}x;

# A line without the values that are secret or look like it.
sub line {
    my ($line) = @_;
    $line =~ s/($telling["']?\s*[:=]\s*["']?)(?=[^\s"']).*/$1$stars/;
    $line =~ s/^(\s+$telling\s+)\S.*/$1$stars/;
    $line =~ s{(://[^\s/:@]+:)[^\s/@]+(?=@)}{$1$stars}g;
    $line =~ s/$shape/$stars/g;
    return $line;
}

# Values of named options, as in an entry of storage.cfg.
sub options {
    my ($options) = @_;
    return { map { $_ => line("\t$_ $options->{$_}") =~ s/^\t\S+ ?//r } keys %$options };
}

# Any other file: all of its lines.
sub text {
    my ($text) = @_;
    my @lines = split /\n/, $text;
    my @left  = map { line($_) } @lines;
    return (\@left, told(map { $left[$_] eq $lines[$_] ? () : name_of($lines[$_]) } 0 .. $#lines));
}

# Interfaces have notes, too: their comments.
sub interfaces {
    my ($text) = @_;
    my @notes = $text =~ /^\s*#/m ? 'notes' : ();
    my ($lines, @what) = text(join "\n", grep { !/^\s*#/ } split /\n/, $text);
    return ($lines, told(@notes, @what));
}

my %secret_keys = map { $_ => 1 } qw(cipassword sshkeys);

# The config of a guest. Of its notes only our line, which says whose it is; of snapshots and of what Proxmox keeps for cloud-init only the names.
sub guest_conf {
    my ($text) = @_;
    my (@left, @what);
    my $told = 1;
    for my $line (split /\n/, $text) {
        if    ($line =~ /^\[([^\]]+)\]\s*$/)                  { $told = $1 =~ /^(?:pve:pending|PENDING)$/; push @left, $line }
        elsif ($line =~ /^#(.*)/)                             { if ($told && GuestConf::decoded($1) =~ /^phoenix-cdk app=\S+ path=.* vmid=\d+\s*$/) { push @left, $line } else { push @what, 'notes' } }
        elsif (!$told)                                        { next }
        elsif ($line =~ /^(\w+):/ && $secret_keys{$1})        { push @left, "$1: $stars"; push @what, $1 }
        elsif ($line =~ /^(args):.*(?:secret|passw)/i)        { push @left, "$1: $stars"; push @what, $1 }
        else {
            push @left, line($line);
            push @what, name_of($line) if $left[-1] ne $line;
        }
    }
    return (\@left, told(@what));
}

# What people know a line by: its key, or the first word.
sub name_of {
    my ($line) = @_;
    my ($name) = $line =~ /^\s*([\w.\-]+)/ or return 'a line';
    return $name;
}

# Each once, in order.
sub told { my %seen; return sort grep { !$seen{$_}++ } @_ }

1;
