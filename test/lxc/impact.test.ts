import { describe, expect, it } from 'vitest';
import { impactOf, impactOfAdding, impactOfRemoving } from '../../src/lxc/impact.js';
import { pveVersions } from '../../src/model/pve-version.js';
import type { Impact } from '../../src/model/step.js';
import { SmallHost } from '../support/small-host.js';

// Read off `$LXC_FASTPLUG_OPTIONS` and `vmconfig_hotplug_pending` of pve-container 5.2.6 (PVE 8.4), 6.0.9 (9.0), 6.0.18 (9.1) and 6.1.10 (9.2), which
// differ in the devices alone; seen at work in PVE 9.2's own pct.
const changes: Readonly<Record<Exclude<Impact, 'stop'>, readonly string[]>> = {
  live: [
    ...['description', 'onboot', 'startup', 'protection', 'hostname', 'hookscript', 'cores', 'tags'],
    ...['cpulimit', 'cpuunits', 'memory', 'swap', 'net0', 'net12'],
  ],
  restart: [
    ...['features', 'mp0', 'mp10', 'rootfs', 'dev0', 'nameserver', 'searchdomain', 'timezone', 'ostype', 'cmode'],
    ...['console', 'tty', 'debug', 'entrypoint', 'env', 'something_new', 'lxc'],
  ],
  replace: ['arch', 'unprivileged'],
  impossible: [],
};
const removals: typeof changes = {
  live: [...changes.live.filter((key) => !['memory', 'net12'].includes(key))],
  restart: [...changes.restart.filter((key) => !['rootfs', 'ostype'].includes(key)), 'net12'],
  replace: ['arch'],
  impossible: ['memory', 'rootfs', 'ostype', 'unprivileged'],
};

describe('what a change costs a running container', () => {
  it.each(Object.entries(changes))('is %s for %j', (impact, keys) => {
    expect(keys.map(impactOf)).toEqual(keys.map(() => impact));
  });

  it.each(Object.entries(removals))('is %s for the removal of %j', (impact, keys) => {
    expect(keys.map(impactOfRemoving)).toEqual(keys.map(() => impact));
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
      unprivileged: ['replace'],
    });
  });
});
