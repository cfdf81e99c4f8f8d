package SecretFile;

# Files of the host that hold secrets. While values are not at hand, what was written is told by the journal: the hash of the text, those of the
# ciphertexts, and the seal of the file as it was left.

use strict;
use warnings;
use Verdict;

sub compare {
    my ($step, $look, $file) = @_;
    my $lacking = $look->{secrets}->lacking(@{ $file->{secrets} });
    return $lacking if $lacking;
    return Verdict::refused('what lies below /etc/pve is read by others and copied to all nodes; a file with secrets can only lie in /etc/pve/priv')
        if $file->{target} =~ m{^/etc/pve/(?!priv/)};
    my @notes = CompareHost::replaced_link($look->{host}, $file->{target});
    my $found = $look->{host}->facts($file->{target})
        // return Verdict::create('write', [], changes => [ Verdict::difference('file', 'absent', $file->{target}) ], notes => \@notes);
    Unknown::because("$file->{target} is a folder") if $found->{folder};
    my @changes = content_differences($step, $look, $file);
    push @changes, CompareHost::owner_differences($found, $file) unless $file->{target} =~ m{^/etc/pve/};
    return Verdict::satisfied() unless @changes;
    return Verdict::change('write', [], changes => \@changes, notes => \@notes);
}

sub content_differences {
    my ($step, $look, $file) = @_;
    my $secrets = $look->{secrets};
    my $is      = $look->{host}->read($file->{target});
    if ($secrets->has(@{ $file->{secrets} })) {
        return $is eq content($secrets, $file) ? () : Verdict::difference('content', 'another', 'as the program says');
    }
    my $known = $look->{journal}{applied}{ $step->{id} };
    return Verdict::difference('content', 'not known', 'as the program says') unless $known && defined $known->{values}{seal};
    my @changes = map { Verdict::difference("secret $_", 'as it was', 'rotated') } $secrets->rotated($known, @{ $file->{secrets} });
    push @changes, Verdict::difference('content', 'as it was', 'a new text') if $known->{digest} ne $file->{sha256};
    push @changes, Verdict::difference('content', 'changed on the host', 'as the program says')
        if ($secrets->seal($file->{target}, $is) // '') ne $known->{values}{seal};
    return @changes;
}

# The whole file. Dies if the assembly was touched, and where a value cannot be written as its place asks.
sub content {
    my ($secrets, $file) = @_;
    open my $handle, '<:raw', $file->{source} or die "cannot read $file->{source}: $!\n";
    local $/;
    my $text = <$handle> // '';
    require Digest::SHA;
    die "$file->{source} is not the file that was synthesized (sha256 differs): synthesize again\n" if Digest::SHA::sha256_hex($text) ne $file->{sha256};
    return $text unless $file->{secrets};
    my $content = eval { $secrets->filled($text, @{ $file->{secrets} }) } // die "$file->{target}: $@";
    return $content;
}

# Values of the journal record of a `file` step that was just found to be as it should be.
sub record {
    my ($step, $look) = @_;
    my ($file) = Words::files($step);
    my $secrets = $look->{secrets};
    return ($secrets->record(@{ $file->{secrets} }), 'seal=' . $secrets->seal($file->{target}, content($secrets, $file)));
}

1;
