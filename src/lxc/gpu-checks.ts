import { addTo } from '../base/group.js';
import type { Host } from '../core/host.js';
import type { Check, Completed, World } from '../core/resource.js';
import { byHost } from '../guest/by-host.js';
import type { Finding } from '../model/finding.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

/** Rules over the cards of each host and all containers that use them. */
export const gpuChecks: readonly Check[] = [
  { name: 'gpu/ledger', test: ledger },
  { name: 'gpu/driver', test: driver },
];

/** Below this share of a card, what the servers keep to leaves room for the contexts that CUDA makes for each process. */
const usableShare = 0.95;

function* ledger(world: World): Iterable<Finding> {
  const running = world.of(isLxcResource).filter(({ spec }) => !spec.template && spec.started);
  for (const [host, entries] of byHost(running)) {
    const users = new Map<number, Completed<LxcSpec>[]>();
    entries.forEach((entry) => new Set(entry.spec.gpus).forEach((gpu) => addTo(users, gpu, entry)));
    for (const [gpu, sharers] of [...users].sort(([a], [b]) => a - b)) {
      yield* exclusive(gpu, sharers);
      yield* shares(host, gpu, sharers);
      yield* unbounded(host, gpu, sharers);
    }
  }
}

function* exclusive(gpu: number, sharers: readonly Completed<LxcSpec>[]): Iterable<Finding> {
  const owners = sharers.filter(({ spec }) => spec.gpuMode === 'exclusive');
  for (const owner of sharers.length > 1 ? owners : []) {
    yield {
      code: 'gpu/not-exclusive',
      severity: 'error',
      path: owner.path,
      message: `GPU ${gpu} is for ${owner.path} alone, but used by ${pathsOf(sharers)}`,
      value: gpu,
      fix: 'give the others another card',
    };
  }
}

function* shares(host: Host, gpu: number, sharers: readonly Completed<LxcSpec>[]): Iterable<Finding> {
  const bounded = sharers.filter(({ spec }) => shareOf(spec) !== undefined);
  const sum = round(bounded.reduce((total, { spec }) => total + (shareOf(spec) ?? 0), 0));
  if (sum > 1 || (sum > usableShare && bounded.length > 1)) {
    const parts = bounded.map(({ path, spec }) => `${path} ${shareOf(spec)}`).join(', ');
    yield {
      code: sum > 1 ? 'gpu/overcommitted' : 'gpu/tight',
      severity: sum > 1 ? 'error' : 'warning',
      path: host.node.path,
      message: `the servers on GPU ${gpu} take ${sum} of its memory: ${parts}`,
      value: sum,
      fix: `lower gpuMemoryUtilization so that the sum is at most ${usableShare}, or give one of them another card`,
    };
  }
}

function* unbounded(host: Host, gpu: number, sharers: readonly Completed<LxcSpec>[]): Iterable<Finding> {
  const free = sharers.filter(({ spec }) => shareOf(spec) === undefined);
  if (sharers.length > 1 && free.length > 0) {
    yield {
      code: 'gpu/unbounded-neighbour',
      severity: 'warning',
      path: host.node.path,
      message: `GPU ${gpu} is shared by ${pathsOf(sharers)}, and nothing keeps ${pathsOf(free)} from taking all its memory`,
      value: gpu,
      fix: 'bound it by its own settings and acknowledge with the reason why it fits, or give it another card',
    };
  }
}

function* driver(world: World): Iterable<Finding> {
  for (const [host, entries] of byHost(world.of(isLxcResource).filter(({ spec }) => spec.gpus.length > 0))) {
    if (!world.resources.some((entry) => entry.home.host === host && entry.identity.startsWith('gpu-driver/'))) {
      yield {
        code: 'gpu/driver-undeclared',
        severity: 'warning',
        path: host.node.path,
        message: `${entries.length} containers use cards, and nothing says which driver the host has`,
        fix: 'declare it: new NvidiaDriver(stack, ...)',
      };
    }
  }
}

/** What all services of a guest together keep to; undefined if there is none, or one of them is not bounded. */
function shareOf(spec: LxcSpec): number | undefined {
  const known = spec.services.map((service) => service.gpuShare);
  return known.length === 0 || known.includes(undefined)
    ? undefined
    : known.reduce<number>((sum, share) => sum + (share ?? 0), 0);
}

function pathsOf(entries: readonly Completed[]): string {
  return entries.map(({ path }) => path).join(', ');
}

function round(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
