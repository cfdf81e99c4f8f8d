import { compareText } from '../../base/stable.js';
import { pveVersions } from '../../model/pve-version.js';
import { Names } from '../adopt/names.js';
import type { ConfTree } from './conf-tree.js';
import { archiveName, type MigratedContainer, readContainer } from './containers.js';
import { factored } from './factor.js';
import { Fleet } from './fleet.js';
import { cardsOfHost, comparePromises, type KnownCard } from './gpus.js';
import type { GuestWorld } from './guest-reader.js';
import { type MigratedHost, readHost } from './host.js';
import { Ledger, type Row, type Todo } from './ledger.js';
import { type MigratedMachine, readMachine } from './machines.js';
import { modelOwner } from './model-owner.js';
import { Networks } from './places.js';
import { Monolith, type MonolithGuest } from './read-monolith.js';
import type { Value, Values } from './values.js';

/** What no file of the monolith says. */
export interface MigrateOptions {
  /** Name of the app and of the machine; without, what the names of the files begin with. */
  readonly name?: string | undefined;
  /** Release of Proxmox VE; the newest without. */
  readonly pveVersion?: string | undefined;
  /** Cards in the order of their PCI addresses. */
  readonly gpus?: readonly KnownCard[];
}

export interface Migrated {
  readonly tree: ConfTree;
  /** What became of every key of the input. */
  readonly rows: readonly Row[];
  readonly todos: readonly Todo[];
  /** Files of the folder that are about something else. */
  readonly others: readonly string[];
}

/** Reads a folder with the monolith's files into a config directory. The same files give the same. */
export function migrateMonolith(folder: string, options: MigrateOptions): Migrated {
  const ledger = new Ledger();
  const monolith = Monolith.read(folder, ledger);
  const host = readHost(monolith, ledger);
  const guests = onlyOnce(monolith.guests, ledger);
  const name = options.name ?? nameOf(monolith);
  if (options.name === undefined) {
    ledger.todo(`say what the host is called in /etc/pve/nodes (\`name\` in host.json, or --name): ${name} is a guess`);
  }
  const world: GuestWorld = {
    fleet: new Fleet(guests),
    host,
    networks: new Networks(host.dns),
    ledger,
    hostName: name,
  };
  const containers = guests.filter(({ folder }) => folder === 'lxc').map((guest) => readContainer(guest, world));
  const machines = guests.filter(({ folder }) => folder === 'vm').map((guest) => readMachine(guest, world));
  comparePromises(containers, guests, ledger);
  const withSecrets = containers.map((guest) => withSecretFiles(guest, guests, monolith));
  const timezone: Values = host.timezone === undefined ? {} : { timezone: host.timezone };
  const tree: ConfTree = {
    app: name,
    host: hostValues({ host, containers, machines, networks: world.networks, ledger, options, name }),
    ...factored(withSecrets, machines, timezone),
    files: {},
  };
  return { tree, rows: ledger.rows(monolith.files), todos: ledger.todos, others: monolith.others };
}

/** `phoenix_lxc_configs.json` is of `phoenix`. */
function nameOf({ files }: Monolith): string {
  return files.flatMap((file) => /^([a-z][a-z0-9-]*[a-z0-9])_/.exec(file.name)?.[1] ?? [])[0] ?? 'pve';
}

/** In the order of their numbers; of two with one number the first. */
function onlyOnce(guests: readonly MonolithGuest[], ledger: Ledger): readonly MonolithGuest[] {
  const kept = new Map<number, MonolithGuest>();
  for (const guest of guests) {
    const other = kept.get(guest.vmid);
    if (other === undefined) {
      kept.set(guest.vmid, guest);
    } else {
      const { entry } = other;
      ledger.setAll(
        guest.entry,
        'contradictory',
        `${guest.vmid} is described at ${entry.file.name}:${entry.line}, too, which was taken`,
      );
    }
  }
  return [...kept.values()].sort((a, b) => a.vmid - b.vmid);
}

interface HostParts {
  readonly host: MigratedHost;
  readonly containers: readonly MigratedContainer[];
  readonly machines: readonly MigratedMachine[];
  readonly networks: Networks;
  readonly ledger: Ledger;
  readonly options: MigrateOptions;
  readonly name: string;
}

