import type { Problem } from '../base/errors.js';
import { isAtLeast, type PveVersion } from '../model/pve-version.js';
import type { StorageOptions } from './option.js';
import type { StorageSpec } from './plan.js';

/** What is wrong with an entry as a whole, each of its values being right: what Proxmox would refuse, or what would lose data. */
export function refusals(
  spec: StorageSpec,
  since: StorageOptions['since'],
  release: PveVersion,
  path: string,
): readonly Problem[] {
  const problems = [...contentProblems(spec), ...pruneProblems(spec), ...sharedProblems(spec), ...localProblems(spec)];
  return [...problems, ...releaseProblems(since, release)].map((problem) => ({ ...problem, path }));
}

function contentProblems({ content }: StorageSpec): Problem[] {
  const isMixed = content.includes('none') && content.length > 1;
  if (content.length > 0 && !isMixed) {
    return [];
  }
  return [
    {
      code: 'storage/no-content',
      message: isMixed ? '`content` is `none` and something else' : '`content` is empty',
      value: content.join(','),
      fix: 'say what may lie on the storage, or nothing but `none` where the type takes it',
    },
  ];
}

function pruneProblems({ options }: StorageSpec): Problem[] {
  const rules = optionValue(options, 'prune-backups')?.split(',');
  const kept = rules?.filter((rule) => !/=0?$/.test(rule) && rule !== '');
  const isMixed = kept?.includes('keep-all=1') === true && kept.length > 1;
  if (kept === undefined || (kept.length > 0 && !isMixed)) {
    return [];
  }
  return [
    {
      code: 'storage/prune',
      message: isMixed ? '`keepAll` excludes every other rule of `pruneBackups`' : '`pruneBackups` keeps no backup',
      value: rules?.join(','),
      fix: isMixed ? 'give `keepAll` alone, or leave it out' : 'give `keepAll: true`, or how many are kept',
    },
  ];
}

function sharedProblems({ options, type, storage, dataset }: StorageSpec): Problem[] {
  if (type !== 'dir' || dataset === undefined || optionValue(options, 'shared') !== '1') {
    return [];
  }
  return [
    {
      code: 'storage/shared-local',
      message: `dataset ${dataset} of this node is no folder that all nodes share: a migration would leave the disks on it behind`,
      value: storage,
      fix: 'leave `shared` out; it shares nothing, it only says that something else does',
    },
  ];
}

/** Proxmox has one entry of its own, and makes of it what it should be. */
function localProblems({ storage, type, folder, options }: StorageSpec): Problem[] {
  const isKept = type === 'dir' && folder === '/var/lib/vz' && optionValue(options, 'nodes') === undefined;
  if (storage !== 'local' || isKept) {
    return [];
  }
  return [
    {
      code: 'storage/local',
      message: 'Proxmox keeps `local` as the folder /var/lib/vz of every node, whatever its entry says',
      value: storage,
      fix: 'choose another name, or refer to it by `Storage.fromName`',
    },
  ];
}

function releaseProblems(since: StorageOptions['since'], release: PveVersion): Problem[] {
  return since
    .filter((gated) => !isAtLeast(release, gated.release))
    .map((gated) => ({
      code: 'storage/needs-release',
      message: `\`${gated.key}\` is there from Proxmox VE ${gated.release} on, and the host has ${release}`,
      value: gated.key,
      fix: `leave \`${gated.key}\` out, or upgrade the host and correct its \`pveVersion\``,
    }));
}

export function optionValue(options: StorageSpec['options'], name: string): string | undefined {
  return options.find((option) => option.name === name)?.value;
}
