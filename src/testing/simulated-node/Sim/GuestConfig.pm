package Sim::GuestConfig;
# /etc/pve/nodes/NODE/lxc/ID.conf: read, written in Proxmox's order, with its pending section and snapshots.
#
# config  = { digest, main, pending, snapshots => { name => section } }
# section = { description, keys => { key => value }, raw => [[lxc.key, value] ...] }
use strict;
use warnings;

use Sim::Failure;
use Sim::GuestKeys;
use Sim::Node;
use Sim::PropertyString;
use Sim::Schema;

sub relative_path { my ($vmid) = @_; return 'nodes/' . Sim::Node::name() . "/lxc/$vmid.conf" }
sub file          { return Sim::Node::host_path('/etc/pve/' . relative_path($_[0])) }

sub load {
    my ($vmid) = @_;
    my $text = Sim::Node::slurp(file($vmid));
    # 2 is the errno of the missing file, which the real tools leak as their exit code.
    fail("Configuration file '" . relative_path($vmid) . "' does not exist", 2) if !defined $text;
    return parse($vmid, $text);
}

sub store {
    my ($vmid, $config) = @_;
    Sim::Node::spew(file($vmid), render($config));
}

sub remove { my ($vmid) = @_; unlink file($vmid) }

sub ids {
    return grep { defined } map { /^(\d+)\.conf\z/ ? $1 : undef }
        Sim::Node::entries(Sim::Node::host_path('/etc/pve/nodes/' . Sim::Node::name() . '/lxc'));
}

sub empty_section { return { keys => {}, raw => [] } }

sub empty { return { main => empty_section(), pending => empty_section(), snapshots => {} } }

sub parse {
    my ($vmid, $text) = @_;
    my $config = empty();
    $config->{text} = $text;
    my $section = $config->{main};
    my $kind    = 'main';

    for my $line (split /\n/, $text) {
        next if $line =~ /^\s*\z/;
        if ($line =~ /^\[pve:pending\]\s*\z/i) {
            ($kind, $section) = ('pending', $config->{pending});
        } elsif ($line =~ /^\[([a-z][a-z0-9_\-]+)\]\s*\z/i) {
            # A wrong header of the pending section quietly becomes a snapshot.
            ($kind, $section) = ('snapshot', $config->{snapshots}{$1} = empty_section());
        } elsif ($line =~ /^#(.*)\z/) {
            $section->{description} .= Sim::Node::decode($1) . "\n";
        } else {
            parse_setting($vmid, $kind, $section, $line);
        }
    }
    return $config;
}

sub parse_setting {
    my ($vmid, $kind, $section, $line) = @_;
    if ($line =~ /^(lxc\.[a-z0-9_\-.]+)(?::|\s*=)\s*(.*?)\s*\z/) {
        my ($key, $value) = ($1, $2);
        my ($kept, $warning) = Sim::GuestKeys::raw_verdict($key);
        $warning //= "unable to parse config: $line" if !$kept;
        warning("vm $vmid - $warning") if defined $warning;
        push @{ $section->{raw} }, [$key, $value] if $kept;
    } elsif ($line =~ /^description:\s*(.*\S)\s*\z/) {
        $section->{description} .= Sim::Node::decode($1);
    } elsif ($line =~ /^(snapstate):\s*(prepare|delete)\s*\z/) {
        $section->{keys}{$1} = $2;
    } elsif ($line =~ /^delete:\s*(.*\S)\s*\z/) {
        return warning("vm $vmid - property 'delete' is only allowed in [pve:pending]") if $kind ne 'pending';
        $section->{keys}{delete} = $1;
    } elsif ($line =~ /^([a-z][a-z_]*\d*):\s*(.+?)\s*\z/) {
        my ($key, $value) = ($1, $2);
        # The line is kept although it is wrong.
        my $message = type_complaint($key, \$value);
        warning("vm $vmid - unable to parse value of '$key' - $message") if defined $message;
        $section->{keys}{$key} = $value;
    } else {
        warning("vm $vmid - unable to parse config: $line");
    }
}

sub warning {
    my ($text) = @_;
    $text .= "\n" if $text !~ /\n\z/;
    print STDERR $text;
}

# The file's parser knows types and formats, neither limits nor patterns; booleans become 1 and 0.
sub type_complaint {
    my ($key, $value) = @_;
    my $rule = Sim::GuestKeys::rule($key) or return "unknown setting '$key'";
    my $type = $rule->{type};
    if ($type eq 'boolean') {
        my $truth = Sim::Schema::boolean($$value);
        return "type check ('boolean') failed - got '$$value'" if !defined $truth;
        $$value = $truth;
        return undef;
    }
    return Sim::Schema::complaint({ type => $type }, $$value) if $type ne 'string';
    return Sim::Schema::format_complaint($rule, $$value, $key);
}

sub render {
    my ($config) = @_;
    drop_used_from_unused($config->{main});
    my $text = render_section($config->{main});
    $text .= "\n[pve:pending]\n" . render_section($config->{pending}) if has_pending($config);
    for my $name (sort keys %{ $config->{snapshots} }) {
        $text .= "\n[$name]\n" . render_section($config->{snapshots}{$name});
    }
    return $text;
}

