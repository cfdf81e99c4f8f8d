import type { Problem } from '../base/errors.js';
import type { StepOf } from '../model/step.js';

/** Consecutive users or groups that a container has in common with its host. */
export interface LxcIdShare {
  /**
   * Users or groups.
   * @default - both
   */
  readonly type?: 'u' | 'g';
  /** First number inside the container. */
  readonly container: number;
  /** First number on the host. Below 100000 or above 165535, where the other users of unprivileged containers are. */
  readonly host: number;
  /**
   * How many there are.
   * @default 1
   */
  readonly count?: number;
}

/** The same with nothing left out, one kind each. */
export interface IdRange {
  readonly type: 'u' | 'g';
  readonly container: number;
  readonly host: number;
  readonly count: number;
}

/** How many users and groups an unprivileged container has, and the host's number of the first. */
const size = 65_536;
const first = 100_000;

export function idRanges(
  shares: readonly { type?: 'u' | 'g' | undefined; container: number; host: number; count: number }[],
): IdRange[] {
  return shares.flatMap(({ type, ...rest }) =>
    (type === undefined ? (['u', 'g'] as const) : [type]).map((each) => ({ type: each, ...rest })),
  );
}

/** Lines for LXC: the shared numbers, and around them those that Proxmox would give. Together they have no gap, or no start succeeds. */
export function idMapLines(ranges: readonly IdRange[]): { readonly key: string; readonly value: string }[] {
  if (ranges.length === 0) {
    return [];
  }
  return (['u', 'g'] as const)
    .flatMap((type) =>
      tiles(
        type,
        ranges.filter((range) => range.type === type),
      ),
    )
    .map(({ type, container, host, count }) => ({ key: 'lxc.idmap', value: `${type} ${container} ${host} ${count}` }));
}

/** What would keep the container from starting. */
export function idMapProblems(
  { idMap, unprivileged, raw }: { idMap: readonly IdRange[]; unprivileged: boolean; raw: readonly { key: string }[] },
  path: string,
): Problem[] {
  const problem = (message: string, fix: string): Problem => ({ code: 'lxc/id-map', message, path, fix });
  const problems = idMap.flatMap((range, index) => {
    const name = `${range.type === 'u' ? 'users' : 'groups'} ${range.container}`;
    const before = idMap.slice(0, index).filter((other) => other.type === range.type);
    return [
      ...(range.container + range.count > size
        ? [problem(`${name} and on end after ${size - 1}, the last of a container`, 'give fewer, or lower numbers')]
        : []),
      ...(range.host < first + size && range.host + range.count > first
        ? [
            problem(
              `${name} would be ${range.host} of the host, who is another user of containers`,
              `give numbers below ${first}`,
            ),
          ]
        : []),
      ...(before.some((other) => meet(range, other, 'container') || meet(range, other, 'host'))
        ? [problem(`${name} are shared twice, or with the same of the host`, 'give each number once')]
        : []),
    ];
  });
  if (idMap.length > 0 && !unprivileged) {
    problems.push(problem('a privileged container has the users of its host already', 'leave `idMap` out'));
  }
  if (idMap.length > 0 && raw.some(({ key }) => key === 'lxc.idmap')) {
    problems.push(problem('raw lines map users too, and LXC would take both', 'give `idMap` alone'));
  }
  return problems;
}

/** Whether the container knows the host's user or group by a number of its own. */
export function isKnownInside(idMap: readonly IdRange[], type: 'u' | 'g', host: number): boolean {
  const own = idMap.filter((range) => range.type === type);
  const inside = host - first;
  const isShifted = inside >= 0 && inside < size && !own.some((range) => holds(range, 'container', inside));
  return isShifted || own.some((range) => holds(range, 'host', host));
}

/** What the host has to allow root before LXC may give its users to a container. */
export function idMapNeeds(ranges: readonly IdRange[]): Pick<StepOf<'run'>, 'probes' | 'commands' | 'fix'> {
  const words = ranges.map(({ type, host, count }) => `--add-sub${type}ids ${host}-${host + count - 1}`);
  return {
    probes: ranges.map(({ type, host, count }) => ({
      probe: 'sub-ids',
      path: `/etc/sub${type}id`,
      first: host,
      count,
    })),
    commands: [],
    fix: `usermod ${words.join(' ')} root`,
  };
}

function tiles(type: 'u' | 'g', shared: readonly IdRange[]): IdRange[] {
  const sorted = [...shared].sort((a, b) => a.container - b.container);
  const starts = [0, ...sorted.map(({ container, count }) => container + count)];
  return starts.flatMap((start, index) => {
    const next = sorted[index];
    const count = (next?.container ?? size) - start;
    const shifted = count > 0 ? [{ type, container: start, host: first + start, count }] : [];
    return next === undefined ? shifted : [...shifted, next];
  });
}

function meet(one: IdRange, other: IdRange, side: 'container' | 'host'): boolean {
  return one[side] < other[side] + other.count && other[side] < one[side] + one.count;
}

function holds(range: IdRange, side: 'container' | 'host', number: number): boolean {
  return number >= range[side] && number < range[side] + range.count;
}
