import { existsSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { parseAddress, parseCidr } from '../../base/ip.js';
import { nodeName } from '../../base/proxmox-words.js';
import { type GuestKind, parseGuestConf } from '../../format/guest-conf.js';
import { parseInterfaces } from '../../format/interfaces-file.js';
import { parseSections } from '../../format/section-config.js';
import { parseFacts } from '../../model/facts.js';
import { filesInFacts } from './facts-files.js';
import { filesIn, type HostFiles } from './host-files.js';
import type { GuestInventory, Inventory, MappingSection, NodeInventory, NodeNetwork, OtherFile } from './inventory.js';
import { mappingFiles } from './mappings.js';

const { basename, join } = posix;

/**
 * Reads what a host's files say: a file of facts, or a copy of `/etc`, of `/etc/pve`, or only of the folders with guests in it.
 *
 * Looked for are `nodes/NODE/{lxc,qemu-server}/VMID.conf` or `{lxc,qemu-server}/VMID.conf`, `storage.cfg`, `firewall/*.fw` and
 * `corosync.conf`, and beside them `network/interfaces`, `hostname`, `hosts` and `pveversion` (what that command printed); the latter may
 * also lie in a folder of each node.
 * @throws `adopt/no-folder`, `adopt/nothing`, `adopt/several-hosts`, `adopt/vmid-twice`; for a file `facts/invalid`, `facts/version`
 */
export function readHost(place: string): Inventory {
  if (!existsSync(place)) {
    throw new PhoenixError({
      code: 'adopt/no-folder',
      message: `there is no ${place}`,
      value: place,
      fix: 'give a folder with a copy of /etc or /etc/pve of the host, or a file of facts',
    });
  }
  return statSync(place).isDirectory()
    ? inventoryOf(filesIn(place))
    : inventoryOf(filesInFacts(parseFacts(readFileSync(place, 'utf8'), place)));
}

function inventoryOf(files: HostFiles): Inventory {
  const root = pveFolder(files);
  const names = nodeNames(files, root);
  const nodes = names.map((name) => readNode(files, root, name, names.length === 1));
  refuseDoubles(nodes);
  return {
    cluster: /^\s*cluster_name:\s*(\S+)/m.exec(files.text(join(root, 'corosync.conf')))?.[1],
    nodes,
    storages: parseSections(files.text(join(root, 'storage.cfg'))),
    firewalls: firewallsIn(files, join(root, 'firewall')),
    clusterFirewall: files.text(join(root, 'firewall/cluster.fw')),
    mappings: mappingsIn(files, root),
    others: otherFiles(files, root, names),
  };
}

/** What makes a folder a copy of `/etc/pve`. */
const pveEntries = ['nodes', 'lxc', 'qemu-server', 'storage.cfg', 'firewall'];
const kinds: readonly (readonly [folder: string, kind: GuestKind])[] = [
  ['lxc', 'lxc'],
  ['qemu-server', 'qemu'],
];

/** Where a copy of `/etc/pve` may lie within what was given. */
function pvePlaces(folder: string): string[] {
  return [folder, join(folder, 'pve'), join(folder, 'etc/pve')];
}

function pveFolder(files: HostFiles): string {
  const found = pvePlaces('').find((folder) => isPveFolder(files, folder));
  if (found !== undefined) {
    return found;
  }
  const several = files.folders('').filter((name) => pvePlaces(name).some((folder) => isPveFolder(files, folder)));
  throw new PhoenixError(several.length === 0 ? nothing(files.name) : severalHosts(files.name, several));
}

function isPveFolder(files: HostFiles, folder: string): boolean {
  return pveEntries.some((entry) => files.has(join(folder, entry)));
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

function nodeNames(files: HostFiles, root: string): string[] {
  const nodes = files.folders(join(root, 'nodes'));
  return nodes.length > 0 ? nodes : [ownName(files, root)];
}

/** Without `nodes/` it is one host, whose name stands in /etc/hostname. */
function ownName(files: HostFiles, root: string): string {
  const name = firstText(files, placesOf(undefined), ['hostname']).trim().replace(/\..*$/s, '');
  const fallback = basename(root) === 'pve' ? 'pve' : basename(files.name);
  return [name, fallback].find((it) => nodeName.test(it)) ?? 'pve';
}

function readNode(files: HostFiles, root: string, name: string, isOnly: boolean): NodeInventory {
  const places = placesOf(name, isOnly);
  const networks = networksIn(firstText(files, places, ['network/interfaces', 'interfaces']));
  const version = firstText(files, places, ['pveversion', 'pveversion.txt']);
  const own = join(root, 'nodes', name);
  const guestsFolder = files.has(own) ? own : root;
  return {
    name,
    release: /pve-manager[/:]\s*(\d+\.\d+(?:\.\d+)?)/.exec(version)?.[1],
    address: addressOf(name, networks, firstText(files, places, ['hosts']), files.text(join(root, 'corosync.conf'))),
    networks,
    guests: kinds
      .flatMap(([subfolder, kind]) => guestsIn(files, join(guestsFolder, subfolder), kind))
      .sort((a, b) => a.vmid - b.vmid),
  };
}

/** Where files of a node beside /etc/pve may lie. */
function placesOf(node: string | undefined, isOnly = true): string[] {
  const common = isOnly ? ['etc', ''] : [];
  return [...(node === undefined ? [] : [join(node, 'etc'), node]), ...common];
}

function guestsIn(files: HostFiles, folder: string, kind: GuestKind): GuestInventory[] {
  return files.names(folder).flatMap((name) => {
    const vmid = /^([1-9]\d{2,8})\.conf$/.exec(name)?.[1];
    const path = join(folder, name);
    return vmid === undefined
      ? []
      : [{ vmid: Number(vmid), conf: parseGuestConf(files.text(path), kind), withheld: files.withheld(path) }];
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

function firewallsIn(files: HostFiles, folder: string): Map<number, string> {
  return new Map(
    files.names(folder).flatMap((name): [number, string][] => {
      const vmid = /^([1-9]\d{2,8})\.fw$/.exec(name)?.[1];
      return vmid === undefined ? [] : [[Number(vmid), files.text(join(folder, name))]];
    }),
  );
}

function mappingsIn(files: HostFiles, root: string): MappingSection[] {
  return (['pci', 'usb', 'dir'] as const).flatMap((kind) =>
    parseSections(files.text(join(root, mappingFiles[kind])), { onlyType: kind }).map((section) => ({ kind, section })),
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

function otherFiles(files: HostFiles, root: string, nodes: readonly string[]): OtherFile[] {
  const ofNodes = nodes.map((node) => [`nodes/${node}/host.fw`, `firewall of ${node}`] as const);
  return [...otherKinds, ...ofNodes]
    .map(([path, about]) => ({ path: join(root, path), about }))
    .filter(({ path }) => files.text(path).trim() !== '');
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

function firstText(files: HostFiles, folders: readonly string[], names: readonly string[]): string {
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.map((path) => files.text(path)).find((text) => text !== '') ?? '';
}
