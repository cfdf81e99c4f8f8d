import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isPlainObject } from '../../src/base/plain-object.js';
import { readVmLayer } from '../../src/vm/layers.js';
import { reservedVmKeys, vmOverrideProblems } from '../../src/vm/override-problems.js';
import { codesOf } from '../support/small-host.js';

/** The prop that each key of a machine's config is said by; `name.part` for keys within values. */
const props: Readonly<Record<string, string>> = {
  acpi: 'acpi',
  affinity: 'affinity',
  'agent.enabled': 'agent.enabled',
  'agent.freeze-fs': 'agent.freezeFs',
  'agent.fstrim_cloned_disks': 'agent.fstrimClonedDisks',
  'agent.type': 'agent.type',
  'allow-ksm': 'allowKsm',
  'amd-sev.allow-smt': 'amdSev.allowSmt',
  'amd-sev.kernel-hashes': 'amdSev.kernelHashes',
  'amd-sev.no-debug': 'amdSev.noDebug',
  'amd-sev.no-key-sharing': 'amdSev.noKeySharing',
  'amd-sev.type': 'amdSev.type',
  arch: 'arch',
  args: 'args',
  'audio0.device': 'audio.device',
  'audio0.driver': 'audio.driver',
  autostart: 'autostart',
  balloon: 'balloon',
  bios: 'bios',
  'boot.order': 'boot',
  'cicustom.meta': 'cloudInit.custom.meta',
  'cicustom.network': 'cloudInit.custom.network',
  'cicustom.user': 'cloudInit.custom.user',
  'cicustom.vendor': 'cloudInit.custom.vendor',
  citype: 'cloudInit.type',
  ciupgrade: 'cloudInit.upgrade',
  ciuser: 'cloudInit.user',
  cores: 'cores',
  'cpu.cputype': 'cpu.type',
  'cpu.flags': 'cpu.flags',
  'cpu.guest-phys-bits': 'cpu.guestPhysBits',
  'cpu.hidden': 'cpu.hidden',
  'cpu.hv-vendor-id': 'cpu.hvVendorId',
  'cpu.level': 'cpu.level',
  'cpu.phys-bits': 'cpu.physBits',
  cpulimit: 'cpulimit',
  cpuunits: 'cpuunits',
  'efidisk0.efitype': 'efi.type',
  'efidisk0.file': 'efi.storage',
  'efidisk0.format': 'efi.format',
  'efidisk0.ms-cert': 'efi.msCert',
  'efidisk0.pre-enrolled-keys': 'efi.preEnrolledKeys',
  freeze: 'freeze',
  hookscript: 'hookscript',
  'hostpci.device-id': 'hostPci.deviceId',
  'hostpci.driver': 'hostPci.driver',
  'hostpci.host': 'hostPci.pci',
  'hostpci.legacy-igd': 'hostPci.legacyIgd',
  'hostpci.mapping': 'hostPci.mapping',
  'hostpci.mdev': 'hostPci.mdev',
  'hostpci.pcie': 'hostPci.pcie',
  'hostpci.rombar': 'hostPci.rombar',
  'hostpci.romfile': 'hostPci.romfile',
  'hostpci.sub-device-id': 'hostPci.subDeviceId',
  'hostpci.sub-vendor-id': 'hostPci.subVendorId',
  'hostpci.vendor-id': 'hostPci.vendorId',
  'hostpci.x-vga': 'hostPci.xVga',
  hotplug: 'hotplug',
  hugepages: 'hugepages',
  'intel-tdx.attestation': 'intelTdx.attestation',
  'intel-tdx.vsock-cid': 'intelTdx.vsockCid',
  'intel-tdx.vsock-port': 'intelTdx.vsockPort',
  'ipconfig.gw': 'nics.gateway',
  'ipconfig.gw6': 'nics.gateway6',
  'ipconfig.ip': 'nics.address',
  'ipconfig.ip6': 'nics.ip6',
  'ivshmem.name': 'ivshmem.name',
  'ivshmem.size': 'ivshmem.size',
  keephugepages: 'keepHugepages',
  keyboard: 'keyboard',
  kvm: 'kvm',
  localtime: 'localtime',
  'machine.aw-bits': 'machine.awBits',
  'machine.enable-s3': 'machine.enableS3',
  'machine.enable-s4': 'machine.enableS4',
  'machine.type': 'machine.type',
  'machine.viommu': 'machine.viommu',
  'memory.current': 'memory',
  migrate_downtime: 'migrateDowntime',
  migrate_speed: 'migrateSpeed',
  name: 'hostname',
  nameserver: 'nameservers',
  'net.bridge': 'nics.bridge',
  'net.firewall': 'nics.firewall',
  'net.host-tunnel': 'nics.hostTunnel',
  'net.link_down': 'nics.linkDown',
  'net.macaddr': 'nics.mac',
  'net.model': 'nics.model',
  'net.mtu': 'nics.mtu',
  'net.queues': 'nics.queues',
  'net.rate': 'nics.rate',
  'net.tag': 'nics.vlan',
  'net.trunks': 'nics.trunks',
  'numa.cpus': 'numaNodes.cpus',
  'numa.hostnodes': 'numaNodes.hostNodes',
  'numa.memory': 'numaNodes.memory',
  'numa.policy': 'numaNodes.policy',
  numa: 'numa',
  onboot: 'onboot',
  ostype: 'ostype',
  parallel: 'parallel',
  protection: 'protection',
  reboot: 'reboot',
  'rng0.max_bytes': 'rng.maxBytes',
  'rng0.period': 'rng.period',
  'rng0.source': 'rng.source',
  scsihw: 'scsiController',
  searchdomain: 'searchDomain',
  serial: 'serial',
  shares: 'shares',
  'smbios1.family': 'smbios.family',
  'smbios1.manufacturer': 'smbios.manufacturer',
  'smbios1.product': 'smbios.product',
  'smbios1.serial': 'smbios.serial',
  'smbios1.sku': 'smbios.sku',
  'smbios1.uuid': 'smbios.uuid',
  'smbios1.version': 'smbios.version',
  sockets: 'sockets',
  'spice_enhancements.foldersharing': 'spice.folderSharing',
  'spice_enhancements.videostreaming': 'spice.videoStreaming',
  sshkeys: 'cloudInit.sshKeys',
  startdate: 'startDate',
  startup: 'startup',
  tablet: 'tablet',
  tags: 'tags',
  tdf: 'tdf',
  'tpmstate0.file': 'tpm.storage',
  'tpmstate0.format': 'tpm.format',
  'tpmstate0.version': 'tpm.version',
  'usb.host': 'usb.host',
  'usb.mapping': 'usb.mapping',
  'usb.usb3': 'usb.usb3',
  vcpus: 'vcpus',
  'vga.clipboard': 'vga.clipboard',
  'vga.memory': 'vga.memory',
  'vga.type': 'vga.type',
  'virtiofs.cache': 'virtiofs.cache',
  'virtiofs.direct-io': 'virtiofs.directIo',
  'virtiofs.dirid': 'virtiofs.mapping',
  'virtiofs.expose-acl': 'virtiofs.exposeAcl',
  'virtiofs.expose-xattr': 'virtiofs.exposeXattr',
  vmstatestorage: 'vmStateStorage',
  'watchdog.action': 'watchdog.action',
  'watchdog.model': 'watchdog.model',
};