function hostValues({ host, containers, machines, networks, ledger, options, name }: HostParts): Values {
  const { storages, datasets, pools, ...later } = host.sections;
  const gpus = cardsOfHost(containers, options.gpus ?? [], ledger);
  if (options.pveVersion === undefined) {
    ledger.todo(
      'say which release of Proxmox VE the host runs (`pveVersion` in host.json, or --pve): the files do not',
    );
  }
  if (host.address === undefined) {
    ledger.todo('say the address of the host (`address` in host.json): the files do not');
  }
  const archives = named(
    containers.flatMap(({ archive }) =>
      archive === undefined ? [] : [[archiveName(archive), { storage: host.archiveStorage ?? 'local', file: archive }]],
    ),
  );
  const images = named(
    machines.flatMap(({ image }) =>
      image === undefined
        ? []
        : [[image.name, { storage: host.archiveStorage ?? 'local', file: image.file, existing: true }]],
    ),
  );
  const software = usesRuntime(containers) ? { vllm: testedVllm } : {};
  if (usesRuntime(containers)) {
    ledger.todo(
      `say which version of vLLM is wanted (\`software.vllm\` in host.json): the files do not, and ${testedVllm} is what the library was tried with`,
    );
  }
  return {
    name,
    address: host.address ?? '192.0.2.1',
    pveVersion: options.pveVersion ?? pveVersions.at(-1) ?? '',
    ...(gpus.length === 0 ? {} : { gpus }),
    ...(pools === undefined ? {} : { pools }),
    ...(datasets === undefined ? {} : { datasets: withModelOwners(datasets, containers) }),
    ...filled('storages', {
      ...(storages as Values | undefined),
      ...missingStorages(host, containers, machines, archives),
    }),
    ...filled('archives', archives),
    ...filled('images', images),
    ...filled('subnets', networks.values),
    ...later,
    ...filled('software', software),
  };
}

/** What the script `vllm-runtime` was tried with. */
const testedVllm = '0.15.1';

function usesRuntime(containers: readonly MigratedContainer[]): boolean {
  return containers.some(
    ({ values }) => Array.isArray(values['provision']) && values['provision'].includes('vllm-runtime'),
  );
}

/** Folders of models belong to the user that writes them. */
function withModelOwners(datasets: Value, containers: readonly MigratedContainer[]): Values {
  const result: Record<string, Value> = { ...(datasets as Values) };
  const sources = new Set(
    containers.flatMap(({ values }) => (typeof values['models'] === 'string' ? [values['models']] : [])),
  );
  for (const source of [...sources].sort(compareText)) {
    const [name = '', folder] = source.split(':', 2);
    const dataset = result[name] as Values | undefined;
    if (folder !== undefined && dataset !== undefined) {
      result[name] = {
        ...dataset,
        folders: { ...(dataset['folders'] as Values | undefined), [folder]: { owner: modelOwner } },
      };
    }
  }
  return result;
}

/** Storages that guests lie on and no dataset makes: they exist, as far as anybody knows. */
function missingStorages(
  host: MigratedHost,
  containers: readonly MigratedContainer[],
  machines: readonly MigratedMachine[],
  archives: Values,
): Values {
  const used = [...containers, ...machines].flatMap(({ values }) => storagesIn(values));
  const all = [...used, ...(Object.keys(archives).length > 0 && host.archiveStorage === undefined ? ['local'] : [])];
  return named(
    [...new Set(all)]
      .filter((name) => !host.storages.has(name))
      .sort(compareText)
      .map((name) => [name, { existing: true }]),
  );
}

function storagesIn(value: Value): readonly string[] {
  if (typeof value !== 'object') {
    return [];
  }
  return Object.entries(value).flatMap(([key, inner]: [string, Value]) =>
    key === 'storage' && typeof inner === 'string' ? [inner] : storagesIn(inner),
  );
}

/** A secret of a container becomes a file that only root inside may read, filled from the vault. */
function withSecretFiles(
  guest: MigratedContainer,
  guests: readonly MonolithGuest[],
  monolith: Monolith,
): MigratedContainer {
  const entry = guests.find(({ vmid }) => vmid === guest.vmid)?.entry;
  const own = monolith.secrets.filter(
    ({ entry: found }) =>
      !found.isElement &&
      found.file.name === entry?.file.name &&
      entry.keys.every((key, index) => found.keys[index] === key),
  );
  if (own.length === 0) {
    return guest;
  }
  const names = new Names();
  const files = own.map(({ entry: found, name }) => ({
    target: `/etc/phoenix/secrets/${names.give(found.key.replace(/[^A-Za-z0-9_-]/g, '-'))}`,
    mode: '0600',
    content: [{ $secret: name }],
  }));
  return { ...guest, values: { ...guest.values, files } };
}

function named(entries: readonly (readonly unknown[])[]): Values {
  return Object.fromEntries(entries.map(([name, value]) => [String(name), value as Value]));
}

function filled(key: string, values: Values): Values {
  return Object.keys(values).length === 0 ? {} : { [key]: values };
}
