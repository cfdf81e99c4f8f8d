import type { Construct } from 'constructs';
import type { Problem } from '../base/errors.js';
import type { Check, Completion, Outcome, Place } from '../core/resource.js';
import { Guest, type GuestDialect } from '../guest/guest.js';
import { PveNode } from '../host/pve-node.js';
import { vmChecks } from './checks.js';
import { completeVm } from './complete.js';
import { mergeVm, readVmLayer, stackVmLayer } from './layers.js';
import { vmOverrideProblems } from './override-problems.js';
import { describeVm } from './plan.js';
import type { VirtualMachineProps, VmSharedProps } from './props.js';
import { propsOfLine } from './props-of-line.js';
import { isVmResource, vmResource } from './roles.js';
import { type VmValues, vmTable } from './schema.js';
import type { VmSpec } from './spec.js';

declare module '../core/stack.js' {
  interface StackDefaults {
    /**
     * Values of machines alone, above those of all guests. Of the latter machines take cores, memory, network, onboot, startup, protection,
     * tags, firewall, nameservers and searchDomain; the others are of containers.
     * @default - none
     */
    readonly vm?: VmSharedProps;
  }
}

/** What machines and their templates have in common. */
export abstract class VmGuest extends Guest<VmSpec, VmValues> {
  static isVmGuest(construct: unknown): construct is VmGuest {
    return isVmResource(construct);
  }

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(
    scope: Construct,
    id: string,
    props: VirtualMachineProps,
    /** Problems that a subclass found in props of its own, to be thrown with those found here. */
    others: readonly Problem[] = [],
  ) {
    super(scope, id, props, vmDialect, others);
    Object.defineProperty(this, vmResource, { value: true });
  }

  complete(completion: Completion): VmSpec {
    return completeVm(
      {
        path: this.node.path,
        template: this.isTemplate,
        vmid: this.vmid,
        values: this.values(),
        node: PveNode.of(this),
        subnetOf: (network) => this.subnet(network),
        grants: this.nicGrants,
        permissions: this.connections.permissions,
        overrides: this.overrides,
        startAfter: this.predecessors,
      },
      completion,
    );
  }

  override propsOfLine(file: string, line: string): readonly string[] {
    return propsOfLine(file, line);
  }

  describe(spec: VmSpec, place: Place): Outcome {
    return describeVm(spec, place);
  }

  override checks(): readonly Check[] {
    return vmChecks;
  }

  override attributes(spec: VmSpec): object {
    const { vmid, template, hostname, source, volumes, memoryBytes, cores, sockets, nics, gpus, onboot } = spec;
    const { startAfter } = spec;
    return { vmid, template, hostname, source, volumes, memoryBytes, cores, sockets, nics, gpus, onboot, startAfter };
  }
}

const vmDialect: GuestDialect<VmValues> = {
  kind: 'machine',
  readLayer: readVmLayer,
  stackLayer: stackVmLayer,
  fields: vmTable.fields,
  merge: mergeVm,
  overrideProblems: vmOverrideProblems,
};
