import { factsCheck, orImportAnew } from '../core/facts-check.js';
import type { Host } from '../core/host.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed, Resource } from '../core/resource.js';
import { parseBoolean, splitList } from '../format/lists.js';
import type { Finding } from '../model/finding.js';
import type { DownloadSpec, StorageSpec } from './plan.js';

/** Rules about storages beside the facts of their host. Given the guard, because the class itself attaches them. */
export function storageFactsCheck(isStorage: (resource: unknown) => resource is Resource<StorageSpec>): Check {
  return factsCheck('facts/storage', isStorage, storage);
}

/** Rules about files on storages that somebody else keeps. */
export function downloadFactsCheck(
  isDownload: (resource: unknown) => resource is Resource<DownloadSpec>,
  isStorage: (resource: unknown) => resource is Resource<StorageSpec>,
): Check {
  return factsCheck('facts/download', isDownload, ({ spec, path, home }, known, world) =>
    isKept(spec.storage, home.host, world.of(isStorage))
      ? contentFindings(spec.storage, spec.content, path, known)
      : [],
  );
}

/** Whether somebody else keeps a storage, and the program only refers to it. */
export function isKept(storage: string, host: Host, storages: readonly Completed<StorageSpec>[]): boolean {
  return storages.some(({ spec, home }) => spec.storage === storage && spec.imported && home.host === host);
}

function* storage({ spec, path, home }: Completed<StorageSpec>, { facts, file }: HostFacts): Iterable<Finding> {
  if (facts.storages === undefined || !spec.imported) {
    return;
  }
  const found = Object.hasOwn(facts.storages, spec.storage) ? facts.storages[spec.storage] : undefined;
  if (found === undefined) {
    yield {
      code: 'facts/no-storage',
      severity: 'error',
      path,
      message: `there is no storage ${spec.storage} by ${file}, only ${Object.keys(facts.storages).sort().join(', ')}`,
      value: spec.storage,
      fix: `name another one, declare it with one of Storage's makers, ${orImportAnew}`,
    };
    return;
  }
  const { nodes, disable } = found.options;
  const isElsewhere = nodes !== undefined && !splitList(nodes).includes(home.host.hostName);
  if (isElsewhere || parseBoolean(disable ?? '0') === true) {
    yield {
      code: 'facts/storage-off',
      severity: 'warning',
      path,
      message: `the storage ${spec.storage} is ${isElsewhere ? `for ${nodes} alone` : 'disabled'} by ${file}: nothing can be made or started on it`,
      value: spec.storage,
      fix: `change that on the host, use another storage, ${orImportAnew}`,
    };
  }
}

/** That a storage which the program does not make takes no files or disks of a kind. Where its entry says nothing, its type decides. */
export function* contentFindings(
  storage: string,
  kind: string,
  path: string,
  { facts, file }: HostFacts,
): Iterable<Finding> {
  const entry = Object.hasOwn(facts.storages ?? {}, storage) ? facts.storages?.[storage] : undefined;
  const content = entry?.options['content'];
  if (content !== undefined && !splitList(content).includes(kind)) {
    yield {
      code: 'facts/storage-content',
      severity: 'error',
      path,
      message: `the storage ${storage} takes ${splitList(content).join(', ')} by ${file}, and no ${kind}`,
      value: storage,
      fix: `add \`${kind}\` to its content on the host, use another storage, ${orImportAnew}`,
    };
  }
}
