import { z } from 'zod';
import { parseAddress } from '../base/ip.js';
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
  object,
  reference,
  required,
  size,
  text,
} from '../model/fields.js';
import { table } from '../model/layer.js';
import { storageId } from '../storage/schema.js';
import { mountSourceField } from '../zfs/schema.js';
import { firstNicField, nicsField } from './nic-schema.js';

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

/** Options of a mounted volume that the kernel takes. */
export const mountOptions = ['discard', 'lazytime', 'noatime', 'nodev', 'noexec', 'nosuid'] as const;

const address = (doc: string) =>
  custom(doc, 'an IP address', () => z.string().refine((it) => parseAddress(it) !== undefined));

/** What can be said of a container: the one table that its props, files, specs, JSON Schemas and documentation come from. */
export const lxcTable = table('LxcContainer', {
  ...guestFields,
  memory: defaulted(guestFields.memory, Size.mib(512).toBytes()),
  swap: defaulted(size("Share of the host's swap space.", { min: Size.bytes(0) }), Size.mib(512).toBytes()),
  onboot: defaulted(guestFields.onboot, false),
  protection: defaulted(guestFields.protection, false),
  tags: defaulted(guestFields.tags, []),

  from: reference('Archive that the root disk is made from.', 'container archive'),
  cloneFrom: reference('Template that the root disk is cloned from.', 'container template'),
  cloneMode: defaulted(
    choice('How the root disk is cloned: `linked` shares what does not change, `full` copies all.', ['linked', 'full']),
    'linked',
  ),
  rootfs: required(
    object('Root disk.', {
      storage: required(text('Storage of the disk.', storageId)),
      size: required(size('Size. It can grow and never shrinks.', { min: Size.mib(64) })),
      mountOptions: list('Options of the mount.', choice('An option.', mountOptions)),
      acl: flag('Whether access control lists are in force.'),
    }),
  ),
  unprivileged: defaulted(
    flag('Whether root of the container is nobody on the host. Fixed once the container exists.'),
    true,
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
    mount: list(
      'File systems that may be mounted. Privileged containers only.',
      text('A file system.', { pattern: /^[a-z0-9_]+$/, expects: 'a name such as nfs or cifs' }),
      'append',
    ),
  }),
  timezone: text('Time zone: `host`, or a name such as Europe/Berlin.', {
    pattern: /^[A-Za-z0-9_+/-]+$/,
    expects: '`host` or the name of a time zone',
  }),
  nameservers: list('Name servers.', address('A name server.')),
  searchDomain: text('Domain that is added to bare names.', { pattern: /^[A-Za-z0-9.-]+$/, expects: 'a DNS name' }),
  gpus: list('Cards of the host, by number.', integer('Number of a card.', { min: 0 })),
  gpuMode: defaulted(choice('Whether other guests may use the same cards.', ['shared', 'exclusive']), 'shared'),
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
          storage: required(text('Storage of the disk.', storageId)),
          size: required(size('Size. It can grow and never shrinks.', { min: Size.mib(64) })),
        }),
        readOnly: defaulted(flag('Whether the container may only read.'), false),
        backup: flag('Whether backups of the container hold the disk.'),
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
  started: defaulted(flag('Whether the container runs. `false` leaves it as it is made: stopped.'), true),
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
