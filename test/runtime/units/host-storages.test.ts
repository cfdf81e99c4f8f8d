import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fresh, having } from './fresh.js';
import { host } from './given.js';
import { call, holds, list } from './perl.js';
import { root } from './root.js';

test('HostStorages::storages are all entries, and unknown without the file', async () => {
  expect(
    await call('HostStorages::storages', fresh(root({ '/etc/pve/storage.cfg': 'dir: local\n\tpath /x\n' }))),
  ).toEqual({
    local: { type: 'dir', options: { path: '/x' } },
  });
  await expect(call('HostStorages::storages', fresh(root()))).rejects.toThrow(
    'Unknown: /etc/pve/storage.cfg is not there',
  );
});

const folders = {
  local: ['dir', { path: '/vz' }],
  far: ['nfs', { path: '/mnt' }],
  zfs: ['zfspool', { pool: 'tank' }],
} as const;

const qcow2 = (bytes: bigint) => {
  const head = Buffer.alloc(32);
  head.write('QFI', 0, 'latin1');
  head[3] = 0xfb;
  head.writeBigUInt64BE(bytes, 24);
  return head;
};

/** A host with a raw image, a qcow2 and a broken one. */
function someImages() {
  const folder = root({
    '/vz/images/100/vm-100-disk-0.raw': 'x'.repeat(7),
    '/vz/images/100/vm-100-disk-2.qcow2': 'QFI',
  });
  writeFileSync(join(folder, 'vz/images/100/vm-100-disk-1.qcow2'), qcow2(32n * 1024n ** 3n));
  return host({
    root: folder,
    storages: folders,
    datasets: {
      'tank/vm-100-disk-0': { volsize: '9', refquota: '0' },
      'tank/subvol-950-disk-0': { volsize: '-', refquota: '8' },
      'tank/subvol-951-disk-0': { refquota: '0' },
    },
  });
}

test.each([
  ['zfs:vm-100-disk-0', '9'],
  ['zfs:subvol-950-disk-0', '8'],
  ['zfs:subvol-951-disk-0', undefined],
  ['local:100/vm-100-disk-0.raw', '7'],
  ['local:100/vm-100-disk-1.qcow2', String(32 * 1024 ** 3)],
  ['local:900/base-900-disk-0.qcow2/100/vm-100-disk-1.qcow2', String(32 * 1024 ** 3)],
  ['local:100/vm-100-disk-2.qcow2', undefined],
  ['far:100/vm-100-disk-0.raw', undefined],
  ['none:100/vm-100-disk-0.raw', undefined],
])('HostStorages::volume_bytes and HostStorages::image_bytes of %s: %s', async (volume, bytes) => {
  expect(await call('HostStorages::volume_bytes', someImages(), volume)).toBe(bytes);
  if (!volume.startsWith('zfs')) expect(await call('HostStorages::image_bytes', someImages(), volume)).toBe(bytes);
});

test('a volume that a config names and that is not there is unknown', async () => {
  await expect(call('HostStorages::volume_bytes', someImages(), 'zfs:vm-9-disk-0')).rejects.toThrow(
    'Unknown: volume zfs:vm-9-disk-0 is in the config, but there is no dataset tank/vm-9-disk-0',
  );
  await expect(call('HostStorages::image_bytes', someImages(), 'local:9/vm-9-disk-0.raw')).rejects.toThrow(
    'but there is no file /vz/images/9/vm-9-disk-0.raw',
  );
});

const cfg =
  'dir: local\n\tpath /var/lib/vz\n\nzfspool: local-zfs\n\tpool rpool/data\n\nzfspool: tank\n\tpool tank\n\nnfs: far\n\tpath /mnt/pve/far\n';

const stored = () => having({ '/etc/pve/storage.cfg': cfg });

test('HostStorages::storage gives the entry of storage.cfg, undef if there is none, and is unknown without the file', async () => {
  expect(await call('HostStorages::storage', stored(), 'tank')).toEqual({ type: 'zfspool', options: { pool: 'tank' } });
  expect(await call('HostStorages::storage', stored(), 'none')).toBeUndefined();
  await expect(call('HostStorages::storage', having({}), 'tank')).rejects.toThrow(
    'Unknown: /etc/pve/storage.cfg is not there',
  );
});

test.each([
  ['rpool/data', 'local-zfs'],
  ['rpool', undefined],
])('HostStorages::storage_on %s is %s', async (pool, id) => {
  expect(await call('HostStorages::storage_on', stored(), pool)).toBe(id);
});

test.each([
  ['local-zfs:subvol-950-disk-0', 'rpool/data/subvol-950-disk-0'],
  ['local-zfs:basevol-901-disk-0/subvol-930-disk-0', 'rpool/data/subvol-930-disk-0'],
  ['local:950/vm-950-disk-0.raw', undefined],
  ['none:x', undefined],
  ['/srv/models', undefined],
])('HostStorages::volume_dataset of %s is %s', async (volume, dataset) => {
  expect(await call('HostStorages::volume_dataset', stored(), volume)).toBe(dataset);
});

