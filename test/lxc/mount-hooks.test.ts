import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountHooks } from '../../src/lxc/mount-hooks.js';
import type { LxcBind } from '../../src/lxc/spec.js';
import { SmallHost } from '../support/small-host.js';
import { describeWithTool } from '../support/tool.js';

function bind(mountpoint: string | undefined, target = '/m'): LxcBind {
  const mounted = mountpoint === undefined ? undefined : { dataset: 'rpool/x', mountpoint, identity: 'zfs/rpool/x' };
  return { target, path: `${mountpoint ?? '/srv'}/sub`, mounted, readOnly: false };
}

describe('a container that mounts datasets', () => {
  it('starts only while each of them is mounted, asked once a dataset and in order', () => {
    const host = new SmallHost();
    const [b, a] = [host.dataset('b'), host.dataset('a')];
    const web = host.container('web', { vmid: 950, mounts: [{ target: '/srv', source: '/srv' }] });
    web.mount(b, '/b');
    web.mount(a.folder('one'), '/one');
    web.mount(a.folder('two'), '/two', { readOnly: true });
    const synth = host.synth();
    synth.hasStep('guest/950/start', {
      mounts: [
        { path: '/rpool/a', dataset: 'rpool/a' },
        { path: '/rpool/b', dataset: 'rpool/b' },
      ],
    });
    expect(synth.rawLines(950)).toEqual([
      ['lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /rpool/a' phoenix"],
      ['lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /rpool/b' phoenix"],
    ]);
    expect(synth.stepOf('guest-create', 'guest/950/create').needs).toEqual(
      expect.arrayContaining(['folder/rpool/a/one/folder', 'folder/rpool/a/two/folder', 'zfs/rpool/b/dataset']),
    );
  });

  it('has no line for a bare path, of which nothing is known', () => {
    expect(mountHooks([bind(undefined)])).toEqual([]);
  });
});

describeWithTool('bash', 'the line of a mount', () => {
  it.each(['/tank/a', "/tank/it's", '/tank/$HOME', '/tank/"quoted"', '/tank/`id`'])(
    'asks for %s and for nothing else',
    (path) => {
      const folder = mkdtempSync(join(tmpdir(), 'phoenix-hook-'));
      writeFileSync(join(folder, 'mountpoint'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
      const [line] = mountHooks([bind(path)]);
      // LXC hands the line and words of its own to a shell
      const input = `${line?.value} 950 lxc pre-start`;
      const { stdout } = spawnSync('sh', ['-c', input], { env: { PATH: `${folder}:/bin:/usr/bin` }, encoding: 'utf8' });
      expect(stdout).toBe(`-q\n${path}\n`);
    },
  );
});
