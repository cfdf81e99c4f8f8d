import { describe, expect, it } from 'vitest';
import { impactOf, impactOfAdding } from '../../src/lxc/impact.js';
import { pveVersions } from '../../src/model/pve-version.js';
import { SmallHost } from '../support/small-host.js';

describe('what a change costs a running container', () => {
  it.each([
    [
      'live',
      ['cores', 'memory', 'swap', 'cpulimit', 'hostname', 'net0', 'net12', 'tags', 'onboot', 'protection', 'startup'],
    ],
    ['restart', ['features', 'mp0', 'mp10', 'rootfs', 'dev0', 'nameserver', 'searchdomain', 'timezone', 'ostype']],
    ['impossible', ['arch', 'unprivileged']],
    ['restart', ['something_new', 'lxc']],
  ])('is %s for %j', (impact, keys) => {
    expect(keys.map(impactOf)).toEqual(keys.map(() => impact));
  });

  it.each(pveVersions)('is less in %s where a key of that number is new, and the release can plug it', (version) => {
    expect(impactOfAdding('mp3', version)).toBe('live');
    expect(impactOfAdding('dev3', version)).toBe(version === '8.4' ? undefined : 'live');
    expect(impactOfAdding('features', version)).toBeUndefined();
  });

  it('is said of every key of the config', () => {
    const host = new SmallHost({ host: { pveVersion: '8.4' } });
    host.container('web', { vmid: 950, gpus: [host.pve.gpu(0)], mounts: [{ target: '/m', source: '/srv' }] });
    const { keys } = host.synth().stepOf('guest-config', 'guest/950/config');
    const costs = Object.fromEntries(
      keys.map((key) => [key.key, 'added' in key ? [key.impact, key.added] : [key.impact]]),
    );
    expect(costs).toMatchObject({
      mp0: ['restart', 'live'],
      dev0: ['restart'],
      memory: ['live'],
      unprivileged: ['impossible'],
    });
  });
});
