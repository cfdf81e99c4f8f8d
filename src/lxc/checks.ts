import type { Check, Completed, World } from '../core/resource.js';
import { guestChecks } from '../guest/checks.js';
import { type GuestNics, nicChecks } from '../guest/nic-checks.js';
import type { Finding } from '../model/finding.js';
import { Storage } from '../storage/storage.js';
import { mountNumbers } from './conf-keys.js';
import { gpuChecks } from './gpu-checks.js';
import { gpuFactsCheck } from './gpu-facts-checks.js';
import { healthCheck } from './health-check.js';
import { mountOwnerChecks } from './mount-owner.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';
import { versionGateCheck } from './version-gates.js';

/** Rules over all containers of the app. */
export const lxcChecks: readonly Check[] = [
  { name: 'lxc/storage-content', test: storageContent },
  { name: 'lxc/confinement', test: confinement },
  { name: 'lxc/mount-hidden', test: hiddenMounts },
  { name: 'lxc/mount-host-root', test: hostRoots },
  ...mountOwnerChecks,
  ...guestChecks,
  healthCheck,
  versionGateCheck,
  ...nicChecks('container', nicsOf),
  ...gpuChecks,
  gpuFactsCheck,
];

function containers(world: World): readonly Completed<LxcSpec>[] {
  return world.of(isLxcResource);
}

function nicsOf(world: World): GuestNics[] {
  return containers(world).map(({ path, spec, home }) => ({
    path,
    host: home.host,
    nics: spec.nic === undefined ? spec.nics : [spec.nic, ...spec.nics],
  }));
}

function* storageContent(world: World): Iterable<Finding> {
  const storages = new Map(
    world.of(Storage.isStorage).map((entry) => [storageKey(entry, entry.spec.storage), entry.spec]),
  );
  for (const entry of containers(world)) {
    const { rootfs, volumes } = entry.spec;
    for (const storage of new Set([rootfs.storage, ...volumes.map((volume) => volume.storage)])) {
      const spec = storages.get(storageKey(entry, storage));
      if (spec !== undefined && !spec.imported && !spec.content.includes('rootdir')) {
        yield {
          code: 'storage/content',
          severity: 'error',
          path: entry.path,
          message: `storage ${storage} takes ${spec.content.join(', ')}, but no disks of containers`,
          value: storage,
          fix: 'add `rootdir` to the content of the storage, or use another storage',
        };
      }
    }
  }
}

function* confinement(world: World): Iterable<Finding> {
  for (const { path, spec } of containers(world)) {
    if (!spec.unprivileged) {
      yield {
        code: 'lxc/privileged',
        severity: 'warning',
        path,
        message: 'root of the container is root of the host',
        fix: 'make it unprivileged, or use a virtual machine',
      };
    }
    for (const line of spec.raw) {
      if (line.key === 'lxc.apparmor.profile') {
        yield {
          code: 'lxc/apparmor-profile',
          severity: 'warning',
          path,
          message: `with ${line.key}: ${line.value} Proxmox makes no AppArmor rules of its own, so that nesting and mounts lose theirs`,
          value: line.value,
          fix: 'leave the line out and use `features`',
        };
      }
    }
  }
}

function* hostRoots(world: World): Iterable<Finding> {
  for (const { path, spec } of containers(world)) {
    for (const { target, readOnly } of spec.binds.filter((bind) => /^\/+$/.test(bind.path))) {
      yield {
        code: 'lxc/mount-host-root',
        severity: 'warning',
        path,
        message: `${target} is the whole file system of the host, which the container may ${readOnly ? 'read' : 'read and write'} as far as owners and modes let it`,
        value: target,
        fix: 'mount the folder that is needed',
      };
    }
  }
}

/** Proxmox mounts in the order of the numbers: folders of the host as they were given, then disks. */
function* hiddenMounts(world: World): Iterable<Finding> {
  for (const { path, spec } of containers(world)) {
    const numbers = mountNumbers(spec);
    const targets = [...spec.binds, ...spec.volumes]
      .map(({ target }, index) => ({ target, number: numbers[index] ?? 0 }))
      .sort((a, b) => a.number - b.number)
      .map(({ target }) => target);
    for (const [index, target] of targets.entries()) {
      const above = targets.slice(index + 1).find((later) => target.startsWith(`${later}/`));
      if (above !== undefined) {
        yield {
          code: 'lxc/mount-hidden',
          severity: 'warning',
          path,
          message: `${target} is mounted before ${above}, which then lies over it`,
          value: target,
          fix: `give ${above} before ${target}; a disk is mounted after folders of the host unless \`number\` says otherwise`,
        };
      }
    }
  }
}

function storageKey(entry: Completed, name: string): string {
  return `${entry.home.host.node.path}\n${name}`;
}