# Raw lines count, too: they are taken over all together.
sub has_pending { my ($config) = @_; return %{ $config->{pending}{keys} } || @{ $config->{pending}{raw} } }

sub render_section {
    my ($section) = @_;
    my $text = '';
    $text .= '#' . encode_line($_) . "\n" for split /\n/, $section->{description} // '';
    for my $key (sort keys %{ $section->{keys} }) {
        next if $key eq 'env';
        $text .= "$key: $section->{keys}{$key}\n";
    }
    if (defined(my $environment = $section->{keys}{env})) {
        $text .= "lxc.environment.runtime: $_\n" for split /\0+/, $environment;
    }
    $text .= "$_->[0]: $_->[1]\n" for @{ $section->{raw} };
    return $text;
}

# One line of a description: control characters, bytes from 7F on, `%` and `:` as %XX.
sub encode_line {
    my ($line) = @_;
    $line =~ s/([\x00-\x1f\x7f-\xff%:])/sprintf '%%%02X', ord $1/ge;
    return $line;
}

sub drop_used_from_unused {
    my ($section) = @_;
    my %used = map { $_ => 1 } volumes($section);
    for my $key (grep { /^unused\d+\z/ } keys %{ $section->{keys} }) {
        delete $section->{keys}{$key} if $used{ $section->{keys}{$key} };
    }
}

# rootfs, mp0, mp1 ... in Proxmox's order
sub mount_keys {
    my ($section) = @_;
    my @numbers = sort { $a <=> $b } map { /^mp(\d+)\z/ ? $1 : () } keys %{ $section->{keys} };
    return ((exists $section->{keys}{rootfs} ? 'rootfs' : ()), map { "mp$_" } @numbers);
}

sub mount_kind {
    my ($volume) = @_;
    return 'device' if $volume =~ m{^/dev/};
    return $volume =~ m{^/} ? 'bind' : 'volume';
}

# { volume, mp, size (bytes), kind ... } or a failure with the parser's message
sub parse_mount {
    my ($key, $value) = @_;
    my ($mount, $message) = Sim::PropertyString::parse(Sim::GuestKeys::property_rules($key), $value // '');
    fail($message) if defined $message;
    $mount->{size} = Sim::PropertyString::size_to_bytes($mount->{size}) if defined $mount->{size};
    $mount->{kind} = mount_kind($mount->{volume});
    $mount->{mp} = '/' if $key eq 'rootfs';
    return $mount;
}

sub render_mount {
    my ($key, $mount) = @_;
    my %value = %$mount;
    delete $value{kind};
    delete $value{mp} if $key eq 'rootfs';
    $value{size} = Sim::PropertyString::bytes_to_size($value{size}) if defined $value{size};
    return Sim::PropertyString::render(Sim::GuestKeys::property_rules($key), \%value);
}

sub mounts {
    my ($section) = @_;
    return map { [$_, parse_mount($_, $section->{keys}{$_})] } mount_keys($section);
}

# Volume ids of rootfs and mount points, without the unused ones.
sub volumes {
    my ($section) = @_;
    my @ids;
    for my $key (mount_keys($section)) {
        my ($mount, $message) = Sim::PropertyString::parse(Sim::GuestKeys::property_rules($key), $section->{keys}{$key});
        push @ids, $mount->{volume} if $mount && mount_kind($mount->{volume}) eq 'volume';
    }
    return @ids;
}

sub volume_in_use {
    my ($config, $volume) = @_;
    return scalar grep { $_ eq $volume }
        map { volumes($_) } $config->{main}, $config->{pending}, values %{ $config->{snapshots} };
}

# The key under which the volume is kept, undef if it is there already.
sub add_unused {
    my ($section, $volume) = @_;
    my %taken = map { /^unused(\d+)\z/ ? ($1 => $section->{keys}{$_}) : () } keys %{ $section->{keys} };
    return undef if grep { $_ eq $volume } values %taken;
    my ($free) = grep { !exists $taken{$_} } 0 .. 255;
    $section->{keys}{"unused$free"} = $volume;
    return "unused$free";
}

sub pending_deletes {
    my ($config) = @_;
    return Sim::Schema::split_list($config->{pending}{keys}{delete} // '');
}

sub set_pending_deletes {
    my ($config, @names) = @_;
    my %seen;
    my @unique = sort grep { !$seen{$_}++ } @names;
    if (@unique) { $config->{pending}{keys}{delete} = join ',', @unique }
    else         { delete $config->{pending}{keys}{delete} }
}

sub raw_value {
    my ($section, $key) = @_;
    my @values = map { $_->[0] eq $key ? $_->[1] : () } @{ $section->{raw} };
    return $values[-1];
}

sub check_lock {
    my ($config) = @_;
    my $lock = $config->{main}{keys}{lock};
    fail("CT is locked ($lock)") if defined $lock;
}

sub check_protection {
    my ($config, $what) = @_;
    fail("$what - protection mode enabled") if $config->{main}{keys}{protection};
}

sub digest {
    my ($config) = @_;
    require Digest::SHA;
    return Digest::SHA::sha1_hex($config->{text});
}

sub check_digest {
    my ($config, $digest) = @_;
    fail("detected modified configuration - file changed by other user? Try again.")
        if defined $digest && $digest ne digest($config);
}

1;
