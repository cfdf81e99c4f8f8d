import { describe, expect, it } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { PveNode } from '../../src/host/pve-node.js';
import { Match } from '../../src/testing/index.js';
import type { FolderProps } from '../../src/zfs/dataset-folder.js';
import { ZfsDataset, type ZfsDatasetProps } from '../../src/zfs/zfs-dataset.js';
import { ZfsPool, type ZfsPoolProps } from '../../src/zfs/zfs-pool.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

type DatasetValues = Omit<ZfsDatasetProps, 'parent'>;

/** The properties that a dataset is to have, by name. */
function propertiesOf(props: DatasetValues): Record<string, string> {
  const host = new SmallHost();
  new ZfsDataset(host.base, 'models', { parent: host.rpool, ...props });
  const { properties } = host.synth().stepOf('zfs-dataset', `zfs/rpool/${props.name ?? 'models'}/dataset`);
  return Object.fromEntries(properties.map(({ name, value }) => [name, value]));
}

describe('a prop of a dataset', () => {
  it.each<[DatasetValues, Record<string, string>]>([
    [{}, {}],
    [{ recordsize: '1M' }, { recordsize: '1048576' }],
    [{ recordsize: '16K' }, { recordsize: '16384' }],
    [{ compression: 'zstd-9' }, { compression: 'zstd-9' }],
    [{ sync: 'disabled' }, { sync: 'disabled' }],
    [{ atime: false }, { atime: 'off' }],
    [{ atime: true }, { atime: 'on' }],
    [{ quota: '1.5GiB' }, { quota: '1610612736' }],
    [{ refquota: '1GiB' }, { refquota: '1073741824' }],
    [{ reservation: '1TiB' }, { reservation: '1099511627776' }],
    [
      { acltype: 'posix', xattr: 'sa' },
      { acltype: 'posix', xattr: 'sa' },
    ],
    [{ mountpoint: '/srv/models' }, { mountpoint: '/srv/models' }],
    [{ properties: { 'phoenix:note': 'a b' } }, { 'phoenix:note': 'a b' }],
    [{ atime: false, properties: { atime: 'on' } }, { atime: 'on' }],
  ])('is in the form of `zfs get -p`: %j', (props, properties) => {
    expect(propertiesOf(props)).toEqual(properties);
  });

  it.each<[keyof DatasetValues, object]>([
    ['recordsize', { recordsize: '100K' }],
    ['sync', { sync: 'never' }],
    ['quota', { quota: 1024 }],
    ['quota', { quota: '1KiB' }],
    ['mountpoint', { mountpoint: 'srv' }],
    ['mountpoint', { mountpoint: '/a b' }],
    ['mountpoint', { mountpoint: '/' }],
    ['mountpoint', { mountpoint: '/srv/../etc' }],
    ['mountpoint', { mountpoint: '/srv//a' }],
    ['name', { name: 'a/b' }],
    ['name', { name: '-a' }],
    ['atime', { atime: 'off' }],
  ])('%s is refused: %j', (key, props) => {
    const host = new SmallHost();
    const problems = problemsOf(() => new ZfsDataset(host.base, 'models', { parent: host.rpool, ...props }));
    expect(problems).toMatchObject([{ code: 'config/wrong-value', path: 'base/models' }]);
    expect(problems[0]?.message).toContain(`\`${key}\``);
  });

  it('that can only be given at the creation is marked so', () => {
    const host = new SmallHost();
    new ZfsDataset(host.base, 'a', { parent: host.rpool, atime: false, properties: { casesensitivity: 'mixed' } });
    host.synth().hasStep('zfs/rpool/a/dataset', {
      properties: [
        { name: 'atime', fixed: Match.absent() },
        { name: 'casesensitivity', fixed: true },
      ],
    });
  });
});

