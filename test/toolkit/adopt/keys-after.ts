import { App } from '../../../src/core/app.js';
import { Stack } from '../../../src/core/stack.js';
import { type GuestKind, type GuestLine, parseGuestConf } from '../../../src/format/guest-conf.js';
import { renderGuestConf } from '../../../src/format/guest-conf-text.js';
import { PveNode } from '../../../src/host/pve-node.js';
import { LxcContainer } from '../../../src/lxc/lxc-container.js';
import type { LxcContainerProps } from '../../../src/lxc/props.js';
import type { PveVersion } from '../../../src/model/pve-version.js';
import { Subnet } from '../../../src/network/subnet.js';
import { Storage } from '../../../src/storage/storage.js';
import { synthesized } from '../../../src/testing/synthesized.js';
import type { Draft } from '../../../src/toolkit/adopt/draft.js';
import type { Inventory } from '../../../src/toolkit/adopt/inventory.js';
import { Code, type Literal } from '../../../src/toolkit/adopt/literal.js';
import { type AdoptedNode, adoptedProgram } from '../../../src/toolkit/adopt/program.js';
import type { VirtualMachineProps } from '../../../src/vm/props.js';
import { VirtualMachine } from '../../../src/vm/virtual-machine.js';

/** What the adopted construct of a guest 101 with these keys says in its turn, and the draft that it came from. */
export function keysAfter(
  kind: GuestKind,
  keys: readonly GuestLine[],
  release: PveVersion = '9.2',
): { readonly keys: Record<string, string>; readonly draft: Draft } {
  const conf = parseGuestConf(renderGuestConf({ kind, keys, raw: [] }), kind);
  const node = { name: 'pve', release, address: '10.0.0.2', networks: [], guests: [{ vmid: 101, conf }] };
  const inventory: Inventory = { cluster: undefined, nodes: [node], storages: [], firewalls: new Map(), others: [] };
  const [adopted] = adoptedProgram(inventory, 'any').nodes;
  const draft = adopted?.guests[0]?.outcome;
  if (adopted === undefined || draft === undefined || typeof draft === 'string') {
    throw new Error(String(draft));
  }
  const app = new App({ name: 'any', root: '/nowhere' });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.2', pveVersion: release });
  const props = built(draft.props, constantsOf(adopted, pve));
  const stack = new Stack(app, 'guests', { host: pve });
  const guest =
    kind === 'lxc'
      ? new LxcContainer(stack, 'any', props as LxcContainerProps)
      : new VirtualMachine(stack, 'any', props as VirtualMachineProps);
  for (const { args } of draft.calls) {
    guest.override(String(args[0]), args[1] instanceof Code ? undefined : String(args[1]));
  }
  return { keys: synthesized(app).guestConfig(101), draft };
}

function constantsOf({ subnets, storages }: AdoptedNode, pve: PveNode): Map<unknown, unknown> {
  const networks = subnets.map(({ code, id, cidr, gateway, bridge, vlan }) => {
    const props = { cidr, gateway, bridge, vlan } as ConstructorParameters<typeof Subnet>[2];
    return [code, new Subnet(pve, id, props)] as const;
  });
  return new Map<unknown, unknown>([
    ...networks,
    ...storages.map(([name, code]) => [code, Storage.fromName(pve, name)] as const),
  ]);
}

/** Literals as the values that they stand for. */
function built(literal: Literal, constants: ReadonlyMap<unknown, unknown>): unknown {
  if (literal instanceof Code) {
    return constants.get(literal);
  }
  if (Array.isArray(literal)) {
    return literal.map((item) => built(item, constants));
  }
  return typeof literal === 'object'
    ? Object.fromEntries(Object.entries(literal).map(([key, value]) => [key, built(value, constants)]))
    : literal;
}
