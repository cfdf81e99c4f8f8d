import type { Construct } from 'constructs';
import { collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { parseAddress } from '../base/ip.js';
import type { Allocator } from '../core/allocator.js';
import { constructAt } from '../core/lookup.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { Connections, type Peer } from '../firewall/connections.js';
import type { Port } from '../firewall/port.js';
import type { Script } from '../guest/script.js';
import { PveNode } from '../host/pve-node.js';
import type { Finding } from '../model/finding.js';
import type { Layer } from '../model/merge.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { Subnet } from '../network/subnet.js';
import { lxcChecks } from './checks.js';
import { completeLxc } from './complete.js';
import { mergeLxc, readLxcLayer, stackLayer } from './layers.js';
import { allocateNic, type NicGrant, nicOwner } from './nics.js';
import { guestIdentity } from './owner.js';
import { describeLxc } from './plan.js';
import type { GuestFileProps, LxcContainerProps, LxcMount, LxcSharedProps } from './props.js';
import { rawLineProblems } from './raw-lines.js';
import { isLxcResource, lxcResource } from './roles.js';
import type { LxcValues } from './schema.js';
import type { LxcOverride, LxcService, LxcSpec } from './spec.js';

declare module '../core/stack.js' {
  interface StackDefaults extends LxcSharedProps {}
}

/** A service that is put into a guest: what it comes to once the guest's address and cards are known. */
export type ServiceMaker = (at: { readonly address: string | undefined; readonly gpus: number }) => LxcService;

/** What containers and container templates have in common. */
export abstract class LxcGuest extends Resource<LxcSpec> implements Referable {
  static isLxcGuest(construct: unknown): construct is LxcGuest {
    return isLxcResource(construct);
  }

  /** Whether the guest is made to be cloned. */
  abstract readonly isTemplate: boolean;
  /** Who may talk to the guest, and to whom it may talk. */
  readonly connections: Connections;
  private readonly ownLayer: Layer;
  private readonly profiles: readonly Layer[];
  private readonly startsAfter: { readonly identity: string }[];
  private readonly added: { mounts: LxcMount[]; files: GuestFileProps[]; scripts: Script[] } = {
    mounts: [],
    files: [],
    scripts: [],
  };
  private readonly services: ServiceMaker[] = [];
  private readonly raw: { key: string; value: string }[] = [];
  private readonly overrides: LxcOverride[] = [];
  private port: Port | undefined;
  private merged: LxcValues | undefined;
  private allocatedVmid: number | undefined;
  private firstNic: NicGrant = {};
  private readonly furtherNics = new Map<string, NicGrant>();

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props. */
  constructor(
    scope: Construct,
    id: string,
    props: LxcContainerProps,
    /** Problems that a subclass found in props of its own, to be thrown with those found here. */
    others: readonly Problem[] = [],
  ) {
    super(scope, id);
    Object.defineProperty(this, lxcResource, { value: true });
    const { profiles = [], startAfter = [], ...own } = props;
    let ownLayer: Layer = { name: this.node.path, values: {} };
    const problems = collectProblems([
      () => this.refuseOtherHosts(props),
      () => {
        ownLayer = readLxcLayer(this.node.path, own, this.node.path);
      },
    ]);
    if (problems.length + others.length > 0) {
      throw new PhoenixError([...problems, ...others]);
    }
    this.ownLayer = ownLayer;
    this.profiles = profiles.map((profile) => profile.layer);
    this.startsAfter = [...startAfter];
    this.connections = new Connections(
      () => this.peer,
      () => this.port,
    );
  }

  /** Number of the guest. Throws `vmid/not-allocated` before the synth if the program gives none: pass the construct instead. */
  get vmid(): number {
    const vmid = this.allocatedVmid ?? this.ownLayer.values['vmid'];
    if (typeof vmid !== 'number') {
      throw this.notAllocated('vmid', 'a VMID');
    }
    return vmid;
  }

  /** Address of the first network device. Throws `address/not-allocated` before the synth if the program gives none. */
  get address(): string {
    const address = this.firstNic.address ?? this.ownLayer.values['address'];
    if (typeof address !== 'string' || parseAddress(address) === undefined) {
      throw this.notAllocated('address', 'an address');
    }
    return address;
  }

  get identity(): string {
    return guestIdentity(this.vmid);
  }

  get [reference](): ReferenceTarget {
    return {
      kind: this.isTemplate ? 'container template' : 'container',
      plain: this.node.path,
      host: this.host.node.path,
    };
  }

  /** The guest as the other end of a connection. */
  get peer(): Peer {
    return { path: this.node.path, address: () => this.ruleAddress(), connections: this.connections };
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

  /** Lets this guest start only when the others are ready. Throws `scope/other-host` for guests of another host. */
  startAfter(...guests: readonly { readonly identity: string }[]): void {
    this.refuseOtherHosts({ startAfter: guests });
    this.startsAfter.push(...guests);
  }

  /** Says where the guest's own service listens: what `connections.allowDefaultPortFrom` opens. */
  exposePort(port: Port): void {
    this.port = port;
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

  /**
   * Sets a value of the config past the props: `override('net0.rate', '10')`, `override('hookscript', 'local:snippets/x.sh')`. `undefined` removes.
   *
   * Applied last, before the grammar, which still refuses what could not be written.
   */
  override(key: string, value: string | undefined): void {
    const [name = '', subkey] = key.split('.');
    if (!/^[a-z][a-z_]*\d*(\.[a-z][\w-]*)?$/.test(key) || notOverridable.has(name)) {
      throw new PhoenixError({
        code: 'override/key',
        message: `${JSON.stringify(key)} is no key of a container's config that a program may set`,
        path: this.node.path,
        value: key,
        fix: 'name a key, `hookscript`, or a key within one, `net0.rate`',
      });
    }
    this.overrides.push({ key: name, subkey, value });
    this.addFinding(
      'info',
      'override/used',
      `${key} is set past the props to ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
      'use a prop, if there is one',
    );
  }

  override allocate(allocator: Allocator): void {
    const values = this.values();
    const owner = { path: this.node.path, renamedFrom: values.renamedFrom };
    const host = PveNode.of(this);
    if (values.vmid === undefined) {
      allocator.request(host.vmidPool, owner, (vmid) => {
        this.allocatedVmid = Number(vmid);
      });
    } else {
      this.allocatedVmid = values.vmid;
      allocator.take('vmid', String(values.vmid), this.node.path);
    }
    this.allocateNics(allocator, values, host);
  }

  complete(completion: Completion): LxcSpec {
    return completeLxc(
      {
        path: this.node.path,
        template: this.isTemplate,
        vmid: this.vmid,
        values: this.values(),
        node: PveNode.of(this),
        subnetOf: (network) => this.subnet(network),
        grants: { first: this.firstNic, others: this.furtherNics },
        permissions: this.connections.permissions,
        services: this.services.map((maker) =>
          maker({ address: this.firstNic.address, gpus: (this.values().gpus ?? []).length }),
        ),
        raw: this.raw,
        overrides: this.overrides,
        startAfter: this.startsAfter.map((guest) => guest.identity),
      },
      completion,
    );
  }

  describe(spec: LxcSpec, place: Place): Outcome {
    return describeLxc(spec, place);
  }

  override checks(): readonly Check[] {
    return lxcChecks;
  }

  override findings(): readonly Finding[] {
    const asked = this.connections.permissions.some(({ direction }) => direction === 'IN');
    if (!asked || this.values().firewall !== undefined) {
      return super.findings();
    }
    const message = 'connections say who may talk to it, but it has no firewall: everybody may';
    const fix = 'give it `firewall: {}`, which lets in nobody else';
    return [
      ...super.findings(),
      { code: 'firewall/not-filtered', severity: 'warning', path: this.node.path, message, fix },
    ];
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

  /** Layers that a class of containers brings of its own, below everything that users say. */
  protected classLayers(): readonly Layer[] {
    return [];
  }

  /** All layers merged; made once, when the tree can no longer change. */
  private values(): LxcValues {
    if (this.merged === undefined) {
      const { path } = this.node;
      const layers = [
        ...this.classLayers(),
        stackLayer(this.home.stack),
        ...this.profiles,
        this.ownLayer,
        ...this.additions(),
      ];
      this.merged = mergeLxc(layers, path);
    }
    return this.merged;
  }

  /** What methods added, as the highest layer; none if they added nothing. */
  private additions(): readonly Layer[] {
    const { mounts, files, scripts } = this.added;
    const { path } = this.node;
    const nothing = mounts.length + files.length + scripts.length === 0;
    return nothing ? [] : [readLxcLayer(`${path} additions`, { mounts, files, provision: scripts }, path)];
  }

  private allocateNics(allocator: Allocator, values: LxcValues, host: PveNode): void {
    const { path } = this.node;
    const { renamedFrom, address, mac } = values;
    const subnet = this.subnet(values.network);
    if (subnet !== undefined) {
      this.firstNic = allocateNic(allocator, { path, owner: { path, renamedFrom }, host, subnet, address, mac });
    }
    for (const nic of values.nics) {
      const owner = nicOwner(path, renamedFrom, nic.name);
      const { address, mac } = nic;
      const request = { path, owner, host, subnet: this.subnet(nic.network), address, mac };
      this.furtherNics.set(nic.name, allocateNic(allocator, request));
    }
  }

  private subnet(network: string | undefined): Subnet | undefined {
    const found = network === undefined ? undefined : constructAt(this.node.root, network);
    if (network !== undefined && !Subnet.isSubnet(found)) {
      throw new PhoenixError({
        code: 'reference/dangling',
        message: `there is no network ${network}`,
        path: this.node.path,
        value: network,
        fix: 'pass a Subnet',
      });
    }
    return Subnet.isSubnet(found) ? found : undefined;
  }

  /** How rules of other guests name this one. */
  private ruleAddress(): string {
    const { address, network } = this.values();
    if (address === 'dhcp' || address === 'manual' || network === undefined) {
      throw new PhoenixError({
        code: 'firewall/no-address',
        message: `no firewall rule can name ${this.node.path}, whose address is not known`,
        path: this.node.path,
        fix: 'give it an address of its network, or let the whole network in: allowFrom(subnet, port)',
      });
    }
    return this.address;
  }

  private notAllocated(what: 'vmid' | 'address', name: string): PhoenixError {
    return new PhoenixError({
      code: `${what}/not-allocated`,
      message: `${this.node.path} gets ${name} only in the synth`,
      path: this.node.path,
      fix: `pass the construct itself, or give it ${name}`,
    });
  }
}

/** Keys that say whose the guest is and what is being done with it. */
const notOverridable = new Set(['description', 'lock', 'parent', 'template']);
