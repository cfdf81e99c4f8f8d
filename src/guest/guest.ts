import type { Construct } from 'constructs';
import { collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { parseAddress } from '../base/ip.js';
import type { Allocator } from '../core/allocator.js';
import { constructAt } from '../core/lookup.js';
import { Resource } from '../core/resource.js';
import type { Stack } from '../core/stack.js';
import { Connections, type Peer } from '../firewall/connections.js';
import { connectionsOfLine } from '../firewall/explain-line.js';
import type { Port } from '../firewall/port.js';
import { PveNode } from '../host/pve-node.js';
import type { Layered } from '../model/explain.js';
import type { Fields } from '../model/fields.js';
import type { Finding } from '../model/finding.js';
import type { Layer } from '../model/merge.js';
import { propsOf } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { Subnet } from '../network/subnet.js';
import { allocateNic, type NicGrant, type NicGrants, nicOwner } from './nic-grants.js';
import { overriddenAddresses } from './overridden-addresses.js';
import { guestIdentity } from './owner.js';
import { type GuestSpec, guestResource } from './roles.js';

/** What guests of every type know of themselves once their layers are merged. */
export interface GuestValues {
  readonly vmid?: number | undefined;
  readonly network?: string | undefined;
  readonly address?: string | undefined;
  readonly mac?: string | undefined;
  readonly renamedFrom?: string | undefined;
  /** Network devices beside the first. */
  readonly nics: readonly {
    readonly name: string;
    readonly network?: string | undefined;
    readonly bridge?: string | undefined;
    readonly vlan?: number | undefined;
    readonly address?: string | undefined;
    readonly mac?: string | undefined;
  }[];
  readonly firewall?: object | undefined;
}

/** Props of every guest that say whose values it takes and whom it waits for; the others are values of its own. */
export interface GuestProps {
  readonly profiles?: readonly { readonly layer: Layer }[];
  readonly startAfter?: readonly { readonly identity: string }[];
}

/** How the values of one type of guest are read and merged. */
export interface GuestDialect<V extends GuestValues> {
  /** The table of its values. */
  readonly fields: Fields;
  /** What the guest is called where something refers to it. */
  readonly kind: string;
  /** Reads props as one layer. Throws `config/*`. */
  readonly readLayer: (name: string, props: object, path: string) => Layer;
  /** What a stack says of its guests. Throws `config/*`. */
  readonly stackLayer: (stack: Stack | undefined) => Layer;
  /** The layers from the lowest to the highest, defaults filled in. Throws `config/*`. */
  readonly merge: (layers: readonly Layer[], path: string) => V;
  /** Why a key of the config may not be set past the props; empty if it may. `value` is undefined to remove it. */
  readonly overrideProblems: (key: string, value: string | undefined, path: string) => readonly Problem[];
}

/** A value set past the props, on the config itself. */
export interface GuestOverride {
  /** Key of the config, `net0`. */
  readonly key: string;
  /** Key within the value, `firewall`; undefined for the whole value. */
  readonly subkey: string | undefined;
  /** `undefined` removes. */
  readonly value: string | undefined;
}

/** What guests of every type have in common: number, address, layers, connections. */
export abstract class Guest<S extends GuestSpec, V extends GuestValues> extends Resource<S> implements Referable {
  /** Whether the guest is made to be cloned. */
  abstract readonly isTemplate: boolean;
  /** Who may talk to the guest, and to whom it may talk. */
  readonly connections: Connections;
  /**
   * Where the guest's own service listens, if anything said so.
   * @internal
   */
  protected port: Port | undefined;
  /**
   * Values set past the props.
   * @internal
   */
  protected readonly overrides: GuestOverride[] = [];
  private readonly ownLayer: Layer;
  private readonly profiles: readonly Layer[];
  private readonly startsAfter: { readonly identity: string }[];
  private merged: V | undefined;
  private allocatedVmid: number | undefined;
  private firstNic: NicGrant = {};
  private readonly furtherNics = new Map<string, NicGrant>();

  /** Throws `config/*` and `scope/other-host` with everything that is wrong with the props, `others` included. */
  constructor(
    scope: Construct,
    id: string,
    props: GuestProps,
    private readonly dialect: GuestDialect<V>,
    others: readonly Problem[],
  ) {
    super(scope, id);
    Object.defineProperty(this, guestResource, { value: true });
    const { profiles = [], startAfter = [], ...own } = propsOf(props);
    let ownLayer: Layer = { name: this.node.path, values: {} };
    const problems = collectProblems([
      () => this.refuseOtherHosts(propsOf(props)),
      () => {
        ownLayer = dialect.readLayer(this.node.path, own, this.node.path);
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
    const kind = this.isTemplate ? `${this.dialect.kind} template` : this.dialect.kind;
    return { kind, plain: this.node.path, host: this.host.node.path };
  }

  /** The guest as the other end of a connection. */
  get peer(): Peer {
    return { path: this.node.path, address: () => this.ruleAddress(), connections: this.connections };
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

  /**
   * Sets a value of the config past the props: `override('net0.rate', '10')`, `override('hookscript', 'local:snippets/x.sh')`. `undefined` removes.
   *
   * Applied last, before the grammar, which still refuses what could not be written. Throws `override/*` for keys that the config does not
   * have or that are not a program's to set, and for values that Proxmox would refuse.
   */
  override(key: string, value: string | undefined): void {
    const problems = this.dialect.overrideProblems(key, value, this.node.path);
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
    const [name = '', subkey] = key.split('.');
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
    this.takeOverridden(allocator);
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

  /** Layers that a class of guests brings of its own, below everything that users say. */
  protected classLayers(): readonly Layer[] {
    return [];
  }

  /**
   * What methods added, as the highest layers.
   * @internal
   */
  protected additions(_below: readonly Layer[]): readonly Layer[] {
    return [];
  }

  override layered(): readonly Layered[] {
    return [{ fields: this.dialect.fields, layers: this.layers() }];
  }

  override reasonsOfLine(file: string, line: string): readonly string[] {
    return file.endsWith('.fw') ? connectionsOfLine(line, this.node.path, this.connections.permissions) : [];
  }

  /**
   * All layers merged; made once, when the tree can no longer change.
   * @internal
   */
  protected values(): V {
    this.merged ??= this.dialect.merge(this.layers(), this.node.path);
    return this.merged;
  }

  private layers(): readonly Layer[] {
    const given = [...this.classLayers(), this.dialect.stackLayer(this.home.stack), ...this.profiles, this.ownLayer];
    return [...given, ...this.additions(given)];
  }

  /**
   * What the network devices were given.
   * @internal
   */
  protected get nicGrants(): NicGrants {
    return { first: this.firstNic, others: this.furtherNics };
  }

  /**
   * Identities of the guests that this one waits for.
   * @internal
   */
  protected get predecessors(): string[] {
    return this.startsAfter.map((guest) => guest.identity);
  }

  /**
   * The network at a construct path. Throws `reference/dangling`.
   * @internal
   */
  protected subnet(network: string | undefined): Subnet | undefined {
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

  private allocateNics(allocator: Allocator, values: V, host: PveNode): void {
    const { path } = this.node;
    const { renamedFrom, address, mac } = values;
    const subnet = this.subnet(values.network);
    if (subnet !== undefined) {
      this.firstNic = allocateNic(allocator, { path, owner: { path, renamedFrom }, host, subnet, address, mac });
    }
    for (const nic of values.nics) {
      const owner = nicOwner(path, renamedFrom, nic.name);
      const { bridge, vlan, address, mac } = nic;
      const wire = bridge === undefined ? undefined : { bridge, vlan };
      const request = { path, owner, host, subnet: this.subnet(nic.network), wire, address, mac };
      this.furtherNics.set(nic.name, allocateNic(allocator, request));
    }
  }

  /** Addresses past the props are nobody else's either. */
  private takeOverridden(allocator: Allocator): void {
    const own = [this.firstNic, ...this.furtherNics.values()].map(({ address }) => address);
    for (const { network, address } of overriddenAddresses(this.overrides)) {
      if (!own.includes(address)) {
        allocator.take(`address ${network}`, address, this.node.path);
      }
    }
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
