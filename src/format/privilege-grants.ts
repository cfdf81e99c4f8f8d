/**
 * What the config of a guest allows it beyond its own disks, key by key: the table of what counts as a privilege. The applier has the same
 * table in runtime/privilege/Grants.pm, where two of them are compared, too; a test says that both use the same words.
 */
export interface Grant {
  readonly kind: PrivilegeKind;
  readonly text: string;
}

/** In the order in which the privileges of one construct are told. */
export const privilegeKinds = [
  'privileged',
  'feature',
  'device',
  'folder',
  'apparmor',
  'capabilities',
  'seccomp',
  'ids',
  'hook',
  'line',
  'arguments',
  'port',
  'reach',
  'forward',
  'filter',
  'root',
] as const;
export type PrivilegeKind = (typeof privilegeKinds)[number];

/** Keys and raw lines of a guest's config, as far as the program gives them. */
export interface GrantingConfig {
  readonly keys: Readonly<Record<string, string>>;
  readonly raw: readonly { readonly key: string; readonly value: string }[];
}

/** The privileges in a config, in no particular order. */
export function grantsOf(type: 'lxc' | 'qemu', config: GrantingConfig): Grant[] {
  const keys = Object.entries(config.keys).flatMap(([key, value]) => {
    const row = grantingKeys[type].find(([pattern]) => pattern.test(key));
    return row?.[1](value, config.keys) ?? [];
  });
  const raw = config.raw.flatMap(({ key, value }) => {
    const row = grantingLines.find(([pattern]) => pattern.test(key));
    return row === undefined ? line('line', key, value) : row[1](key, value);
  });
  return [...keys, ...raw];
}

type OfKey = (value: string, keys: GrantingConfig['keys']) => Grant[];
type OfLine = (key: string, value: string) => Grant[];

const grantingKeys: Readonly<Record<'lxc' | 'qemu', readonly (readonly [RegExp, OfKey])[]>> = {
  lxc: [
    [
      /^unprivileged$/,
      (value) => (isOn(value) ? [] : [{ kind: 'privileged', text: 'root in it is root of the host' }]),
    ],
    [/^features$/, features],
    [/^dev\d+$/, device],
    [/^(?:mp\d+|rootfs)$/, mount],
    [/^hookscript$/, (value) => [{ kind: 'hook', text: value }]],
  ],
  qemu: [
    [/^hostpci\d+$/, pci],
    [/^usb\d+$/, usb],
    [/^virtiofs\d+$/, (value) => [{ kind: 'folder', text: `mapping ${parts(value, 'dirid')['dirid'] ?? ''}` }]],
    [/^(?:serial|parallel)\d+$/, (value) => (value.startsWith('/') ? [path(value, false)] : [])],
    [/^(?:scsi|virtio|sata|ide)\d+$/, drive],
    [/^hookscript$/, (value) => [{ kind: 'hook', text: value }]],
    [/^args$/, (value) => [{ kind: 'arguments', text: value }]],
    [/^ivshmem$/, (value) => [{ kind: 'device', text: `shared memory ${value}` }]],
  ],
};

/** Raw lines by their keys; the last ones grant nothing, and one that fits none is told as it stands. */
const grantingLines: readonly (readonly [RegExp, OfLine])[] = [
  [
    /^lxc\.apparmor\.profile$/,
    (_, value) => (/^(?:generated|unchanged)$/.test(value) ? [] : [{ kind: 'apparmor', text: value }]),
  ],
  [/^lxc\.apparmor\./, (key, value) => line('apparmor', key, value)],
  [
    /^lxc\.cap\.drop$/,
    (_, value) => (value.trim() === '' ? [{ kind: 'capabilities', text: 'all, none is dropped' }] : []),
  ],
  [
    /^lxc\.cap\.keep$/,
    (_, value) =>
      words(value)
        .filter((name) => name !== 'none')
        .map((name) => ({ kind: 'capabilities', text: `${name} is kept` })),
  ],
  [/^lxc\.seccomp\.profile$/, (_, value) => [{ kind: 'seccomp', text: value }]],
  [/^lxc\.seccomp\./, (key, value) => line('seccomp', key, value)],
  [/^lxc\.idmap$/, ids],
  [/^lxc\.hook\.version$/, () => []],
  [/^lxc\.hook\./, (key, value) => (ownMountCheck.test(value) ? [] : line('hook', key, value))],
  [/^lxc\.cgroup2?\.devices\.allow$/, (_, value) => [{ kind: 'device', text: value }]],
  [/^lxc\.cgroup2?\.devices\.deny$/, () => []],
  [/^lxc\.mount\.entry$/, entry],
  [
    /^lxc\.(?:console\.(?:logfile|path)|log\.file)$/,
    (key, value) => (value.startsWith('/') ? line('line', key, value) : []),
  ],
  [
    /^lxc\.(?:cgroup2?|environment|signal|init|prlimit|log|console|tty|pty|start|monitor|uts|arch|group|ephemeral|execute)\b/,
    () => [],
  ],
];

/** The line by which a guest of ours does not start on an empty folder: it asks something and does nothing. */
const ownMountCheck = /^\/bin\/sh -c 'exec mountpoint -q [\w@%+=:,./-]+' phoenix$/;

// ---- Keys

