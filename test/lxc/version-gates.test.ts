import { describe, expect, it } from 'vitest';
import { lxcVersionGates } from '../../src/format/version-gates.js';
import type { LxcContainerProps } from '../../src/lxc/props.js';
import { isAtLeast, pveVersions } from '../../src/model/pve-version.js';
import { problemsOf, SmallHost } from '../support/small-host.js';

/** Props that make each key of the table. */
const uses: Readonly<Record<string, LxcContainerProps>> = {
  entrypoint: { entrypoint: '/app' },
  'lxc.environment.runtime': { env: { A: '1' } },
  'mp.keepattrs': { mounts: [{ target: '/m', source: '/srv/m', keepAttributes: true }] },
  'mp.idmap': { mounts: [{ target: '/m', source: '/srv/m', idmap: 'passthrough' }] },
  'rootfs.idmap': { rootfs: { idmap: 'passthrough' } },
  'net.host-managed': { nics: [{ name: 'eth1', bridge: 'vmbr1', hostManaged: true }] },
};

describe('a key that not every release has', () => {
  it('is made by some prop', () => {
    expect(Object.keys(uses).sort()).toEqual(Object.keys(lxcVersionGates).sort());
  });

  const rows = Object.entries(lxcVersionGates).flatMap(([key, gate]) =>
    pveVersions.map((on) => ({ key, ...gate, on })),
  );
  it.each(rows)('$key is had from $since on, asked of $on', ({ key, prop, since, on }) => {
    const host = new SmallHost({ host: { pveVersion: on } });
    const { rootfs, ...props } = uses[key] ?? {};
    host.container('web', { ...props, rootfs: { storage: host.disks, size: '4GiB', ...rootfs } });
    const problems = problemsOf(() => host.synth());
    if (isAtLeast(on, since)) {
      expect(problems).toEqual([]);
    } else {
      expect(problems).toMatchObject([{ code: 'version/too-old', path: 'ai/web', value: key }]);
      expect(problems[0]?.message).toBe(
        `\`${prop}\` (${key}) needs Proxmox VE ${since}, and the host is declared as ${on}`,
      );
    }
  });

  it('is not had by way of a raw line or an override either', () => {
    const host = new SmallHost({ host: { pveVersion: '9.0' } });
    const web = host.container('web', { network: host.lan, address: 'dhcp' });
    web.addRawLine('lxc.environment.runtime', 'A=1');
    web.override('entrypoint', '/app');
    web.override('net0.host-managed', '1');
    expect(problemsOf(() => host.synth()).map(({ value }) => value)).toEqual([
      'entrypoint',
      'lxc.environment.runtime',
      'net.host-managed',
    ]);
  });
});
