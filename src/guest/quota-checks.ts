import { Size } from '../base/units.js';
import type { Check, Completed, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import type { StorageSpec } from '../storage/plan.js';
import { Storage } from '../storage/storage.js';
import type { DatasetSpec } from '../zfs/plan.js';
import { ZfsDataset } from '../zfs/zfs-dataset.js';
import { isGuestResource } from './roles.js';

/** Limits of datasets that guests' disks lie on. */
export const quotaChecks: readonly Check[] = [
  { name: 'storage/over-quota', test: overQuota },
  { name: 'storage/refquota-idle', test: idleRefquota },
];

function* overQuota(world: World): Iterable<Finding> {
  for (const { storage, dataset } of onDatasets(world)) {
    const { spec } = storage;
    const limits = limitsOn(spec);
    const quota = Math.min(...limits.map((name) => bytesOf(dataset, name)).filter((bytes) => bytes > 0));
    const disks = disksOn(world, storage);
    const sum = disks.reduce((total, { bytes }) => total + bytes, 0);
    if (sum > quota) {
      yield {
        code: 'storage/over-quota',
        severity: 'warning',
        path: storage.path,
        message: `${disks.length} disks of guests may grow to ${gib(sum)}, the quota of ${dataset.dataset} is ${gib(quota)}`,
        value: sum,
        fix: 'raise the quota or make disks smaller; a full dataset stops every guest on it',
      };
    }
  }
}

/** On a storage of datasets each disk is one of its own, and Proxmox gives it the `refquota` that is its size. */
function* idleRefquota(world: World): Iterable<Finding> {
  for (const { storage, dataset } of onDatasets(world)) {
    const refquota = bytesOf(dataset, 'refquota');
    if (storage.spec.type === 'zfspool' && refquota > 0) {
      yield {
        code: 'storage/refquota-idle',
        severity: 'warning',
        path: storage.path,
        message: `the refquota of ${dataset.dataset}, ${gib(refquota)}, bounds no disk of a guest: each lies in a dataset of its own below`,
        value: refquota,
        fix: 'give the dataset a `quota` for all disks with their snapshots; how large each may be is its size, which Proxmox sets as its refquota',
      };
    }
  }
}

interface OnDataset {
  readonly storage: Completed<StorageSpec>;
  readonly dataset: DatasetSpec;
}

/** Storages over datasets of the program's. */
function onDatasets(world: World): OnDataset[] {
  const datasets = new Map(world.of(ZfsDataset.isZfsDataset).map((entry) => [keyOf(entry, entry.spec.dataset), entry]));
  return world.of(Storage.isStorage).flatMap((storage) => {
    const dataset = datasets.get(keyOf(storage, storage.spec.dataset ?? ''))?.spec;
    return dataset === undefined ? [] : [{ storage, dataset }];
  });
}

/** Disks that are files lie in the dataset itself, so that both of its limits bound them. */
function limitsOn({ type }: StorageSpec): string[] {
  return type === 'zfspool' ? ['quota'] : ['quota', 'refquota'];
}

function bytesOf({ properties }: DatasetSpec, name: string): number {
  return Number(properties.find((property) => property.name === name)?.value ?? 0);
}

function disksOn(world: World, { home, spec }: Completed<StorageSpec>) {
  return world
    .of(isGuestResource)
    .filter((guest) => guest.home.host === home.host)
    .flatMap((guest) => [guest.spec.rootfs ?? [], guest.spec.volumes].flat())
    .filter(({ storage }) => storage === spec.storage);
}

function keyOf(entry: Completed, name: string): string {
  return `${entry.home.host.node.path}\n${name}`;
}

function gib(bytes: number): string {
  return `${Number((bytes / Size.gib(1).toBytes()).toFixed(1))} GiB`;
}
