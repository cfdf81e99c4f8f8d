package Terminal;

# What is shown may hold words of guests and of tools, and the terminal is root's: nothing that it would obey gets there but our own colours.

use strict;
use warnings;

# The newline and the tab stay, and what Report paints: one sign. Also gone are the control characters that take two bytes (U+0080 to U+009F).
sub harmless {
    my ($text) = @_;
    $text =~ s/(\e\[\d+m[-+~!?=i]\e\[0m)|[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/$1 \/\/ '?'/ge;
    return $text;
}

1;
