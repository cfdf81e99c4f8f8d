import { describe, expect, it } from 'vitest';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import type { DirStorageProps } from '../../src/storage/types/dir.js';
import type { ZfsPoolStorageProps } from '../../src/storage/types/zfspool.js';
import { findingsOf, Match } from '../../src/testing/index.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { codesOf, debian, SmallHost } from '../support/small-host.js';

describe('a storage on ZFS', () => {
  const options = (props: Omit<ZfsPoolStorageProps, 'dataset'>) => {
    const host = new SmallHost();
    Storage.zfsPool(host.base, 'guests', { dataset: host.dataset('disks'), ...props });
    return host.synth().stepOf('storage', `storage/${props.storageId ?? 'guests'}/entry`);
  };

  it('names its dataset for good, and what may lie on it in one order', () => {
    expect(options({ content: ['rootdir', 'images', 'rootdir'] })).toMatchObject({
      type: 'zfspool',
      create: true,
      needs: ['zfs/rpool/disks/dataset'],
      exclusive: ['file/storage.cfg'],
      options: [
        { name: 'content', value: 'images,rootdir' },
        { name: 'pool', value: 'rpool/disks', fixed: true },
      ],
    });
  });

  it.each([
    [{ sparse: true }, { name: 'sparse', value: '1' }],
    [{ sparse: false }, { name: 'sparse', value: '0' }],
    [{ blocksize: '64k' }, { name: 'blocksize', value: '64k' }],
  ] as const)('has options of disks of machines: %j', (props, option) => {
    expect(options({ content: ['images'], ...props }).options).toContainEqual(option);
  });

  it('takes disks and nothing else', () => {
    const content: object = { content: ['iso'] };
    expect(codesOf(() => options(content as ZfsPoolStorageProps))).toEqual(['config/wrong-value']);
    expect(codesOf(() => options({ content: ['images'], storageId: 'x' }))).toEqual(['config/wrong-value']);
    expect(codesOf(() => options({ content: ['images'], storageId: 'a-' }))).toEqual(['config/wrong-value']);
  });
});

describe('a storage that is a folder', () => {
  const entry = (props: (host: SmallHost) => DirStorageProps) => {
    const host = new SmallHost();
    Storage.dir(host.base, 'files', props(host));
    return host.synth().stepOf('storage', 'storage/files/entry');
  };

  it('on a dataset is used only while that is mounted', () => {
    const { options, needs } = entry((host) => ({ dataset: host.dataset('iso'), content: ['iso', 'backup'] }));
    expect(needs).toEqual(['zfs/rpool/iso/dataset']);
    expect(options).toEqual([
      { name: 'content', value: 'backup,iso' },
      { name: 'is_mountpoint', value: 'yes' },
      { name: 'path', value: '/rpool/iso', fixed: true },
    ]);
  });

  it('below a dataset names the mount that it waits for', () => {
    const { options } = entry((host) => ({ dataset: host.dataset('iso'), path: '/rpool/iso/x', content: ['iso'] }));
    expect(options).toContainEqual({ name: 'is_mountpoint', value: '/rpool/iso' });
  });

  it('anywhere else stands on nothing', () => {
    const { options, needs } = entry(() => ({ path: '/srv/iso', content: ['iso'] }));
    expect(needs).toEqual([]);
    expect(options.map(({ name }) => name)).toEqual(['content', 'path']);
  });

  it('has to be somewhere', () => {
    expect(codesOf(() => entry(() => ({ content: ['iso'] })))).toEqual(['config/missing']);
    expect(codesOf(() => entry(() => ({ path: 'srv', content: ['iso'] })))).toEqual(['config/wrong-value']);
  });
});

describe('a storage that exists', () => {
  it('is never made, and of whatever type it is', () => {
    new SmallHost().synth().hasStep('storage/local/entry', { create: false, type: 'any', options: [] });
  });

  it('has a name that Proxmox takes', () => {
    const host = new SmallHost();
    expect(codesOf(() => Storage.fromName(host.base, 'a b'))).toEqual(['storage/name']);
  });
});

