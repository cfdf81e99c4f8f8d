package Sim::CpuModels;
# The CPU types that a machine may name. Versions and mitigations are types of their own.
use strict;
use warnings;

my %SUFFIXES = (
    Broadwell => '-IBRS -noTSX -noTSX-IBRS', 'Cascadelake-Server' => '-noTSX -v2 -v4 -v5', Cooperlake => '-v2',
    EPYC => '-IBPB -v3 -v4 -v5', 'EPYC-Genoa' => '-v2', 'EPYC-Milan' => '-v2 -v3', 'EPYC-Rome' => '-v2 -v3 -v4 -v5',
    GraniteRapids => '-v2 -v3', Haswell => '-IBRS -noTSX -noTSX-IBRS', 'Icelake-Client' => '-noTSX',
    'Icelake-Server' => '-noTSX -v3 -v4 -v5 -v6 -v7', IvyBridge => '-IBRS', Nehalem => '-IBRS', SandyBridge => '-IBRS',
    SapphireRapids => '-v2 -v3 -v4', SierraForest => '-v2 -v3', 'Skylake-Client' => '-IBRS -noTSX-IBRS -v4',
    'Skylake-Server' => '-IBRS -noTSX-IBRS -v4 -v5', Westmere => '-IBRS',
);
my @SINGLE = qw(
    host max kvm32 kvm64 qemu32 qemu64 x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4
    486 athlon core2duo coreduo pentium pentium2 pentium3 phenom Conroe Penryn KnightsMill ClearwaterForest EPYC-Turin
    Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5 a64fx cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710
    cortex-a72 cortex-a76 neoverse-n1 neoverse-n2 neoverse-v1
);
my %KNOWN = map { $_ => 1 } @SINGLE,
    map { my $model = $_; ($model, map { "$model$_" } split / /, $SUFFIXES{$model}) } keys %SUFFIXES;

sub is_known { return $_[0] =~ /^custom-./ || $KNOWN{ $_[0] } }

1;
