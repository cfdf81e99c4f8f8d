import { parseAddress } from '../../base/ip.js';
import { readDatasets } from './host-datasets.js';
import { migratedDriver } from './host-driver.js';
import { migratedFirewall } from './host-firewall.js';
import type { Entry } from './input.js';
import type { Ledger } from './ledger.js';
import { Datasets } from './places.js';
import type { Monolith } from './read-monolith.js';
import { setAside } from './set-aside.js';
import { type SharedMount, sharedVolumes } from './shared-volumes.js';
import { textOf, type Values, wordsOf } from './values.js';

/** What the files say of the host, for `host.json` and for the guests on it. */
export interface MigratedHost {
  readonly address: string | undefined;
  readonly bridge: string;
  readonly gateway: string | undefined;
  readonly dns: readonly string[];
  readonly timezone: string | undefined;
  readonly datasets: Datasets;
  /** Names of all storages that are made. */
  readonly storages: ReadonlySet<string>;
  /** A storage that takes archives and images. */
  readonly archiveStorage: string | undefined;
  /** Values of containers that say nothing themselves. */
  readonly containerDefaults: Entry | undefined;
  readonly machineDefaults: Entry | undefined;
  /** Mounts of each guest that the host's file lists, by VMID. */
  readonly mounts: ReadonlyMap<number, readonly SharedMount[]>;
  /** Sections of `host.json`. */
  readonly sections: Values;
}

/** Reads everything that is not a guest. */
export function readHost(monolith: Monolith, ledger: Ledger): MigratedHost {
  return new HostReader(monolith, ledger).read();
}

class HostReader {
  constructor(
    private readonly monolith: Monolith,
    private readonly ledger: Ledger,
  ) {}

  read(): MigratedHost {
    const { monolith, ledger } = this;
    const network = this.network();
    const pools = this.pools(monolith.section('zfs')?.member('pools'));
    const made = readDatasets(monolith, ledger, pools);
    const names = [...pools.keys(), ...Object.keys(made.datasets)];
    const datasets = new Datasets(names, this.mountBase());
    const defaults = monolith.section('proxmox_defaults');
    this.defaults(defaults);
    const mounts = sharedVolumes(monolith, ledger, datasets);
    const driver = migratedDriver(monolith, ledger);
    const firewall = migratedFirewall(monolith, ledger, network.subnet);
    setAside(monolith, ledger);
    return {
      ...network,
      timezone: this.mapped(monolith.section('timezone'), 'time zone of all containers'),
      datasets,
      storages: new Set(Object.keys(made.storages)),
      archiveStorage: made.archiveStorage,
      containerDefaults: defaults?.member('lxc'),
      machineDefaults: monolith.section('vm_defaults'),
      mounts,
      sections: {
        ...(pools.size === 0
          ? {}
          : { pools: Object.fromEntries([...pools.keys()].map((name) => [name, { existing: true }])) }),
        ...(names.length === pools.size ? {} : { datasets: made.datasets }),
        ...(Object.keys(made.storages).length === 0 ? {} : { storages: made.storages }),
        ...(driver === undefined ? {} : { nvidiaDriver: driver }),
        ...(firewall === undefined ? {} : { firewall }),
      },
    };
  }

  private network() {
    const section = this.monolith.section('network');
    const first = section?.member('interfaces');
    const bridge = Array.isArray(first?.value) ? first.members()[0] : first;
    const subnet = section?.member('default_subnet');
    const dns = bridge?.member('dns_nameservers') ?? section?.member('dns_nameservers');
    const servers = (wordsOf(dns) ?? []).filter((word) => parseAddress(word)?.family === 4);
    this.ledger.set(dns, 'mapped', 'name servers of the network, for all its guests');
    this.ledger.set(subnet, 'mapped', 'network of the guests, and the set `management`');
    for (const name of ['name', 'address', 'gateway']) {
      this.ledger.set(bridge?.member(name), 'mapped');
    }
    for (const name of [
      'portainer_server_ip',
      'portainer_server_port',
      'portainer_agent_port',
      'external_registry_url',
      'nfs_server',
    ]) {
      this.ledger.setAll(section?.member(name), 'kept aside', 'repeats where a service is; no construct asks for it');
    }
    const address = textOf(bridge?.member('address'));
    return {
      address: address?.replace(/\/.*$/, ''),
      bridge: textOf(bridge?.member('name')) ?? 'vmbr0',
      gateway: textOf(bridge?.member('gateway')),
      dns: servers,
      subnet: textOf(subnet),
    };
  }

  private pools(section: Entry | undefined): ReadonlyMap<string, Entry> {
    const pools = new Map<string, Entry>();
    for (const entry of section?.members() ?? []) {
      const name = textOf(entry.member('name'));
      if (name !== undefined) {
        pools.set(name, entry);
        this.ledger.set(entry.member('name'), 'mapped', 'a pool that exists: it is never made, changed or destroyed');
        for (const key of ['raid_level', 'disks']) {
          this.ledger.setAll(
            entry.member(key),
            'changed',
            'pools hold data: the files refer to them by name and never make them of disks',
          );
        }
      }
    }
    return pools;
  }

  private mountBase(): string {
    const entry = this.monolith.section('mount_point_base');
    this.ledger.set(
      entry,
      'changed',
      'datasets are named by their pool; the folder above them is where ZFS mounts them',
    );
    return textOf(entry)?.replace(/\/+$/, '') ?? '/mnt/pve';
  }

  private defaults(section: Entry | undefined): void {
    const lxc = section?.member('lxc');
    this.ledger.set(section?.member('zfs_lxc_pool'), 'dropped', 'every container says its storage');
    this.ledger.set(
      lxc?.member('network_config'),
      'suspicious',
      'one address for every container that has none: not taken',
    );
    this.ledger.set(lxc?.member('security'), 'dropped', 'Proxmox makes the AppArmor rules of each container');
    for (const key of ['nesting', 'features']) {
      this.ledger.setAll(lxc?.member(key), 'mapped', '`features.nesting` of all containers');
    }
  }

  private mapped(entry: Entry | undefined, why: string): string | undefined {
    this.ledger.set(entry, 'mapped', why);
    return textOf(entry);
  }
}
