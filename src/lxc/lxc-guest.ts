import type { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { Check, Completion, Outcome, Place } from '../core/resource.js';
import type { Port } from '../firewall/port.js';
import { rawLineProblems } from '../format/lxc-raw-line.js';
import { Guest, type GuestDialect } from '../guest/guest.js';
import type { Script } from '../guest/script.js';
import { PveNode } from '../host/pve-node.js';
import type { Layer } from '../model/merge.js';
import { lxcChecks } from './checks.js';
import { completeLxc } from './complete.js';
import { mergeLxc, readLxcLayer, stackLayer } from './layers.js';
import { overrideProblems } from './override-problems.js';
import { describeLxc } from './plan.js';
import type { GuestFileProps, LxcContainerProps, LxcMount, LxcSharedProps } from './props.js';
import { propsOfLine } from './props-of-line.js';
import { isLxcResource, lxcResource } from './roles.js';
import { type LxcValues, lxcTable } from './schema.js';
import type { LxcService, LxcSpec } from './spec.js';

declare module '../core/stack.js' {
  interface StackDefaults extends LxcSharedProps {}
}

/** A service that is put into a guest: what it comes to once the guest's address and cards are known. */
export type ServiceMaker = (at: { readonly address: string | undefined; readonly gpus: number }) => LxcService;

/** What containers and container templates have in common. */
export abstract class LxcGuest extends Guest<LxcSpec, LxcValues> {
  static isLxcGuest(construct: unknown): construct is LxcGuest {
    return isLxcResource(construct);
  }

  private readonly added: { mounts: LxcMount[]; files: GuestFileProps[]; scripts: Script[] } = {
    mounts: [],
    files: [],
    scripts: [],
  };
  private readonly services: ServiceMaker[] = [];
  private readonly raw: { key: string; value: string }[] = [];

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(
    scope: Construct,
    id: string,
    props: LxcContainerProps,
    /** Problems that a subclass found in props of its own, to be thrown with those found here. */
    others: readonly Problem[] = [],
  ) {
    super(scope, id, props, lxcDialect, others);
    Object.defineProperty(this, lxcResource, { value: true });
  }

  /** Puts a dataset, a folder of one or a bare path of the host into the guest. Throws `scope/other-host`. */
  mount(
    source: NonNullable<LxcMount['source']>,
    target: LxcMount['target'],
    options: { readonly readOnly?: boolean } = {},
  ): void {
    this.refuseOtherHosts({ source });
    this.added.mounts.push({ ...options, source, target });
  }

  /** Puts a file into the guest. */
  addFile(file: GuestFileProps): void {
    this.added.files.push(file);
  }

  /** Runs a script inside the guest, after those that were given before. */
  addScript(script: Script): void {
    this.added.scripts.push(script);
  }

  /** Puts a service into the guest. For constructs that make services. */
  addService(maker: ServiceMaker, port: Port | undefined): void {
    this.services.push(maker);
    this.port ??= port;
  }

  /**
   * Adds a line that Proxmox hands to LXC as it is. Changing one takes a restart of the guest.
   *
   * Throws `lxc/raw-key` for keys that Proxmox would drop, and `lxc/raw-value`.
   */
  addRawLine(key: `lxc.${string}`, value: string): void {
    const problems = rawLineProblems(key, value, this.node.path);
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
    this.raw.push({ key, value });
    this.addFinding(
      'info',
      'override/raw-line',
      `${key}: ${value} goes to LXC as it is`,
      'use a prop, if there is one',
    );
  }

  complete(completion: Completion): LxcSpec {
    const { first } = this.nicGrants;
    return completeLxc(
      {
        path: this.node.path,
        template: this.isTemplate,
        vmid: this.vmid,
        values: this.values(),
        node: PveNode.of(this),
        subnetOf: (network) => this.subnet(network),
        grants: this.nicGrants,
        permissions: this.connections.permissions,
        services: this.services.map((maker) =>
          maker({ address: first.address, gpus: (this.values().gpus ?? []).length }),
        ),
        raw: this.raw,
        overrides: this.overrides,
        startAfter: this.predecessors,
      },
      completion,
    );
  }

  override propsOfLine(file: string, line: string): readonly string[] {
    return propsOfLine(file, line);
  }

  describe(spec: LxcSpec, place: Place): Outcome {
    return describeLxc(spec, place);
  }

  override checks(): readonly Check[] {
    return lxcChecks;
  }

  override attributes(spec: LxcSpec): object {
    const { vmid, template, hostname, source, rootfs, memoryBytes, cores, nics, gpus, binds, volumes, onboot } = spec;
    return {
      vmid,
      template,
      hostname,
      source,
      rootfs,
      memoryBytes,
      cores,
      nic: spec.nic === undefined ? undefined : { ...spec.nic, number: undefined, name: undefined },
      nics: nics.length === 0 ? undefined : nics,
      gpus,
      binds,
      volumes,
      onboot,
      startAfter: spec.startAfter,
    };
  }

  /** What methods added, as the highest layer; none if they added nothing. */
  protected override additions(below: readonly Layer[]): readonly Layer[] {
    const { mounts, files, scripts } = this.added;
    const { path } = this.node;
    refuseMountsTwice(mounts, below, path);
    const given = Object.entries({ mounts, files, provision: scripts }).filter(([, list]) => list.length > 0);
    return given.length === 0 ? [] : [readLxcLayer(`${path} additions`, Object.fromEntries(given), path)];
  }
}

/** A mount that a method adds would take the place of one that is there, and keep its options. */
function refuseMountsTwice(mounts: readonly LxcMount[], below: readonly Layer[], path: string): void {
  const taken = new Set(below.flatMap(({ values }) => targetsOf(values['mounts'])));
  const problems = mounts
    .filter(({ target }) => taken.has(target))
    .map(({ target }) => ({
      code: 'lxc/mount-twice',
      message: `${target} is mounted twice`,
      path,
      value: target,
      fix: 'keep the call of `mount` or the entry in `mounts`',
    }));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}

function targetsOf(mounts: unknown): unknown[] {
  return Array.isArray(mounts) ? mounts.map(({ target }: LxcMount) => target) : [];
}

const lxcDialect: GuestDialect<LxcValues> = {
  kind: 'container',
  readLayer: readLxcLayer,
  stackLayer,
  fields: lxcTable.fields,
  merge: mergeLxc,
  overrideProblems,
};