/** Keys within the values of disks, of whatever bus. */
const diskProps: Readonly<Record<string, string>> = {
  aio: 'aio',
  backup: 'backup',
  cache: 'cache',
  detect_zeroes: 'detectZeroes',
  discard: 'discard',
  file: 'storage',
  format: 'format',
  iothread: 'iothread',
  model: 'model',
  product: 'product',
  queues: 'queues',
  replicate: 'replicate',
  rerror: 'readErrors',
  ro: 'readOnly',
  scsiblock: 'scsiblock',
  serial: 'serial',
  shared: 'shared',
  size: 'size',
  snapshot: 'snapshot',
  ssd: 'ssd',
  vendor: 'vendor',
  werror: 'writeErrors',
  wwn: 'wwn',
};

/** Keys that nobody says by a prop, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'boot.legacy': 'boots by letters, which `boot` does by names',
  bootdisk: 'is the old form of `boot`',
  cipassword: 'would stand in the config and in the words of a command; give keys',
  'cpu.reported-model': 'is of models that the cluster defines',
  description: 'belongs to people; only the line of the owner is ours',
  'efidisk0.size': 'is as large as the firmware wants it',
  'intel-tdx.type': 'has one value',
  lock: 'Proxmox says what it is doing',
  'meta.creation-qemu': 'Proxmox notes down what it was made with',
  'meta.ctime': 'Proxmox notes down when it was made',
  parent: 'is of snapshots',
  'running-nets-host-mtu': 'is of snapshots',
  runningcpu: 'is of snapshots',
  'runningmachine.aw-bits': 'is of snapshots',
  'runningmachine.enable-s3': 'is of snapshots',
  'runningmachine.enable-s4': 'is of snapshots',
  'runningmachine.type': 'is of snapshots',
  'runningmachine.viommu': 'is of snapshots',
  'smbios1.base64': 'the texts always are',
  smp: 'is the old form of `sockets`',
  snaptime: 'is of snapshots',
  template: 'is what a VmTemplate is',
  'tpmstate0.size': 'is as large as the module wants it',
  'unused.file': 'Proxmox lists what it took away',
  vmgenid: 'Proxmox makes it up',
  vmstate: 'is of snapshots',
};

/** What the tables of all keys hold of one key, or of one key within a value. */
interface Fact {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly alias?: string;
  readonly format?: string | Readonly<Record<string, Fact>>;
}
type Facts = Readonly<Record<string, Fact>>;
type Formats = Readonly<Record<string, { readonly properties?: Facts }>>;

