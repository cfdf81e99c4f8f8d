import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { parseAddress, parseCidr } from '../../base/ip.js';
import { compareText } from '../../base/stable.js';
import { type GuestKind, parseGuestConf } from '../../format/guest-conf.js';
import { parseInterfaces } from '../../format/interfaces-file.js';
import { parseSections } from '../../format/section-config.js';
import type { GuestInventory, Inventory, MappingSection, NodeInventory, NodeNetwork, OtherFile } from './inventory.js';
import { mappingFiles } from './mappings.js';

/**
 * Reads a copy of the files of a host: of `/etc`, of `/etc/pve`, or only of the folders with guests in it.
 *
 * Looked for are `nodes/NODE/{lxc,qemu-server}/VMID.conf` or `{lxc,qemu-server}/VMID.conf`, `storage.cfg`, `firewall/*.fw` and
 * `corosync.conf`, and beside them `network/interfaces`, `hostname`, `hosts` and `pveversion` (what that command printed); the latter may
 * also lie in a folder of each node.
 * @throws `adopt/no-folder`, `adopt/facts`, `adopt/nothing`, `adopt/several-hosts`, `adopt/vmid-twice`
 */
export function readHost(folder: string): Inventory {
  const root = pveFolder(folder);
  const names = nodeNames(folder, root);
  const nodes = names.map((name) => readNode(folder, root, name, names.length === 1));
  refuseDoubles(nodes);
  return {
    cluster: /^\s*cluster_name:\s*(\S+)/m.exec(textOf(join(root, 'corosync.conf')))?.[1],
    nodes,
    storages: parseSections(textOf(join(root, 'storage.cfg'))),
    firewalls: firewallsIn(join(root, 'firewall')),
    clusterFirewall: textOf(join(root, 'firewall/cluster.fw')),
    mappings: mappingsIn(root),
    others: otherFiles(folder, root, names),
  };
}

/** What makes a folder a copy of `/etc/pve`. */
const pveEntries = ['nodes', 'lxc', 'qemu-server', 'storage.cfg', 'firewall'];
const kinds: readonly (readonly [folder: string, kind: GuestKind])[] = [
  ['lxc', 'lxc'],
  ['qemu-server', 'qemu'],
];

function pveFolder(folder: string): string {
  if (!existsSync(folder)) {
    throw new PhoenixError({
      code: 'adopt/no-folder',
      message: `there is no ${folder}`,
      value: folder,
      fix: 'give a folder with a copy of /etc or /etc/pve of the host',
    });
  }
  if (!statSync(folder).isDirectory()) {
    throw new PhoenixError({
      code: 'adopt/facts',
      message: `${folder} is no folder`,
      value: folder,
      fix: 'give a folder with a copy of /etc or /etc/pve of the host; facts in one file cannot be read yet',
    });
  }
  const found = [folder, join(folder, 'pve'), join(folder, 'etc/pve')].find(isPveFolder);
  if (found !== undefined) {
    return found;
  }
  const several = foldersIn(folder).filter((name) => hasPveFolder(join(folder, name)));
  throw new PhoenixError(several.length === 0 ? nothing(folder) : severalHosts(folder, several));
}

function isPveFolder(folder: string): boolean {
  return pveEntries.some((entry) => existsSync(join(folder, entry)));
}

function hasPveFolder(folder: string): boolean {
  return [folder, join(folder, 'pve'), join(folder, 'etc/pve')].some(isPveFolder);
}

function nothing(folder: string): Problem {
  return {
    code: 'adopt/nothing',
    message: `there are no files of Proxmox in ${folder}`,
    value: folder,
    fix: 'copy /etc/pve of the host beside the project, for /etc/pve/priv holds keys: scp -r root@HOST:/etc/pve ../pve1',
  };
}

function severalHosts(folder: string, hosts: readonly string[]): Problem {
  return {
    code: 'adopt/several-hosts',
    message: `${folder} holds copies of several hosts: ${hosts.join(', ')}`,
    value: folder,
    fix: 'adopt each of them into a program of its own; nodes of one cluster have one /etc/pve',
  };
}

function nodeNames(folder: string, root: string): string[] {
  const nodes = foldersIn(join(root, 'nodes'));
  return nodes.length > 0 ? nodes : [ownName(folder, root)];
}

/** Without `nodes/` it is one host, whose name stands in /etc/hostname. */
function ownName(folder: string, root: string): string {
  const name = firstText(placesOf(folder, undefined), ['hostname']).trim().replace(/\..*$/s, '');
  const fallback = basename(root) === 'pve' ? 'pve' : basename(folder);
  return [name, fallback].find((it) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(it)) ?? 'pve';
}

function readNode(folder: string, root: string, name: string, isOnly: boolean): NodeInventory {
  const places = placesOf(folder, name, isOnly);
  const networks = networksIn(firstText(places, ['network/interfaces', 'interfaces']));
  const version = firstText(places, ['pveversion', 'pveversion.txt']);
  const own = join(root, 'nodes', name);
  const guestsFolder = existsSync(own) ? own : root;
  return {
    name,
    release: /pve-manager[/:]\s*(\d+\.\d+(?:\.\d+)?)/.exec(version)?.[1],
    address: addressOf(name, networks, firstText(places, ['hosts']), textOf(join(root, 'corosync.conf'))),
    networks,
    guests: kinds
      .flatMap(([subfolder, kind]) => guestsIn(join(guestsFolder, subfolder), kind))
      .sort((a, b) => a.vmid - b.vmid),
  };
}

