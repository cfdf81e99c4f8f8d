import type { Construct } from 'constructs';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { interfaceChecks } from './checks.js';
import { interfaceFactsCheck } from './facts-checks.js';
import { HostNetwork } from './host-network.js';
import { describeInterface, type InterfaceSpec, interfaceIdentity } from './plan.js';

const marker = Symbol.for('phoenix-cdk.HostInterface');

/** An interface of a host that has a name of its own: what bridges, bonds and VLANs have in common. */
export abstract class HostInterface extends Resource<InterfaceSpec> implements Referable {
  static isHostInterface(construct: unknown): construct is HostInterface {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  private readonly spec: InterfaceSpec;

  /** `make` reads the props; what it throws names the path that it is given. */
  constructor(scope: Construct, id: string, make: (path: string) => InterfaceSpec) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    this.spec = make(this.node.path);
    if (this.spec.config !== undefined) {
      HostNetwork.add(this);
    }
  }

  /** Name of the interface on the host. */
  get interfaceName(): string {
    return this.spec.name;
  }

  get identity(): string {
    return interfaceIdentity(this.spec.kind, this.spec.name);
  }

  get [reference](): ReferenceTarget {
    return { kind: this.spec.kind, plain: this.spec.name, host: this.host.node.path };
  }

  complete(_completion: Completion): InterfaceSpec {
    return this.spec;
  }

  describe(spec: InterfaceSpec, place: Place): Outcome {
    return describeInterface(spec, place);
  }

  override checks(): readonly Check[] {
    return [...interfaceChecks(HostInterface.isHostInterface), interfaceFactsCheck(HostInterface.isHostInterface)];
  }
}
