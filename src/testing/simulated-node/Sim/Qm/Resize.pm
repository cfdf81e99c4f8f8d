package Sim::Qm::Resize;
# qm resize. All its checks are its task's, whose failure is printed while the exit code stays 0.
use strict;
use warnings;

use Sim::Drives;
use Sim::Failure;
use Sim::Faults;
use Sim::Images;
use Sim::PropertyString;
use Sim::QemuConfig;

sub resize {
    my ($values) = @_;
    my ($vmid, $key, $wanted) = @$values{qw(vmid disk size)};
    Sim::QemuConfig::locked($vmid, sub {
        my $config = Sim::QemuConfig::load($vmid);
        Sim::QemuConfig::check_digest($config, $values->{digest});
        Sim::QemuConfig::check_lock($config) if !$values->{skiplock};
        my $value = $config->{main}{$key} // fail("disk '$key' does not exist");
        my $drive = Sim::Drives::parse($key, $value);
        fail("you can't resize a cdrom") if Sim::Drives::is_cdrom($drive);

        my $size = Sim::Images::size($drive->{file})
            // fail("Could not determine current size of volume '$drive->{file}'");
        my $bytes = Sim::PropertyString::size_to_bytes($wanted =~ s/^\+//r) + ($wanted =~ /^\+/ ? $size : 0);
        fail('shrinking disks is not supported') if $bytes < $size;
        return if $bytes == $size;
        Sim::Images::resize($drive->{file}, $bytes);
        # The volume has grown, the configuration has the old size.
        Sim::Faults::middle();
        # What was asked for, not what the volume was rounded up to.
        $drive->{size} = $bytes;
        $config->{main}{$key} = Sim::Drives::render($key, $drive);
        Sim::QemuConfig::store($vmid, $config);
    });
    return 0;
}

1;
