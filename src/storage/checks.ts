import type { Check, Completed, Resource, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { ZfsDataset } from '../zfs/zfs-dataset.js';
import type { StorageSpec } from './plan.js';
import { optionValue } from './refusals.js';

type IsStorage = (resource: unknown) => resource is Resource<StorageSpec>;

/** Rules about what storages lie over. Given the guard, because the class itself attaches them. */
export function placeChecks(isStorage: IsStorage): readonly Check[] {
  return [
    { name: 'storage/same-place', test: (world) => samePlace(world.of(isStorage)) },
    { name: 'storage/unguarded', test: (world) => unguarded(world, world.of(isStorage)) },
  ];
}

function* samePlace(storages: readonly Completed<StorageSpec>[]): Iterable<Finding> {
  const first = new Map<string, Completed<StorageSpec>>();
  for (const entry of storages) {
    for (const thing of entry.spec.over) {
      const key = `${entry.home.host.node.path} ${thing}`;
      const other = first.get(key);
      if (other === undefined) {
        first.set(key, entry);
        continue;
      }
      yield {
        code: 'storage/same-place',
        severity: 'warning',
        path: entry.path,
        message: `storages ${other.spec.storage} and ${entry.spec.storage} both lie over ${thing}: each shows the volumes of the other under its own name`,
        value: thing,
        fix: 'make one storage of the two, or give each a dataset or folder of its own',
      };
    }
  }
}

/** A folder on a dataset that Proxmox would write into although the dataset is not mounted. */
function* unguarded(world: World, storages: readonly Completed<StorageSpec>[]): Iterable<Finding> {
  const datasets = world.of(ZfsDataset.isZfsDataset);
  for (const { path, spec, home } of storages) {
    const isFolder = spec.type === 'dir' || spec.type === 'btrfs';
    const isGuarded = (optionValue(spec.options, 'is_mountpoint') ?? 'no') !== 'no';
    const below = datasets.find(
      (entry) => entry.home.host === home.host && `${spec.folder}/`.startsWith(`${entry.spec.mountpoint}/`),
    );
    if (isFolder && !isGuarded && below !== undefined) {
      yield {
        code: 'storage/unguarded',
        severity: 'warning',
        path,
        message: `${spec.folder} lies on dataset ${below.spec.dataset}; while that is not mounted Proxmox would fill the root disk instead`,
        value: spec.folder,
        fix: 'give the storage the `dataset`, and leave `isMountpoint` out',
      };
    }
  }
}
