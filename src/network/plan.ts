import { compareText } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { canonicalInterface } from '../format/interfaces-canonical.js';
import { type InterfaceConfig, interfaceText } from '../format/interfaces-file.js';
import type { StepOf } from '../model/step.js';

/** What kinds of interfaces the program can make. */
export type MadeKind = 'bridge' | 'bond' | 'vlan';

/** An interface of a host, complete. */
export interface InterfaceSpec {
  readonly kind: MadeKind;
  readonly name: string;
  /** What it stands on: ports of a bridge, slaves of a bond, the device of a VLAN. */
  readonly over: readonly string[];
  /** Whether the bridge tells VLANs apart; undefined for other kinds and where the program does not know. */
  readonly vlanAware: boolean | undefined;
  /** VLANs that the bridge's ports carry, as Proxmox writes them. */
  readonly vids: string | undefined;
  /** Tag of a VLAN. */
  readonly tag: number | undefined;
  readonly mtu: number | undefined;
  /** Its addresses with their prefixes. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  /** Whether the host brings it up at boot and when its network is reloaded. */
  readonly autostart: boolean;
  /** As it stands in /etc/network/interfaces; undefined for one that is imported. */
  readonly config: InterfaceConfig | undefined;
}

/** All interfaces that the program makes on one host: they come into force together. */
export interface HostNetworkSpec {
  readonly interfaces: readonly InterfaceConfig[];
  readonly cards: StepOf<'network'>['cards'];
  /** Address that the host is reached by. */
  readonly management: string;
}

/** What stands for the whole network of a host: its file has one owner for each entry, and one reload brings them in force. */
export const networkIdentity = 'network/interfaces';

export function interfaceIdentity(kind: MadeKind, name: string): string {
  return `${kind}/${name}`;
}

/** Names that Proxmox takes for network cards. */
export const cardName = /^(?:eth\d+|en[a-z0-9]+|ib[a-z0-9]+|nic\d+|if\d+)$/;

/** What the network of a host comes to: one step, and the entries as they will stand in the file, for reviewers. */
export function describeNetwork(spec: HostNetworkSpec, place: Place): Outcome {
  const step: StepOf<'network'> = {
    kind: 'network',
    id: `${networkIdentity}/entries`,
    resource: networkIdentity,
    path: place.path,
    title: 'interfaces',
    needs: [],
    exclusive: ['file/interfaces'],
    management: spec.management,
    interfaces: spec.interfaces.map(({ name, autostart, stanzas }) => ({
      name,
      autostart,
      stanzas: stanzas.map(({ family = 'inet', method = 'manual', options, comments }) => ({
        family,
        method,
        options: options.map(([option, value]) => ({ name: option, value })),
        comments,
      })),
    })),
    cards: spec.cards,
  };
  const text = spec.interfaces.map((config) => `${interfaceText(config)}\n`).join('');
  return { files: [{ path: 'network/interfaces', text }], steps: [step] };
}

/** The question whether an interface is there and what it should be; the network's step makes it so. */
export function describeInterface(spec: InterfaceSpec, place: Place): Outcome {
  const { kind, name, config } = spec;
  if (!spec.autostart) {
    return { files: [], steps: [] };
  }
  const identity = interfaceIdentity(kind, name);
  const step: StepOf<'run'> = {
    kind: 'run',
    id: `${identity}/up`,
    resource: identity,
    path: place.path,
    title: 'up',
    needs: config === undefined ? [] : [networkIdentity],
    probes: [upProbe(spec)],
    commands: [],
    fix:
      config === undefined
        ? `the host has no ${kind} ${name}: make it there, or by this program`
        : `${name} is not up as it should be: see what \`ifreload -a\` says`,
  };
  return { files: [], steps: [step] };
}

/** An interface as Proxmox writes it. */
export function writtenInterface(config: InterfaceConfig): InterfaceConfig {
  return canonicalInterface(config);
}

/** Cards below the interfaces. A bridge may not pass larger packets than its cards. */
export function cardsBelow(specs: readonly InterfaceSpec[]): StepOf<'network'>['cards'] {
  const cards = new Map<string, { autostart: boolean; mtu: number }>();
  for (const spec of specs.filter(({ config }) => config !== undefined)) {
    for (const name of spec.over.map((port) => port.replace(/\.\d+$/, '')).filter((port) => cardName.test(port))) {
      const known = cards.get(name) ?? { autostart: false, mtu: 0 };
      cards.set(name, {
        autostart: known.autostart || spec.kind === 'bond',
        mtu: Math.max(known.mtu, spec.kind === 'bond' ? 0 : (spec.mtu ?? 0)),
      });
    }
  }
  return [...cards]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { autostart, mtu }]) => ({ name, autostart, ...(mtu > 1500 ? { mtu } : {}) }));
}

function upProbe({ kind, name, vlanAware, config }: InterfaceSpec): StepOf<'run'>['probes'][number] {
  const folder = `/sys/class/net/${name}`;
  if (kind === 'bridge' && vlanAware === true && config !== undefined) {
    return { probe: 'file', path: `${folder}/bridge/vlan_filtering`, matches: '^1$' };
  }
  const of: Readonly<Record<MadeKind, string>> = { bridge: '/bridge', bond: '/bonding', vlan: '' };
  return { probe: 'file', path: `${folder}${of[kind]}` };
}
