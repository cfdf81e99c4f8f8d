import { type PveVersion, pveVersions } from '../../model/pve-version.js';
import { adoptClusterFirewall } from './cluster-firewall.js';
import type { Draft } from './draft.js';
import { guestComment } from './guest-comment.js';
import type { GuestInventory, Inventory, NodeInventory } from './inventory.js';
import { Code, type Literal, type LiteralRecord, printCall, printImport, quoted } from './literal.js';
import { type GuestSurroundings, lxcDraft } from './lxc-draft.js';
import { lxcNicPlaces } from './lxc-nics.js';
import { adoptMapping } from './mappings.js';
import { identifierOf, Names, reservedNames } from './names.js';
import type { NodeConstruct } from './node-construct.js';
import { Claims, type GuessedSubnet, Places } from './places.js';
import { Storages } from './storages.js';
import { vmDraft } from './vm-draft.js';

/** A program for what a host has, and what became of each of its guests. */
export interface AdoptedProgram {
  readonly text: string;
  readonly nodes: readonly AdoptedNode[];
}

export interface AdoptedNode {
  readonly node: NodeInventory;
  /** The release that the program states, and whether the files say it. */
  readonly pveVersion: PveVersion;
  readonly isVersionKnown: boolean;
  /** The address that the program states, and whether the files say it. */
  readonly address: string;
  readonly isAddressKnown: boolean;
  readonly subnets: readonly GuessedSubnet[];
  readonly storages: Storages['used'];
  readonly guests: readonly AdoptedGuest[];
  /** What of cluster.fw is not in the program; empty for all nodes but the first. */
  readonly firewallLeft: readonly string[];
}

export interface AdoptedGuest {
  readonly guest: GuestInventory;
  /** Id of its construct. */
  readonly id: string;
  /** What the program says of it; a text is why it says nothing. */
  readonly outcome: Draft | string;
}

/** Names of classes, which no constant may have. */
const classes = [
  'Alias',
  'App',
  'ClusterFirewall',
  'DirectoryMapping',
  'IpSet',
  'LxcContainer',
  'LxcTemplate',
  'PciMapping',
  'PveNode',
  'SecurityGroup',
  'Stack',
  'Storage',
  'Subnet',
  'UsbMapping',
  'VirtualMachine',
  'VmTemplate',
];

/** Writes the program. The same files give the same text. */
export function adoptedProgram(inventory: Inventory, app: string): AdoptedProgram {
  const names = new Names([...reservedNames, ...classes, 'app']);
  const claims = new Claims(inventory.nodes);
  const rootIds = new Names();
  const written = inventory.nodes.map((node) => writeNode(node, inventory, { names, claims, rootIds }));
  const imports = [...new Set(['App', 'PveNode', ...written.flatMap(({ uses }) => uses)])].sort();
  const text = [
    ...header(inventory),
    printImport(imports, 'phoenix-cdk'),
    '',
    `const app = new App({ name: ${quoted(app)} });`,
    ...written.flatMap(({ lines }) => ['', ...lines]),
    '',
    'app.synth();',
    '',
  ].join('\n');
  return { text, nodes: written.map(({ adopted }) => adopted) };
}

interface Shared {
  readonly names: Names;
  readonly claims: Claims;
  readonly rootIds: Names;
}

function header({ nodes }: Inventory): string[] {
  const from = nodes.map(({ name }) => name).join(', ');
  return [
    `// What exists on ${from}, as its files say it. Written by \`phoenix adopt\`; from here on it is yours to edit.`,
    "// `from: 'adopted'`: the guest exists. It is never made anew, and neither started nor stopped unless `started: true` says so.",
  ];
}

