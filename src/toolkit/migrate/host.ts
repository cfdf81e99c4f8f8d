import { parseAddress, parseCidr } from '../../base/ip.js';
import { Size } from '../../base/units.js';
import { compressions, recordSizes } from '../../zfs/schema.js';
import type { Entry } from './input.js';
import type { Ledger } from './ledger.js';
import { Datasets } from './places.js';
import type { Monolith } from './read-monolith.js';
import { booleanOf, decimalOf, integerOf, sizeOf, textOf, type Value, type Values, wordsOf } from './values.js';

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

export interface SharedMount {
  readonly source: string;
  readonly target: string;
  readonly entry: Entry;
}

/** Reads everything that is not a guest. */
export function readHost(monolith: Monolith, ledger: Ledger): MigratedHost {
  return new HostReader(monolith, ledger).read();
}

class HostReader {
  private readonly datasets: Record<string, Values> = {};
  private readonly storages: Record<string, Record<string, Value>> = {};
  private archiveStorage: string | undefined;

  constructor(
    private readonly monolith: Monolith,
    private readonly ledger: Ledger,
  ) {}

  read(): MigratedHost {
    const network = this.network();
    const zfs = this.monolith.section('zfs');
    const pools = this.pools(zfs?.member('pools'));
    for (const entry of zfs?.member('datasets')?.members() ?? []) {
      this.dataset(entry, pools);
    }
    this.storageNames();
    const names = [...pools.keys(), ...Object.keys(this.datasets)];
    const datasets = new Datasets(names, this.mountBase());
    const defaults = this.monolith.section('proxmox_defaults');
    this.defaults(defaults);
    const mounts = this.sharedVolumes(datasets);
    const driver = this.driver();
    const firewall = this.firewall(network.subnet);
    this.others();
    return {
      ...network,
      timezone: this.mapped(this.monolith.section('timezone'), 'time zone of all containers'),
      datasets,
      storages: new Set(Object.keys(this.storages)),
      archiveStorage: this.archiveStorage,
      containerDefaults: defaults?.member('lxc'),
      machineDefaults: this.monolith.section('vm_defaults'),
      mounts,
      sections: {
        ...(pools.size === 0
          ? {}
          : { pools: Object.fromEntries([...pools.keys()].map((name) => [name, { existing: true }])) }),
        ...(names.length === pools.size ? {} : { datasets: this.datasets }),
        ...(Object.keys(this.storages).length === 0 ? {} : { storages: this.storages }),
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

  private dataset(entry: Entry, pools: ReadonlyMap<string, Entry>): void {
    const [name, pool] = [textOf(entry.member('name')), textOf(entry.member('pool'))];
    if (name === undefined || pool === undefined || !pools.has(pool)) {
      this.ledger.setAll(entry, 'suspicious', 'no dataset: it has no name, or no pool that the file knows; left out');
      return;
    }
    const storage = name.startsWith(`${pool}-`) ? name : `${pool}-${name}`;
    const twin = this.storages[storage];
    if (twin !== undefined || `${pool}/${name}` in this.datasets) {
      const other = twin === undefined ? `${pool}/${name}` : `storage ${storage} of ${String(twin['dataset'])}`;
      this.ledger.setAll(entry, 'contradictory', `the same as ${other}, which was taken; this one is left out`);
      this.ledger.todo(
        `look whether ${pool}/${name} exists and holds anything: its storage is that of another dataset`,
        entry,
      );
      return;
    }
    this.ledger.set(entry.member('name'), 'mapped');
    this.ledger.set(entry.member('pool'), 'mapped');
    this.datasets[`${pool}/${name}`] = this.properties(entry.member('properties'));
    this.storage(entry, storage, `${pool}/${name}`);
  }

  private properties(entry: Entry | undefined): Values {
    const values: Record<string, Value> = {};
    const others: Record<string, Value> = {};
    for (const word of wordsOf(entry) ?? []) {
      const [name = '', value = ''] = word.split(/=(.*)/s, 2);
      if (name === 'quota' || name === 'refquota' || name === 'reservation') {
        values[name] = this.quota(entry, name, value);
      } else if (isKnownProperty(name, value)) {
        values[name] = name === 'atime' ? value === 'on' : value;
      } else {
        others[name] = value;
      }
    }
    this.ledger.set(entry, 'mapped');
    return { ...values, ...(Object.keys(others).length === 0 ? {} : { properties: others }) };
  }

  /** ZFS takes `1.4T`, which is no whole number of bytes. */
  private quota(entry: Entry | undefined, name: string, text: string): Value {
    const [, amount, letter = ''] = /^(\d+(?:\.\d+)?)([KMGT])i?B?$/i.exec(text) ?? [];
    if (amount === undefined) {
      this.ledger.set(entry, 'suspicious', `${name}: ${text} is no size`);
      return text;
    }
    if (!amount.includes('.')) {
      return Size.parse(`${amount}${letter.toUpperCase()}iB`).toString();
    }
    const size = `${Math.floor(Number(amount) * ({ K: 1 / 1024 ** 2, M: 1 / 1024, G: 1, T: 1024 }[letter.toUpperCase()] ?? 1))}GiB`;
    this.ledger.set(entry, 'changed', `${name} ${text} is no whole number of bytes: ${size}`);
    return size;
  }

  private storage(entry: Entry, name: string, dataset: string): void {
    const [type, content] = [entry.member('proxmox_storage_type'), entry.member('proxmox_content_type')];
    const kind = textOf(type);
    if (kind === undefined) {
      return;
    }
    if (kind !== 'zfspool' && kind !== 'dir') {
      this.ledger.set(type, 'suspicious', `${kind} is no type of storage on a dataset; no storage is made`);
      this.ledger.setAll(content, 'suspicious', 'belongs to a storage that is not made');
      return;
    }
    const kinds = wordsOf(content) ?? [];
    this.ledger.set(type, 'mapped', `storage ${name}`);
    this.ledger.set(content, 'mapped', `storage ${name}`);
    this.storages[name] = { type: kind, dataset, content: kinds };
    if (kinds.includes('vztmpl') && this.archiveStorage === undefined) {
      this.archiveStorage = name;
      if (this.needsImages()) {
        this.storages[name] = { type: kind, dataset, content: [...kinds, 'import'] };
        this.ledger.set(content, 'changed', `storage ${name} takes \`import\`, too: images of machines lie there`);
      }
    }
  }

  private needsImages(): boolean {
    return this.monolith.guests.some(
      ({ folder, entry }) => folder === 'vm' && entry.member('template_image') !== undefined,
    );
  }

  private storageNames(): void {
    for (const entry of this.monolith.section('proxmox_storage_ids')?.members() ?? []) {
      const name = textOf(entry) ?? '';
      name in this.storages
        ? this.ledger.set(entry, 'dropped', `a second name for storage ${name}`)
        : this.ledger.setAll(entry, 'contradictory', `names a storage that no dataset makes`);
    }
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

  private sharedVolumes(datasets: Datasets): ReadonlyMap<number, readonly SharedMount[]> {
    const mounts = new Map<number, SharedMount[]>();
    for (const section of [this.monolith.section('shared_volumes'), this.monolith.section('shared_zfs_volumes')]) {
      for (const volume of section?.members() ?? []) {
        const path = volume.member('host_path') ?? volume.member('pool');
        for (const entry of volume.member('mounts')?.members() ?? []) {
          this.sharedMount(textOf(path), entry, datasets, mounts);
        }
        this.ledger.set(path, 'mapped', 'source of mounts');
        if (textOf(path)?.startsWith('/usr/local/')) {
          this.ledger.set(
            path,
            'suspicious',
            'a folder of the old system, mounted into guests: it goes when the old system goes',
          );
        }
      }
    }
    return mounts;
  }

  private sharedMount(
    path: string | undefined,
    entry: Entry,
    datasets: Datasets,
    mounts: Map<number, SharedMount[]>,
  ): void {
    const [vmid, target] = [Number(entry.key), textOf(entry)];
    const isGuest = this.monolith.guests.some((guest) => guest.vmid === vmid && guest.folder === 'lxc');
    if (path === undefined || target === undefined || !isGuest) {
      this.ledger.set(
        entry,
        'contradictory',
        isGuest ? 'a mount without source or target' : 'a mount into a guest that no file describes',
      );
      return;
    }
    const source = datasets.sourceOf(path) ?? (path.startsWith('/') ? path : undefined);
    if (source === undefined) {
      this.ledger.set(entry, 'suspicious', 'its source is neither a path of the host nor a dataset; left out');
      return;
    }
    this.ledger.set(entry, 'mapped', `mount of ${vmid}`);
    mounts.set(vmid, [...(mounts.get(vmid) ?? []), { source, target, entry }]);
  }

  private driver(): Values | undefined {
    const section = this.monolith.section('nvidia_driver', 'nvidia');
    const version = section?.member('version') ?? section?.member('driver_version');
    const again = this.monolith.section('nvidia_driver_version');
    const wanted = textOf(version) ?? textOf(again);
    this.ledger.set(version, 'mapped', 'one version for the host and all its guests');
    if (again !== undefined) {
      textOf(again) === wanted
        ? this.ledger.set(again, 'dropped', 'the driver is said once, for the host')
        : this.ledger.set(again, 'contradictory', `another version than the host's, which was taken: ${wanted}`);
    }
    for (const entry of [section?.member('runfile_url'), this.monolith.section('nvidia_runfile_url')]) {
      this.ledger.set(
        entry,
        textOf(entry)?.includes(wanted ?? '') === false ? 'contradictory' : 'dropped',
        'the library fetches the installer of the version from NVIDIA',
      );
    }
    this.ledger.set(this.monolith.section('nvidia_repo_url'), 'dropped', 'no package of that repository is needed');
    this.ledger.set(
      section?.member('install'),
      'changed',
      'the driver of the host is not installed: it has to be there in this version, or the run stops',
    );
    this.ledger.set(
      section?.member('cuda_version'),
      'dropped',
      'vLLM and Ollama bring the libraries of CUDA that they need',
    );
    this.ledger.set(
      section?.member('install_vllm_libs'),
      'dropped',
      'the script `vllm-runtime` brings what vLLM needs',
    );
    if (wanted === undefined) {
      return undefined;
    }
    this.ledger.todo(
      'give the SHA-256 of the installer of the driver (`nvidiaDriver.sha256`): without it nothing checks what is fetched',
      version ?? again,
    );
    return { version: wanted };
  }

  /** The switch over all firewalls; the old system had it in a section where nothing read it. */
  private firewall(subnet: string | undefined): Values | undefined {
    const shared = this.monolith.section('shared_volumes')?.member('firewall');
    const section = shared ?? this.monolith.section('firewall');
    const enabled = section?.member('enabled');
    const [inbound, outbound] = [section?.member('default_input_policy'), section?.member('default_output_policy')];
    if (section === undefined || booleanOf(enabled) === undefined) {
      return undefined;
    }
    const heading = shared === undefined ? 'mapped' : 'suspicious';
    const why =
      shared === undefined
        ? 'firewall of the datacenter'
        : 'stood among shared volumes, where nothing read it; now it is the firewall of the datacenter, which is off until `--allow-firewall`';
    for (const entry of [enabled, inbound, outbound]) {
      this.ledger.set(entry, heading, why);
    }
    const cluster: Record<string, Value> = { enabled: booleanOf(enabled) === true };
    for (const [key, entry] of [
      ['inbound', inbound],
      ['outbound', outbound],
    ] as const) {
      const policy = textOf(entry)?.toUpperCase();
      if (policy === 'ACCEPT' || policy === 'DROP' || policy === 'REJECT') {
        cluster[key] = policy;
      }
    }
    const management =
      parseCidr(subnet ?? '') === undefined
        ? {}
        : { ipSets: { management: { entries: [{ cidr: subnet ?? '' }], comment: 'who administers the host' } } };
    return { ...management, cluster };
  }

  /** What no construct of this release is for, and what only the old system's own scripts read. */
  private others(): void {
    const { ledger, monolith } = this;
    const arc = monolith.section('zfs')?.member('arc_max_gb');
    ledger.set(
      arc,
      integerOf(arc) === undefined && decimalOf(arc) === undefined ? 'suspicious' : 'kept aside',
      `limit of the cache of ZFS${sizeOf(arc, 'GiB') === undefined ? '' : `, ${sizeOf(arc, 'GiB')}`}: no construct sets it`,
    );
    ledger.setAll(monolith.section('nfs'), 'kept aside', 'exports of NFS: no construct makes them yet');
    ledger.setAll(monolith.section('samba'), 'kept aside', 'shares of Samba: no construct makes them yet');
    ledger.setAll(monolith.section('users'), 'kept aside', 'users of the host: no construct makes them yet');
    ledger.setAll(monolith.section('docker'), 'kept aside', 'images of Portainer: no construct runs it yet');
    const tokens =
      monolith
        .section('core_paths')
        ?.members()
        .filter(({ key }) => key.endsWith('_token_file')) ?? [];
    for (const entry of tokens) {
      ledger.set(entry, 'dropped', 'a file with a secret, which belongs into the vault');
      ledger.todo(`put the token of \`${entry.path}\` into the vault if something still needs it`, entry);
    }
    for (const name of ['docker_images_path']) {
      ledger.set(monolith.section('core_paths')?.member(name), 'dropped', 'images are fetched from registries');
    }
    for (const name of [
      'lxc_config_file',
      'lxc_config_schema_file',
      'vm_config_file',
      'vm_config_schema_file',
      'hypervisor_marker_dir',
      'hypervisor_marker',
    ]) {
      ledger.set(monolith.section('core_paths')?.member(name), 'dropped', 'a path of the old system');
    }
    for (const name of ['rollback_on_failure', 'debug_mode']) {
      ledger.set(
        monolith.section('behavior')?.member(name),
        'dropped',
        'a switch of the old system; there is none that skips validation',
      );
    }
    for (const name of ['version', 'author', '$schema']) {
      ledger.set(monolith.section(name), 'dropped', 'says something of the old file itself');
    }
    for (const list of monolith.section('tests')?.members() ?? []) {
      ledger.setAll(list, 'kept aside', 'tests of the host are scripts of the old system');
    }
  }

  private mapped(entry: Entry | undefined, why: string): string | undefined {
    this.ledger.set(entry, 'mapped', why);
    return textOf(entry);
  }
}

function isKnownProperty(name: string, value: string): boolean {
  switch (name) {
    case 'recordsize':
      return recordSizes.some((size) => size === value);
    case 'compression':
      return compressions.some((one) => one === value);
    case 'sync':
      return ['standard', 'always', 'disabled'].includes(value);
    case 'atime':
      return ['on', 'off'].includes(value);
    default:
      return false;
  }
}
