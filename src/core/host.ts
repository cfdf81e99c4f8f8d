import { Construct, type IConstruct } from 'constructs';
import type { Finding } from '../model/finding.js';
import type { PveVersion } from '../model/pve-version.js';
import type { HostFacts } from './host-facts.js';
import { scopeFor } from './scope.js';

const marker = Symbol.for('phoenix-cdk.Host');

/** A machine that things exist on, as far as the kernel has to know it. `PveNode` is the one that users make. */
export abstract class Host extends Construct {
  static isHost(construct: unknown): construct is Host {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** Name of the Proxmox node, as in `/etc/pve/nodes/<name>`. */
  abstract readonly hostName: string;
  /** The release that is made for. */
  abstract readonly pveVersion: PveVersion;

  constructor(scope: Construct, id: string) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
  }

  /** What the facts show otherwise than the program says of the host. */
  findingsBy(_facts: HostFacts): readonly Finding[] {
    return [];
  }
}

/** The host that a construct lies below in the tree, if it does. */
export function enclosingHost(construct: IConstruct): Host | undefined {
  for (let here: IConstruct | undefined = construct; here !== undefined; here = here.node.scope) {
    if (Host.isHost(here)) {
      return here;
    }
  }
  return undefined;
}
