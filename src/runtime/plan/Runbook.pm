package Runbook;

# The steps of an assembly, read from its runbooks.
#
# A runbook is shell in which nothing but words can be said, and so it is read here as words and never run: calls of `stack` and `step`, each with
# its words bare or in single quotes, behind one sentence of preamble. Whatever else stands there is refused, by file and line.

use strict;
use warnings;
use Words;

# The runbooks of an assembly. Dies if there is none.
sub files {
    my ($assembly) = @_;
    opendir my $folder, "$assembly/stacks" or refuse_empty($assembly);
    my @runbooks = grep { -f } map { "$assembly/stacks/$_/runbook.sh" } sort grep { !/^\./ } readdir $folder;
    return @runbooks ? @runbooks : refuse_empty($assembly);
}

sub refuse_empty {
    my ($assembly) = @_;
    require Problem;
    Problem::stop({ code => 'assembly/empty', message => "there is no runbook below $assembly/stacks", value => $assembly, fix => 'make something in a stack of the program, then: phoenix synth' });
}

# The app of an assembly, by the first line of a stack; '' if there is no such line.
sub app {
    my ($assembly) = @_;
    my ($first) = files($assembly);
    return content($first) =~ /^stack [^\n]*?--app ([\w.-]+)/m ? $1 : '';
}

# Adds the stacks and steps of all runbooks of an assembly to a session.
sub read_all {
    my ($session, $assembly) = @_;
    $session->{sums} = sums($assembly);
    read_one($session, $_) for files($assembly);
}

# { path => sha256 } of what was synthesized together with the runbooks. A file that is taken later in the run may be another one by then.
sub sums {
    my ($assembly) = @_;
    my $text = -f "$assembly/manifest.json" ? content("$assembly/manifest.json") : '';
    return { $text =~ /"path":"([^"]+)","sha256":"([0-9a-f]{64})"/g };
}

# The bytes of a file of the assembly, as they were when the run began.
sub file_of {
    my ($session, $file) = @_;
    my $bytes = content($file);
    my $sum   = $session->{sums}{ substr $file, 1 + length $session->{assembly} } // return $bytes;
    require Digest::SHA;
    die "$file is not the file that was synthesized (sha256 differs): it was exchanged after the run began; run apply again\n" if Digest::SHA::sha256_hex($bytes) ne $sum;
    return $bytes;
}

my %call = (
    stack => sub { my ($session, $folder, @words) = @_; push @{ $session->{stacks} }, Words::stack($folder, @words) },
    step  => sub { my ($session, undef, @words) = @_; push @{ $session->{steps} }, Words::step($session->{stacks}[-1] // die("a step stands before the line of its stack\n"), @words) },
);

# What a call may be made of: bare characters, quotes, and line ends that are none. Nothing in it matches in two ways, so nothing is tried twice.
my $bare   = qr/[\w\@%+=:,.\/-]/a;
my $quoted = qr/'[^']*+'|\\'/;
my $call   = qr/(\w++)((?:(?:$bare| )++|$quoted|\\\n)*+)\n/a;
my $word   = qr/(?:$bare++|$quoted)++/;
my $idle   = qr/(?:#[^\n]*+)?+\n/;

sub read_one {
    my ($session, $file) = @_;
    my $folder = $file =~ s{/[^/]*$}{}r;
    my $text   = content($file);
    $text =~ /\A(?:#[^\n]*\n)*if [^\n]*\n  exec [^\n]*\nfi\n/gc;
    while ($text =~ /\G$idle*+$call/gc) {
        my $at = $-[1];
        my ($name, @words) = ($1, words($2));
        my $take = $call{$name} // refuse($file, \$text, $at, 'is no call of a runbook');
        eval { $take->($session, $folder, @words); 1 } or refuse($file, \$text, $at, $@);
    }
    $text =~ /\G$idle*+/gc;
    my $end = pos $text // 0;
    refuse($file, \$text, $end, 'is no call of a runbook') if $end < length $text;
}

sub words {
    my ($text) = @_;
    my @words = $text =~ /$word/g;
    return @words if index($text, "'") < 0;
    for (@words) { s/'([^']*)'|\\(')/$1 \/\/ $2/ge if index($_, "'") >= 0 }
    return @words;
}

sub refuse {
    my ($file, $text, $at, $why) = @_;
    chomp $why;
    my $line = 1 + (substr($$text, 0, $at) =~ tr/\n//);
    my ($said) = substr($$text, $at) =~ /\A([^\n]{0,60})/;
    require Problem;
    Problem::stop({
        code => 'assembly/invalid', path => "$file:$line",
        message => $why =~ /^is / ? "`$said` $why; it holds calls of `stack` and `step` with plain words, and is not run" : $why,
        fix => 'use the applier that came with it, or: phoenix synth',
    });
}

sub content {
    my ($file) = @_;
    open my $handle, '<:raw', $file or die "cannot read $file: $!\n";
    local $/;
    return <$handle> // '';
}

1;
