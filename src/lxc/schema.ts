import * as z from 'zod';
import { dnsNames } from '../base/host-names.js';
import { isMac, isNicCidr, parseAddress } from '../base/ip.js';
import { Size } from '../base/units.js';
import { guestFirewallField } from '../firewall/schema.js';
import { guestFields, guestFileFields, scriptField } from '../guest/schema.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import {
  choice,
  custom,
  decimal,
  defaulted,
  flag,
  integer,
  list,
  map,
  named,
  object,
  reference,
  required,
  size,
  text,
} from '../model/fields.js';
import { table } from '../model/layer.js';
import { storageId } from '../storage/schema.js';
import { mountSourceField } from '../zfs/schema.js';
import { timeZoneField } from './zone-schema.js';

/** Distributions that Proxmox knows how to set up. */
export const osTypes = [
  'debian',
  'devuan',
  'ubuntu',
  'centos',
  'fedora',
  'opensuse',
  'archlinux',
  'alpine',
  'gentoo',
  'nixos',
  'unmanaged',
] as const;

export const architectures = ['amd64', 'i386', 'arm64', 'armhf', 'riscv32', 'riscv64'] as const;

/** Consecutive users (`u`) or groups (`g`) of a container, and those on the disk that they stand for. */
interface IdMapEntry {
  readonly type: 'u' | 'g';
  readonly container: number;
  readonly disk: number;
  readonly count: number;
}

/** Options of a mounted volume that the kernel takes. */
export const mountOptions = ['discard', 'lazytime', 'noatime', 'nodev', 'noexec', 'nosuid'] as const;

const address = (doc: string) =>
  custom(doc, 'an IP address', () => z.string().refine((it) => parseAddress(it) !== undefined));

const idmap = custom<'passthrough' | readonly IdMapEntry[]>(
  'Which owners on the disk stand for which inside, for this mount alone. Proxmox VE 9.2.',
  "'passthrough', or a list of { type, container, disk, count }",
  () =>
    z.union([
      z.literal('passthrough'),
      z
        .array(
          z.strictObject({
            type: z.enum(['u', 'g']),
            container: z.int().min(0),
            disk: z.int().min(0),
            count: z.int().min(1),
          }),
        )
        .min(1)
        .readonly(),
    ]),
);

/** A device file of the host. */
export const devicePath = {
  pattern: /^(?!.*\/\.{0,2}(\/|$))\/dev\/[^,\s=]+$/,
  expects: 'a path below /dev without commas, blanks, `=`, `.` and `..`',
};

/** What may be said of every disk, the root disk too. */
const diskOptions = {
  quota: flag('Whether quotas of users work inside. Not on ZFS.'),
  replicate: flag('Whether replication of the container takes it along.'),
  shared: flag('Whether it is there on every node of the cluster, which makes moving the container legal.'),
  idmap,
};

/** What guests that were made by hand have: keys with numbers of their own choice. */
function keyNumber(key: string, last = 255) {
  return integer(`Number of the key: 3 is ${key}3.`, { min: 0, max: last });
}

/** Names that the kernel takes for a network device and Proxmox for its key. */
const nicName = {
  pattern: /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/,
  expects: 'up to 15 letters, digits, `_`, `-` and `.`',
};

/** What may be said of every network device. */
const nicOptions = {
  ip6: custom('IPv6 address.', "address and prefix such as fd00::5/64, 'auto', 'dhcp' or 'manual'", () =>
    z.string().refine((it) => it === 'auto' || it === 'dhcp' || it === 'manual' || isNicCidr(it, 6)),
  ),
  gateway6: custom('IPv6 router.', 'an IPv6 address', () => z.string().refine((it) => parseAddress(it)?.family === 6)),
  vlan: integer('VLAN tag of the device on its bridge.', { min: 1, max: 4094 }),
  trunks: list('VLANs that pass through the device with their tags.', integer('A VLAN tag.', { min: 1, max: 4094 })),
  rate: decimal('Most that the device sends and receives.', { above: 0, unit: 'MB/s' }),
  mtu: integer('Largest packet. Not above that of the bridge.', { min: 64, max: 65_535, unit: 'bytes' }),
  firewall: flag("Whether the container's firewall filters the device."),
  linkDown: flag('Whether the device is as if its cable were pulled.'),
  hostManaged: flag('Whether the host configures the device, for containers that cannot themselves. Proxmox VE 9.1.'),
};

/** More of the first network device. */
const firstNicField = object('More of the first network device.', {
  name: text('Name inside the container.', nicName),
  ...nicOptions,
});

