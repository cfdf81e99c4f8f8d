package Approval;

# Whether somebody said yes to what gets broader: by an option, or to the table that he was shown. An approval is for one run.

use strict;
use warnings;

# Nothing; or, of what nobody approved, how many there are, what tells this table from another one, the table, and the same as JSON where that is wanted.
sub lacking {
    my ($session) = @_;
    my ($found, $flags) = @$session{qw(found flags)};
    return () if $flags->{'approve-privileges'} || $flags->{yes};
    $session->{plan}{leave} = $found->{leave} // {};
    my @broader = broader($found) or return ();
    require Digest::SHA;
    my $mark = Digest::SHA::sha1_hex(join "\0", map { @$_{qw(resource kind text)} } @broader);
    return () if ($flags->{approved} // '') eq $mark;
    require PrivilegeTable;
    return (scalar @broader, $mark, PrivilegeTable::text(@{ $found->{privileges} }), $flags->{json} ? as_json($found) : '');
}

sub as_json {
    my ($found) = @_;
    require Json;
    require PrivilegeTable;
    return Json::text(PrivilegeTable::json(@{ $found->{privileges} }));
}

sub broader {
    my ($found) = @_;
    return @{ $found->{privileges} // [] } ? Privileges::broader(@{ $found->{privileges} }) : ();
}

1;