describe('a dataset', () => {
  it('is named and mounted below what it lies in, and made after it', () => {
    const host = new SmallHost();
    const data = new ZfsDataset(host.base, 'data', { parent: host.rpool, mountpoint: '/srv' });
    const models = new ZfsDataset(host.base, 'models', { parent: data, name: 'llm' });
    expect([models.datasetName, models.mountpoint]).toEqual(['rpool/data/llm', '/srv/llm']);
    const synth = host.synth();
    synth.hasStep('zfs/rpool/data/llm/dataset', { create: true, needs: ['zfs/rpool/data/dataset'] });
    synth.hasStep('zfs/rpool/data/dataset', { needs: ['zpool/rpool/pool'] });
  });

  it('that is imported is never made and has no properties of ours', () => {
    const host = new SmallHost();
    const data = ZfsDataset.fromName(host.base, 'rpool/data', { mountpoint: '/srv' });
    new ZfsDataset(host.base, 'models', { parent: data });
    const synth = host.synth();
    synth.hasStep('zfs/rpool/data/dataset', { create: false, properties: [], needs: [] });
    expect(synth.step('zfs/rpool/data/models/dataset').needs).toEqual(['zfs/rpool/data/dataset']);
  });

  it('is one, whatever it is called in the program', () => {
    const host = new SmallHost();
    new ZfsDataset(host.base, 'a', { parent: host.rpool, name: 'models' });
    new ZfsDataset(host.base, 'b', { parent: host.rpool, name: 'models' });
    expect(problemsOf(() => host.synth())).toMatchObject([{ code: 'identity/taken-twice', path: 'base/b' }]);
  });

  it('that is imported is told from one with a dot where the other has a slash', () => {
    const host = new SmallHost();
    const names = ['rpool/a/b', 'rpool/a.b'];
    const [one, other] = names.map((name) => ZfsDataset.fromName(host.base, name));
    expect([one?.datasetName, other?.datasetName]).toEqual(names);
    expect(one?.node.path).not.toBe(other?.node.path);
  });

  it('that is imported is mounted on a folder that can be one', () => {
    const { base } = new SmallHost();
    const codes = ['srv', '/srv/../etc', '/a b'].flatMap((mountpoint) =>
      codesOf(() => ZfsDataset.fromName(base, `rpool/${mountpoint.length}`, { mountpoint })),
    );
    expect(codes).toEqual(['zfs/mountpoint', 'zfs/mountpoint', 'zfs/mountpoint']);
  });

  it('takes no property that a command could not carry, nor a second mountpoint beside the prop', () => {
    const host = new SmallHost();
    const properties = { mountpoint: '/x', 'a=b': 'c' };
    expect(codesOf(() => new ZfsDataset(host.base, 'a', { parent: host.rpool, properties }))).toEqual([
      'zfs/property',
      'zfs/property',
    ]);
  });

  it('lies on the host of its parent', () => {
    const host = new SmallHost();
    const other = new PveNode(host.app, 'pve2', { address: '10.0.0.14', pveVersion: '9.1' });
    const stack = new Stack(host.app, 'other', { host: other });
    expect(codesOf(() => new ZfsDataset(stack, 'a', { parent: host.rpool }))).toEqual(['scope/other-host']);
  });

  it.each(['rpool//a', 'rpool/..', '/rpool', 'rpool/a b', '1pool/a', `rpool/${'a'.repeat(200)}`])(
    'is not named %s',
    (name) => {
      const host = new SmallHost();
      expect(codesOf(() => ZfsDataset.fromName(host.base, name))).toEqual(['zfs/name']);
    },
  );
});

describe('a folder of a dataset', () => {
  it('is made inside the mounted dataset only, and is the same however often it is asked for', () => {
    const host = new SmallHost();
    const models = host.dataset('models');
    const owner = { uid: 101_000, gid: 101_000 };
    expect(models.folder('a/b', { owner, mode: '0750' })).toBe(models.folder('a/b'));
    host.synth().hasStep('folder/rpool/models/a/b/folder', {
      needs: ['zfs/rpool/models/dataset'],
      folder: '/rpool/models/a/b',
      inside: { path: '/rpool/models', dataset: 'rpool/models' },
      ...owner,
      mode: '0750',
    });
  });

  it('is told from one with a dot where the other has a slash', () => {
    const models = new SmallHost().dataset('models');
    expect(['a.b', 'a/b', 'a%2Eb'].map((path) => models.folder(path).path)).toEqual([
      '/rpool/models/a.b',
      '/rpool/models/a/b',
      '/rpool/models/a%2Eb',
    ]);
  });

  it('cannot be asked for again with another owner or mode, which would be dropped', () => {
    const models = new SmallHost().dataset('models');
    const owner = { uid: 1, gid: 2 };
    models.folder('a', { owner, mode: '0750' });
    expect(models.folder('a', { owner: { ...owner }, mode: '0750' })).toBe(models.folder('a'));
    for (const props of [{ mode: '0700' }, { owner: { uid: 1, gid: 1 } }]) {
      expect(codesOf(() => models.folder('a', props))).toEqual(['zfs/folder-differs']);
    }
  });

  it('has an id of its own, whatever characters are in its name', () => {
    const host = new SmallHost();
    const models = host.dataset('models');
    const names = ["it's", 'ü', '%27', '100%', '(1)'];
    const ids = names.map((name) => models.folder(name).identity);
    expect(new Set(ids).size).toBe(names.length);
    expect(ids[0]).toBe('folder/rpool/models/it%27s');
    for (const id of ids) expect(id).toMatch(/^[\w@%+=:,./-]+$/);
    host.synth().hasStep(`${ids[0]}/folder`, { folder: "/rpool/models/it's" });
  });

  it.each<[string, FolderProps, string]>([
    ['/a', {}, 'zfs/folder'],
    ['../a', {}, 'zfs/folder'],
    ['a//b', {}, 'zfs/folder'],
    ['a b', {}, 'zfs/folder'],
    ['a,b', {}, 'zfs/folder'],
    ['', {}, 'zfs/folder'],
    ['a', { mode: '755' }, 'config/wrong-value'],
    ['a', { mode: '0798' }, 'config/wrong-value'],
    ['a', { owner: { uid: -1, gid: 0 } }, 'config/wrong-value'],
    ['a', JSON.parse('{ "onwer": { "uid": 0, "gid": 0 } }'), 'config/unknown-key'],
  ])('is refused: %j %j', (path, props, code) => {
    expect(codesOf(() => new SmallHost().dataset('models').folder(path, props))).toEqual([code]);
  });
});

