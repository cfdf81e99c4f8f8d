import { Size } from '../../base/units.js';
import { compressions, recordSizes } from '../../zfs/schema.js';
import type { Entry } from './input.js';
import type { Ledger } from './ledger.js';
import type { Monolith } from './read-monolith.js';
import { textOf, type Value, type Values, wordsOf } from './values.js';

/** Datasets, and the storages on them. */
export interface MigratedDatasets {
  /** By name, with their pool. */
  readonly datasets: Readonly<Record<string, Values>>;
  readonly storages: Readonly<Record<string, Values>>;
  /** A storage that takes archives and images. */
  readonly archiveStorage: string | undefined;
}

/** Reads the datasets of these pools; one storage each, as the old system had them. */
export function readDatasets(monolith: Monolith, ledger: Ledger, pools: ReadonlyMap<string, Entry>): MigratedDatasets {
  const reader = new DatasetReader(monolith, ledger);
  for (const entry of monolith.section('zfs')?.member('datasets')?.members() ?? []) {
    reader.dataset(entry, pools);
  }
  reader.storageNames();
  return reader;
}

class DatasetReader implements MigratedDatasets {
  readonly datasets: Record<string, Values> = {};
  readonly storages: Record<string, Record<string, Value>> = {};
  archiveStorage: string | undefined;

  constructor(
    private readonly monolith: Monolith,
    private readonly ledger: Ledger,
  ) {}

  dataset(entry: Entry, pools: ReadonlyMap<string, Entry>): void {
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

  storageNames(): void {
    for (const entry of this.monolith.section('proxmox_storage_ids')?.members() ?? []) {
      const name = textOf(entry) ?? '';
      name in this.storages
        ? this.ledger.set(entry, 'dropped', `a second name for storage ${name}`)
        : this.ledger.setAll(entry, 'contradictory', `names a storage that no dataset makes`);
    }
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