/** Where files of a node beside /etc/pve may lie. */
function placesOf(folder: string, node: string | undefined, isOnly = true): string[] {
  const common = isOnly ? [join(folder, 'etc'), folder] : [];
  return [...(node === undefined ? [] : [join(folder, node, 'etc'), join(folder, node)]), ...common];
}

function guestsIn(folder: string, kind: GuestKind): GuestInventory[] {
  return namesIn(folder).flatMap((name) => {
    const vmid = /^([1-9]\d{2,8})\.conf$/.exec(name)?.[1];
    return vmid === undefined ? [] : [{ vmid: Number(vmid), conf: parseGuestConf(textOf(join(folder, name)), kind) }];
  });
}

function networksIn(text: string): NodeNetwork[] {
  return parseInterfaces(text).interfaces.flatMap(({ name, stanzas }) =>
    stanzas.flatMap(({ options }) => {
      const option = (wanted: string) => options.find(([key]) => key === wanted)?.[1];
      const address = option('address') ?? '';
      const cidr = address.includes('/') ? address : `${address}/${prefixOf(option('netmask') ?? '')}`;
      return parseCidr(cidr)?.address.family === 4 ? [{ name, cidr, gateway: option('gateway') }] : [];
    }),
  );
}

function prefixOf(netmask: string): string {
  const value = parseAddress(netmask)?.value;
  return value === undefined ? netmask : String(value.toString(2).replace(/0+$/, '').length);
}

/** The interface with the router is what others reach the node by; else what the cluster or the node itself says. */
function addressOf(
  name: string,
  networks: readonly NodeNetwork[],
  hosts: string,
  corosync: string,
): string | undefined {
  const [routed] = networks.filter(({ gateway }) => gateway !== undefined);
  const inHosts = hosts
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .find(([address = '', ...names]) => names.includes(name) && !address.startsWith('127.'));
  const ring = corosync.split('}').find((block) => new RegExp(`^\\s*name:\\s*${name}\\s*$`, 'm').test(block));
  const candidates = [
    routed?.cidr.replace(/\/.*/, ''),
    inHosts?.[0],
    /^\s*ring0_addr:\s*(\S+)/m.exec(ring ?? '')?.[1],
    networks[0]?.cidr.replace(/\/.*/, ''),
  ];
  return candidates.find((it) => it !== undefined && parseAddress(it) !== undefined);
}

function firewallsIn(folder: string): Map<number, string> {
  return new Map(
    namesIn(folder).flatMap((name): [number, string][] => {
      const vmid = /^([1-9]\d{2,8})\.fw$/.exec(name)?.[1];
      return vmid === undefined ? [] : [[Number(vmid), textOf(join(folder, name))]];
    }),
  );
}

function mappingsIn(root: string): MappingSection[] {
  return (['pci', 'usb', 'dir'] as const).flatMap((kind) =>
    parseSections(textOf(join(root, mappingFiles[kind])), { onlyType: kind }).map((section) => ({ kind, section })),
  );
}

const otherKinds: readonly (readonly [path: string, about: string])[] = [
  ['jobs.cfg', 'backups and other jobs'],
  ['vzdump.cron', 'backups of old releases'],
  ['replication.cfg', 'replication'],
  ['ha/resources.cfg', 'high availability'],
  ['ha/rules.cfg', 'rules of high availability'],
  ['ha/groups.cfg', 'groups of high availability'],
  ['user.cfg', 'users and permissions'],
  ['datacenter.cfg', 'options of the datacenter'],
  ['virtual-guest/cpu-models.conf', 'processor models'],
];

function otherFiles(folder: string, root: string, nodes: readonly string[]): OtherFile[] {
  const ofNodes = nodes.map((node) => [`nodes/${node}/host.fw`, `firewall of ${node}`] as const);
  return [...otherKinds, ...ofNodes]
    .filter(([path]) => textOf(join(root, path)).trim() !== '')
    .map(([path, about]) => ({
      path: join(root, path)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
      about,
    }));
}

/** Two guests of one number are no cluster's: one of the copies is old. */
function refuseDoubles(nodes: readonly NodeInventory[]): void {
  const seen = new Map<number, string>();
  const problems: Problem[] = [];
  for (const { name, guests } of nodes) {
    for (const { vmid } of guests) {
      const other = seen.get(vmid);
      if (other !== undefined) {
        problems.push({
          code: 'adopt/vmid-twice',
          message: `there are two guests ${vmid}: on ${other} and on ${name}`,
          value: vmid,
          fix: 'a VMID is unique in its cluster: copy /etc/pve anew, or take away the file that is not true',
        });
      }
      seen.set(vmid, name);
    }
  }
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}

function firstText(folders: readonly string[], names: readonly string[]): string {
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.map(textOf).find((text) => text !== '') ?? '';
}

/** Empty if there is no such file. */
function textOf(path: string): string {
  return existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}

function foldersIn(folder: string): string[] {
  return namesIn(folder).filter((name) => statSync(join(folder, name)).isDirectory());
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort(compareText) : [];
}
