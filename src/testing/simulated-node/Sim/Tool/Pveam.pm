package Sim::Tool::Pveam;
# pveam: available, list, download, update, remove. A failed download or update exits 0.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::Faults;
use Sim::Node;
use Sim::Storage;

my $NAME = { type => 'string', length => 255 };
my $ID = { type => 'string', format => 'storage-id' };

my %COMMAND = (
    available => [\&available, [], { section => { type => 'string', enum => [qw(system mail turnkeylinux)] } }],
    list      => [\&list, ['storage'], { storage => $ID }],
    download  => [\&download, ['storage', 'template'], { storage => $ID, template => $NAME }],
    update    => [\&update, [], {}],
    remove    => [\&remove, ['template_path'], { template_path => $NAME }],
);

sub run {
    my ($tool, @argv) = @_;
    my $command = shift(@argv) // fail("ERROR: no command specified\nUSAGE: pveam <COMMAND> [ARGS] [OPTIONS]");
    my $entry = $COMMAND{$command}
        or fail("ERROR: unknown command 'pveam $command'\nUSAGE: pveam <COMMAND> [ARGS] [OPTIONS]");
    my ($code, $positional, $rules) = @$entry;
    return $code->(Sim::Arguments::parse(
        command => "pveam $command", positional => $positional, rules => $rules, argv => \@argv));
}

# File name => what is known of it; DIR/state/templates has a file for each volume id.
sub catalogue {
    my %known;
    my $folder = "$Sim::Node::state/templates";
    for my $entry (Sim::Node::entries($folder)) {
        my $volume = Sim::Node::decode($entry);
        my ($name) = $volume =~ m{([^/]+)\z};
        my $text = Sim::Node::slurp("$folder/$entry");
        $known{$name} = { map { /^(\S+) (.*)$/ ? ($1 => Sim::Node::decode($2)) : () } split /\n/, $text };
    }
    return \%known;
}

sub available {
    my ($values) = @_;
    my $has_arch = Sim::Node::release_is('9.2');
    for my $name (sort keys %{ catalogue() }) {
        my $section = $name =~ /turnkey/ ? 'turnkeylinux' : 'system';
        next if defined $values->{section} && $values->{section} ne $section;
        # The third column came with 9.2.
        if ($has_arch) { printf "%-15s %-60s %s\n", $section, $name, $name =~ /_arm64/ ? 'arm64' : 'amd64' }
        else           { printf "%-15s %s\n", $section, $name }
    }
    return 0;
}

sub template_storage {
    my ($id) = @_;
    my $storage = Sim::Storage::activate($id);
    bad_parameters({ storage => "storage '$id' does not support templates" })
        if !Sim::Storage::contents($storage)->{vztmpl};
    return $storage;
}

sub list {
    my ($values) = @_;
    my $storage = Sim::Storage::activate($values->{storage});
    return 0 if !$storage->{values}{path};
    my $folder = Sim::Node::host_path(Sim::Storage::content_folder($storage, 'vztmpl'));
    my @files = grep { !/\.tmp/ } Sim::Node::entries($folder);
    printf "%-60s %-6s\n", 'NAME', 'SIZE';
    for my $file (@files) {
        printf "%-60s %-6s\n", "$values->{storage}:vztmpl/$file", sprintf '%.2fMB', (-s "$folder/$file") / 1024**2;
    }
    return 0;
}

sub content_of { return "simulated OS template $_[0]\n" }

sub download {
    my ($values) = @_;
    my ($id, $name) = @$values{qw(storage template)};
    my $known = catalogue()->{$name} or bad_parameters({ template => 'no such template' });
    my $storage = template_storage($id);
    my $path = Sim::Storage::content_folder($storage, 'vztmpl') . "/$name";
    my $file = Sim::Node::host_path($path);

    require Digest::SHA;
    my $wanted = $known->{sha512} // Digest::SHA::sha512_hex(content_of($name));
    my $url = "http://download.proxmox.com/images/system/$name";
    print "downloading $url to $path\n";
    if (-e $file) {
        print "calculating checksum of existing file...\n";
        my $found = Digest::SHA::sha512_hex(Sim::Node::slurp($file));
        return abort($found, $wanted) if $found ne $wanted;
        print "OK, got correct file already, no need to download\n";
        return 0;
    }
    Sim::Node::spew("$file.tmp_dwnl", content_of($name));
    Sim::Faults::middle();
    my $found = Digest::SHA::sha512_hex(content_of($name));
    if ($found ne $wanted) { unlink "$file.tmp_dwnl"; return abort($found, $wanted) }
    rename "$file.tmp_dwnl", $file;
    print "calculating checksum...OK, checksum verified\ndownload of '$url' to '$path' finished\n";
    return 0;
}

sub abort {
    my ($found, $wanted) = @_;
    print STDERR "checksum mismatch: got '$found' != expect '$wanted', aborting\n";
    return 0;
}

sub update {
    print Sim::Node::setting('pveam-update', 'works') eq 'fails'
        ? "update failed - see /var/log/pveam.log for details\n" : "update successful\n";
    return 0;
}

sub remove {
    my ($values) = @_;
    my $path = Sim::Storage::file_of($values->{template_path});
    unlink Sim::Node::host_path($path) or fail("unable to remove '$values->{template_path}' - $!", 2);
    return 0;
}

1;
