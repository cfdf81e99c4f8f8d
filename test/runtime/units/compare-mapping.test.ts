import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { about, host, step } from './given.js';
import { call, holds, list } from './perl.js';
import { root } from './root.js';

const here = 'id=10de:2684,node=pve,path=0000:01:00.0';
const there = 'id=10de:2684,node=pve2,path=0000:02:00.0';
const cfg = `gpu\n\tdescription the card\n\tmap ${there}\n\tmap ${here}\n\n# note\nother\n\tmdev\n\tmap node=pve2,path=1\n`;

const mapping = (text: string | undefined, ...words: readonly (string | number)[]) => {
  const given = host({ root: root(text === undefined ? {} : { '/etc/pve/mapping/pci.cfg': text }) });
  return about('CompareMapping::mapping', { steps: [step('mapping', 'm', '--mapping', 'pci', ...words)], host: given });
};
const digest = createHash('sha1').update(cfg).digest('hex');

test.each<[string, () => Promise<unknown>, object]>([
  [
    'an entry that is not there',
    () => mapping(undefined, 'gpu', '--create', 1, '--map', here, '--option', 'description', 'x', 0),
    { verdict: 'create', arguments: ['/cluster/mapping/pci', '--id', 'gpu', '--map', here, '--description', 'x'] },
  ],
  [
    'what is as it should be',
    () => mapping(cfg, 'gpu', '--create', 1, '--map', here, '--option', 'mdev', '0', 0),
    { verdict: 'satisfied' },
  ],
  [
    'another map of this host, with those of others',
    () => mapping(cfg, 'gpu', '--create', 1, '--map', 'node=pve,path=9'),
    {
      verdict: 'change',
      do: 'set',
      arguments: ['/cluster/mapping/pci/gpu', '--map', there, '--map', 'node=pve,path=9', '--digest', digest],
    },
  ],
  [
    'another option',
    () => mapping(cfg, 'gpu', '--create', 1, '--map', here, '--option', 'description', 'y', 0),
    { changes: [{ key: 'description', from: 'the card', to: 'y' }] },
  ],
  ['an imported entry', () => mapping(cfg, 'gpu', '--create', 0), { verdict: 'satisfied' }],
  [
    'an imported entry that says nothing of this host',
    () => mapping(cfg, 'other', '--create', 0),
    { verdict: 'refused', reason: 'mapping other says nothing of pve' },
  ],
  [
    'an imported entry that is not there',
    () => mapping(cfg, 'none', '--create', 0),
    { verdict: 'refused', reason: expect.stringContaining('there is no mapping none in /etc/pve/mapping/pci.cfg') },
  ],
])('CompareMapping::mapping of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareMapping::mapping is unknown without a quorum', async () => {
  const given = host({ root: root({ '/etc/pve/.members': '"quorate": 0' }) });
  await expect(
    about('CompareMapping::mapping', { steps: [step('mapping', 'm', '--mapping', 'pci', 'gpu')], host: given }),
  ).rejects.toThrow('Unknown: the cluster has no quorum');
});

test('CompareMapping::imported asks only that this host is named', async () => {
  const given = step('mapping', 'm', '--mapping', 'usb', 'stick');
  expect(await call('CompareMapping::imported', given, { maps: ['node=pve,id=1'] }, 'pve')).toMatchObject({
    verdict: 'satisfied',
  });
  expect(await call('CompareMapping::imported', given, undefined, 'pve')).toMatchObject({
    reason: expect.stringContaining('/etc/pve/mapping/usb.cfg'),
  });
});

test('CompareMapping::parse reads options and maps of each entry', async () => {
  expect(await call('CompareMapping::parse', cfg)).toEqual({
    gpu: { options: { description: 'the card' }, maps: [there, here] },
    other: { options: { mdev: '1' }, maps: ['node=pve2,path=1'] },
  });
});

test('CompareMapping::maps, CompareMapping::node and CompareMapping::plain', async () => {
  expect(await list('CompareMapping::maps', 'a', 'b')).toEqual(['--map', 'a', '--map', 'b']);
  expect(await call('CompareMapping::node', here)).toBe('pve');
  expect(await call('CompareMapping::node', 'id=1')).toBe('');
  expect(await call('CompareMapping::plain', 'path=0000:0A:00,ID=x,id=10DE:1,subsystem-id=AB')).toBe(
    'ID=x,id=10de:1,path=0000:0a:00,subsystem-id=ab',
  );
  expect(await call('CompareMapping::plain', 'path=/Srv/X')).toBe('path=/Srv/X');
});

test.each([
  [['id=AB,node=a'], ['node=a,id=ab'], true],
  [['node=a', 'node=b'], ['node=b', 'node=a'], false],
  [[], [], true],
])('CompareMapping::same_maps of %j and %j: %s', async (is, wanted, same) => {
  expect(await holds('CompareMapping::same_maps', is, wanted)).toBe(same);
});

test('CompareMapping::text and CompareMapping::entry read what is there', async () => {
  const given = step('mapping', 'm', '--mapping', 'pci', 'gpu');
  const files = host({ root: root({ '/etc/pve/mapping/pci.cfg': cfg }) });
  expect(await call('CompareMapping::text', given, files)).toBe(cfg);
  expect(await call('CompareMapping::entry', given, files)).toMatchObject({ maps: [there, here] });
  expect(await call('CompareMapping::text', given, host({ root: root() }))).toBe('');
  expect(await call('CompareMapping::entry', given, host({ root: root() }))).toBeUndefined();
});

test('CompareMapping::file_of each kind', async () => {
  expect(await Promise.all(['pci', 'usb', 'dir'].map((kind) => call('CompareMapping::file_of', kind)))).toEqual(
    ['pci', 'usb', 'directory'].map((name) => `/etc/pve/mapping/${name}.cfg`),
  );
});
