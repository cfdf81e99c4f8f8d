package Sim::GuestFiles;
# The small programs that are really done inside a guest's folders.
use strict;
use warnings;

use Sim::Failure;
use Sim::Faults;
use Sim::Guest;
use Sim::Node;

# Options of tar that change nothing here, and those that are passed on.
my $TAR_IGNORED = qr/^--(?:numeric-owner|(?:no-)?same-owner|(?:preserve|same)-permissions|warning=.*)\z/;
my $TAR_PASSED  = qr/^--(?:overwrite|no-overwrite-dir|keep-directory-symlink|unlink-first|recursive-unlink
    |strip-components=\d+|touch)\z/x;

my %PROGRAM = (
    true => sub { 0 }, false => sub { 1 }, ':' => sub { 0 },
    cat => \&cat, sha256sum => \&sha256sum, test => \&test, '[' => \&test, stat => \&stat_format,
    tar => \&tar, mkdir => \&make_folders, rm => \&remove, mv => \&move, readlink => \&read_link,
);

# Exit code; 127 when the guest has no such program, undef when it might and is not simulated.
sub run {
    my ($vmid, $record, $name, @argv) = @_;
    my $short = $name =~ s{^/(?:usr/)?s?bin/}{}r;
    my $program = $PROGRAM{$short};
    return $program->($vmid, $record, @argv) if $program;
    return 127 if $name =~ m{^nosuch};
    return undef;
}

sub inside { return Sim::Guest::inner_path($_[0], $_[1]) }

# Absolute inside the guest; a relative one starts at its root.
sub absolute { my ($path) = @_; return $path =~ m{^/} ? $path : "/$path" }

