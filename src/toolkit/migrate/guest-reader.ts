import { isMac, parseAddress } from '../../base/ip.js';
import type { Fleet } from './fleet.js';
import { hostNameOf, parentKeys } from './fleet.js';
import type { MigratedHost } from './host.js';
import type { Entry } from './input.js';
import type { Ledger } from './ledger.js';
import type { Networks } from './places.js';
import type { MonolithGuest } from './read-monolith.js';
import { booleanOf, integerOf, sizeOf, textOf, type Value } from './values.js';

/** What all guests are read with. */
export interface GuestWorld {
  readonly fleet: Fleet;
  readonly host: MigratedHost;
  readonly networks: Networks;
  readonly ledger: Ledger;
  /** Name of the machine. */
  readonly hostName: string;
}

/** Reads what containers and machines have in common, key by key. */
export class GuestReader {
  readonly values: Record<string, Value> = {};
  readonly ledger: Ledger;
  readonly isTemplate: boolean;

  constructor(
    readonly guest: MonolithGuest,
    readonly world: GuestWorld,
    /** Values of guests that say nothing themselves. */
    private readonly defaults: Entry | undefined,
  ) {
    this.ledger = world.ledger;
    this.isTemplate = world.fleet.isTemplate(guest);
  }

  /** The first of these keys that the guest has; others of them say the same again. */
  take(...names: readonly string[]): Entry | undefined {
    const [first, ...more] = names.flatMap((name) => this.guest.entry.member(name) ?? []);
    this.ledger.set(first, 'mapped');
    for (const entry of more) {
      const isSame = String(entry.value) === String(first?.value);
      this.ledger.setAll(
        entry,
        isSame ? 'dropped' : 'contradictory',
        `\`${first?.key}\` ${isSame ? 'says it already' : 'says it differently, and was taken'}`,
      );
    }
    return first;
  }

  /** As {@link take}; else the default of all guests. */
  private takeOrDefault(...names: readonly string[]): Entry | undefined {
    const fallback = names.flatMap((name) => this.defaults?.member(name) ?? [])[0];
    this.ledger.set(fallback, 'mapped', 'value of guests that say nothing');
    return this.take(...names) ?? fallback;
  }

  /** Puts a value in; one that could not be read is left out and said to be odd. */
  put(key: string, entry: Entry | undefined, value: Value | undefined, expected: string): void {
    if (value !== undefined) {
      this.values[key] = value;
    } else if (entry !== undefined) {
      this.ledger.setAll(entry, 'suspicious', '');
      this.ledger.set(entry, 'suspicious', `is no ${expected}; left out`);
    }
  }

  template(): void {
    const entry = this.take(...parentKeys);
    const vmid = integerOf(entry);
    if (entry === undefined) {
      return;
    }
    const found = vmid === undefined ? undefined : this.world.fleet.find(vmid);
    if (found === undefined || found.folder !== this.guest.folder || found.vmid === this.guest.vmid) {
      this.ledger.set(entry, 'contradictory', 'no file describes that template; left out');
      return;
    }
    this.values['cloneFrom'] = `${this.guest.folder}/${vmid}`;
  }

  name(): void {
    const entry = this.take('name', 'hostname');
    const name = textOf(entry);
    const hostname = hostNameOf(name ?? '');
    if (name !== undefined && hostname !== name) {
      const why = name.includes('.')
        ? 'the dot would make a domain of the rest'
        : 'host names are small letters, digits and dashes';
      this.ledger.set(entry, 'changed', `${hostname}: ${why}`);
    }
    if (name !== undefined && hostname !== this.world.fleet.id(this.guest.vmid)) {
      this.values['hostname'] = hostname;
    }
  }

  power(): void {
    const cores = this.takeOrDefault('cores', 'cpus', 'vcpus');
    this.put('cores', cores, positive(integerOf(cores)), 'number of cores');
    const memory = this.takeOrDefault('memory_mb', 'memory');
    this.put('memory', memory, sizeOf(memory, 'MiB'), 'size of memory');
  }

  /** Storage and size of the root disk. */
  disk(): { storage: string | undefined; size: string | undefined } {
    const storage = this.takeOrDefault('storage_pool', 'storage');
    const size = this.takeOrDefault('storage_size_gb', 'disk_size_gb', 'rootfs_size_gb', 'disk_size');
    const name = textOf(storage);
    if (name !== undefined && !this.world.host.storages.has(name)) {
      this.ledger.set(storage, 'changed', 'no dataset makes that storage; it is taken for one that exists');
    }
    if (size !== undefined && sizeOf(size, 'GiB') === undefined) {
      this.ledger.set(size, 'suspicious', 'is no size of a disk; left out');
    }
    return { storage: name, size: sizeOf(size, 'GiB') };
  }

  network(): void {
    const config = this.take('network_config', 'network');
    const [ip, gateway, dns] =
      typeof config?.value === 'string' ? config.value.split(',').map((part) => part.trim()) : [];
    const own = (name: string, ...others: readonly string[]) =>
      this.member(config, name, ...others) ?? this.take(name, ...others);
    const [ipEntry, gatewayEntry] = [own('ip', 'address', 'ip_address'), own('gw', 'gateway')];
    const fallback = this.takeOrDefault('network_bridge', 'bridge');
    const bridge = textOf(this.member(config, 'bridge') ?? fallback);
    this.nicName(this.member(config, 'name'));
    this.nameservers(this.member(config, 'nameservers', 'dns'), dns);
    this.place(textOf(ipEntry) ?? ip, textOf(gatewayEntry) ?? gateway, bridge, ipEntry ?? config);
    const mac = this.take('mac_address', 'mac');
    const text = textOf(mac)?.toUpperCase();
    this.put('mac', mac, text !== undefined && isMac(text) ? text : undefined, 'hardware address');
  }

