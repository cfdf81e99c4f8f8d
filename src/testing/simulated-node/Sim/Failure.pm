package Sim::Failure;
# How a stand-in ends badly: a text for stderr and an exit code, thrown from anywhere.
use strict;
use warnings;

# Exit code of everything that the real tool could do and this simulation cannot.
sub NOT_SIMULATED () { 70 }

# By hand: loading Exporter would take a tenth of the whole start-up.
sub import {
    my $caller = caller;
    no strict 'refs';
    *{"${caller}::$_"} = \&$_ for qw(fail bad_parameters not_simulated);
}

# The usage line of the command under way, shown below parameter errors.
our $usage = '';

# The text goes to stderr as it stands; 255 is what Proxmox's Perl tools end with unless an errno leaks.
sub fail {
    my ($text, $exit) = @_;
    die bless { text => $text, exit => $exit // 255 }, __PACKAGE__;
}

# Proxmox reports every wrong parameter of a call together. A message that ends with a line feed
# is followed by a blank line, as in the real output.
sub bad_parameters {
    my ($messages, $exit) = @_;
    my $text = "400 Parameter verification failed.\n";
    $text .= "$_: $messages->{$_}\n" for sort keys %$messages;
    $text .= "$usage\n" if $usage ne '';
    fail($text, $exit);
}

sub not_simulated {
    my ($what) = @_;
    fail("not simulated: $what", NOT_SIMULATED);
}

# A worker that was killed cleans up nothing: whoever tidies after a failure asks this first.
sub was_killed { my ($error) = @_; return ref $error eq __PACKAGE__ && $error->{killed} }

# Prints what was thrown and answers the exit code.
sub report {
    my ($error) = @_;
    my ($text, $exit) = ref $error eq __PACKAGE__
        ? ($error->{text}, $error->{exit})
        : ("not simulated: internal error: $error", NOT_SIMULATED);
    $text .= "\n" if $text ne '' && $text !~ /\n\z/;
    print STDERR $text;
    return $exit;
}

1;