sub cat {
    my ($vmid, undef, @files) = @_;
    if (!@files) { binmode STDIN; local $/; print scalar(<STDIN>) // ''; return 0 }
    my $exit = 0;
    for my $file (@files) {
        my $text = Sim::Node::slurp(inside($vmid, absolute($file)));
        if (defined $text) { print $text }
        else { print STDERR "cat: $file: No such file or directory\n"; $exit = 1 }
    }
    return $exit;
}

sub sha256sum {
    my ($vmid, undef, @argv) = @_;
    my %option;
    while (@argv && $argv[0] =~ /^-./) {
        my $word = shift @argv;
        last if $word eq '--';
        $word =~ /^(?:-c|--check|--status|--quiet|--strict|-b|--binary)\z/ or not_simulated("sha256sum $word");
        $option{$word} = 1;
    }
    return check_sums($vmid, \%option, @argv) if $option{'-c'} || $option{'--check'};
    my $exit = 0;
    for my $file (@argv) {
        my $sum = sum_of($vmid, $file);
        if (defined $sum) { print "$sum  $file\n" }
        else { print STDERR "sha256sum: $file: No such file or directory\n"; $exit = 1 }
    }
    return $exit;
}

sub sum_of {
    my ($vmid, $file) = @_;
    require Digest::SHA;
    my $text = Sim::Node::slurp(inside($vmid, absolute($file)));
    return defined $text ? Digest::SHA::sha256_hex($text) : undef;
}

sub check_sums {
    my ($vmid, $option, $list) = @_;
    my $text = !defined $list || $list eq '-' ? do { local $/; <STDIN> } : Sim::Node::slurp(inside($vmid, $list));
    my $exit = 0;
    for (split /\n/, $text // '') {
        my ($sum, $file) = /^([0-9a-f]{64}) [ *](.*)\z/ or next;
        my $good = (sum_of($vmid, $file) // '') eq $sum;
        $exit = 1 if !$good;
        next if $option->{'--status'} || $good && $option->{'--quiet'};
        print "$file: " . ($good ? 'OK' : 'FAILED') . "\n";
    }
    return $exit;
}

sub test {
    my ($vmid, undef, @argv) = @_;
    pop @argv if @argv && $argv[-1] eq ']';
    my $negate = @argv && $argv[0] eq '!' ? shift @argv : 0;
    my ($operator, $path) = @argv;
    my %check = (
        '-e' => sub { -e $_[0] }, '-f' => sub { -f $_[0] }, '-d' => sub { -d $_[0] }, '-s' => sub { -s $_[0] },
        '-x' => sub { -x $_[0] }, '-r' => sub { -r $_[0] }, '-L' => sub { -l $_[0] }, '-h' => sub { -l $_[0] },
    );
    not_simulated("test @argv") if @argv != 2 || !$check{$operator};
    my $truth = $check{$operator}->(inside($vmid, absolute($path)));
    return !!$truth == !!$negate ? 1 : 0;
}

sub stat_format {
    my ($vmid, undef, @argv) = @_;
    my $format = shift @argv // '';
    if    ($format eq '-c' || $format eq '--format')          { $format = shift @argv }
    elsif ($format =~ s/^--format=// || $format =~ s/^-c//)   { }
    else                                                      { not_simulated("stat $format") }
    my $exit = 0;
    for my $file (grep { $_ ne '--' } @argv) {
        my @found = lstat inside($vmid, absolute($file));
        if (!@found) {
            print STDERR "stat: cannot statx '$file': No such file or directory\n";
            $exit = 1;
            next;
        }
        my ($uid, $gid) = owner_of($vmid, $file);
        my %value = (a => sprintf('%o', $found[2] & 07777), u => $uid, g => $gid, s => $found[7],
            Y => $found[9], n => $file, i => $found[1], '%' => '%');
        (my $line = $format) =~ s/%(.)/$value{$1} \/\/ not_simulated("stat -c %$1")/ge;
        print "$line\n";
    }
    return $exit;
}

# The archive on stdin is kept, then unpacked by the machine's own tar. Owners inside are written down beside the guest: not everybody who runs
# a simulation may give files away.
sub tar {
    my ($vmid, $record, @argv) = @_;
    my ($extract, $folder, @pass) = (0, '/');
    while (@argv) {
        my $word = shift @argv;
        if ($word eq '-C' || $word eq '--directory')  { $folder = shift @argv }
        elsif ($word =~ /^--directory=(.*)\z/s)       { $folder = $1 }
        elsif ($word =~ /^-C(.+)\z/s)                 { $folder = $1 }
        elsif ($word eq '--extract' || $word eq '--get') { $extract = 1 }
        elsif ($word eq '-f' || $word eq '--file')    { shift @argv eq '-' or not_simulated('tar from a file') }
        elsif ($word eq '--file=-')                   { }
        elsif ($word =~ /^-?([xpmkfv]+)\z/)           { $extract ||= $1 =~ /x/; shift @argv if $1 =~ /f\z/ }
        elsif ($word =~ $TAR_IGNORED)                 { }
        elsif ($word =~ $TAR_PASSED)                  { push @pass, $word }
        else { not_simulated("tar $word") }
    }
    not_simulated('tar other than extracting') if !$extract;
    return unpack_archive($vmid, $record, $folder, @pass);
}

sub unpack_archive {
    my ($vmid, $record, $folder, @pass) = @_;
    my $archive = sprintf '%s/%04d.tar', Sim::GuestRun::folder(), $record;
    Sim::Node::spew($archive, Sim::GuestRun::from_stdin());
    my $target = inside($vmid, absolute($folder));
    if (!-d $target) {
        print STDERR "tar: $folder: Cannot open: No such file or directory\n",
            "tar: Error is not recoverable: exiting now\n";
        return 2;
    }
    my $part = $archive;
    if (Sim::Faults::strikes_in_the_middle()) {
        my $text = Sim::Node::slurp($archive);
        Sim::Node::spew($part = "$archive.half", substr $text, 0, length($text) / 2);
    }
    my $status = system 'tar', '-x', '-p', '--no-same-owner', @pass, '-f', $part, '-C', $target;
    Sim::Faults::middle();
    keep_owners($vmid, $folder, $archive) if $status == 0;
    return $status >> 8;
}

sub owners_file { return "$Sim::Node::state/inner-owners/$_[0]" }

sub keep_owners {
    my ($vmid, $folder, $archive) = @_;
    open my $list, '-|', 'tar', '-t', '-v', '--numeric-owner', '-f', $archive or die "cannot list $archive: $!\n";
    my %owner = map { m{^(\d+/\d+) (.*)$} ? ($2 => $1) : () } split /\n/, Sim::Node::slurp(owners_file($vmid)) // '';
    while (<$list>) {
        my ($owner, $name) = m{^\S+ (\d+/\d+) +\d+ \S+ \S+ (.*)$} or next;
        $owner{ absolute($folder eq '/' ? $name : "$folder/$name") } = $owner;
    }
    Sim::Node::spew(owners_file($vmid), join '', map { "$owner{$_} $_\n" } sort keys %owner);
}

# As seen inside; root's where nobody said otherwise.
sub owner_of {
    my ($vmid, $file) = @_;
    my @owner = (0, 0);
    for (split /\n/, Sim::Node::slurp(owners_file($vmid)) // '') {
        my ($uid, $gid, $path) = m{^(\d+)/(\d+) (.*)$} or next;
        @owner = ($uid, $gid) if $path eq absolute($file);
    }
    return @owner;
}

sub make_folders {
    my ($vmid, undef, @argv) = @_;
    my $parents = 0;
    while (@argv && $argv[0] =~ /^-/) {
        my $word = shift @argv;
        last if $word eq '--';
        if    ($word eq '-p' || $word eq '--parents') { $parents = 1 }
        elsif ($word eq '-m')                         { shift @argv }
        else                                          { not_simulated("mkdir $word") }
    }
    for my $folder (@argv) {
        my $target = inside($vmid, absolute($folder));
        if (-e $target && !$parents) {
            print STDERR "mkdir: cannot create directory '$folder': File exists\n";
            return 1;
        }
        Sim::Node::make_folder($target);
    }
    return 0;
}

sub remove {
    my ($vmid, undef, @argv) = @_;
    my ($force, $tree) = (0, 0);
    while (@argv && $argv[0] =~ /^-/) {
        my $word = shift @argv;
        last if $word eq '--';
        $word =~ /^-[rRf]+\z/ or not_simulated("rm $word");
        $force ||= $word =~ /f/;
        $tree  ||= $word =~ /r/i;
    }
    for my $path (@argv) {
        my $target = inside($vmid, absolute($path));
        if (!-e $target && !-l $target) {
            next if $force;
            print STDERR "rm: cannot remove '$path': No such file or directory\n";
            return 1;
        }
        if (-d $target && !$tree) {
            print STDERR "rm: cannot remove '$path': Is a directory\n";
            return 1;
        }
        Sim::Node::remove_tree($target);
    }
    return 0;
}

sub move {
    my ($vmid, undef, @argv) = @_;
    @argv = grep { !/^(?:-f|-T|--|-fT|-Tf)\z/ } @argv;
    not_simulated("mv @argv") if @argv != 2;
    my ($from, $to) = map { inside($vmid, absolute($_)) } @argv;
    return 0 if rename $from, $to;
    print STDERR "mv: cannot move '$argv[0]' to '$argv[1]': $!\n";
    return 1;
}

sub read_link {
    my ($vmid, undef, @argv) = @_;
    not_simulated("readlink @argv") if @argv != 1;
    my $target = readlink inside($vmid, absolute($argv[0]));
    return 1 if !defined $target;
    print "$target\n";
    return 0;
}

1;
