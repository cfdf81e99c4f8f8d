import type { Check, World } from '../core/resource.js';
import { environmentKey } from '../format/lxc-raw-line.js';
import { tooOld, type VersionGate } from '../guest/version-gate.js';
import type { Finding } from '../model/finding.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

const ownersInstead = 'give the files to the numbers that the host sees: unprivilegedOwner(uid)';

/** Keys of a container's config, and keys within their values, that not every supported release has. */
export const versionGates: Readonly<Record<string, VersionGate>> = {
  entrypoint: { since: '9.1', prop: 'entrypoint', instead: 'have a service of the container start the command' },
  [environmentKey]: { since: '9.1', prop: 'env', instead: 'put the variables into a file of the container' },
  'mp.keepattrs': { since: '9.1', prop: 'keepAttributes', instead: 'set owner and mode inside by a script' },
  'mp.idmap': { since: '9.2', prop: 'idmap', instead: ownersInstead },
  'rootfs.idmap': { since: '9.2', prop: 'idmap', instead: ownersInstead },
  'net.host-managed': { since: '9.1', prop: 'hostManaged', instead: 'let the container configure the device' },
};

/** What a host of the declared release cannot have. */
export const versionGateCheck: Check = { name: 'version/too-old', test: olderHosts };

function* olderHosts(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    yield* tooOld(path, spec.pveVersion, gatedKeys(spec), versionGates);
  }
}

/** Keys as the table has them: without numbers, and those within values after a dot. Props, raw lines and overrides alike. */
function gatedKeys(spec: LxcSpec): string[] {
  const { entrypoint, env, raw, overrides } = spec;
  const isHostManaged = [spec.nic ?? [], spec.nics].flat().some((nic) => nic.hostManaged !== undefined);
  const mounts = [...spec.binds, ...spec.volumes];
  return [
    ...(entrypoint === undefined ? [] : ['entrypoint']),
    ...(Object.keys(env).length === 0 ? [] : [environmentKey]),
    ...(isHostManaged ? ['net.host-managed'] : []),
    ...(mounts.some(({ idmap }) => idmap !== undefined) ? ['mp.idmap'] : []),
    ...(mounts.some(({ keepAttributes }) => keepAttributes !== undefined) ? ['mp.keepattrs'] : []),
    ...(spec.rootfs.idmap === undefined ? [] : ['rootfs.idmap']),
    ...raw.map((line) => line.key),
    ...overrides.flatMap(({ key, subkey, value }) => {
      const name = key.replace(/\d+$/, '');
      return value === undefined ? [] : [subkey === undefined ? name : `${name}.${subkey}`];
    }),
  ];
}
