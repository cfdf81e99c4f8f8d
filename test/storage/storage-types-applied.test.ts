import { describe, expect, it } from 'vitest';
import { secretRef } from '../../src/model/secret-ref.js';
import type { StepOf } from '../../src/model/step.js';
import { Storage } from '../../src/storage/storage.js';
import { Bench } from '../runtime/bench.js';
import { SmallHost } from '../support/small-host.js';

const files = {
  createSubdirs: false,
  pruneBackups: { keepLast: 3, keepDaily: 7 },
  maxProtectedBackups: 2,
} as const;
const images = { preallocation: 'off', format: 'qcow2', snapshotAsVolumeChain: true } as const;
const limits = { bandwidthLimit: { restore: 100, default: 0.5 }, nodes: ['pve', 'pve2'] } as const;
const iscsi = { portal: '10.0.0.9:3260', target: 'iqn.2026-01.lan:disks', content: ['none'], ...limits } as const;
const monhost = ['10.0.0.4', '10.0.0.3:6789'];

interface Row {
  /** An entry that says as much as it can without a secret. */
  readonly make: (host: SmallHost, id: string) => Storage;
  /** An option that somebody changes by hand. */
  readonly drift: readonly [line: RegExp, other: string];
  /** An option that Proxmox keeps. */
  readonly fixed?: string;
}

const rows: Readonly<Record<string, Row>> = {
  dir: {
    make: ({ base }, id) =>
      Storage.dir(base, id, {
        path: '/srv/files',
        content: ['vztmpl', 'iso', 'backup'],
        contentDirs: { iso: 'media/iso', backup: 'dump2' },
        isMountpoint: false,
        ...files,
        ...images,
        ...limits,
      }),
    drift: [/content-dirs .*/, 'content-dirs iso=elsewhere'],
    fixed: 'path',
  },
  zfspool: {
    make: (host, id) =>
      Storage.zfsPool(host.base, id, {
        dataset: host.rpool,
        content: ['rootdir', 'images'],
        sparse: true,
        blocksize: '16k',
        ...limits,
      }),
    drift: [/sparse 1/, 'sparse 0'],
    fixed: 'pool',
  },
  btrfs: {
    make: ({ base }, id) =>
      Storage.btrfs(base, id, {
        path: '/srv/btrfs',
        content: ['rootdir'],
        nocow: true,
        format: 'raw',
        preallocation: 'full',
        ...files,
      }),
    drift: [/nocow 1/, 'nocow 0'],
    fixed: 'path',
  },
  lvm: {
    make: ({ base }, id) =>
      Storage.lvm(base, id, {
        vgname: 'fast',
        content: ['images', 'rootdir'],
        shared: true,
        saferemove: true,
        saferemoveStepsize: 8,
        saferemoveThroughput: '10485760',
        taggedOnly: true,
        snapshotAsVolumeChain: true,
        ...limits,
      }),
    drift: [/\ttagged_only 1\n/, ''],
    fixed: 'vgname',
  },
  lvmthin: {
    make: ({ base }, id) =>
      Storage.lvmThin(base, id, { vgname: 'fast', thinpool: 'data', content: ['images'], ...limits }),
    drift: [/content images/, 'content rootdir'],
    fixed: 'thinpool',
  },
  nfs: {
    make: ({ base }, id) =>
      Storage.nfs(base, id, {
        server: 'nas.lan',
        export: '/tank/files',
        content: ['iso', 'import'],
        mountOptions: ['vers=4.2', 'soft'],
        ...files,
        ...images,
        ...limits,
      }),
    drift: [/options .*/, 'options vers=3'],
    fixed: 'export',
  },
  cifs: {
    make: ({ base }, id) =>
      Storage.cifs(base, id, {
        server: 'nas.lan',
        share: 'files',
        subdir: '/a/b',
        content: ['backup'],
        username: 'me',
        domain: 'LAN',
        smbversion: '3.11',
        mountOptions: ['noperm'],
        ...files,
        ...images,
        ...limits,
      }),
    drift: [/smbversion .*/, 'smbversion 2.0'],
    fixed: 'share',
  },
  cephfs: {
    make: ({ base }, id) =>
      Storage.cephFs(base, id, {
        content: ['iso'],
        path: '/mnt/ceph',
        fsName: 'cephfs',
        subdir: '/a',
        monhost,
        username: 'me',
        fuse: true,
        ...files,
        ...limits,
      }),
    drift: [/monhost .*/, 'monhost 10.0.0.4'],
    fixed: 'path',
  },
  rbd: {
    make: ({ base }, id) =>
      Storage.rbd(base, id, {
        content: ['images'],
        pool: 'disks',
        dataPool: 'ec',
        namespace: 'a',
        monhost,
        username: 'me',
        krbd: true,
        ...limits,
      }),
    drift: [/krbd 1/, 'krbd 0'],
  },
  iscsi: {
    make: ({ base }, id) => Storage.iscsi(base, id, iscsi),
    drift: [/nodes .*/, 'nodes pve'],
    fixed: 'target',
  },
  iscsidirect: {
    make: ({ base }, id) => Storage.iscsiDirect(base, id, { ...iscsi, content: ['images'] }),
    drift: [/bwlimit .*/, 'bwlimit restore=5'],
    fixed: 'portal',
  },
  zfs: {
    make: ({ base }, id) =>
      Storage.zfsOverIscsi(base, id, {
        portal: '10.0.0.9',
        target: 'iqn.2026-01.lan:disks',
        pool: 'tank',
        iscsiprovider: 'LIO',
        lioTargetPortalGroup: 'tpg1',
        blocksize: '16k',
        sparse: true,
        nowritecache: true,
        zfsBasePath: '/dev/zvol',
        ...limits,
      }),
    drift: [/lio_tpg .*/, 'lio_tpg tpg2'],
    fixed: 'blocksize',
  },
  pbs: {
    make: ({ base }, id) =>
      Storage.pbs(base, id, {
        server: 'pbs.lan',
        datastore: 'main',
        namespace: 'a/b',
        username: 'me@pbs!token',
        fingerprint: Array(32).fill('aB').join(':'),
        port: 8008,
        pruneBackups: { keepAll: true },
        maxProtectedBackups: -1,
      }),
    drift: [/port .*/, 'port 8007'],
    fixed: 'datastore',
  },
};

