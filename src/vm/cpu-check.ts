import { nearest } from '../base/nearest.js';
import type { Check, World } from '../core/resource.js';
import { cpuFlags, cpuModels } from '../format/qemu-cpus.js';
import { parseQemuValue } from '../format/qemu-properties.js';
import type { Finding } from '../model/finding.js';
import { vmConfigKeys } from './conf-keys.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';

/** Models and flags that Proxmox has to know, or it refuses the key. By the config, so that overrides count. */
export const cpuCheck: Check = { name: 'vm/cpu', test: unknownCpus };

function* unknownCpus(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    const { cputype, flags } = cpuOf(spec);
    yield* unknownModel(cputype, spec, path);
    yield* unknownFlags(flags?.split(';') ?? [], spec, path);
  }
}

function cpuOf(spec: VmSpec): Readonly<Record<string, string>> {
  const found = vmConfigKeys(spec).find(({ key }) => key === 'cpu');
  return found?.is === 'exact' ? parseQemuValue('cpu', found.value) : {};
}

function* unknownModel(model: string | undefined, { pveVersion }: VmSpec, path: string): Iterable<Finding> {
  const models = cpuModels(pveVersion);
  if (model !== undefined && !model.startsWith('custom-') && !models.includes(model)) {
    yield {
      code: 'vm/cpu-model',
      severity: 'error',
      path,
      message: `Proxmox VE ${pveVersion} knows no model of processor ${model}`,
      value: model,
      fix: `${meant(model, models)}a model of the cluster's own is named custom-${model}`,
    };
  }
}

function* unknownFlags(given: readonly string[], { pveVersion }: VmSpec, path: string): Iterable<Finding> {
  const flags = cpuFlags(pveVersion);
  for (const flag of given.filter((it) => !flags.includes(it.slice(1)))) {
    yield {
      code: 'vm/cpu-flag',
      severity: 'error',
      path,
      message: `Proxmox VE ${pveVersion} lets no machine set ${flag} by itself, only ${flags.join(', ')}`,
      value: flag,
      fix: `${meant(flag.slice(1), flags)}others go into a custom model of the cluster`,
    };
  }
}

function meant(name: string, names: readonly string[]): string {
  const like = nearest(name, names);
  return like === undefined ? '' : `did you mean ${like}? If not: `;
}
