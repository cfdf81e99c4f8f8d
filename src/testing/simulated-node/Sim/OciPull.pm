package Sim::OciPull;
# pvesh create /nodes/NODE/storage/STORAGE/oci-registry-pull: an image of a registry becomes an archive on a storage.
#
# Registries know the references that a test registered as URLs: `docker://docker.io/library/nginx:1.27`.
use strict;
use warnings;

use Sim::Arguments;
use Sim::Failure;
use Sim::Faults;
use Sim::Node;
use Sim::Rules;
use Sim::Storage;

my $PART     = qr/[a-z\d]+(?:(?:[._]|__|-*)[a-z\d]+)*/;
my $REGISTRY = qr/[A-Za-z\d](?:[A-Za-z\d.-]*[A-Za-z\d])?(?::\d+)?/;
my $REFERENCE = qr/(?:$REGISTRY\/)?$PART(?:\/$PART)*:\w[\w.-]{0,127}/;

sub run {
    my ($id, @argv) = @_;
    fail("no 'create' handler for '/nodes/" . Sim::Node::name() . "/storage/$id/oci-registry-pull'") if !is_there();
    my $values = Sim::Arguments::parse(command => 'pvesh create <api_path>', positional => [], argv => \@argv, rules => {
        reference => { type => 'string', pattern => $REFERENCE, required => 1 },
        filename  => { type => 'string', length => 255 },
    });
    fail("Install 'skopeo' to pull OCI images from registries.") if Sim::Node::setting('skopeo', 'there') eq 'absent';
    my $storage = Sim::Storage::get($id);
    fail("storage '$id' is disabled") if $storage->{values}{disable};
    fail("can't upload to storage type '$storage->{type}', not a file based storage!") if !defined $storage->{values}{path};
    fail("storage '$id' is not configured for content-type 'vztmpl'") if !Sim::Storage::contents($storage)->{vztmpl};
    my $name   = file_name($values->{filename} // $values->{reference});
    my $folder = Sim::Node::host_path(Sim::Storage::content_folder($storage, 'vztmpl'));
    Sim::Storage::activate($id);
    fail("refusing to override existing file '$name'") if -f "$folder/$name";
    return pull($values->{reference}, "$folder/$name");
}

sub is_there { return Sim::Node::release_is('9.1') }

sub file_name {
    my ($name) = @_;
    $name =~ s{^.*[/\\]}{};
    $name =~ s/[^A-Za-z0-9_.-]/_/g;
    return "$name.tar";
}

sub pull {
    my ($reference, $file) = @_;
    my $known = "$Sim::Node::state/http/" . Sim::Node::file_name("docker://$reference");
    if (!-e "$known.rule" || (Sim::Rules::read_file("$known.rule")->{status} // 200) >= 400) {
        fail("command 'skopeo copy docker://$reference oci-archive:$file.tmp.$$' failed: exit code 1");
    }
    Sim::Node::spew("$file.tmp.4711", 'half');
    Sim::Faults::middle();
    unlink "$file.tmp.4711";
    Sim::Node::spew($file, Sim::Node::slurp("$known.body") // '');
    return 0;
}

1;
