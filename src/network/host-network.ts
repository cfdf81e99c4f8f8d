import { compareText } from '../base/stable.js';
import { type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import type { StackHome } from '../core/stack.js';
import { PveNode } from '../host/pve-node.js';
import { cardsBelow, describeNetwork, type HostNetworkSpec, type InterfaceSpec, networkIdentity } from './plan.js';

const id = 'network-interfaces';
const marker = Symbol.for('phoenix-cdk.HostNetwork');

/**
 * All interfaces that the program makes on one host. They are one thing to the applier, because one reload brings them into force and
 * a card that changes from one to another must never be at both or at none. Made with the first of them.
 */
export class HostNetwork extends Resource<HostNetworkSpec> {
  /** Takes an interface into the network of its host. Throws `scope/no-node`. */
  static add(member: Resource<InterfaceSpec>): void {
    const node = PveNode.of(member);
    const known = node.node.tryFindChild(id);
    const network = isHostNetwork(known) ? known : new HostNetwork(node, id);
    network.members.push(member);
  }

  private readonly members: Resource<InterfaceSpec>[] = [];

  private constructor(
    private readonly machine: PveNode,
    childId: string,
  ) {
    super(machine, childId);
    Object.defineProperty(this, marker, { value: true });
  }

  get identity(): string {
    return networkIdentity;
  }

  /** The stack of its interfaces if they share one, so that applying this stack is enough; otherwise that of the host. */
  override get home(): StackHome {
    const [first] = this.members;
    const names = new Set(this.members.map(({ home }) => home.name));
    return first !== undefined && names.size === 1 ? first.home : super.home;
  }

  complete(completion: Completion): HostNetworkSpec {
    const specs = this.members
      .map((member) => completion.specOf(member))
      .sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
    return {
      interfaces: specs.flatMap(({ config }) => config ?? []),
      cards: cardsBelow(specs),
      management: this.machine.address,
    };
  }

  describe(spec: HostNetworkSpec, place: Place): Outcome {
    return describeNetwork(spec, place);
  }
}

function isHostNetwork(construct: unknown): construct is HostNetwork {
  return typeof construct === 'object' && construct !== null && marker in construct;
}