/** Units of Proxmox that props are not in. */
const mebibytes = new Set(['balloon', 'memory', 'ivshmem.size', 'numaNodes.memory']);

/** Where a prop takes less, or says it otherwise, than the table of keys: whole numbers, words of another form. */
const otherwise = new Set([
  'discard', // a truth value for two words
  'keepHugepages',
  'boot',
  'cpuunits', // more is taken, and kept as 10000
]);

describe('a key of the config that a person sets', () => {
  // as the table of all keys has them, one of each kind
  const fixture: Facts = {
    tablet: { type: 'boolean' },
    bios: { type: 'string', enum: ['seabios', 'ovmf'] },
    shares: { type: 'integer', minimum: 0, maximum: 50_000 },
    migrate_downtime: { type: 'number', minimum: 0 },
    balloon: { type: 'integer', minimum: 0 },
    'vga.memory': { type: 'integer', minimum: 4, maximum: 512 },
    'hostpci.vendor-id': { type: 'string', pattern: '(?:^0x[0-9a-fA-F]{4}$)' },
  };
  it.each(rows(fixture))('takes what Proxmox takes and nothing else: %s as %s', checkRow);

  const folder = fileURLToPath(new URL('../../../shared/reference/pve-schema/', import.meta.url));
  const file = `${folder}qemu.json`;
  const isThere = existsSync(file);
  const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
  const facts = isThere ? flat(read('qemu.json').keys, formatsIn(read('formats.json'))) : {};
  const skipped = isThere ? '' : ': skipped, the table of all keys is not at hand';

  it.skipIf(!isThere)(`has a prop, or a reason why not${skipped}`, () => {
    const disks = Object.keys(facts).filter((key) => isDisk(key));
    const others = Object.keys(facts).filter((key) => !isDisk(key));
    expect(others.sort()).toEqual([...Object.keys(props), ...Object.keys(exceptions)].sort());
    for (const key of disks) {
      const part = key.slice(key.indexOf('.') + 1);
      expect(part === 'media' || limitOf(part) !== undefined || diskProps[part], key).toBeTruthy();
    }
  });

  it.skipIf(!isThere).each(rows(facts))(
    `of the whole table takes what Proxmox takes and nothing else: %s as %s${skipped}`,
    checkRow,
  );

  it.skipIf(!isThere)(`is known to overrides, whatever number it has${skipped}`, () => {
    const table = JSON.parse(readFileSync(file, 'utf8')).keys as Record<
      string,
      { indexes?: readonly [first: number, last: number] }
    >;
    for (const [key, { indexes: [, last] = [0, 0] }] of Object.entries(table)) {
      const name = key.replace('[n]', '');
      const numbered = key === name ? name : `${name}${last}`;
      const known = vmOverrideProblems(numbered, undefined, 'x').length === 0;
      expect(known, numbered).toBe(!reservedVmKeys.includes(name) && !['cdrom'].includes(name));
      if (key !== name) {
        expect(vmOverrideProblems(`${name}${last + 1}`, undefined, 'x')).toMatchObject([
          { code: name === 'unused' ? 'override/key' : 'override/unknown-key' },
        ]);
      }
    }
  });
});

/** Each key with what it may be and what it may not. */
function rows(facts: Facts): (readonly [key: string, prop: string, fact: Fact])[] {
  return Object.entries(facts).flatMap(([key, fact]) => {
    const part = key.slice(key.indexOf('.') + 1);
    const limit = isDisk(key) ? limitOf(part) : undefined;
    const disk = limit === undefined ? diskProps[part] : `limits.${limit}`;
    const prop = isDisk(key) ? (disk === undefined ? undefined : `disks.${disk}`) : props[key];
    return prop === undefined || otherwise.has(prop.split('.').at(-1) ?? '') ? [] : [[key, prop, fact] as const];
  });
}

