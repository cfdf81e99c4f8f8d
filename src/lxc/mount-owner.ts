import type { Check, Completed, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { DatasetFolder } from '../zfs/dataset-folder.js';
import type { FolderSpec } from '../zfs/plan.js';
import { ZfsDataset } from '../zfs/zfs-dataset.js';
import { isKnownInside } from './id-map.js';
import { isLxcResource } from './roles.js';
import type { LxcBind, LxcSpec } from './spec.js';

/** Folders whose owner is nobody inside, and options that no mount of their kind has. */
export const mountOwnerChecks: readonly Check[] = [
  { name: 'lxc/mount-owner', test: strangeOwners },
  { name: 'lxc/mount-unowned', test: withoutOwner },
  { name: 'lxc/mount-idle', test: idleOptions },
];

function* strangeOwners(world: World): Iterable<Finding> {
  const folders = new Map(
    world.of(DatasetFolder.isDatasetFolder).map((entry) => [placeKey(entry, entry.spec.path), entry.spec]),
  );
  for (const entry of world.of(isLxcResource)) {
    const { unprivileged, binds, idMap } = entry.spec;
    for (const bind of unprivileged ? binds : []) {
      const owner = bind.idmap === undefined ? folders.get(placeKey(entry, bind.path))?.owner : undefined;
      if (owner !== undefined && !isOwnerKnown(idMap, owner)) {
        yield strangeOwner(entry.path, bind, owner);
      }
    }
  }
}

type Owner = NonNullable<FolderSpec['owner']>;

function isOwnerKnown(idMap: LxcSpec['idMap'], { uid, gid }: Owner): boolean {
  return isKnownInside(idMap, 'u', uid) && isKnownInside(idMap, 'g', gid);
}

function strangeOwner(path: string, bind: LxcBind, { uid, gid }: Owner): Finding {
  const own =
    uid < 100_000 && gid < 100_000
      ? `\`unprivilegedOwner(${uid}${gid === uid ? '' : `, ${gid}`})\``
      : '`unprivilegedOwner`';
  return {
    code: 'lxc/mount-owner',
    severity: 'warning',
    path,
    message: `${bind.path} belongs to ${uid}:${gid} of the host, who is nobody in the container, which then may read ${bind.target} at most`,
    value: `${uid}:${gid}`,
    fix: `give the folder the owner ${own}, or share the user with the host by \`idMap\``,
  };
}

/** What the program makes without a word about its owner belongs to root of the host. Of what it only imports it knows no owner. */
function* withoutOwner(world: World): Iterable<Finding> {
  const made = new Map([
    ...world
      .of(ZfsDataset.isZfsDataset)
      .filter(({ spec }) => !spec.imported)
      .map((entry) => [placeKey(entry, entry.spec.mountpoint), wholeDataset] as const),
    ...world
      .of(DatasetFolder.isDatasetFolder)
      .filter(({ spec }) => spec.owner === undefined)
      .map((entry) => [placeKey(entry, entry.spec.path), ownFolder] as const),
  ]);
  for (const entry of world.of(isLxcResource)) {
    const { unprivileged, binds, idMap } = entry.spec;
    const isWritable = unprivileged && !isOwnerKnown(idMap, { uid: 0, gid: 0 });
    for (const { path, target, readOnly, idmap } of isWritable ? binds : []) {
      const fix = made.get(placeKey(entry, path));
      if (fix !== undefined && !readOnly && idmap === undefined) {
        yield {
          code: 'lxc/mount-unowned',
          severity: 'info',
          path: entry.path,
          message: `${path} belongs to root of the host when it is made, and nobody in the container can then write to ${target}`,
          value: target,
          fix,
        };
      }
    }
  }
}

const wholeDataset =
  "mount a folder of it: `dataset.folder('data', { owner: unprivilegedOwner(0) })`; or say `readOnly: true`";
const ownFolder =
  'give the folder `owner: unprivilegedOwner(0)`, or the number of the user inside; or say `readOnly: true`';

function* idleOptions(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    const idle = [
      ...spec.binds.filter(({ quota }) => quota === true).map((bind) => [bind, 'quota'] as const),
      ...spec.binds.filter(({ acl }) => acl !== undefined).map((bind) => [bind, 'acl'] as const),
    ];
    for (const [{ target }, option] of idle) {
      yield {
        code: 'lxc/mount-idle',
        severity: 'info',
        path,
        message: `\`${option}\` does nothing at ${target}, a folder of the host: it is as the host has mounted it`,
        value: target,
        fix: `leave \`${option}\` out, and set it on the dataset`,
      };
    }
    for (const { target } of spec.binds.filter(({ backup }) => backup === true)) {
      yield {
        code: 'lxc/mount-idle',
        severity: 'info',
        path,
        message: `\`backup\` does nothing at ${target}: no backup of a container holds folders of the host`,
        value: target,
        fix: 'leave `backup` out, and back the folder up on the host; or make it a disk with `volume`',
      };
    }
    for (const { target, idmap } of spec.unprivileged ? [] : [...spec.binds, ...spec.volumes]) {
      if (idmap !== undefined) {
        yield {
          code: 'lxc/mount-idle',
          severity: 'info',
          path,
          message: `\`idmap\` does nothing at ${target}: a privileged container has the users of its host`,
          value: target,
          fix: 'leave `idmap` out',
        };
      }
    }
  }
}

function placeKey(entry: Completed, path: string): string {
  return `${entry.home.host.node.path}\n${path}`;
}
