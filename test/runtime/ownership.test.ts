import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HandMadeHost } from './hand-made.js';
import { configOf, exact, runningOf } from './steps.js';

const config = (vmid: number) => configOf(vmid, [exact('memory', '512')]);

/** The verdict about a guest with memory 512, put together by `arrange`. */
function verdictOf(arrange: (host: HandMadeHost) => void) {
  const host = new HandMadeHost();
  arrange(host);
  const step = host.plan([config(950)])['guest/950/config'];
  return `${step?.verdict}: ${step?.reason ?? ''}`;
}

test('a guest is ours when marker, VMID and root disk agree', () => {
  expect(
    verdictOf((host) => {
      host.guest(950, 'memory: 512\n');
      host.journal(HandMadeHost.known(950));
    }),
  ).toBe('satisfied: ');
});

test('a construct that was renamed keeps its guest: the path in the marker is a label', () => {
  expect(
    verdictOf((host) => {
      host.guest(950, 'memory: 512\n', { path: 'ai/old-name' });
      host.journal(HandMadeHost.known(950));
    }),
  ).toBe('satisfied: ');
});

test.each([
  ['marker without journal', {}, undefined, /^unknown: .*the journal does not know it/],
  [
    'marker, and another root disk than the journal knows',
    { guid: '77' },
    '950',
    /^unknown: .*root disk is not the one in the journal/,
  ],
  ['root disk known, marker gone', { marker: '' }, '950', /^unknown: the owner's line of guest 950 is gone/],
  [
    'root disk known, marker of another guest',
    { marker: 'phoenix-cdk app=phoenix path=ai/x vmid=951' },
    '950',
    /^unknown: /,
  ],
])('two of three is unknown: %s', (_, guest, known, expected) => {
  const verdict = verdictOf((host) => {
    host.guest(950, 'memory: 512\n', guest);
    if (known !== undefined) {
      host.journal(HandMadeHost.known(950, known));
    }
    if ('guid' in guest) {
      host.dataset('rpool/data/subvol-950-disk-0', { guid: guest.guid });
    }
  });
  expect(verdict).toMatch(expected);
});

test('the line that is gone is put back by one command, with what people wrote', () => {
  const verdict = verdictOf((host) => {
    host.guest(950, 'memory: 512\n', { marker: "Anna's box\n#second line" });
    host.journal(HandMadeHost.known(950));
  });
  expect(verdict).toContain(
    "pct set 950 --description $'phoenix-cdk app=phoenix path=950 vmid=950\\nAnna\\'s box\\nsecond line'",
  );
});

test.each([
  ['no marker', '', /^foreign: guest 950 exists and is not ours/],
  ['marker of another app', 'phoenix-cdk app=other path=ai/x vmid=950', /^foreign: guest 950 belongs to app other/],
  [
    'marker of another VMID, as a clone by hand or a restored backup has it',
    'phoenix-cdk app=phoenix path=ai/x vmid=900',
    /^foreign: guest 950 is a copy of guest 900/,
  ],
])('none of three is foreign: %s', (_, marker, expected) => {
  expect(verdictOf((host) => host.guest(950, 'memory: 512\n', { marker }))).toMatch(expected);
});

test('a journal that outlived its guest does not make the next one ours', () => {
  const verdict = verdictOf((host) => {
    host.guest(950, 'memory: 512\n', { marker: '' });
    host.journal(HandMadeHost.known(950, '4711'));
  });
  expect(verdict).toMatch(/^foreign: /);
});

test('a guest on another node is moved, not absent', () => {
  const verdict = verdictOf((host) => {
    host.guest(950, 'memory: 512\nmp0: /srv,mp=/srv\n', { node: 'pve2' });
    host.journal(HandMadeHost.known(950));
  });
  expect(verdict).toBe(
    'unknown: guest 950 is on node pve2, not on pve: it was moved; it is neither made again nor changed from here. To have it back: `pct migrate 950 pve --restart` on pve2, without mp0, which no migration takes along; the rest of the program goes on with --only',
  );
});

test('a machine with the VMID of a container stops', () => {
  const verdict = verdictOf((host) => host.write('/etc/pve/nodes/pve/qemu-server/950.conf', 'memory: 512\n'));
  expect(verdict).toMatch(/^unknown: guest 950 exists and is of type qemu/);
});

test('a guest that does not exist and that no step makes is no reason to go on', () => {
  expect(verdictOf(() => {})).toBe('unknown: the guest does not exist, and no step of this run makes it');
});

test('a journal of a newer applier is refused, and one that is cut short at the end is read up to there', () => {
  const host = new HandMadeHost();
  host.guest(950, 'memory: 512\n');
  host.write('/var/lib/phoenix/phoenix/journal', 'phoenix-journal 2\n');
  const { stderr, status } = host.run([config(950)], 'plan');
  expect(stderr).toMatch(/has version 2, this applier reads up to 1/);
  expect(status).toBe(1);
  host.write(
    '/var/lib/phoenix/phoenix/journal',
    `phoenix-journal 1\n${HandMadeHost.known(950).join('\t')}\nguest\t950\tlxc\t1`,
  );
  expect(host.plan([config(950)])['guest/950/config']?.verdict).toBe('satisfied');
});

test('what cannot be seen is unknown, never absent', () => {
  const blind = new HandMadeHost();
  blind.guest(950, 'memory: 512\n');
  blind.journal(HandMadeHost.known(950));
  blind.zfs = '#!/bin/sh\necho "cannot open: pool I/O is currently suspended" >&2\nexit 1\n';
  expect(blind.plan([config(950)])['guest/950/config']).toMatchObject({
    verdict: 'unknown',
    reason: 'zfs get failed (exit 1): cannot open: pool I/O is currently suspended',
  });

  const looped = new HandMadeHost();
  looped.guest(950, 'memory: 512\n');
  looped.journal(HandMadeHost.known(950));
  looped.loop('/etc/pve/nodes/pve/lxc/950.conf');
  expect(looped.plan([config(950)])['guest/950/config']?.reason).toMatch(/^cannot look at .*950\.conf: /);

  const unmounted = new HandMadeHost();
  unmounted.loop('/etc/pve/nodes');
  expect(unmounted.plan([config(950)])['guest/950/config']).toMatchObject({ verdict: 'unknown' });
});

test('without a quorum nothing is begun', () => {
  const host = new HandMadeHost();
  host.write('/etc/pve/.members', '{ "cluster": { "quorate": 0 } }');
  host.guest(950, '');
  host.journal(HandMadeHost.known(950));
  const { status, stderr } = host.run([runningOf(950)], 'apply');
  expect(stderr).toContain('error  applier/cluster\n       the cluster has no quorum');
  expect(status).toBe(1);
});

test('an empty /etc/pve is one that is not mounted, and nothing is written there', () => {
  const host = new HandMadeHost();
  rmSync(join(host.root, 'etc/pve/.members'));
  const { status, stderr } = host.run([runningOf(950)], 'apply');
  expect(stderr).toContain('/etc/pve is not mounted (.members is not there)');
  expect(status).toBe(1);
});
