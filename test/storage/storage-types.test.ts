import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { secretRef } from '../../src/model/secret-ref.js';
import { optionName } from '../../src/storage/option.js';
import { Storage } from '../../src/storage/storage.js';
import { storageTypes } from '../../src/storage/types/all.js';
import { findingsOf } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const facts = fileURLToPath(new URL('../../../shared/reference/pve-schema/storage.json', import.meta.url));

/** Options that no prop reaches, and why. */
const unreached: Readonly<Record<string, string>> = {
  mkdir: 'createBasePath and createSubdirs have replaced it',
  'lvm base': 'Proxmox would write a volume group over the unit',
  'btrfs shared': 'Btrfs is on disks of the node itself',
  'cephfs format': 'CephFS takes no disks',
};

describe('the types of storages', () => {
  if (!existsSync(facts)) console.info(`skipped: there is no ${facts}`);
  it.skipIf(!existsSync(facts))('reach every type and option of Proxmox, but for those with a reason', () => {
    const { types } = JSON.parse(readFileSync(facts, 'utf8'));
    expect(storageTypes.map(({ type }) => type).sort()).toEqual(Object.keys(types).sort());
    for (const { type, table } of storageTypes) {
      const reached = Object.entries(table.fields).map(([key, field]) => optionName(key, field));
      const wanted = Object.keys(types[type].properties).filter(
        (name) => unreached[name] === undefined && unreached[`${type} ${name}`] === undefined,
      );
      expect(reached.filter((name) => name !== undefined).sort(), type).toEqual(wanted.sort());
    }
  });

  it.skipIf(!existsSync(facts))('fix what Proxmox fixes', () => {
    const { types } = JSON.parse(readFileSync(facts, 'utf8'));
    const host = new SmallHost();
    const nfs = {
      server: 'nas',
      export: '/a',
      path: '/mnt/a',
      snapshotAsVolumeChain: true,
      content: ['images'],
    } as const;
    Storage.nfs(host.base, 'nas', nfs);
    const { options } = host.synth().stepOf('storage', 'storage/nas/entry');
    for (const { name, fixed } of options) {
      expect(fixed ?? false, name).toBe(types.nfs.properties[name].fixed ?? false);
    }
  });
});

