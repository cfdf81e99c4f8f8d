package Sim::Qm::CloudInit;
# The cloud-init drive: made anew at every start from the configuration and the files that `cicustom` names, so that a
# change of either counts from the next start on. DIR/state/cloud-init/ID/* is what the drive holds.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Images;
use Sim::Machine;
use Sim::Node;
use Sim::PropertyString;
use Sim::QemuConfig;
use Sim::QemuKeys;
use Sim::Qm::Disks;
use Sim::Qm::Values;
use Sim::Schema;

my @KEYS = qw(cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys);

sub folder { return "$Sim::Node::state/cloud-init/$_[0]" }

sub regenerate {
    my ($vmid, $config) = @_;
    my $key = Sim::Drives::cloudinit_key($config->{main}) // Sim::Drives::cloudinit_key($config->{pending}) // return;
    my $drive = Sim::Drives::parse($key, $config->{main}{$key} // $config->{pending}{$key});
    my ($storage, $name) = Sim::Drives::volume_parts($drive);
    # Any other name is left alone, an inherited drive of a template too.
    return if $name !~ /vm-$vmid-cloudinit/;

    my %documents = documents($vmid, $config->{main});
    Sim::Storage::activate($storage);
    if (!Sim::Images::exists_volume($drive->{file})) {
        my ($format) = $name =~ /\.([a-z0-9]+)\z/;
        Sim::Images::allocate($storage, $vmid, Sim::Qm::Disks::SMALL_DISK, $format, $name =~ s{^.*/}{}r);
    }
    print "generating cloud-init ISO\n";
    Sim::Node::remove_tree(folder($vmid));
    Sim::Node::spew(folder($vmid) . "/$_", $documents{$_}) for keys %documents;
    return if !%{ $config->{cloudinit} // {} };
    delete $config->{cloudinit};
    Sim::QemuConfig::store($vmid, $config);
}

# What cloud-init will read: documents of the user in place of the generated ones.
sub documents {
    my ($vmid, $section) = @_;
    my %custom = custom_documents($section);
    my $user    = $custom{user}    // user_document($vmid, $section);
    my $network = $custom{network} // network_document($section);
    my $meta    = $custom{meta}    // meta_document($user, $network);
    return (user => $user, network => $network, meta => $meta,
        defined $custom{vendor} ? (vendor => $custom{vendor}) : ());
}

sub custom_documents {
    my ($section) = @_;
    my ($volumes) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('cicustom'), $section->{cicustom} // '');
    my %text;
    for my $kind (grep { defined $volumes->{$_} } qw(network user meta vendor)) {
        my $volume = $volumes->{$kind};
        fail("$volume is not in the snippets directory") if Sim::Images::parse($volume)->{kind} ne 'snippets';
        my ($storage) = Sim::Storage::parse_volume_id($volume);
        Sim::Storage::activate($storage);
        $text{$kind} = Sim::Node::slurp(Sim::Images::file_of($volume)) // fail("volume '$volume' does not exist");
    }
    return %text;
}

sub user_document {
    my ($vmid, $section, $masked) = @_;
    my $name = $section->{name} // "VM$vmid";
    my $full = $name =~ /\./ || !$section->{searchdomain} ? $name : "$name.$section->{searchdomain}";
    my ($user, $password) = @$section{qw(ciuser cipassword)};
    my @lines = ('#cloud-config', 'hostname: ' . $name =~ s/\..*//sr, 'manage_etc_hosts: true', "fqdn: $full");
    push @lines, "user: $user" if defined $user;
    push @lines, 'disable_root: False' if ($user // '') eq 'root';
    push @lines, 'password: ' . ($masked ? '*' x 10 : $password) if defined $password;
    if (defined $section->{sshkeys}) {
        push @lines, 'ssh_authorized_keys:',
            map { "  - $_" } grep { /\S/ } split /\n/, Sim::Node::decode($section->{sshkeys});
    }
    push @lines, 'chpasswd:', '  expire: False';
    push @lines, 'users:', '  - default' if ($user // '') ne 'root';
    push @lines, 'package_upgrade: true' if $section->{ciupgrade} // 1;
    return join '', map { "$_\n" } @lines;
}

sub network_document {
    my ($section) = @_;
    my @lines = ('version: 1', 'config:');
    for my $key (sort grep { /^net\d+\z/ } keys %$section) {
        my $number = substr $key, 3;
        my $value  = $section->{"ipconfig$number"} // next;
        my $mac = lc Sim::Qm::Values::parse_card($section->{$key})->{macaddr};
        push @lines, '    - type: physical', "      name: eth$number", "      mac_address: '$mac'", '      subnets:',
            map { "      $_" } addresses($value);
    }
    my @servers = split ' ', $section->{nameserver}   // '';
    my @domains = split ' ', $section->{searchdomain} // '';
    push @lines, '    - type: nameserver';
    push @lines, '      address:', map { "      - '$_'" } @servers if @servers;
    push @lines, '      search:', map { "      - '$_'" } @domains if @domains;
    return join '', map { "$_\n" } @lines;
}

sub addresses {
    my ($value) = @_;
    my ($of) = Sim::PropertyString::parse(Sim::QemuKeys::property_rules('ipconfig0'), $value);
    $of = { ip => 'dhcp', ip6 => 'dhcp' } if !$of->{ip} && !$of->{ip6};
    my @lines;
    if (($of->{ip} // '') eq 'dhcp') {
        push @lines, '- type: dhcp4';
    } elsif (defined $of->{ip}) {
        my ($address, $bits) = split m{/}, $of->{ip};
        my $mask = join '.', unpack 'C4', pack 'N', (0xFFFFFFFF << (32 - $bits)) & 0xFFFFFFFF;
        push @lines, '- type: static', "  address: '$address'", "  netmask: '$mask'",
            defined $of->{gw} ? "  gateway: '$of->{gw}'" : ();
    }
    my $six = $of->{ip6} // return @lines;
    return (@lines, $six eq 'dhcp' ? '- type: dhcp6' : '- type: ipv6_slaac') if $six =~ /^(?:dhcp|auto)\z/;
    return (@lines, '- type: static6', "  address: '$six'", defined $of->{gw6} ? "  gateway: '$of->{gw6}'" : ());
}

# A changed document makes a new instance: cloud-init then runs again inside the machine.
sub meta_document {
    my ($user, $network) = @_;
    require Digest::SHA;
    return 'instance-id: ' . Digest::SHA::sha1_hex($user . $network) . "\n";
}

# Keeps, in [special:cloudinit], what the drive was made of as long as the configuration says something else.
sub note_change {
    my ($config, $key, $old, $new) = @_;
    return if $key !~ /^(?:net|ipconfig)\d+\z/ && $key ne 'name' && !grep { $_ eq $key } @KEYS;
    my $noted = $config->{cloudinit} //= {};
    my %added = map { $_ => 1 } Sim::Schema::split_list(delete $noted->{added} // '');
    my $recorded = $noted->{$key};
    if (defined $new && defined $recorded) {
        if ($new eq $recorded) { delete $noted->{$key}; delete $added{$key} }
    } elsif (defined $new) {
        if (!defined $old)        { $added{$key} = 1 }
        elsif (!$added{$key})     { $noted->{$key} = $old }
    } elsif (defined $old && !defined $recorded) {
        if ($added{$key}) { delete $added{$key} }
        else              { $noted->{$key} = $old }
    }
    $noted->{added} = join ',', sort keys %added if %added;
}

# ---- the commands

sub dump {
    my ($values) = @_;
    my ($vmid, $type) = @$values{qw(vmid type)};
    my $section = Sim::QemuConfig::load($vmid)->{main};
    if    ($type eq 'user')    { print user_document($vmid, $section, 1), "\n" }
    elsif ($type eq 'network') { print network_document($section), "\n" }
    else { print meta_document(user_document($vmid, $section), network_document($section)), "\n" }
    return 0;
}

sub pending {
    my ($values) = @_;
    my $config = Sim::QemuConfig::load($values->{vmid});
    my $main   = $config->{main};
    my $noted  = $config->{cloudinit} // {};
    my %added  = map { $_ => 1 } Sim::Schema::split_list(delete $noted->{added} // '');
    my @known  = grep { defined $main->{$_} && !$added{$_} } @KEYS;
    for my $key (sort(keys %added, @known)) {
        my $hidden = $key eq 'cipassword' ? '*' x 10 : undef;
        print "new $key: ", $hidden // $main->{$key}, "\n" and next if $added{$key};
        print "cur $key: ", $hidden // $noted->{$key} // $main->{$key}, "\n";
        print "new $key: ", $hidden // $main->{$key}, "\n" if defined $noted->{$key};
    }
    return 0;
}

sub update {
    my ($values) = @_;
    my $vmid = $values->{vmid};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        Sim::QemuConfig::check_lock($config);
        regenerate($vmid, $config);
    });
    return 0;
}

1;