function writeNode(
  node: NodeInventory,
  inventory: Inventory,
  { names, claims, rootIds }: Shared,
): { lines: string[]; uses: string[]; adopted: AdoptedNode } {
  const isOnly = inventory.nodes.length === 1;
  const nodeCode = names.give(identifierOf(node.name), identifierOf(`node ${node.name}`));
  const nodeId = rootIds.give(node.name);
  const stackId = isOnly ? rootIds.give('guests', `${node.name}-guests`) : rootIds.give(`${node.name}-guests`);
  const stackCode = names.give(identifierOf(stackId));
  const ids = new Names();
  const storages = new Storages(node.name, names, ids);
  const places = new Places(node, nicPlaces(node), claims, names, ids);
  const guestIds = new Names();
  const version = versionOf(node.release);
  const around = { storages, places, claims, guestIds, pveVersion: version.text };
  const guests = node.guests.map((guest) => adoptGuest(guest, inventory, around));
  const used = constantsOf(guests);
  const isFirst = inventory.nodes[0] === node;
  const firewall = adoptClusterFirewall(isFirst ? (inventory.clusterFirewall ?? '') : '');
  const mappings = (inventory.mappings ?? []).flatMap((mapping) => adoptMapping(mapping, node.name) ?? []);
  const adopted: AdoptedNode = {
    node,
    pveVersion: version.text,
    isVersionKnown: version.isKnown,
    address: node.address ?? unknownAddress,
    isAddressKnown: node.address !== undefined,
    subnets: places.subnets.filter(({ code }) => used.has(code)),
    storages: storages.used.filter(([, code]) => used.has(code)),
    guests,
    firewallLeft: firewall.left,
  };
  const drafts = guests.map(({ outcome }) => outcome).filter((outcome) => typeof outcome !== 'string');
  const stack = printCall(`const ${stackCode} = new Stack`, [new Code('app'), stackId, { host: new Code(nodeCode) }]);
  return {
    adopted,
    uses: [
      ...(adopted.subnets.length === 0 ? [] : ['Subnet']),
      ...(adopted.storages.length === 0 ? [] : ['Storage']),
      ...(drafts.length === 0 ? [] : ['Stack']),
      ...drafts.map(classOf),
      ...[...firewall.constructs, ...mappings].map(({ className }) => className),
    ],
    lines: [
      ...nodeText(adopted, nodeCode, nodeId),
      ...paragraph(
        'Networks, as the addresses of guests and of the host show them.',
        adopted.subnets.map((subnet) => subnetText(subnet, nodeCode)),
      ),
      ...paragraph(
        'What the guests lie on. `fromName` refers to what exists, and never creates, changes or removes it.',
        adopted.storages.map(([storage, code]) =>
          printCall(`const ${code.text} = Storage.fromName`, [new Code(nodeCode), storage]),
        ),
      ),
      ...paragraph(
        firewallComment(firewall.left),
        firewall.constructs.map((construct) => constructText(construct, nodeCode, ids)),
      ),
      ...paragraph(
        'Names of the cluster for devices and folders of the host.',
        mappings.map((construct) => constructText(construct, nodeCode, ids)),
      ),
      ...(drafts.length === 0 ? [] : ['', stack]),
      ...guests.flatMap((guest) => ['', ...guestText(guest, stackCode, names)]),
    ],
  };
}

function paragraph(comment: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `// ${comment}`, ...lines];
}

function classOf({ isTemplate, guest }: Draft): string {
  const [machine, container] = isTemplate ? ['VmTemplate', 'LxcTemplate'] : ['VirtualMachine', 'LxcContainer'];
  return guest.conf.kind === 'qemu' ? machine : container;
}

/** The constants that the guests' props name; others would be unused. */
function constantsOf(guests: readonly AdoptedGuest[]): Set<Literal> {
  const found = new Set<Literal>();
  const pending: Literal[] = guests.flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : [outcome.props]));
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value instanceof Code) {
      found.add(value);
    } else if (typeof value === 'object') {
      pending.push(...Object.values(value));
    }
  }
  return found;
}

/** Of the range for documentation: nobody has it. */
const unknownAddress = '192.0.2.1';

