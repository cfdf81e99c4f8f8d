import type { Check, World } from '../core/resource.js';
import { environmentKey } from '../format/lxc-raw-line.js';
import { lxcVersionGates } from '../format/version-gates.js';
import { tooOld } from '../guest/version-gate.js';
import type { Finding } from '../model/finding.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

/** What a host of the declared release cannot have. */
export const versionGateCheck: Check = { name: 'version/too-old', test: olderHosts };

function* olderHosts(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    yield* tooOld(path, spec.pveVersion, gatedKeys(spec), lxcVersionGates);
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
