import * as z from 'zod';
import { isCpuSet } from '../base/cpu-set.js';
import { dnsNames } from '../base/host-names.js';
import { parseAddress } from '../base/ip.js';
import { lazy } from '../base/lazy.js';
import { isPlainObject } from '../base/plain-object.js';
import { Size } from '../base/units.js';
import { guestFirewallField } from '../firewall/schema.js';
import { guestFields } from '../guest/schema.js';
import type { Field, LayerOf, SpecOf } from '../model/fields.js';
import {
  choice,
  custom,
  decimal,
  defaulted,
  flag,
  integer,
  list,
  named,
  reference,
  size,
  text,
} from '../model/fields.js';
import { table } from '../model/layer.js';
import { storageId } from '../storage/schema.js';
import {
  agentField,
  amdSevField,
  audioField,
  cpuField,
  hostPciField,
  intelTdxField,
  ivshmemField,
  machineField,
  migrationFields,
  numaNodesField,
  rngField,
  smbiosField,
  spiceField,
  usbField,
  vgaField,
  virtiofsField,
  watchdogField,
} from './device-schema.js';
import {
  bootDiskField,
  cdromsField,
  cloudInitField,
  disksField,
  efiField,
  snippetId,
  tpmField,
} from './disk-schema.js';
import { firstNicField, nicsField } from './nic-schema.js';

/** What runs inside, as Proxmox tells kinds of systems apart. */
export const vmOsTypes = [
  'other',
  'wxp',
  'w2k',
  'w2k3',
  'w2k8',
  'wvista',
  'win7',
  'win8',
  'win10',
  'win11',
  'l24',
  'l26',
  'solaris',
] as const;

export const keyboards = [
  ...(['de', 'de-ch', 'da', 'en-gb', 'en-us', 'es', 'fi', 'fr', 'fr-be', 'fr-ca', 'fr-ch', 'hu', 'is', 'it'] as const),
  ...(['ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'] as const),
] as const;

export const scsiControllers = [
  'lsi',
  'lsi53c810',
  'virtio-scsi-pci',
  'virtio-scsi-single',
  'megasas',
  'pvscsi',
] as const;

export const hotplugKinds = ['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit'] as const;

