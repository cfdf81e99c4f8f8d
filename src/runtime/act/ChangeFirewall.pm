package ChangeFirewall;

# Writes a firewall file that is shared, if it is still the one that was compared, under the lock by which Proxmox writes it.

use strict;
use warnings;
use CompareFirewall;
use Act;
use Write;
use SharedFile;

sub write_file {
    my ($session, $id, $expected) = @_;
    my ($plan, $root) = @$session{qw(plan root)};
    my $look   = $plan->look('check', 'firewall-entries');
    my $step   = $plan->{by_id}{$id};
    my ($path) = @{ $step->{has}{file} };
    SharedFile::locked($root, $path, sub {
        my $text = $look->{host}->read($path) // '';
        die "$path was changed by somebody in between\n" if SharedFile::digest($text) ne $expected;
        my $goal = $step->{kind} eq 'record-orphan' ? LetGo::unmarked($text, $look->{app}) : CompareFirewall::edit($step, $look, $text)->{text};
        Act::before($session, $path);
        if ($goal =~ /\S/) {
            Write::folder("$root$path" =~ s{/[^/]*$}{}r, 0755);
            Write::whole("$root$path", $goal);
        }
        else { unlink "$root$path" or $!{ENOENT} or die "cannot remove $path, which holds nothing any more: $!\n" }
        SharedFile::left($session, $path, $text, $goal =~ /\S/ ? $goal : '');
    });
}

1;