describe('an entry', () => {
  it('says its props as Proxmox writes them', () => {
    const host = new SmallHost();
    Storage.nfs(host.base, 'nas', {
      server: 'nas.lan',
      export: '/tank/files',
      content: ['iso', 'backup'],
      mountOptions: ['vers=4.2', 'soft'],
      pruneBackups: { keepWeekly: 4, keepDaily: 7 },
      contentDirs: { iso: 'my/iso' },
      bandwidthLimit: { restore: 100 },
      nodes: ['pve'],
      createSubdirs: false,
    });
    const { options } = host.synth().stepOf('storage', 'storage/nas/entry');
    expect(Object.fromEntries(options.map(({ name, value }) => [name, value]))).toEqual({
      bwlimit: 'restore=100',
      content: 'backup,iso',
      'content-dirs': 'iso=my/iso',
      'create-subdirs': '0',
      export: '/tank/files',
      nodes: 'pve',
      options: 'vers=4.2,soft',
      'prune-backups': 'keep-daily=7,keep-weekly=4',
      server: 'nas.lan',
    });
  });

  it('holds no secret: its step names it beside the options', () => {
    const host = new SmallHost();
    const password = secretRef('pbs/token');
    Storage.pbs(host.base, 'backups', { server: 'pbs.lan', datastore: 'main', username: 'a@pbs!b', password });
    const { options, secrets } = host.synth().stepOf('storage', 'storage/backups/entry');
    expect(secrets).toEqual([{ option: 'password', secret: 'pbs/token' }]);
    expect(options.map(({ name }) => name)).not.toContain('password');
  });

  const content = ['backup'] as const;
  it.each<[string, (host: SmallHost) => Storage, string]>([
    ['nothing', ({ base }) => Storage.dir(base, 'ab', { path: '/a', content: [] }), 'storage/no-content'],
    [
      'none and more',
      ({ base }) => Storage.dir(base, 'ab', { path: '/a', content: ['none', 'iso'] }),
      'storage/no-content',
    ],
    [
      'all and some',
      ({ base }) => Storage.dir(base, 'ab', { path: '/a', content, pruneBackups: { keepAll: true, keepLast: 1 } }),
      'storage/prune',
    ],
    [
      'no backup',
      ({ base }) => Storage.dir(base, 'ab', { path: '/a', content, pruneBackups: { keepLast: 0 } }),
      'storage/prune',
    ],
    [
      'shared on a disk',
      (host) => Storage.dir(host.base, 'ab', { dataset: host.dataset('x'), content, shared: true }),
      'storage/shared-local',
    ],
    [
      'another local',
      ({ base }) => Storage.lvm(base, 'ab', { storageId: 'local', vgname: 'pve', content: ['images'] }),
      'storage/local',
    ],
    [
      'a relative export',
      ({ base }) => Storage.nfs(base, 'ab', { server: 'a', export: 'b', content }),
      'config/wrong-value',
    ],
    [
      'a server with a blank',
      ({ base }) => Storage.nfs(base, 'ab', { server: 'a b', export: '/b', content }),
      'config/wrong-value',
    ],
    [
      'a short fingerprint',
      ({ base }) => Storage.pbs(base, 'ab', { server: 'a', datastore: 'b', fingerprint: '00' }),
      'config/wrong-value',
    ],
  ])('is refused: %s', (_what, make, code) => {
    expect(codesOf(() => make(new SmallHost()))).toEqual([code]);
  });

  it('of a later release is refused, with the release', () => {
    const lvm = { vgname: 'pve', content: ['images'], snapshotAsVolumeChain: true } as const;
    const old = new SmallHost({ host: { pveVersion: '8.4' } });
    expect(codesOf(() => Storage.lvm(old.base, 'ab', lvm))).toEqual(['storage/needs-release']);
    expect(codesOf(() => Storage.lvm(new SmallHost().base, 'ab', lvm))).toEqual([]);
  });
});

describe('an entry that will not do what it looks like', () => {
  it('is told when its own host is not among its nodes', () => {
    const host = new SmallHost();
    Storage.nfs(host.base, 'nas', { server: 'nas', export: '/a', content: ['iso'], nodes: ['other'] });
    Storage.nfs(host.base, 'mine', { server: 'nas', export: '/b', content: ['iso'], nodes: ['other', 'pve'] });
    findingsOf(host.app).hasWarning('storage/not-on-host', 'base/nas');
    findingsOf(host.app).lacks('storage/not-on-host', 'base/mine');
  });

  it('is told when it is shared and nothing says that it has to be mounted', () => {
    const host = new SmallHost();
    const shared = { content: ['iso'], shared: true } as const;
    Storage.dir(host.base, 'bare', { path: '/mnt/nas', ...shared });
    Storage.dir(host.base, 'safe', { path: '/mnt/other', isMountpoint: true, ...shared });
    findingsOf(host.app).hasWarning('storage/shared-unguarded', 'base/bare');
    findingsOf(host.app).lacks('storage/shared-unguarded', 'base/safe');
  });
});

describe('what storages lie over', () => {
  it('is told when it is the same for two', () => {
    const host = new SmallHost();
    for (const id of ['one', 'two']) Storage.lvm(host.base, id, { vgname: 'pve', content: ['images'] });
    findingsOf(host.app).hasWarning('storage/same-place', 'base/two');
  });

  it('is guarded while it is not mounted', () => {
    const host = new SmallHost();
    host.dataset('files');
    Storage.dir(host.base, 'bare', { path: '/rpool/files/iso', content: ['iso'] });
    findingsOf(host.app).hasWarning('storage/unguarded', 'base/bare');
  });
});