/** What can be said of a machine: the one table that its props, files, specs, JSON Schemas and documentation come from. */
export const vmTable = table('VirtualMachine', {
  ...guestFields,
  memory: defaulted(guestFields.memory, Size.gib(2).toBytes()),
  onboot: defaulted(guestFields.onboot, false),
  protection: defaulted(guestFields.protection, false),
  removalPolicy: defaulted(guestFields.removalPolicy, 'retain'),
  tags: defaulted(guestFields.tags, []),

  from: choice('`adopted`: the machine exists, and is looked after from now on.', ['adopted']),
  image: reference('Image that the disk is filled with.', 'disk image'),
  cloneFrom: reference('Template that the disks are cloned from.', 'machine template'),
  cloneMode: defaulted(
    choice('How disks are cloned: `linked` shares what does not change, `full` copies all.', ['linked', 'full']),
    'linked',
  ),
  disk: bootDiskField,
  disks: defaulted(disksField, []),
  cdroms: defaulted(cdromsField, []),
  efi: efiField,
  tpm: tpmField,
  cloudInit: cloudInitField,
  boot: list(
    'Devices that the machine boots from, in this order.',
    text('Key of a disk, an optical drive or a device.', {
      pattern: /^(scsi|virtio|sata|ide|net|hostpci|usb)\d+$/,
      expects: 'the key of a device such as scsi0 or net0',
    }),
  ),

  ostype: choice('What runs inside. Decides details of the virtual hardware.', vmOsTypes),
  bios: choice('Firmware.', ['seabios', 'ovmf']),
  machine: shorthand(machineField, 'type'),
  arch: choice('Architecture of the processor.', ['x86_64', 'aarch64']),
  scsiController: choice('Controller of scsi disks.', scsiControllers),
  cpu: shorthand(cpuField, 'type'),
  sockets: integer('Sockets; the guest sees as many times the cores.', { min: 1 }),
  vcpus: integer('Processors that are plugged in at the start.', { min: 1 }),
  cpulimit: decimal('Processor time the machine may use, in cores; 0 is no limit.', {
    min: 0,
    max: 128,
    unit: 'cores',
  }),
  // more is taken, and stored as 10000
  cpuunits: integer('Weight against other guests when processor time is short.', { min: 1, max: 10_000 }),
  affinity: custom(
    'Processors of the host that the machine runs on.',
    'numbers and ascending ranges such as 0-3,8',
    () => z.string().refine(isCpuSet),
  ),
  numa: flag('Whether the guest sees nodes of memory. Memory that is plugged in needs it.'),
  numaNodes: numaNodesField,
  balloon: size('Least memory that the host may take the guest down to; `0MiB` leaves out the device for it.', {
    min: Size.bytes(0),
  }),
  shares: integer('Weight when memory is given back by ballooning; 0 switches that off.', { min: 0, max: 50_000 }),
  hugepages: choice('Size of the pages of memory, in MiB.', ['any', '2', '1024']),
  keepHugepages: flag('Whether such pages are kept when the machine stops.'),
  allowKsm: flag('Whether equal pages of memory may be shared with other machines. Proxmox VE 9.1.'),
  kvm: flag('Whether the processor runs the guest itself. Without it everything is slow.'),
  acpi: flag('Whether the guest has ACPI.'),
  amdSev: amdSevField,
  intelTdx: intelTdxField,

  agent: shorthand(agentField, 'enabled'),
  hotplug: list('What can be plugged into a running machine.', choice('A kind of device.', hotplugKinds)),
  vga: shorthand(vgaField, 'type'),
  serial: list(
    'Serial ports.',
    text('A port.', {
      pattern: /^(socket|(?!.*\/\.{0,2}(\/|$))\/dev\/[^,\s]+)$/,
      expects: "'socket', or a device such as /dev/ttyS0",
    }),
  ),
  parallel: list(
    'Parallel ports.',
    text('A port.', {
      pattern: /^\/dev\/(parport\d+|usb\/lp\d+)$/,
      expects: '/dev/parport0 or /dev/usb/lp0',
    }),
  ),
  tablet: flag('Whether the guest has a pointer that knows where it is.'),
  keyboard: choice('Layout of the keyboard for the VNC console.', keyboards),
  spice: spiceField,
  audio: audioField,
  rng: rngField,
  watchdog: watchdogField,
  usb: usbField,
  hostPci: hostPciField,
  gpus: list(
    'Cards of the host, by number, that the machine has for itself.',
    integer('Number of a card.', { min: 0 }),
  ),
  virtiofs: virtiofsField,
  ivshmem: ivshmemField,
  smbios: smbiosField,

  nic: firstNicField,
  nics: defaulted(nicsField, []),
  nameservers: list(
    'Name servers, told to the guest by cloud-init.',
    custom('A name server.', 'an IP address', () => z.string().refine((it) => parseAddress(it) !== undefined)),
  ),
  searchDomain: text(
    'Domain that is added to bare names, or several with blanks between; told to the guest by cloud-init.',
    {
      pattern: dnsNames,
      expects: 'a DNS name, or several with blanks between',
    },
  ),
  firewall: guestFirewallField,

  reboot: flag('Whether the guest may start itself anew. Otherwise it stops.'),
  freeze: flag('Whether the processor waits at the start until somebody says `continue` in the monitor.'),
  autostart: flag('Kept by Proxmox and without effect.'),
  localtime: flag('Whether the clock of the guest shows local time. Windows wants that.'),
  startDate: text('Time that the clock of the guest starts with.', {
    pattern: /^(now|\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?)$/,
    expects: "'now', or a date such as 2026-01-31 or 2026-01-31T08:00:00",
  }),
  tdf: flag('Whether lost ticks of the clock are made up for.'),
  ...migrationFields,
  vmStateStorage: named('storage', 'Storage for the memory of machines that are suspended or snapshotted.', storageId),
  hookscript: text('Script that the host runs before and after start and stop, as a volume id.', snippetId),
  args: text('Words for the command line of QEMU.', {
    pattern: /^(?!\s)(\t|\P{Cc})+(?<!\s)$/u,
    expects: 'one line of text without blanks at its ends',
  }),
  started: flag('Whether the machine runs. `false` leaves it as it is: stopped, if it is made by this program.'),
});

/** Keys that say which machine it is; the others say how it is, and may stand in defaults and profiles. */
export const vmOwnKeys = ['vmid', 'hostname', 'address', 'mac', 'renamedFrom'] as const;

/** Keys that machines take from what a stack says of all its guests; the others stand in `defaults.vm`. */
export const vmCommonKeys = [
  ...(['cores', 'memory', 'network', 'onboot', 'startup', 'protection', 'removalPolicy', 'tags', 'firewall'] as const),
  ...(['nameservers', 'searchDomain'] as const),
] as const;

export type VmFields = (typeof vmTable)['fields'];
/** One layer's values for a machine, as plain data. */
export type VmLayer = LayerOf<VmFields>;
/** All layers of a machine merged, defaults filled in. */
export type VmValues = SpecOf<VmFields>;

/** What stack defaults and profiles may say: everything but what makes one machine this one. */
export const vmSharedTable = table(
  'machines in general',
  Object.fromEntries(Object.entries(vmTable.fields).filter(([key]) => !vmOwnKeys.some((own) => own === key))),
);

/** A table of keys that may be said by one of them alone: `cpu: 'host'` is `cpu: { type: 'host' }`. */
function shorthand<F extends Field & { readonly fields: { readonly [key: string]: Field } }>(field: F, key: string): F {
  const alone = field.fields[key];
  const normalise = (value: unknown): unknown =>
    isPlainObject(value) || value === null || typeof value === 'object' ? field.normalise(value) : { [key]: value };
  return {
    ...field,
    normalise,
    expects: `${alone?.expects ?? 'a value'}, or ${field.expects}`,
    authored: lazy(() => z.union([alone?.authored() ?? z.never(), field.authored()])),
  };
}
