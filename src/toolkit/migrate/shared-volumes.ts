import type { Entry } from './input.js';
import type { Ledger } from './ledger.js';
import type { Datasets } from './places.js';
import type { Monolith } from './read-monolith.js';
import { textOf } from './values.js';

/** A folder or dataset that a guest has from the host's file. */
export interface SharedMount {
  readonly source: string;
  readonly target: string;
  readonly entry: Entry;
}

/** Mounts that the host lists for its guests, by VMID. */
export function sharedVolumes(
  monolith: Monolith,
  ledger: Ledger,
  datasets: Datasets,
): ReadonlyMap<number, readonly SharedMount[]> {
  const mounts = new Map<number, SharedMount[]>();
  for (const section of [monolith.section('shared_volumes'), monolith.section('shared_zfs_volumes')]) {
    for (const volume of section?.members() ?? []) {
      const path = volume.member('host_path') ?? volume.member('pool');
      for (const entry of volume.member('mounts')?.members() ?? []) {
        sharedMount(monolith, ledger, textOf(path), entry, datasets, mounts);
      }
      ledger.set(path, 'mapped', 'source of mounts');
      if (textOf(path)?.startsWith('/usr/local/')) {
        ledger.set(
          path,
          'suspicious',
          'a folder of the old system, mounted into guests: it goes when the old system goes',
        );
      }
    }
  }
  return mounts;
}

function sharedMount(
  monolith: Monolith,
  ledger: Ledger,
  path: string | undefined,
  entry: Entry,
  datasets: Datasets,
  mounts: Map<number, SharedMount[]>,
): void {
  const [vmid, target] = [Number(entry.key), textOf(entry)];
  const isGuest = monolith.guests.some((guest) => guest.vmid === vmid && guest.folder === 'lxc');
  if (path === undefined || target === undefined || !isGuest) {
    ledger.set(
      entry,
      'contradictory',
      isGuest ? 'a mount without source or target' : 'a mount into a guest that no file describes',
    );
    return;
  }
  const source = datasets.sourceOf(path) ?? (path.startsWith('/') ? path : undefined);
  if (source === undefined) {
    ledger.set(entry, 'suspicious', 'its source is neither a path of the host nor a dataset; left out');
    return;
  }
  ledger.set(entry, 'mapped', `mount of ${vmid}`);
  mounts.set(vmid, [...(mounts.get(vmid) ?? []), { source, target, entry }]);
}