function nodeText(
  { node, address, pveVersion, isAddressKnown, isVersionKnown }: AdoptedNode,
  code: string,
  id: string,
): string[] {
  const unknown = [
    ...(isAddressKnown ? [] : ['// TODO: the address of the host; its files do not say it.']),
    ...(isVersionKnown
      ? []
      : ['// TODO: the release that `pveversion` prints; the applier refuses a host of another one.']),
  ];
  const more: LiteralRecord = id === node.name ? {} : { nodeName: node.name };
  return [
    ...unknown,
    printCall(`const ${code} = new PveNode`, [new Code('app'), id, { address, pveVersion, ...more }]),
  ];
}

/** Unknown releases are taken for the newest, which refuses nothing. */
function versionOf(release: string | undefined): { text: PveVersion; isKnown: boolean } {
  const minor = /^\d+\.\d+/.exec(release ?? '')?.[0];
  const known = pveVersions.find((version) => version === minor);
  return { text: known ?? '9.2', isKnown: known !== undefined };
}

function subnetText({ code, id, cidr, gateway, bridge, vlan }: GuessedSubnet, nodeCode: string): string {
  return printCall(`const ${code.text} = new Subnet`, [
    new Code(nodeCode),
    id,
    { cidr, ...(gateway === undefined ? {} : { gateway }), bridge, ...(vlan === undefined ? {} : { vlan }) },
  ]);
}

function firewallComment(left: readonly string[]): string {
  const start = 'The firewall of the datacenter. Entries that were there before stay as they are.';
  return left.length === 0 ? start : `${start} Not here: ${left.join(', ')}.`;
}

function constructText({ className, name, nameProp, props }: NodeConstruct, nodeCode: string, ids: Names): string {
  const node = new Code(nodeCode);
  if (props === undefined) {
    ids.give(name);
    return printCall(`${className}.fromName`, [node, name]);
  }
  const kind = className.replace(/^.*(?=[A-Z])/, '').toLowerCase();
  const id = ids.give(name, `${name}-${kind}`);
  const named = id === name || nameProp === undefined ? {} : { [nameProp]: name };
  return printCall(`new ${className}`, [node, id, { ...named, ...props }]);
}

function nicPlaces(node: NodeInventory) {
  return node.guests.flatMap(({ conf }) => (conf.kind === 'lxc' ? lxcNicPlaces(conf.keys) : []));
}

function adoptGuest(
  guest: GuestInventory,
  inventory: Inventory,
  around: Omit<GuestSurroundings, 'id' | 'firewall'> & { readonly guestIds: Names },
): AdoptedGuest {
  const keys = new Map(guest.conf.keys);
  const kind = guest.conf.kind === 'lxc' ? 'ct' : 'vm';
  const name = keys.get('hostname') ?? keys.get('name') ?? `${kind}${guest.vmid}`;
  const own = name.replace(/[/\s]+/g, '-');
  const id = around.guestIds.give(own, `${own}-${guest.vmid}`);
  const firewall = inventory.firewalls.get(guest.vmid);
  const draft = guest.conf.kind === 'lxc' ? lxcDraft : vmDraft;
  const outcome = draft(guest, { ...around, id, firewall });
  return { guest, id, outcome };
}

function guestText({ guest, id, outcome }: AdoptedGuest, stackCode: string, names: Names): string[] {
  if (typeof outcome === 'string') {
    return [`// Not in the program: ${id} (${guest.vmid}): ${outcome}`];
  }
  const className = classOf(outcome);
  // Long, and of less interest than the rest.
  const { firewall, ...others } = outcome.props;
  const props = firewall === undefined ? others : { ...others, firewall };
  const args: Literal[] = [new Code(stackCode), id, props];
  const comment = guestComment(outcome);
  if (outcome.calls.length === 0) {
    return [...comment, printCall(`new ${className}`, args)];
  }
  const code = names.give(identifierOf(id), identifierOf(`${id} ${guest.vmid}`));
  const calls = outcome.calls.flatMap(({ method, args: words, why }, index) => [
    ...(why === undefined || why === outcome.calls[index - 1]?.why ? [] : [`// ${why}`]),
    printCall(`${code}.${method}`, words),
  ]);
  return [...comment, printCall(`const ${code} = new ${className}`, args), ...calls];
}