function checkRow(key: string, prop: string, fact: Fact): void {
  for (const good of goodValues(fact, prop)) {
    expect(
      codesOf(() => readVmLayer('x', propsOf(prop, good), 'x')),
      `${prop}: ${good}`,
    ).toEqual([]);
  }
  for (const bad of badValues(fact, prop)) {
    expect(
      codesOf(() => readVmLayer('x', propsOf(prop, bad), 'x')),
      `${prop}: ${bad}`,
    ).not.toEqual([]);
  }
  if (!isDisk(key) && !key.startsWith('efidisk0') && !key.startsWith('tpmstate0')) {
    const name = key.replace(/^(hostpci|ipconfig|net|numa(?=\.)|parallel|serial|usb|virtiofs)/, '$10');
    for (const bad of badTexts(fact)) {
      expect(
        vmOverrideProblems(name, bad, 'x').map(({ code }) => code),
        `${name}: ${bad}`,
      ).toEqual(['override/value']);
    }
  }
}

function goodValues(fact: Fact, prop: string): unknown[] {
  const scale = (value: number) => (mebibytes.has(prop) ? `${value}MiB` : value);
  if (prop === 'numaNodes.memory') return ['512MiB'];
  if (fact.type === 'boolean') return [true, false];
  if (fact.enum !== undefined) return prop.endsWith('format') ? ['raw'] : [...fact.enum];
  const bounds = [fact.minimum, fact.maximum].filter((it) => it !== undefined);
  return isNumber(fact) && prop !== 'disks.size' ? bounds.map(scale) : [];
}

function badValues(fact: Fact, prop: string): unknown[] {
  const scale = (value: number) => (mebibytes.has(prop) ? `${value}MiB` : value);
  if (fact.type === 'boolean') return ['yes', 1, 'no such'];
  if (fact.enum !== undefined) return ['no such', 7, true];
  const outside = [
    ...(fact.minimum === undefined ? [] : [fact.minimum - 1]),
    ...(fact.maximum === undefined ? [] : [fact.maximum + 1]),
  ];
  return isNumber(fact) ? [...outside.map(scale), 'many', true] : ['', 7, 'a\nb'];
}

/** What the same key is refused as in the text of an override. */
function badTexts(fact: Fact): string[] {
  if (fact.type === 'boolean') return ['maybe', '2'];
  if (fact.enum !== undefined) return ['no-such'];
  if (!isNumber(fact)) return fact.pattern === undefined ? [] : ['no/such:;§'];
  const outside = [
    fact.minimum === undefined ? [] : fact.minimum - 1,
    fact.maximum === undefined ? [] : fact.maximum + 1,
  ];
  return ['many', ...outside.flat().map(String)];
}

function isNumber({ type }: Fact): boolean {
  return type === 'integer' || type === 'number';
}

/** Props with one value at `prop`, and what else the table requires beside it. */
function propsOf(prop: string, value: unknown): object {
  const [first = '', ...inner] = prop.split('.');
  const lists: Readonly<Record<string, object>> = {
    disks: { key: 'scsi1' },
    nics: { name: 'net1' },
    numaNodes: {},
    usb: {},
    hostPci: {},
    virtiofs: {},
  };
  const nested = inner.reduceRight<unknown>((below, key) => ({ [key]: below }), value);
  const item = lists[first];
  if (item !== undefined) {
    return { [first]: [isPlainObject(nested) ? { ...item, ...nested } : nested] };
  }
  return { [first]: ['serial', 'parallel', 'tags'].includes(prop) ? [value] : nested };
}

/** Keys without the `[n]` of numbered ones; those within values after a dot, other names of theirs left out. */
function flat(table: Facts, formats: Formats): Facts {
  const result: Record<string, Fact> = {};
  for (const [key, fact] of Object.entries(table)) {
    const name = key.replace('[n]', '');
    const parts = typeof fact.format === 'string' ? formats[fact.format]?.properties : fact.format;
    for (const [part, inner] of Object.entries(parts ?? { '': fact })) {
      if (inner.alias === undefined) result[part === '' ? name : `${name}.${part}`] = inner;
    }
  }
  return result;
}

function isDisk(key: string): boolean {
  return /^(scsi|virtio|sata|ide|cdrom)\./.test(key);
}

/** `mbps_rd_max` is `mbpsRdMax`. */
function limitOf(part: string): string | undefined {
  return /^(mbps|bps|iops)/.test(part)
    ? part.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : undefined;
}

/** The formats with names, wherever in their file they stand. */
function formatsIn(value: unknown): Formats {
  const found: Record<string, { properties?: Facts }> = {};
  const visit = (inner: unknown): void => {
    if (!isPlainObject(inner)) return;
    for (const [name, below] of Object.entries(inner)) {
      if (isPlainObject(below) && isPlainObject(below['properties'])) found[name] = below as { properties: Facts };
      else visit(below);
    }
  };
  visit(value);
  return found;
}
