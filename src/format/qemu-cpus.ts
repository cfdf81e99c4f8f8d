import { isAtLeast, type PveVersion } from '../model/pve-version.js';

/** Models of processors that machines of a release can have, but for the `custom-` ones of the cluster. */
export function cpuModels(version: PveVersion): string[] {
  return known(models, version);
}

/** Flags that a machine of a release may switch on or off by itself; all others are for custom models. */
export function cpuFlags(version: PveVersion): string[] {
  return known(flags, version);
}

/** The model that Proxmox takes where the config names none. */
export function defaultCpuModel({ arch, kvm }: { arch?: string | undefined; kvm?: boolean | undefined }): string {
  const [native, emulated] = arch === 'aarch64' ? ['host', 'max'] : ['kvm64', 'qemu64'];
  return kvm === false ? emulated : native;
}

const bits32 = ['486', 'pentium', 'pentium2', 'pentium3', 'coreduo', 'athlon', 'kvm32', 'qemu32'];

/** Whether a model is one of 32 bits. Nobody knows it of the `custom-` ones. */
export function is32BitCpu(model: string | undefined): boolean {
  return model !== undefined && bits32.includes(model);
}

type ByRelease = Readonly<Record<PveVersion, string>>;

function known(names: ByRelease, version: PveVersion): string[] {
  return Object.entries(names).flatMap(([since, text]) =>
    isAtLeast(version, since as PveVersion) ? text.split(/\s+/).filter((name) => name !== '') : [],
  );
}

/**
 * What each release brought, up to its last update. From CPUConfig.pm of qemu-server, and for 9.2 from the lists that pve-qemu ships.
 */
const models: ByRelease = {
  '8.4': `
    host max kvm64 kvm32 qemu64 qemu32 x86-64-v2 x86-64-v2-AES x86-64-v3 x86-64-v4
    486 pentium pentium2 pentium3 coreduo core2duo Conroe Penryn
    Nehalem Nehalem-IBRS Westmere Westmere-IBRS SandyBridge SandyBridge-IBRS IvyBridge IvyBridge-IBRS
    Haswell Haswell-IBRS Haswell-noTSX Haswell-noTSX-IBRS Broadwell Broadwell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS
    Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Client-v4
    Skylake-Server Skylake-Server-IBRS Skylake-Server-noTSX-IBRS Skylake-Server-v4 Skylake-Server-v5
    Cascadelake-Server Cascadelake-Server-noTSX Cascadelake-Server-v2 Cascadelake-Server-v4 Cascadelake-Server-v5
    Cooperlake Cooperlake-v2 KnightsMill Icelake-Client Icelake-Client-noTSX
    Icelake-Server Icelake-Server-noTSX Icelake-Server-v3 Icelake-Server-v4 Icelake-Server-v5 Icelake-Server-v6
    SapphireRapids SapphireRapids-v2 GraniteRapids
    athlon phenom Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 Opteron_G5
    EPYC EPYC-IBPB EPYC-v3 EPYC-v4 EPYC-Rome EPYC-Rome-v2 EPYC-Rome-v3 EPYC-Rome-v4
    EPYC-Milan EPYC-Milan-v2 EPYC-Genoa`,
  '9.0': '',
  '9.1': `
    Icelake-Server-v7 SapphireRapids-v3 SapphireRapids-v4 GraniteRapids-v2 GraniteRapids-v3
    SierraForest SierraForest-v2 SierraForest-v3 ClearwaterForest
    EPYC-v5 EPYC-Rome-v5 EPYC-Milan-v3 EPYC-Genoa-v2 EPYC-Turin
    a64fx cortex-a35 cortex-a53 cortex-a55 cortex-a57 cortex-a710 cortex-a72 cortex-a76
    neoverse-n1 neoverse-n2 neoverse-v1`,
  '9.2': `
    SapphireRapids-v5 SapphireRapids-v6 GraniteRapids-v4 GraniteRapids-v5 DiamondRapids
    SierraForest-v4 SierraForest-v5 ClearwaterForest-v2 ClearwaterForest-v3 cortex-a78ae`,
};

const flags: ByRelease = {
  '8.4': 'md-clear pcid spec-ctrl ssbd ibpb virt-ssbd amd-ssbd amd-no-ssb pdpe1gb hv-tlbflush hv-evmcs aes',
  '9.0': '',
  '9.1': 'nested-virt',
  '9.2': '',
};
