import type { Check, World } from '../core/resource.js';
import { environmentKey } from '../format/lxc-raw-line.js';
import type { Finding } from '../model/finding.js';
import { isAtLeast, type PveVersion } from '../model/pve-version.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

/** What a release of Proxmox VE brought: before it, hosts refuse the key. */
export interface VersionGate {
  readonly since: PveVersion;
  /** The prop that makes the key. */
  readonly prop: string;
  /** What does in its place on older hosts. */
  readonly instead: string;
}

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
export const versionGateCheck: Check = { name: 'version/too-old', test: tooOld };

function* tooOld(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    for (const key of new Set(gatedKeys(spec))) {
      const gate = versionGates[key];
      if (gate !== undefined && !isAtLeast(spec.pveVersion, gate.since)) {
        yield {
          code: 'version/too-old',
          severity: 'error',
          path,
          message: `\`${gate.prop}\` (${key}) needs Proxmox VE ${gate.since}, and the host is declared as ${spec.pveVersion}`,
          value: key,
          fix: `leave it out and ${gate.instead}, or upgrade the host and declare its new pveVersion`,
        };
      }
    }
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