describe('a pool', () => {
  const disk = (name: string) => `/dev/disk/by-id/${name}`;
  const make = (props: ZfsPoolProps) => {
    const host = new SmallHost();
    new ZfsPool(host.base, 'tank', props);
    return host.synth();
  };

  it('that is imported is never made', () => {
    const host = new SmallHost();
    expect(host.synth().step('zpool/rpool/pool')).not.toHaveProperty('create');
  });

  it('is made of the disks that are named, with a sector size that stays', () => {
    make({ vdevs: [{ type: 'mirror', devices: [disk('a'), disk('b')] }] }).hasStep('zpool/tank/pool', {
      create: {
        vdevs: [{ type: 'mirror', devices: [disk('a'), disk('b')] }],
        properties: [{ name: 'ashift', value: '12', fixed: true }],
      },
      exclusive: ['zpool/tank'],
    });
  });

  it.each<[ZfsPoolProps, string]>([
    [{ vdevs: [] }, 'zfs/too-few-disks'],
    [{ vdevs: [{ type: 'mirror', devices: [disk('a')] }] }, 'zfs/too-few-disks'],
    [{ vdevs: [{ type: 'raidz2', devices: [disk('a'), disk('b')] }] }, 'zfs/too-few-disks'],
    [{ vdevs: [{ type: 'mirror', devices: [disk('a'), disk('a')] }] }, 'zfs/disk-twice'],
    [{ vdevs: [{ type: 'single', devices: ['/dev/sda'] }] }, 'config/wrong-value'],
    [{ vdevs: [{ type: 'single', devices: [disk('a/b')] }] }, 'config/wrong-value'],
    [{ vdevs: [{ type: 'single', devices: [disk('a')] }], ashift: 3 }, 'config/wrong-value'],
    [{ vdevs: [{ type: 'single', devices: [disk('a')] }], name: '1tank' }, 'config/wrong-value'],
  ])('is refused where data would be in danger or zpool would refuse it: %j', (props, code) => {
    expect(codesOf(() => make(props))).toEqual([code]);
  });

  it('has disks that no other pool of its host has', () => {
    const pools = (disksOf: Readonly<Record<string, readonly string[]>>) => {
      const host = new SmallHost();
      for (const [name, disks] of Object.entries(disksOf)) {
        const vdevs = disks.map((disk) => ({ type: 'single' as const, devices: [`/dev/disk/by-id/${disk}`] }));
        new ZfsPool(host.base, name, { vdevs });
      }
      return codesOf(() => host.synth());
    };
    expect(pools({ tank: ['one', 'two'], fast: ['three'] })).toEqual([]);
    expect(pools({ tank: ['one', 'two'], fast: ['three', 'two'] })).toEqual(['zfs/disk-in-two-pools']);
  });

  it("has a name that ZFS takes, the construct's own too", () => {
    const { base } = new SmallHost();
    expect(codesOf(() => ZfsPool.fromName(base, 'a b'))).toEqual(['zfs/name']);
    const vdevs = [{ type: 'single', devices: [disk('a')] }] as const;
    expect(codesOf(() => new ZfsPool(base, '1st pool', { vdevs }))).toEqual(['zfs/name']);
  });
});
