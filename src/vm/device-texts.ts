import { Size } from '../base/units.js';
import { defaultCpuModel } from '../format/qemu-cpus.js';
import { renderQemuValue } from '../format/qemu-properties.js';
import { configTexts } from '../guest/config-texts.js';
import { keyNumbers, overriddenNumbers } from '../guest/key-numbers.js';
import type { VmSpec } from './spec.js';

type Parts = Readonly<Record<string, string | number | boolean | undefined>>;

/** The keys of a machine's config whose values have keys within, but for disks and network devices. */
export function deviceTexts(spec: VmSpec): Record<string, string> {
  return { ...singleDevices(spec), ...numberedDevices(spec), ...ports(spec) };
}

function singleDevices(spec: VmSpec): Record<string, string> {
  const { cpu, machine, agent, vga, spice, audio, rng, watchdog, ivshmem, amdSev, intelTdx } = spec;
  const values: readonly (readonly [key: string, parts: Parts | undefined])[] = [
    ['cpu', cpu && cpuParts(cpu, spec)],
    [
      'machine',
      machine && {
        type: machine.type,
        viommu: machine.viommu,
        'aw-bits': machine.awBits,
        'enable-s3': machine.enableS3,
        'enable-s4': machine.enableS4,
      },
    ],
    [
      'agent',
      agent && {
        enabled: agent.enabled,
        fstrim_cloned_disks: agent.fstrimClonedDisks,
        // the name that every release knows
        'freeze-fs-on-backup': agent.freezeFs,
        type: agent.type,
      },
    ],
    ['vga', vga],
    ['spice_enhancements', spice && { foldersharing: spice.folderSharing, videostreaming: spice.videoStreaming }],
    ['audio0', audio],
    ['rng0', rng && { source: rng.source, max_bytes: rng.maxBytes, period: rng.period }],
    ['watchdog', watchdog],
    ['ivshmem', ivshmem && { size: Size.bytes(ivshmem.size).toMib(), name: ivshmem.name }],
    [
      'amd-sev',
      amdSev && {
        type: amdSev.type,
        'no-debug': amdSev.noDebug,
        'no-key-sharing': amdSev.noKeySharing,
        'allow-smt': amdSev.allowSmt,
        'kernel-hashes': amdSev.kernelHashes,
      },
    ],
    [
      'intel-tdx',
      intelTdx && {
        type: 'tdx',
        attestation: intelTdx.attestation,
        'vsock-cid': intelTdx.vsockCid,
        'vsock-port': intelTdx.vsockPort,
      },
    ],
    ['smbios1', spec.smbios && smbiosParts(spec.smbios)],
  ];
  return rendered(values.flatMap(([key, parts]) => (parts === undefined ? [] : [[key, parts] as const])));
}

/** Proxmox refuses a processor without a model, even where the one that it takes by itself is meant. */
function cpuParts({ type, ...more }: NonNullable<VmSpec['cpu']>, spec: VmSpec): Parts {
  const { flags = [], hidden, hvVendorId, physBits, guestPhysBits, level } = more;
  const parts = {
    flags: flags.length === 0 ? undefined : flags.join(';'),
    hidden,
    'hv-vendor-id': hvVendorId,
    'phys-bits': physBits,
    'guest-phys-bits': guestPhysBits,
    level,
  };
  const isSaid = Object.values(parts).some((value) => value !== undefined);
  return { cputype: type ?? (isSaid ? defaultCpuModel(spec) : undefined), ...parts };
}

/** The whole of `smbios1`, of which Proxmox takes no more than 512 characters. */
export function smbiosText({ smbios }: VmSpec): string {
  return smbios === undefined ? '' : renderQemuValue('smbios1', configTexts(smbiosParts(smbios)));
}

/** Encoded, so that any text will do. */
function smbiosParts({ uuid, ...others }: NonNullable<VmSpec['smbios']>): Parts {
  const encoded = Object.entries(others).map(
    ([key, value]) => [key, Buffer.from(value ?? '').toString('base64')] as const,
  );
  const given = encoded.filter(([, value]) => value !== '');
  return { uuid, ...Object.fromEntries(given), base64: given.length === 0 ? undefined : true };
}

function numberedDevices(spec: VmSpec): Record<string, string> {
  const { hostPci, usb = [], virtiofs = [], numaNodes = [] } = spec;
  return rendered([
    ...numbered(spec, 'hostpci', hostPci, (device) => ({
      host: device.pci,
      mapping: device.mapping,
      mdev: device.mdev,
      pcie: device.pcie,
      rombar: device.rombar,
      romfile: device.romfile,
      'x-vga': device.xVga,
      'legacy-igd': device.legacyIgd,
      driver: device.driver,
      'vendor-id': device.vendorId,
      'device-id': device.deviceId,
      'sub-vendor-id': device.subVendorId,
      'sub-device-id': device.subDeviceId,
    })),
    ...numbered(spec, 'usb', usb, ({ host, mapping, usb3 }) => ({ host, mapping, usb3 })),
    ...numbered(spec, 'virtiofs', virtiofs, ({ mapping, cache, directIo, exposeAcl, exposeXattr }) => ({
      dirid: mapping,
      cache,
      'direct-io': directIo,
      'expose-acl': exposeAcl,
      'expose-xattr': exposeXattr,
    })),
    ...numbered(spec, 'numa', numaNodes, ({ cpus, memory, hostNodes, policy }) => ({
      cpus,
      memory: memory === undefined ? undefined : Size.bytes(memory).toMib(),
      hostnodes: hostNodes,
      policy,
    })),
  ]);
}

function numbered<T extends object>(
  spec: VmSpec,
  stem: string,
  devices: readonly (T & { readonly number?: number | undefined })[],
  partsOf: (device: T) => Parts,
): (readonly [string, Parts])[] {
  const numbers = keyNumbers(
    devices.map(({ number }) => number),
    overriddenNumbers(stem, spec),
  );
  return devices.map((device, index) => [`${stem}${numbers[index]}`, partsOf(device)] as const);
}

function ports({ serial = [], parallel = [] }: VmSpec): Record<string, string> {
  return Object.fromEntries([
    ...serial.map((port, index) => [`serial${index}`, port]),
    ...parallel.map((port, index) => [`parallel${index}`, port]),
  ]);
}

/** Keys with nothing within are left out. */
function rendered(values: readonly (readonly [key: string, parts: Parts])[]): Record<string, string> {
  return Object.fromEntries(
    values
      .map(([key, parts]) => [key, configTexts(parts)] as const)
      .filter(([, parts]) => Object.keys(parts).length > 0)
      .map(([key, parts]) => [key, renderQemuValue(key, parts)]),
  );
}