describe('what lies on a storage', () => {
  it('has to be of its content: no root disk where only machines may lie', () => {
    const host = new SmallHost();
    const storage = Storage.zfsPool(host.base, 'vms', { dataset: host.dataset('disks'), content: ['images'] });
    host.container('web', { rootfs: { storage, size: '4GiB' } });
    findingsOf(host.app).hasError('storage/content', 'ai/web');
  });

  it('may promise more than the quota of its dataset, with a warning', () => {
    const host = new SmallHost();
    const dataset = new ZfsDataset(host.base, 'guests', { parent: host.rpool, quota: '8GiB' });
    const storage = Storage.zfsPool(host.base, 'guests-disks', { dataset, content: ['rootdir'] });
    const mounts = [{ target: '/d', volume: { storage, size: '2GiB' } }] as const;
    host.container('a', { rootfs: { storage, size: '4GiB' }, mounts });
    findingsOf(host.app).lacks('storage/over-quota');
    const more = new SmallHost();
    const small = new ZfsDataset(more.base, 'guests', { parent: more.rpool, quota: '5GiB' });
    const disks = Storage.zfsPool(more.base, 'guests-disks', { dataset: small, content: ['rootdir'] });
    more.container('a', {
      rootfs: { storage: disks, size: '4GiB' },
      mounts: [{ target: '/d', volume: { storage: disks, size: '2GiB' } }],
    });
    findingsOf(more.app).hasWarning('storage/over-quota', 'base/guests-disks');
  });

  it("counts machines' disks, too", () => {
    const host = new SmallHost();
    const dataset = new ZfsDataset(host.base, 'guests', { parent: host.rpool, quota: '8GiB' });
    const storage = Storage.zfsPool(host.base, 'guests-disks', { dataset, content: ['rootdir', 'images'] });
    host.container('a', { rootfs: { storage, size: '4GiB' } });
    new VirtualMachine(host.ai, 'b', { disk: { storage, size: '5GiB' } });
    findingsOf(host.app).hasWarning('storage/over-quota', 'base/guests-disks');
  });

  it('is bounded by `quota` where disks are datasets of their own, and by `refquota`, too, where they are files', () => {
    const findings = (make: (host: SmallHost, dataset: ZfsDataset) => Storage) => {
      const host = new SmallHost();
      const storage = make(host, new ZfsDataset(host.base, 'guests', { parent: host.rpool, refquota: '3GiB' }));
      host.container('a', { rootfs: { storage, size: '4GiB' } });
      return findingsOf(host.app);
    };
    const datasets = findings(({ base }, dataset) => Storage.zfsPool(base, 'disks', { dataset, content: ['rootdir'] }));
    datasets.hasWarning('storage/refquota-idle', 'base/disks');
    datasets.lacks('storage/over-quota');
    const files = findings(({ base }, dataset) => Storage.dir(base, 'disks', { dataset, content: ['rootdir'] }));
    files.hasWarning('storage/over-quota', 'base/disks');
    files.lacks('storage/refquota-idle');
  });
});

describe('an archive', () => {
  const sha512 = 'a'.repeat(128);

  it('of the catalogue is fetched by Proxmox', () => {
    new SmallHost().synth().hasStep(`archive/local:vztmpl/${debian}/file`, {
      from: 'catalogue',
      storage: 'local',
      file: debian,
      checksum: Match.absent(),
      needs: ['storage/local/entry'],
    });
  });

  it('of a URL is never fetched without a checksum, also where no compiler asks for one', () => {
    const { local } = new SmallHost();
    expect(codesOf(() => OsTemplate.fromUrl(local, 'a.tar.xz', JSON.parse('{}')))).toEqual(['config/missing']);
    expect(codesOf(() => OsTemplate.fromCatalogue(local, 'a.tar.xz', JSON.parse('{ "sha": "1" }')))).toEqual([
      'config/unknown-key',
    ]);
  });

  it("of a URL comes with its checksum; the URL is Proxmox's own unless another is given", () => {
    const host = new SmallHost();
    OsTemplate.fromUrl(host.local, 'a.tar.xz', { sha512 });
    OsTemplate.fromUrl(host.local, 'b.tar.gz', { sha512, url: 'https://mirror.test/b' });
    const synth = host.synth();
    synth.hasStep('archive/local:vztmpl/a.tar.xz/file', {
      checksum: { algorithm: 'sha512', value: sha512 },
      from: { url: 'http://download.proxmox.com/images/system/a.tar.xz' },
    });
    synth.hasStep('archive/local:vztmpl/b.tar.gz/file', { from: { url: 'https://mirror.test/b' } });
  });

  it.each([
    ['a.zip', sha512, undefined, 'download/name'],
    ['../a.tar.gz', sha512, undefined, 'download/name'],
    ['a.tar.gz', 'abc', undefined, 'download/checksum'],
    ['a.tar.gz', sha512, 'file:///a', 'download/url'],
    ['a.tar.gz', sha512, "https://x/'", 'download/url'],
    ['a.tar.gz', sha512, 'https://me:hunter22@x/a', 'download/url'],
  ])('is refused: %s %s %s', (file, digest, url, code) => {
    const host = new SmallHost();
    const options = { sha512: digest, ...(url === undefined ? {} : { url }) };
    expect(codesOf(() => OsTemplate.fromUrl(host.local, file, options))).toEqual([code]);
  });

  it('lies on a storage that takes archives', () => {
    const host = new SmallHost();
    const storage = Storage.dir(host.base, 'isos', { path: '/srv', content: ['iso'] });
    expect(codesOf(() => OsTemplate.fromCatalogue(storage, debian))).toEqual(['storage/content']);
  });
});
