import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { about, type HostFacts, host, journal, step } from './given.js';
import { call } from './perl.js';
import { root } from './root.js';

const storages = {
  local: ['dir', { path: '/var/lib/vz', content: 'vztmpl,iso' }],
  zfs: ['zfspool', { pool: 'x' }],
} as const;
const path = '/var/lib/vz/template/iso/a.iso';
const words = ['--download', 'local', 'iso', 'a.iso'] as const;
const download = (
  facts: HostFacts,
  given: readonly (string | number)[],
  records: readonly (readonly string[])[] = [],
) =>
  about('CompareDownload::download', {
    steps: [step('download', 'd', ...given)],
    host: host({ storages, ...facts }),
    journal: journal(...records),
  });

test.each<[string, () => Promise<unknown>, object]>([
  ['a file that is there', () => download({ root: root({ [path]: 'x' }) }, words), { verdict: 'satisfied' }],
  [
    'an empty file',
    () => download({ root: root({ [path]: '' }) }, [...words, '--url', 'http://x/a.iso']),
    { verdict: 'create' },
  ],
  [
    'a URL',
    () => download({}, [...words, '--url', 'http://x/a.iso', '--checksum', 'sha256', 'abc']),
    {
      verdict: 'create',
      do: 'fetch',
      fields: {
        path,
        url: 'http://x/a.iso',
        algorithm: 'sha256',
        sum: 'abc',
        storage: 'local',
        file: 'a.iso',
        node: 'pve',
        reference: '',
      },
    },
  ],
  [
    'an image of a registry',
    () => download({}, ['--download', 'local', 'vztmpl', 'a.tar', '--oci', 'nginx:1']),
    { do: 'pull', fields: { reference: 'nginx:1', path: '/var/lib/vz/template/cache/a.tar' } },
  ],
  ['Proxmox’s catalogue', () => download({}, [...words, '--catalogue']), { do: 'download', fields: { url: '' } }],
  [
    'what is nowhere to be had',
    () => download({}, [...words, '--nowhere']),
    { verdict: 'refused', reason: 'there is no local:iso/a.iso, and the program only refers to it' },
  ],
  ['no such storage', () => download({ storages: {} }, words), { verdict: 'unknown', soft: '1' }],
  ['a storage without folders', () => download({}, ['--download', 'zfs', 'iso', 'a.iso']), { verdict: 'refused' }],
  [
    'a folder that is not mounted',
    () => download({ storages: { local: ['dir', { path: '/mnt/x', is_mountpoint: 'yes' }] } }, words),
    { verdict: 'unknown', soft: '1', reason: 'nothing is mounted at /mnt/x, the folder of storage local' },
  ],
])('CompareDownload::download with %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test.each([
  [{ type: 'dir', options: { path: '/x', content: 'iso' } }, undefined],
  [{ type: 'dir', options: { path: '/x' } }, undefined],
  [{ type: 'zfspool', options: {} }, 'storage s (zfspool) has no folder for files'],
  [{ type: 'dir', options: { path: '/x', disable: '1' } }, 'storage s is disabled'],
  [
    { type: 'dir', options: { path: '/x', content: 'vztmpl;backup' } },
    'storage s takes vztmpl backup, but no iso: Proxmox would not see the file',
  ],
])('CompareDownload::cannot_keep %j', async (entry, expected) => {
  expect(await call('CompareDownload::cannot_keep', entry, 's', 'iso')).toBe(expected);
});

test.each([
  ['dir', {}, undefined],
  ['dir', { is_mountpoint: 'no' }, undefined],
  ['dir', { is_mountpoint: '1' }, '/srv/x'],
  ['dir', { is_mountpoint: '/srv/' }, undefined],
  ['nfs', {}, '/srv/x'],
  ['nfs', { is_mountpoint: '0' }, undefined],
])('CompareDownload::not_there of type %s with %j', async (type, options, point) => {
  const entry = { type, options: { path: '/srv/x/', ...options } };
  const why = await call('CompareDownload::not_there', entry, 's', host({ mounts: { '/srv': ['tank', 'zfs'] } }));
  expect(why).toBe(point && `nothing is mounted at ${point}, the folder of storage s`);
});

test.each([
  ['vztmpl', {}, '/srv/template/cache'],
  ['iso', {}, '/srv/template/iso'],
  ['import', {}, '/srv/import'],
  ['iso', { 'content-dirs': 'vztmpl=/a,iso=/my/isos/' }, '/srv/my/isos'],
])('CompareDownload::folder_of %s with %j', async (content, options, expected) => {
  expect(await call('CompareDownload::folder_of', { options: { path: '/srv/', ...options } }, content)).toBe(expected);
});

test('CompareDownload::is_fetched while a curl writes it, which is waited for', async () => {
  const files = { [`${path}.tmp.phoenix`]: 'im' };
  const folder = root(files);
  mkdirSync(join(folder, 'proc/7'), { recursive: true });
  expect(await call('CompareDownload::is_fetched', host({ root: folder }), path)).toBe('0');
  writeFileSync(join(folder, 'proc/7/cmdline'), `curl\0-o\0${join(folder, path)}.tmp.phoenix\0--\0http://x\0`);
  expect(await call('CompareDownload::is_fetched', host({ root: folder }), path)).toBe('1');
  expect(await download({ root: folder }, [...words, '--url', 'http://x'])).toMatchObject({
    verdict: 'create',
    do: 'wait',
  });
  rmSync(join(folder, `${path}.tmp.phoenix`));
  expect(await call('CompareDownload::is_fetched', host({ root: folder }), path)).toBe('');
});

test('CompareDownload::check_sum reads an image once, and then goes by its size and time', async () => {
  const folder = root({ [path]: 'image' });
  const sum = sha256('image');
  const given = [...words, '--checksum', 'sha256', sum];
  const first = (await download({ root: folder }, given)) as { verdict: string; remember: string[] };
  expect(first).toMatchObject({
    verdict: 'satisfied',
    remember: ['applied', 'd', '-', sum, expect.stringMatching(/^mtime=/), `sha256=${sum}`, 'size=5'],
  });
  expect(await download({ root: folder }, given, [first.remember])).not.toHaveProperty('remember');
  expect(await download({ root: folder }, [...words, '--checksum', 'sha256', 'abc'], [first.remember])).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('is not the file that was asked for (sha256'),
  });
  writeFileSync(join(folder, path), 'other');
  const facts = await call('HostFiles::facts', host({ root: folder }), path);
  const known = ['applied', 'd', '-', sum, 'mtime=1', `sha256=${sum}`, 'size=5'];
  expect(
    await about(
      'CompareDownload::check_sum',
      { steps: [step('download', 'd', ...given)], host: host({ root: folder }), journal: journal(known) },
      path,
      facts,
    ),
  ).toMatchObject({ verdict: 'refused' });
});