  private member(config: Entry | undefined, ...names: readonly string[]): Entry | undefined {
    const found = names.flatMap((name) => config?.member(name) ?? [])[0];
    this.ledger.set(found, 'mapped');
    return found;
  }

  private nicName(entry: Entry | undefined): void {
    const name = textOf(entry);
    if (name !== undefined && name !== 'eth0') {
      this.values['nic'] = { name };
    }
  }

  private nameservers(entry: Entry | undefined, word: string | undefined): void {
    const given = entry?.members().flatMap((member) => textOf(member) ?? []) ?? [];
    const servers = [
      ...given,
      ...(textOf(entry)?.split(/[\s,]+/) ?? []),
      ...(word === undefined ? [] : word.split(/\s+/)),
    ];
    const known = servers.filter((server) => parseAddress(server) !== undefined);
    if (known.length > 0 && known.join() !== this.world.host.dns.join()) {
      this.values['nameservers'] = known;
      this.ledger.set(entry, 'suspicious', 'other name servers than those of the network');
    }
  }

  private place(
    ip: string | undefined,
    gateway: string | undefined,
    bridge: string | undefined,
    entry: Entry | undefined,
  ): void {
    const { host, networks, fleet } = this.world;
    if (ip === undefined || entry === undefined) {
      return;
    }
    const place = networks.place(ip, gateway ?? host.gateway, bridge ?? host.bridge);
    if (ip === 'dhcp' || place === undefined) {
      ip === 'dhcp'
        ? this.onFirstNetwork('dhcp')
        : this.ledger.set(entry, 'suspicious', 'is no address with its prefix; left out');
      return;
    }
    const owner = fleet.at(place.address);
    this.values['network'] = place.network;
    this.values['address'] = place.address;
    if (owner !== undefined && owner.vmid !== this.guest.vmid) {
      this.values['address'] = 'dhcp';
      this.ledger.set(
        entry,
        'contradictory',
        `${place.address} is the address of ${owner.vmid}, too, which keeps it; this guest asks for one by DHCP`,
      );
      this.ledger.todo(`give ${this.guest.vmid} an address of its own`, entry);
    }
  }

  private onFirstNetwork(address: string): void {
    this.values['network'] = 'lan';
    this.values['address'] = address;
  }

  boot(): void {
    const onboot = this.take('start_at_boot', 'onboot');
    const [order, delay] = [this.take('boot_order'), this.take('boot_delay')];
    if (this.isTemplate || booleanOf(onboot) === false) {
      const why = this.isTemplate ? 'a template never runs' : 'does not start with its host';
      for (const entry of [order, delay, ...(this.isTemplate ? [onboot] : [])]) {
        this.ledger.set(entry, 'dropped', why);
      }
      return;
    }
    this.put('onboot', onboot, booleanOf(onboot), 'yes or no');
    const startup = { ...numbered('order', integerOf(order)), ...numbered('up', integerOf(delay)) };
    if (Object.keys(startup).length > 0) {
      this.values['startup'] = startup;
    }
  }

  dependencies(): void {
    const entry = this.take('dependencies', 'depends_on');
    const after: string[] = [];
    for (const one of entry?.members() ?? []) {
      const vmid = integerOf(one);
      const found = vmid === undefined ? undefined : this.world.fleet.find(vmid);
      if (found === undefined || found.vmid === this.guest.vmid) {
        this.ledger.set(one, 'contradictory', 'no file describes that guest; left out');
      } else if (this.isTemplate) {
        this.ledger.set(one, 'dropped', 'a template never runs');
      } else {
        after.push(`${found.folder}/${found.vmid}`);
      }
    }
    if (after.length > 0) {
      this.values['startAfter'] = after;
    }
  }

  /** What the old system's own tools read. */
  leaveRest(): void {
    const { entry, vmid } = this.guest;
    for (const key of ['tests', 'integration_tests', 'run_integration_tests', 'health_check', 'health_checks']) {
      this.ledger.setAll(entry.member(key), 'kept aside', 'tests are scripts and commands of the old system');
    }
    for (const member of entry.member('tests')?.all() ?? []) {
      if (/dummy_(pass|fail)\.sh$/.test(textOf(member) ?? '')) {
        this.ledger.set(member, 'suspicious', 'a test that always comes to the same');
      }
    }
    this.ledger.set(
      entry.member('portainer_role'),
      textOf(entry.member('portainer_role')) === 'none' ? 'dropped' : 'kept aside',
      'roles in Portainer: no construct has them yet',
    );
    this.ledger.set(
      entry.member('template_snapshot_name'),
      'dropped',
      'clones are made from templates, not from snapshots',
    );
    this.ledger.set(entry.member('is_template'), 'mapped');
    const script = entry.member('application_script');
    if (script !== undefined) {
      this.ledger.set(script, 'kept aside', 'a script of the old system, which calls its other scripts');
      this.ledger.todo(
        `write what the application script of ${vmid} did as scripts/${this.world.fleet.id(vmid)}.sh, and name it in \`provision\``,
        script,
      );
    }
  }
}

function numbered(key: string, value: number | undefined): Record<string, number> {
  return value === undefined || value < 0 ? {} : { [key]: value };
}

function positive(value: number | undefined): number | undefined {
  return value === undefined || value < 1 ? undefined : value;
}
