import { factsCheck, orImportAnew } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed, Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import type { DatasetSpec, PoolSpec } from './plan.js';

/** Rules about pools beside the facts of their host. Given the guard, because the class itself attaches them. */
export function poolFactsCheck(isPool: (resource: unknown) => resource is Resource<PoolSpec>): Check {
  return factsCheck('facts/pool', isPool, pool);
}

/** Rules about datasets beside the facts of their host. */
export function datasetFactsCheck(isDataset: (resource: unknown) => resource is Resource<DatasetSpec>): Check {
  return factsCheck('facts/dataset', isDataset, dataset);
}

function* pool({ spec, path }: Completed<PoolSpec>, { facts, file }: HostFacts): Iterable<Finding> {
  const found = facts.pools?.find(({ name }) => name === spec.pool);
  if (facts.pools !== undefined && found === undefined && spec.create === undefined) {
    yield {
      code: 'facts/no-pool',
      severity: 'error',
      path,
      message: `there is no pool ${spec.pool} by ${file}, only ${listed(facts.pools.map(({ name }) => name))}`,
      value: spec.pool,
      fix: `import or make the pool on the host, name another one, ${orImportAnew}`,
    };
  }
  if (found !== undefined && found.health !== 'ONLINE') {
    yield {
      code: 'facts/pool-health',
      severity: 'warning',
      path,
      message: `the pool ${spec.pool} is ${found.health} by ${file}`,
      value: found.health,
      fix: `see \`zpool status ${spec.pool}\` on the host, and import its facts anew`,
    };
  }
}

function* dataset({ spec, path }: Completed<DatasetSpec>, { facts, file }: HostFacts): Iterable<Finding> {
  if (facts.datasets === undefined || !spec.imported) {
    return;
  }
  const found = Object.hasOwn(facts.datasets, spec.dataset) ? facts.datasets[spec.dataset] : undefined;
  if (found === undefined) {
    yield {
      code: 'facts/no-dataset',
      severity: 'error',
      path,
      message: `there is no dataset ${spec.dataset} by ${file}`,
      value: spec.dataset,
      fix: `make it on the host, or by the program with \`new ZfsDataset\`, ${orImportAnew}`,
    };
    return;
  }
  const mountpoint = found['mountpoint'] ?? 'none';
  if (mountpoint !== spec.mountpoint || found['mounted'] === 'no') {
    const state =
      mountpoint === spec.mountpoint ? 'is not mounted' : `is mounted on ${mountpoint}, not ${spec.mountpoint},`;
    yield {
      code: 'facts/dataset-mount',
      severity: 'warning',
      path,
      message: `the dataset ${spec.dataset} ${state} by ${file}: guests that mount it are not started`,
      value: mountpoint,
      fix: `give \`mountpoint\` to \`fromName\` as it is on the host, ${orImportAnew}`,
    };
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none at all' : names.join(', ');
}
