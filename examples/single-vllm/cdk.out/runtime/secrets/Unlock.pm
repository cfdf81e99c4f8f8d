package Unlock;

# Decrypts secrets with gpg and this host's key, and believes none of them before it was looked at: whole, of the right name, not empty, and by a
# key that is still valid. Nothing is written anywhere; values stay in this process.

use strict;
use warnings;

my $most_bytes = 1_048_576;

# Name => content of each, and notes for people. Dies with everything that is wrong with any of them.
sub all {
    my ($secrets, @names) = @_;
    my $home = key_home($secrets);
    my %keys = keys_in($home);
    my (%contents, @notes, @troubles);
    for my $name (@names) {
        my ($content, $note) = eval { one($home, \%keys, $name, $secrets->place_of($name)) };
        if (defined $content) {
            $contents{$name} = $content;
            push @notes, $note if defined $note;
        }
        else { push @troubles, "secret $name $@" }
    }
    stop_agent($home);
    die join('', @troubles) if @troubles;
    return (\%contents, \@notes, @names + 2);
}

# ---- The key

sub key_home {
    my ($secrets) = @_;
    my $keyless = $secrets->keyless;
    die "$keyless\n" if defined $keyless;
    my $home  = $secrets->key_home;
    my $shown = $home =~ s/^\Q$secrets->{root}\E//r;
    my @stat  = stat $home or die "cannot look at $shown: $!\n";
    die sprintf "%s may be read by others (mode %04o): chmod 0700 %s\n", $shown, $stat[2] & 07777, $shown if $stat[2] & 077;
    return $home;
}

