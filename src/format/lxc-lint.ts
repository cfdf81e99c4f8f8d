import type { Problem } from '../base/errors.js';
import { contains, parseAddress, parseCidr } from '../base/ip.js';
import type { GuestConf, GuestLine, GuestSection } from './guest-conf.js';
import { partsOf } from './parts.js';
import { lxcMountPoint, lxcNet, lxcRootfs } from './property-string.js';

/** Something in a container's file that Proxmox takes and that does harm later. */
export interface LxcLint extends Problem {
  /** `error` if the container cannot start with it or data could be lost, else `warning`. */
  readonly severity: 'error' | 'warning';
}

/**
 * What Proxmox reads from a container's file without a word although the start fails, another guest's data is at stake,
 * or it does nothing. Values that cannot be read as what they should be are passed over.
 */
export function lintLxcConf(conf: GuestConf, vmid: number): LxcLint[] {
  const pending = conf.pending === undefined ? [] : [['[pve:pending] ', conf.pending] as const];
  const sections: readonly (readonly [place: string, section: GuestSection])[] = [['', conf], ...pending];
  return [
    ...sections.flatMap(([place, section]) => [
      ...nicLints(section.keys, place),
      ...volumeLints(section.keys, place, vmid),
    ]),
    ...commaLints(conf.raw),
    ...rawPlaceLints([...pending, ...conf.snapshots.map(([name, section]) => [`[${name}] `, section] as const)]),
  ];
}

/** The VMID in the name of a volume, also of one that is linked to another guest's: `900/base-900-disk-0.raw/950/vm-950-disk-0.raw` is of 950. */
export function volumeOwner(volume: string): number | undefined {
  const owner = /(?:^|[:/])(?:vm|base|subvol|basevol)-(\d+)-[^/]+$/.exec(volume)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** Raw values that LXC reads as words with blanks between; a comma makes one word that nobody knows. */
export const blankSeparated: ReadonlySet<string> = new Set([
  'lxc.cap.drop',
  'lxc.cap.keep',
  'lxc.mount.auto',
  'lxc.group',
  'lxc.init.groups',
]);

function nicLints(keys: readonly GuestLine[], place: string): LxcLint[] {
  const lints: LxcLint[] = [];
  const owners = new Map<string, string>();
  for (const [key, value] of keys) {
    const nic = /^net\d+$/.test(key) ? partsOf(value, lxcNet) : undefined;
    if (nic === undefined) {
      continue;
    }
    const { name = '' } = nic;
    const owner = owners.get(name);
    if (owner !== undefined && name !== '') {
      lints.push({
        code: 'lxc-conf/nic-name-twice',
        severity: 'error',
        message: `${place}${owner} and ${key} are both called '${name}', the container cannot start`,
        value: name,
        fix: 'give each network device a name of its own, like eth1',
      });
    }
    owners.set(name, key);
    lints.push(...gatewayLints(key, nic['ip'], nic['gw'], place), ...gatewayLints(key, nic['ip6'], nic['gw6'], place));
  }
  return lints;
}

/** Proxmox writes an extra route for such a gateway into most containers, so it is seldom meant and still no error. */
function gatewayLints(key: string, ip = '', gw = '', place: string): LxcLint[] {
  const network = parseCidr(ip);
  const gateway = parseAddress(gw);
  if (network === undefined || gateway === undefined || contains(network, gateway) || isLinkLocal(gw)) {
    return [];
  }
  return [
    {
      code: 'lxc-conf/gateway-outside',
      severity: 'warning',
      message: `${place}${key}: the gateway ${gw} does not lie in the network of ${ip}`,
      value: gw,
      fix: 'correct the gateway or the length of the prefix',
    },
  ];
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

function volumeLints(keys: readonly GuestLine[], place: string, vmid: number): LxcLint[] {
  return keys.flatMap(([key, value]) => {
    const format = key === 'rootfs' ? lxcRootfs : /^(?:mp|unused)\d+$/.test(key) ? lxcMountPoint : undefined;
    const volume = format === undefined ? undefined : partsOf(value, format)?.['volume'];
    return volume === undefined || volume.startsWith('/') ? [] : volumeLint(`${place}${key}`, volume, vmid);
  });
}

function volumeLint(key: string, volume: string, vmid: number): LxcLint[] {
  if (/^[^:/]+:\d+(?:\.\d+)?$/.test(volume)) {
    return [
      {
        code: 'lxc-conf/allocation',
        severity: 'error',
        message: `${key}: '${volume}' asks for a new volume, which only commands can; as a file's value it names none`,
        value: volume,
        fix: 'make the volume with `pct set`, which writes its name here',
      },
    ];
  }
  const owner = volumeOwner(volume);
  if (owner === undefined || owner === vmid) {
    return [];
  }
  return [
    {
      code: 'lxc-conf/foreign-volume',
      severity: 'error',
      message: `${key}: '${volume}' belongs to guest ${owner}, and would be destroyed or moved with this one too`,
      value: volume,
      fix: 'give the guest a volume of its own, or share a folder of the host',
    },
  ];
}

function commaLints(raw: readonly GuestLine[]): LxcLint[] {
  return raw
    .filter(([key, value]) => blankSeparated.has(key) && value.includes(','))
    .map(([key, value]) => ({
      code: 'lxc-conf/raw-commas',
      severity: 'error',
      message: `${key}: '${value}' is parted by commas, LXC parts it by blanks and cannot start`,
      value,
      fix: `write ${value.replace(/\s*,\s*/g, ' ')}`,
    }));
}

function rawPlaceLints(sections: readonly (readonly [place: string, section: GuestSection])[]): LxcLint[] {
  return sections.flatMap(([place, { raw }]) =>
    raw
      .filter(([key]) => key !== 'lxc.environment.runtime')
      .map(([key, value]) => ({
        code: 'lxc-conf/raw-place',
        severity: 'warning',
        message: `${place}'${key}: ${value}' stands below the header of a section and has no effect`,
        value: key,
        fix: 'write raw lines above the first header of the file',
      })),
  );
}