/** Nesting is what Proxmox lets everybody have, as long as root of the guest is not root of the host. */
function features(value: string, keys: GrantingConfig['keys']): Grant[] {
  const given = parts(value, '');
  return Object.keys(given).flatMap((name): Grant[] => {
    const text = given[name] ?? '';
    if (name === 'mount') {
      return text.split(';').map((type) => ({ kind: 'feature', text: `mount ${type}` }));
    }
    const isPlain = name === 'nesting' && isOn(keys['unprivileged'] ?? '0');
    return isOn(text) && !isPlain ? [{ kind: 'feature', text: name }] : [];
  });
}

function device(value: string): Grant[] {
  const { path: node = '', mode = '0660', uid = '0', gid = '0', 'deny-write': only = '0' } = parts(value, 'path');
  const words = [
    mode,
    ...(uid === '0' ? [] : [`uid ${uid}`]),
    ...(gid === '0' ? [] : [`gid ${gid}`]),
    ...(isOn(only) ? ['ro'] : []),
  ];
  return [{ kind: 'device', text: `${node} (${words.join(' ')})` }];
}

function mount(value: string): Grant[] {
  const { volume = '', ro = '0', idmap } = parts(value, 'volume');
  return volume.startsWith('/') ? [path(volume, isOn(ro), idmap)] : [];
}

function drive(value: string): Grant[] {
  const file = /^(?:file=)?(\/[^,]+)/.exec(value)?.[1];
  return file === undefined ? [] : [path(file, value.includes('media=cdrom'))];
}

/** A path of the host as the guest has it: a folder, or a device below /dev. */
function path(text: string, readOnly: boolean, idmap?: string): Grant {
  const plain = text.replace(/(?<=.)\/+$/, '');
  const how = [readOnly ? 'ro' : 'rw', ...(idmap === undefined ? [] : [`idmap ${idmap}`])];
  return { kind: plain.startsWith('/dev/') ? 'device' : 'folder', text: `${plain} (${how.join(' ')})` };
}

function pci(value: string): Grant[] {
  const { mapping, host = '' } = parts(value, 'host');
  return mapping === undefined
    ? pciAddresses(host).map((address) => ({ kind: 'device', text: `PCI ${address}` }))
    : [{ kind: 'device', text: `PCI mapping ${mapping}` }];
}

function usb(value: string): Grant[] {
  const { mapping, host = 'spice' } = parts(value, 'host');
  if (mapping !== undefined) {
    return [{ kind: 'device', text: `USB mapping ${mapping}` }];
  }
  return host.toLowerCase() === 'spice' ? [] : [{ kind: 'device', text: `USB ${host.toLowerCase()}` }];
}

/** What a map of a host lets the guests that use its mapping have. */
export function mappedGrants(mapping: keyof typeof mapped, name: string, map: string): Grant[] {
  return mapped[mapping](parts(map, ''), name);
}

const mapped = {
  dir: ({ path: place = '' }: Parts): Grant[] => [{ ...path(place, false), kind: 'folder' }],
  usb: ({ path: place, id = '' }: Parts, name: string): Grant[] => [
    { kind: 'device', text: `USB ${(place ?? id).toLowerCase()} (mapping ${name})` },
  ],
  pci: ({ path: place = '' }: Parts, name: string): Grant[] =>
    pciAddresses(place).map((address) => ({ kind: 'device', text: `PCI ${address} (mapping ${name})` })),
};

function pciAddresses(text: string): string[] {
  return text
    .split(';')
    .filter((address) => address !== '')
    .map((address) => address.toLowerCase().replace(/^0000:(?=[0-9a-f]{2}:)/, ''));
}

// ---- Raw lines

function line(kind: PrivilegeKind, key: string, value: string): Grant[] {
  return [{ kind, text: `${key}: ${value}` }];
}

/** Users of the host below those that Proxmox gives to containers. */
function ids(key: string, value: string): Grant[] {
  const [, type = '', from = '', size = ''] = /^([ugb])\s+\d+\s+(\d+)\s+(\d+)\s*$/.exec(value) ?? [];
  if (type === '') {
    return line('ids', key, value);
  }
  const [first, count] = [Number(from), Number(size)];
  if (first >= 100_000 && first + count <= 165_536) {
    return [];
  }
  return (type === 'b' ? ['u', 'g'] : [type]).map((each) => {
    const who = each === 'u' ? 'user' : 'group';
    return {
      kind: 'ids',
      text: `${who}${count === 1 ? ` ${first}` : `s ${first}-${first + count - 1}`} of the host`,
    };
  });
}

/** `SOURCE TARGET TYPE OPTIONS`, blanks in the paths as `\040`. */
function entry(key: string, value: string): Grant[] {
  const [source = '', , , text = ''] = words(value);
  const options = text.split(',');
  if (!source.startsWith('/') || !(options.includes('bind') || options.includes('rbind'))) {
    return line('line', key, value);
  }
  const place = source.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
  return [path(place, options.includes('ro'))];
}

// ---- Values

type Parts = Readonly<Record<string, string | undefined>>;

/** Keys within a value; what stands bare belongs to `bare`. Whatever cannot be read is left to whoever checks the value. */
function parts(value: string, bare: string): Parts {
  return Object.fromEntries(
    value
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        const equals = part.indexOf('=');
        return equals < 1 ? [bare, part] : [part.slice(0, equals), part.slice(equals + 1)];
      }),
  );
}

function isOn(value: string): boolean {
  return /^(?:1|on|yes|true)$/i.test(value);
}

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
