import { addTo } from '../base/group.js';
import type { Host } from '../core/host.js';
import type { Completed } from '../core/resource.js';

/** Resources by the host that they are on. */
export function byHost<S extends object>(entries: readonly Completed<S>[]): Map<Host, Completed<S>[]> {
  const hosts = new Map<Host, Completed<S>[]>();
  entries.forEach((entry) => addTo(hosts, entry.home.host, entry));
  return hosts;
}