const cfg = '/etc/pve/storage.cfg';

describe.each(Object.entries(rows))('a storage of type %s', (type, { make, drift, fixed }) => {
  const step = stepOf(make);

  it('is made once, is repaired, and is not changed where Proxmox keeps what it has', () => {
    const bench = new Bench({ storages: '' });
    bench.synthesize({ steps: [step] });
    const made = bench.run('apply');
    expect({ status: made.status, stderr: made.status === 0 ? '' : made.stderr }).toEqual({ status: 0, stderr: '' });
    const entry = bench.node.readFile(cfg);
    expect(entry).toContain(`${type}: tested\n`);
    for (const { name, fixed: isFixed } of step.options) {
      expect(entry, name).toMatch(new RegExp(`\\t${name} `));
      expect(isFixed === true || name !== fixed, name).toBe(true);
    }
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);

    bench.node.writeFile(cfg, changed(entry, ...drift));
    expect(bench.run('apply').status).toBe(0);
    expect(bench.node.readFile(cfg)).toBe(entry);

    if (fixed !== undefined) {
      bench.node.writeFile(cfg, changed(entry, new RegExp(`\\t${fixed} .*`), `\t${fixed} /other`));
      expect(bench.plan()[step.id]).toMatchObject({
        verdict: 'refused',
        reason: `fixed when the storage was made: ${fixed}`,
      });
    }
  });
});

it.each<[string, (host: SmallHost, id: string) => Storage, string]>([
  [
    'esxi',
    ({ base }, id) => Storage.esxi(base, id, { server: 'esx', username: 'root', password: secretRef('esx/root') }),
    'esx/root',
  ],
  ['rbd', ({ base }, id) => Storage.rbd(base, id, { content: ['images'], keyring: secretRef('ceph/key') }), 'ceph/key'],
])(
  'a storage of type %s with a secret that the vault does not have is refused; no command is run',
  (_type, make, secret) => {
    const bench = new Bench();
    const step = stepOf(make);
    bench.synthesize({ steps: [step] });
    expect(bench.plan()[step.id]).toMatchObject({
      verdict: 'refused',
      reason: `the vault has no secret ${secret}: phoenix secrets set ${secret}, and synthesize again`,
    });
    expect(bench.run('apply').status).toBe(1);
    expect(bench.commands()).toEqual([]);
  },
);

/** The text with a change in the entry that is tested. */
function changed(text: string, line: RegExp, other: string): string {
  const start = text.indexOf(': tested\n');
  return text.slice(0, start) + text.slice(start).replace(line, other);
}

function stepOf(make: Row['make']): StepOf<'storage'> {
  const host = new SmallHost();
  make(host, 'tested');
  return { ...host.synth().stepOf('storage', 'storage/tested/entry'), needs: [] };
}
