package LetGo;

# Things other than guests are let go: the journal forgets them, and our mark leaves the comments of entries that we share a firewall's file with.
# Nothing else about them changes.

use strict;
use warnings;
use Verdict;
use Made;
use SharedFile;

# What the journal has besides guests: [{ id, resource, path }, …].
sub records {
    my ($plan) = @_;
    my $journal = $plan->{journal};
    my %ids = map { $_ => 1 } grep { !m{^(?:guest|adopt|destroy)/} } map { keys %{ $journal->{$_} } } qw(applied made intent);
    return map {
        my $maker    = $plan->{by_id}{$_};
        my $resource = $maker ? $maker->{resource} : $journal->{made}{$_} ? $journal->{made}{$_}{resource} : $_;
        +{ id => $_, resource => $resource, path => $maker ? $maker->{path} : $resource };
    } sort keys %ids;
}

sub record {
    my ($step, $look) = @_;
    my $id   = $step->{of};
    my $made = $look->{journal}{made}{$id};
    if ($made && Made::is_marked($made)) {
        my $unmarking = unmarking($step, $look, $made->{words}[0]);
        return $unmarking if $unmarking;
    }
    return Verdict::satisfied() unless grep { exists $look->{journal}{$_}{$id} } Journal::tables();
    return Verdict::change('forget', [$id], changes => [ Verdict::difference('journal', 'knows it', 'removed') ]);
}

sub unmarking {
    my ($step, $look, $path) = @_;
    my $text = $look->{host}->read($path) // return undef;
    return undef if unmarked($text, $look->{app}) eq $text;
    my $trouble = $look->{host}->cluster_trouble;
    Unknown::because($trouble) if defined $trouble;
    $step->{has}{file} = [$path];
    return Verdict::change('write', [], fields => { digest => SharedFile::digest($text) }, changes => [ Verdict::difference('mark', "app $look->{app}", 'nobody') ]);
}

# A firewall's file without our mark at the end of comments; a comment that was nothing else goes with it.
sub unmarked {
    my ($text, $app) = @_;
    $text =~ s{(?:[ \t]*#)?[ \t]*\(phoenix-cdk app=\Q$app\E\)[ \t]*$}{}mg;
    return $text;
}

sub journal {
    my ($step, $look) = @_;
    my %ids = map { $_ => 1 } map { keys %{ $look->{journal}{$_} } } Journal::tables();
    return Verdict::satisfied(notes => [ copies($look) ]) unless %ids;
    return Verdict::change('forget', [ sort keys %ids ], changes => [ Verdict::difference('journal', 'has records', 'empty') ], notes => [ copies($look) ]);
}

sub copies {
    my ($look) = @_;
    my $folder = "/var/lib/phoenix/$look->{app}";
    my @kept   = grep { @{ $look->{host}->names("$folder/$_") // [] } } qw(before runs);
    return @kept ? "former configs and logs stay in $folder (@kept); remove them when nobody wants them any more" : ();
}

1;
