package Problem;

# What stops the applier, in the form that the command line of phoenix has for it (src/base/errors.ts): code, message, and where there are any the
# value that was refused, its place, and the way out. docs/errors.md lists the codes; those of `usage/` are mistakes of whoever called us.

use strict;
use warnings;
use overload '""' => sub { sentences(@{ $_[0]{problems} }) }, fallback => 1;

my @fields = qw(code message value path fix);

# Throws all that was found: { code, message, … }, …
sub stop {
    my (@problems) = @_;
    die bless { problems => \@problems }, 'Problem';
}

# The problems of whatever was thrown.
sub of {
    my ($thrown) = @_;
    return @{ $thrown->{problems} } if ref $thrown eq 'Problem';
    return { code => 'applier/unknown', message => $thrown->{reason} } if ref $thrown eq 'Unknown';
    chomp $thrown;
    return { code => 'applier/failed', message => $thrown };
}

# A line for each.
sub sentences {
    return join "\n", map { (defined $_->{path} ? "$_->{path}: " : '') . $_->{message} } @_;
}

# As words for bash, as many of each as there are fields, and back again.
sub words { return map { my $problem = $_; map { $problem->{$_} // '' } @fields } @_ }

sub from_words {
    my (@words) = @_;
    my @problems;
    while (my @taken = splice @words, 0, scalar @fields) {
        my %problem;
        @problem{@fields} = @taken;
        push @problems, { map { ($problem{$_} // '') ne '' ? ($_ => $problem{$_}) : () } @fields };
    }
    return @problems;
}

# For people, as src/cli/print-problems.ts has it.
sub text {
    return join '', map {
        my $problem = $_;
        my $place = defined $problem->{path} ? "  $problem->{path}" : '';
        "error  $problem->{code}$place\n", map { s/^/       /gmr . "\n" } $problem->{message}, map { "→ $_" } $problem->{fix} // ();
    } @_;
}

# { problems, … }: `more` are further members of the document.
sub json {
    my ($more, @problems) = @_;
    require Json;
    return Json::text({ %$more, problems => [ map { my $problem = $_; +{ map { defined $problem->{$_} ? ($_ => $problem->{$_}) : () } @fields } } @problems ] }) . "\n";
}

# Says them on standard error, and on standard output, too, where JSON is wanted.
sub show {
    my ($wants_json, $more, @problems) = @_;
    require Terminal;
    print STDERR Terminal::harmless(text(@problems));
    print json($more, @problems) if $wants_json;
}

# The same for bash: whether JSON is wanted, further members of it as JSON, the words of the problems.
sub show_words {
    my ($wants_json, $privileges, @words) = @_;
    show($wants_json, { $privileges ne '' ? (privileges => \$privileges) : () }, from_words(@words));
}

sub exit_code { return (grep { $_->{code} !~ m{^usage/} } @_) ? 1 : 2 }

1;