# Fingerprint of each secret key and subkey => { fingerprint of the key itself, why it is no good }.
sub keys_in {
    my ($home) = @_;
    my ($exit, $out, $said) = gpg($home, '--with-colons', '--list-secret-keys');
    die "gpg is not on this host: apt install gnupg\n" if $exit == 127;
    my (%keys, $main, $bad);
    for (split /\n/, $out) {
        my @field = split /:/;
        if ($field[0] eq 'sec') { undef $main }
        if ($field[0] =~ /^(?:sec|ssb)$/) {
            $bad = $field[1] eq 'e' ? 'expired on ' . day($field[6]) : $field[1] eq 'r' ? 'was revoked' : undef;
        }
        if ($field[0] eq 'fpr') {
            $main //= $field[9];
            $keys{ $field[9] } = { main => $main, bad => $bad // ($keys{$main} && $keys{$main}{bad}) };
        }
    }
    die "this host has no key to decrypt secrets with yet: `phoenix secrets host-key` says how to make one" . ($exit ? " (gpg: " . last_word($said) . ')' : '') . "\n"
        unless %keys;
    return %keys;
}

sub day {
    my @part = gmtime $_[0];
    return sprintf '%04d-%02d-%02d', $part[5] + 1900, $part[4] + 1, $part[3];
}

# ---- One secret

sub one {
    my ($home, $keys, $name, $place) = @_;
    my ($exit, $content, $said) = gpg($home, '--decrypt', $place);
    my %status;
    push @{ $status{$1} }, $2 while $said =~ /^\[GNUPG:\] (\S+) ?(.*)$/mg;
    my $restore = "put back its ciphertext as it was, or `phoenix secrets set $name`, and synthesize again";
    unless ($status{DECRYPTION_KEY} && $status{DECRYPTION_OKAY}) {
        die "is no whole OpenPGP message: it is empty or was cut short; $restore\n" unless $status{ENC_TO};
        my $to = join ', ', map { (split ' ')[0] } @{ $status{ENC_TO} };
        die "is not for this host: it is encrypted to $to; give it this host's key: `phoenix secrets rekey --add KEYFILE`, and synthesize again\n"
            if $status{NO_SECKEY} && !$status{DECRYPTION_KEY};
        die "cannot be decrypted: this host's key has a passphrase, which nobody is there to type; `phoenix secrets host-key` says how to make one without\n"
            if grep({ /^pkdecrypt_failed/ } @{ $status{ERROR} // [] }) && $said =~ /pinentry|passphrase|cancel/i;
    }
    my ($info) = @{ $status{DECRYPTION_INFO} // [''] };
    my ($mdc, undef, $aead) = split ' ', $info;
    die "was changed or cut short since it was encrypted; $restore (gpg: " . last_word($said) . ")\n"
        if $exit != 0 || !$status{DECRYPTION_OKAY} || $status{BADMDC} || !($mdc || $aead);
    check_key($keys, split ' ', $status{DECRYPTION_KEY}[0] // '');
    my @literals = @{ $status{PLAINTEXT} // [] };
    die "holds " . @literals . " messages instead of one; $restore\n" if @literals != 1;
    my $bound = (split ' ', $literals[0], 3)[2] // '';
    $bound =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    # `pass` leaves the name of its temporary file there, or none; a name of ours is meant.
    die "holds what was encrypted as `$1`: ciphertexts were exchanged; $restore\n" if $bound =~ /^phoenix:(.*)/s && $1 ne $name;
    die "is longer than 1 MiB; $restore\n" if length $content > $most_bytes;
    die "is empty; `phoenix secrets set $name`, and synthesize again\n" if $content =~ /^\s*\z/;
    return ($content, $bound =~ /^phoenix:/ ? undef : "secret $name is not bound to its name, so another one in its place would not be noticed: `phoenix secrets rekey --all`");
}

sub check_key {
    my ($keys, $fingerprint) = @_;
    my $key = $keys->{ $fingerprint // '' } // die "was decrypted by a key that is not this host's\n";
    die "is for the key $key->{main} of this host, which $key->{bad}: give it more time (gpg --quick-set-expire) or make a new one, as `phoenix secrets host-key` says\n"
        if defined $key->{bad};
}

# ---- gpg

# Exit code, what it wrote, and what it said (status lines and messages).
sub gpg {
    my ($home, @words) = @_;
    # both ends are to be inherited: the child closes what is not its own, and gpg gets the number of one
    local $^F = 1024;
    pipe my $out_of, my $out_to or die "cannot make a pipe: $!\n";
    pipe my $said_of, my $said_to or die "cannot make a pipe: $!\n";
    my $pid = fork // die "cannot fork: $!\n";
    unless ($pid) {
        close $_ for $out_of, $said_of;
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>&', $out_to;
        open STDERR, '>&', $said_to;
        close $out_to;
        @ENV{qw(LC_ALL LANGUAGE)} = ('C', '');
        delete @ENV{qw(GPG_TTY DISPLAY)};
        my @always = (qw(--batch --no-tty --no-options --no-auto-check-trustdb --pinentry-mode error --max-output), $most_bytes + 1);
        { no warnings 'exec'; exec 'gpg', '--homedir', $home, @always, '--status-fd', fileno $said_to, @words; }
        require POSIX;
        POSIX::_exit(127);
    }
    close $_ for $out_to, $said_to;
    local $/;
    my $out  = <$out_of>  // '';
    my $said = <$said_of> // '';
    waitpid $pid, 0;
    return ($? >> 8 || ($? & 127 ? 128 : 0), $out, $said);
}

# gpg leaves an agent behind, which keeps the key in memory for nobody.
sub stop_agent {
    my ($home) = @_;
    my $pid = fork // return;
    unless ($pid) {
        open STDIN, '<', '/dev/null';
        open $_, '>', '/dev/null' for *STDOUT, *STDERR;
        { no warnings 'exec'; exec 'gpgconf', '--homedir', $home, '--kill', 'gpg-agent'; }
        require POSIX;
        POSIX::_exit(127);
    }
    waitpid $pid, 0;
}

# The last thing that gpg said in words.
sub last_word {
    my ($said) = @_;
    my ($last) = reverse grep { $_ ne '' && !/^\[GNUPG:\]/ } split /\n/, $said;
    return ($last // 'it said nothing') =~ s/^gpg: //r;
}

1;