const shared =
  'dir: local\n\tpath /vz/\n\ndir: again\n\tpath /vz\n\nbtrfs: tree\n\tpath /tree\n\nzfspool: a-far\n\tpool tank\n\tnodes pve2\n\nzfspool: b-off\n\tpool tank\n\tdisable 1\n\nzfspool: c-here\n\tpool tank\n\tnodes pve2,pve\n';

const images = {
  '/etc/hostname': 'pve\n',
  '/etc/pve/storage.cfg': shared,
  '/vz/images/950/vm-950-disk-0.raw': '',
  '/tree/images/950/vm-950-disk-1/disk.raw': '',
};

test('HostStorages::images_by_number looks into folders of this host, and takes each file once', async () => {
  const folder = root({
    '/var/lib/vz/images/100/vm-100-disk-0.raw': '',
    '/var/lib/vz/images/100/vm-1000-x': '',
    '/var/lib/vz/images/100/notes': '',
    '/mnt/pve/far/images/100/vm-100-disk-1.raw': '',
  });
  const storages = {
    local: ['dir', { path: '/var/lib/vz' }],
    same: ['dir', { path: '/var/lib/vz' }],
    far: ['nfs', { path: '/mnt/pve/far' }],
    odd: ['dir', {}],
  } as const;
  expect(await list('HostStorages::images_by_number', host({ root: folder, storages }), 100)).toMatchObject([
    { volume: 'local:100/vm-100-disk-0.raw', path: '/var/lib/vz/images/100/vm-100-disk-0.raw' },
  ]);
  expect(await list('HostStorages::images_by_number', host({ root: folder, storages }), 101)).toEqual([]);
});

test('HostStorages::storage_above is the innermost one in whose folder a path lies', async () => {
  const storages = {
    outer: ['dir', { path: '/tank/' }],
    inner: ['dir', { path: '/tank/models' }],
    pool: ['zfspool', { pool: 'tank' }],
  } as const;
  const above = (path: string) => call('HostStorages::storage_above', host({ storages }), path);
  expect(await above('/tank/models/x')).toBe('inner');
  expect(await above('/tank/x')).toBe('outer');
  expect(await above('/tank/modelsx/y')).toBe('outer');
  expect(await above('/srv/x')).toBeUndefined();
});

test.each([
  [{ refquota: '0', volsize: '-' }, true],
  [{ refquota: '0' }, true],
  [{ refquota: '1024' }, false],
  [{ refquota: '-', volsize: '1024' }, false],
])('HostStorages::is_unlimited of a volume whose dataset has %j: %s', async (facts, expected) => {
  const given = host({ datasets: { 'rpool/data/subvol-950-disk-0': facts } });
  expect(await holds('HostStorages::is_unlimited', given, 'local-zfs:subvol-950-disk-0')).toBe(expected);
  expect(await holds('HostStorages::is_unlimited', given, 'local-zfs:subvol-950-disk-9')).toBe(false);
  expect(await holds('HostStorages::is_unlimited', given, 'local:950/x.raw')).toBe(false);
});

const withImages = () => ({ $code: `Host->new(root => '${root(images)}', node_name => 'pve')` });

test('HostStorages::storage_on and HostStorages::is_for_us pass over storages that this node may not use', async () => {
  expect(await call('HostStorages::storage_on', withImages(), 'tank')).toBe('c-here');
  expect(await holds('HostStorages::is_for_us', withImages(), { options: {} })).toBe(true);
  expect(await holds('HostStorages::is_for_us', withImages(), { options: { nodes: 'pve2' } })).toBe(false);
});

test.each([
  ['local:950/vm-950-disk-0.raw', '/vz/images/950/vm-950-disk-0.raw'],
  ['local:900/base-900-disk-0.qcow2/950/vm-950-disk-0.qcow2', '/vz/images/950/vm-950-disk-0.qcow2'],
  ['tree:950/vm-950-disk-1.raw', '/tree/images/950/vm-950-disk-1/disk.raw'],
  ['c-here:vm-950-disk-0', undefined],
  ['none:950/x.raw', undefined],
])('HostStorages::image_path of %s is %s', async (volume, path) => {
  expect(await call('HostStorages::image_path', withImages(), volume)).toBe(path);
});

test('HostStorages::images_folder is where Proxmox keeps the images of a folder', async () => {
  expect(await call('HostStorages::images_folder', withImages(), 'local')).toBe('/vz/images');
  expect(await call('HostStorages::images_folder', withImages(), 'c-here')).toBeUndefined();
});

test('HostStorages::images_besides knows an image by whichever storage names it', async () => {
  const besides = async (...volumes: readonly string[]) =>
    ((await list('HostStorages::images_besides', withImages(), 950, ...volumes)) as { volume: string }[]).map(
      ({ volume }) => volume,
    );
  expect(await besides()).toEqual(['again:950/vm-950-disk-0.raw', 'tree:950/vm-950-disk-1.raw']);
  expect(await besides('local:950/vm-950-disk-0.raw')).toEqual(['tree:950/vm-950-disk-1.raw']);
  expect(await besides('again:950/vm-950-disk-0.raw', 'tree:950/vm-950-disk-1.raw')).toEqual([]);
});
