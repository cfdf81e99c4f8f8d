package Sim::Node;
# Where the simulated node lies on this machine, and the few file operations everything else is made of.
use strict;
use warnings;

# Of flock; the same everywhere, and Fcntl takes longer to load than all of this.
sub LOCK_EX () { 2 }
sub LOCK_NB () { 4 }

our ($dir, $root, $state);

sub open_node {
    ($dir) = @_;
    $root  = "$dir/root";
    $state = "$dir/state";
}

# /fastData/x of the node -> DIR/root/fastData/x of this machine
sub host_path { return $root . $_[0] }

sub slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or return undef;
    local $/;
    return scalar <$in> // '';
}

# Temp file and rename: a command that is killed never leaves half a file.
sub spew {
    my ($file, $text) = @_;
    make_parent($file);
    my $temp = "$file.tmp.$$";
    open my $out, '>:raw', $temp or die "cannot write '$temp': $!\n";
    print {$out} $text;
    close $out or die "cannot write '$temp': $!\n";
    rename $temp, $file or die "cannot rename '$temp': $!\n";
}

# One write call, so that lines of concurrent commands do not mix.
sub append {
    my ($file, $text) = @_;
    make_parent($file);
    open my $out, '>>:raw', $file or die "cannot append to '$file': $!\n";
    syswrite $out, $text;
}

sub make_folder {
    my ($folder) = @_;
    return if -d $folder;
    my $path = '';
    for my $part (split m{/}, $folder) {
        $path .= "$part/";
        mkdir $path if $part ne '' && !-d $path;
    }
}

sub make_parent {
    my ($file) = @_;
    my ($folder) = $file =~ m{^(.*)/}s or return;
    make_folder($folder);
}

sub entries {
    my ($folder) = @_;
    opendir my $handle, $folder or return;
    # An array, because a sorted list has no meaning where callers only ask whether there is anything.
    my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $handle;
    return @names;
}

# Whole folder trees are rare enough to leave to the machine's own tools.
sub remove_tree { system 'rm', '-rf', '--', @_ if @_ }

sub copy_content {
    my ($from, $to) = @_;
    make_folder($to);
    return if !entries($from);
    system('cp', '-a', '--', "$from/.", $to) == 0 or die "cannot copy '$from' to '$to'\n";
}

# Runs code while this process is the only one that holds the named lock of the node's own state.
sub exclusively {
    my ($name, $code) = @_;
    my $file = "$state/locks/$name";
    make_parent($file);
    open my $handle, '>>', $file or die "cannot open '$file': $!\n";
    flock $handle, LOCK_EX or die "cannot lock '$file': $!\n";
    return $code->();
}

# 1, 2, 3 ...: the only source of "random" values, so that runs can be repeated.
sub next_number {
    my ($name) = @_;
    return exclusively('counters', sub {
        my $file   = "$state/counters/$name";
        my $number = (slurp($file) // 0) + 1;
        spew($file, $number);
        return $number;
    });
}

my %settings;

# Lines `name value` of DIR/state/settings.
sub setting {
    my ($name, $default) = @_;
    if (!%settings) {
        %settings = (loaded => 1);
        for (split /\n/, slurp("$state/settings") // '') {
            $settings{$1} = $2 if /^(\S+)\s+(.*)$/;
        }
    }
    return $settings{$name} // $default;
}

sub name { return setting('node', 'pve') }

# Text that must stay on one line of a state file.
sub encode { my ($text) = @_; $text =~ s/([^!-\$&-~])/sprintf '%%%02X', ord $1/ge; return $text }
# The same for the name of a file.
sub file_name { my ($text) = @_; return encode($text) =~ s{/}{%2F}gr }

sub decode { my ($text) = @_; $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; return $text }

# Whether this node is at least of that release.
sub release_is {
    my ($wanted) = @_;
    return version_number(setting('pve-release', '9.1.4')) >= version_number($wanted);
}

sub version_number { my ($major, $minor, $patch) = split /\./, $_[0]; return $major * 10_000 + $minor * 100 + ($patch // 0) }

1;
