import { sortedKeys } from '../base/stable.js';
import { environmentKey } from '../format/lxc-raw-line.js';
import { idMapLines } from './id-map.js';
import type { LxcSpec } from './spec.js';

/** All lines that go to LXC as they are, in the order in which Proxmox writes them. */
export function rawLines(spec: LxcSpec, hooks: readonly RawLine[]): RawLine[] {
  const isEnvironment = ({ key }: RawLine) => key === environmentKey;
  return [
    ...sortedKeys(spec.env).map((name) => ({ key: environmentKey, value: `${name}=${spec.env[name]}` })),
    ...spec.raw.filter(isEnvironment),
    ...hooks,
    ...idMapLines(spec.idMap),
    ...spec.raw.filter((line) => !isEnvironment(line)),
  ];
}

type RawLine = LxcSpec['raw'][number];