/** Network devices beside the first. */
const nicsField = list(
  'Network devices beside the first.',
  object('A network device.', {
    name: required(text('Name inside the container.', nicName)),
    network: reference('Network that the device is attached to.', 'network'),
    bridge: text('Bridge of the host, for a network that the program does not know.', {
      pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/,
      expects: 'the name of a bridge: a letter, then up to 14 letters, digits, `_`, `-` and `.`',
    }),
    address: custom(
      'IPv4 address.',
      "an address of the network, address and prefix on a bridge, 'dhcp' or 'manual'",
      () =>
        z
          .string()
          .refine((it) => it === 'dhcp' || it === 'manual' || parseAddress(it)?.family === 4 || isNicCidr(it, 4)),
    ),
    gateway: custom('Router. One device of a container has one.', 'an IPv4 address', () =>
      z.string().refine((it) => parseAddress(it)?.family === 4),
    ),
    mac: custom('Hardware address.', 'six pairs of hexadecimal digits of a unicast address', () =>
      z.string().refine(isMac),
    ),
    ...nicOptions,
    number: keyNumber('net', 31),
  }),
  { by: 'name' },
);

/** What can be said of a container: the one table that its props, files, specs, JSON Schemas and documentation come from. */
export const lxcTable = table('LxcContainer', {
  ...guestFields,
  memory: defaulted(guestFields.memory, Size.mib(512).toBytes()),
  swap: defaulted(size("Share of the host's swap space.", { min: Size.bytes(0) }), Size.mib(512).toBytes()),
  onboot: defaulted(guestFields.onboot, false),
  protection: defaulted(guestFields.protection, false),
  removalPolicy: defaulted(guestFields.removalPolicy, 'retain'),
  tags: defaulted(guestFields.tags, []),

  from: reference('Archive that the root disk is made from; `adopted` if the container exists.', 'container archive'),
  cloneFrom: reference('Template that the root disk is cloned from.', 'container template'),
  cloneMode: defaulted(
    choice('How the root disk is cloned: `linked` shares what does not change, `full` copies all.', ['linked', 'full']),
    'linked',
  ),
  rootfs: required(
    object('Root disk.', {
      storage: required(named('storage', 'Storage of the disk.', storageId)),
      size: required(size('Size. It can grow and never shrinks.', { min: Size.mib(64) })),
      mountOptions: list('Options of the mount.', choice('An option.', mountOptions)),
      acl: flag('Whether access control lists are in force.'),
      readOnly: flag('Whether the container may only read.'),
      ...diskOptions,
    }),
  ),
  unprivileged: defaulted(
    flag('Whether root of the container is nobody on the host. Fixed once the container exists.'),
    true,
  ),
  idMap: defaulted(
    list(
      'Users and groups of the container that are those of the host.',
      object('Consecutive numbers.', {
        type: choice('Users or groups; both if nothing is said.', ['u', 'g']),
        container: required(integer('First number inside the container.', { min: 0, max: 65_535 })),
        host: required(integer('First number on the host.', { min: 0, max: 4_294_967_294 })),
        count: defaulted(integer('How many there are.', { min: 1, max: 65_536 }), 1),
      }),
    ),
    [],
  ),
  ostype: choice('Distribution. Decides how Proxmox sets up network and name inside.', osTypes),
  arch: defaulted(choice('Architecture of the processor.', architectures), 'amd64'),
  cpulimit: decimal('Processor time the container may use, in cores; 0 is no limit.', {
    min: 0,
    max: 8192,
    unit: 'cores',
  }),
  cpuunits: integer('Weight against other guests when processor time is short.', { min: 1, max: 10_000 }),
  features: object("What the container may do that needs the kernel's leave.", {
    nesting: flag('Containers within the container; systemd of recent distributions wants it too.'),
    keyctl: flag('The keyctl system call, which Docker uses. Unprivileged containers only.'),
    fuse: flag('File systems in user space. May block backups that suspend.'),
    mknod: flag('Making some device files. Experimental. Unprivileged containers only.'),
    forceRwSys: flag('Writing to /sys. Unprivileged containers only.'),
    mount: list(
      'File systems that may be mounted. Privileged containers only.',
      text('A file system.', { pattern: /^[a-z0-9_]+$/, expects: 'a name such as nfs or cifs' }),
      'append',
    ),
  }),
  console: flag('Whether the container has a console.'),
  consoleMode: choice('What a console shows: a login on a terminal, /dev/console, or a shell without login.', [
    'tty',
    'console',
    'shell',
  ]),
  tty: integer('Terminals of the container.', { min: 0, max: 6 }),
  hookscript: text('Script that the host runs before and after start and stop, as a volume id.', {
    pattern: /^(?!.*\/\.{0,2}(\/|$))[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]:snippets\/[^\s,]+$/,
    expects: 'a snippet on a storage such as local:snippets/hook.pl, never a path',
  }),
  debug: flag('Whether a start is logged in every detail.'),
  entrypoint: text('Command that runs in place of /sbin/init. Proxmox VE 9.1.', {
    pattern: /^(?!\s)(\t|\P{Cc})+(?<!\s)$/u,
    expects: 'one line of text without blanks at its ends',
  }),
  env: map(
    'Environment of the command that runs as init. No secrets. Proxmox VE 9.1.',
    text('Value.', {
      pattern: /^(\t|\P{Cc})*(?<!\s)$/u,
      expects: 'one line of text without a blank at its end',
    }),
  ),
  timezone: timeZoneField,
  nameservers: list('Name servers.', address('A name server.')),
  searchDomain: text('Domain that is added to bare names, or several with blanks between.', {
    pattern: dnsNames,
    expects: 'a DNS name, or several with blanks between',
  }),
  gpus: list('Cards of the host, by number.', integer('Number of a card.', { min: 0 })),
  gpuMode: defaulted(choice('Whether other guests may use the same cards.', ['shared', 'exclusive']), 'shared'),
  devices: defaulted(
    list(
      'Devices of the host besides cards.',
      object('A device.', {
        path: required(text('Device file of the host.', devicePath)),
        mode: text('Permissions inside the container.', {
          pattern: /^0[0-7]{3}$/,
          expects: 'four octal digits beginning with 0',
        }),
        uid: integer('Owner, as numbered inside the container.', { min: 0, max: 4_294_967_295 }),
        gid: integer('Group, as numbered inside the container.', { min: 0, max: 4_294_967_295 }),
        denyWrite: flag('Whether the container may only read from the device.'),
        number: keyNumber('dev'),
      }),
      { by: 'path' },
    ),
    [],
  ),
  mounts: defaulted(
    list(
      'Folders of the host and further disks inside the container.',
      object('A mount.', {
        target: required(
          text('Folder inside the container.', {
            pattern: /^(?!.*\/\.\.?(\/|$))\/[^,\s]*[^,\s/]$/,
            expects: 'an absolute path without commas, blanks, `.` and `..`',
          }),
        ),
        source: mountSourceField('Dataset or folder of the host.'),
        volume: object("A disk of the container's own, which lives and dies with it.", {
          storage: required(named('storage', 'Storage of the disk.', storageId)),
          size: required(size('Size. It can grow and never shrinks.', { min: Size.mib(64) })),
        }),
        readOnly: defaulted(flag('Whether the container may only read.'), false),
        backup: flag('Whether backups of the container hold the disk.'),
        mountOptions: list('Options of the mount.', choice('An option.', mountOptions)),
        acl: flag('Whether access control lists are in force.'),
        keepAttributes: flag(
          'Whether owner and mode of the folder inside are kept. Proxmox VE 9.1 with pve-container 6.1.2.',
        ),
        ...diskOptions,
        number: keyNumber('mp'),
      }),
      { by: 'target' },
    ),
    [],
  ),
  nic: firstNicField,
  nics: defaulted(nicsField, []),
  firewall: guestFirewallField,
  files: defaulted(list('Files inside the container.', object('A file.', guestFileFields), { by: 'target' }), []),
  provision: defaulted(
    list('Scripts run inside the container, in this order, after its first start.', scriptField(), 'append'),
    [],
  ),
  started: flag('Whether the container runs. `false` leaves it as it is.'),
});

/** Keys that say which container it is; the others say how it is, and may stand in defaults and profiles. */
export const lxcOwnKeys = ['vmid', 'hostname', 'address', 'mac', 'renamedFrom'] as const;

export type LxcFields = (typeof lxcTable)['fields'];
/** One layer's values for a container, as plain data. */
export type LxcLayer = LayerOf<LxcFields>;
/** All layers of a container merged, defaults filled in. */
export type LxcValues = SpecOf<LxcFields>;

/** What stack defaults and profiles may say: everything but what makes one container this one. */
export const lxcSharedTable = table(
  'containers in general',
  Object.fromEntries(Object.entries(lxcTable.fields).filter(([key]) => !lxcOwnKeys.some((own) => own === key))),
);
