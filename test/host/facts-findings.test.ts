import { describe, expect, it } from 'vitest';
import { NvidiaDriver } from '../../src/gpu/nvidia-driver.js';
import { isAnotherModel } from '../../src/guest/facts-cards.js';
import { Gpu } from '../../src/host/gpu.js';
import type { Facts } from '../../src/model/facts.js';
import type { Finding } from '../../src/model/finding.js';
import { Bridge } from '../../src/network/bridge.js';
import { Subnet } from '../../src/network/subnet.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { findingsOf } from '../../src/testing/index.js';
import { VirtualMachine } from '../../src/vm/virtual-machine.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { ZfsPool } from '../../src/zfs/zfs-pool.js';
import { card, factsOf, knownGuest, putFacts } from '../support/facts.js';
import { SmallHost, type SmallHostOptions } from '../support/small-host.js';

/** What the facts add to the findings of a program. */
function found(
  facts: Facts,
  program: (small: SmallHost) => void = () => {},
  options: SmallHostOptions = {},
): Finding[] {
  const small = new SmallHost(options);
  small.container('web', { vmid: 950, address: '10.0.0.50', network: small.lan, mac: 'BC:24:11:00:00:50' });
  program(small);
  putFacts(small.app, facts);
  return findingsOf(small.app).all.filter(({ code }) => code.startsWith('facts/'));
}

const short = (findings: readonly Finding[]) => findings.map(({ code, severity, path }) => [code, severity, path]);
const gpu = (small: SmallHost, index = 0) => small.container('ml', { vmid: 960, gpus: [small.pve.gpu(index)] });

describe('a program beside the facts of its host', () => {
  it('is told nothing where all is as declared', () => {
    const driver = (small: SmallHost) => {
      new NvidiaDriver(small.base, 'driver', { version: '580.76.05' });
      gpu(small);
    };
    expect(found(factsOf(), driver, { host: { cores: 16, memory: '64GiB' } })).toEqual([]);
  });

  it('is told with value, place and way out', () => {
    const [finding] = found(factsOf({ pveVersion: '9.0.11' }));
    expect(finding).toEqual({
      code: 'facts/release',
      severity: 'warning',
      path: 'pve',
      message: 'runs Proxmox VE 9.0.11 by facts/pve.json, and the program is made for 9.1: the applier will refuse',
      value: '9.0.11',
      fix: "give pveVersion: '9.0', or import the facts anew if the host has changed since",
    });
  });

  it('is told of less memory and fewer processors than declared, as the kernel counts them', () => {
    const host = { cores: 32, memory: '96GiB' } as const;
    expect(short(found(factsOf(), () => {}, { host }))).toEqual([
      ['facts/cores', 'warning', 'pve'],
      ['facts/memory', 'warning', 'pve'],
    ]);
  });

  it('is checked against the memory and the processors of the facts where it declares none', () => {
    const small = new SmallHost();
    small.container('big', { vmid: 950, memory: '128GiB', cores: 64 });
    putFacts(small.app, factsOf());
    const { all } = findingsOf(small.app);
    expect(all.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['host/memory-overcommitted', 'guest/cores-beyond-host']),
    );
  });

  it('is told what the facts do not know, and not that it is absent', () => {
    const facts = factsOf({ pools: undefined, unknown: [{ what: 'pools', why: 'zpool list failed (exit 1)' }] });
    expect(short(found(facts, (small) => ZfsPool.fromName(small.base, 'tank')))).toEqual([
      ['facts/unknown', 'info', 'pve'],
    ]);
  });

  it('is told of pools, datasets, storages and bridges that it refers to and that are not there', () => {
    const program = (small: SmallHost) => {
      ZfsPool.fromName(small.base, 'tank');
      ZfsDataset.fromName(small.base, 'tank/models');
      Storage.fromName(small.base, 'nas');
      Bridge.fromName(small.base, 'vmbr7');
      const lab = new Subnet(small.pve, 'lab', { cidr: '10.8.0.0/24', bridge: 'vmbr8' });
      small.container('far', { vmid: 970, network: lab });
    };
    expect(short(found(factsOf(), program))).toEqual([
      ['facts/no-bridge', 'error', 'ai/far'],
      ['facts/no-storage', 'error', 'base/nas'],
      ['facts/no-pool', 'error', 'base/tank'],
      ['facts/no-dataset', 'error', 'base/tank.models'],
      ['facts/no-bridge', 'error', 'base/vmbr7'],
    ]);
  });

  it('is not told of what it makes itself', () => {
    const program = (small: SmallHost) => {
      new Bridge(small.base, 'vmbr8', {});
      const lab = new Subnet(small.pve, 'lab', { cidr: '10.8.0.0/24', bridge: 'vmbr8' });
      small.container('far', { vmid: 970, network: lab });
      Storage.dir(small.base, 'share', { dataset: small.dataset('nas'), content: ['iso'] });
    };
    expect(found(factsOf(), program)).toEqual([]);
  });

  it('is told of a sick pool, a dataset mounted elsewhere, a storage that is off, and one for other content', () => {
    const facts = factsOf({
      pools: [{ name: 'rpool', health: 'DEGRADED' }],
      datasets: {
        'rpool/a': { mountpoint: '/srv/a', mounted: 'yes' },
        'rpool/b': { mountpoint: '/rpool/b', mounted: 'no' },
      },
      storages: {
        local: { type: 'dir', options: { content: 'iso', path: '/var/lib/vz' } },
        'local-zfs': { type: 'zfspool', options: { content: 'images' } },
        off: { type: 'dir', options: { disable: '1' } },
        far: { type: 'dir', options: { nodes: 'pve2,pve3' } },
      },
    });
    const program = (small: SmallHost) => {
      for (const name of ['rpool/a', 'rpool/b']) ZfsDataset.fromName(small.base, name);
      for (const name of ['off', 'far']) Storage.fromName(small.base, name);
      OsTemplate.fromCatalogue(small.local, 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst');
    };
    expect(short(found(facts, program))).toEqual([
      ['facts/storage-content', 'error', 'ai/web'],
      ['facts/storage-content', 'error', 'base/local/debian-13-standard_13.1-2_amd64.tar.zst'],
      ['facts/storage-content', 'error', 'base/local/ubuntu-24.04-standard_24.04-2_amd64.tar.zst'],
    ]);
    const off = { ...factsOf().storages, off: facts.storages?.['off'], far: facts.storages?.['far'] };
    const sick = { ...facts, storages: off as Facts['storages'] };
    const names = (small: SmallHost) => {
      for (const name of ['rpool/a', 'rpool/b']) ZfsDataset.fromName(small.base, name);
      for (const name of ['off', 'far']) Storage.fromName(small.base, name);
    };
    expect(short(found(sick, names))).toEqual([
      ['facts/storage-off', 'warning', 'base/far'],
      ['facts/storage-off', 'warning', 'base/off'],
      ['facts/pool-health', 'warning', 'base/rpool'],
      ['facts/dataset-mount', 'warning', 'base/rpool.a'],
      ['facts/dataset-mount', 'warning', 'base/rpool.b'],
    ]);
  });

  it('is told of cards that are not there, are others, have other numbers, or are held by another driver', () => {
    const devices = [
      card('0000:01:00.0', 1, 'NVIDIA GeForce RTX 3090'),
      { ...card('0000:03:00.0', 0), driver: 'vfio-pci' },
    ];
    expect(short(found(factsOf({ displayDevices: devices }), gpu))).toEqual([
      ['facts/gpu-number', 'warning', 'ai/ml'],
      ['facts/no-gpu', 'warning', 'pve'],
      ['facts/other-gpu', 'warning', 'pve'],
    ]);
    expect(short(found(factsOf({ displayDevices: devices.slice(1) }), gpu))).toEqual([
      ['facts/no-gpu', 'error', 'pve'],
    ]);
    const held = [{ ...card('0000:01:00.0', 0), driver: 'nouveau' }, card('0000:02:00.0', 1)];
    const both = (small: SmallHost) => {
      gpu(small);
      new VirtualMachine(small.ai, 'vm', { vmid: 961, hostPci: [{ pci: '0000:02:00.0' }] });
    };
    expect(short(found(factsOf({ displayDevices: held }), both))).toEqual([
      ['facts/gpu-held', 'warning', 'ai/ml'],
      ['facts/gpu-held', 'warning', 'ai/vm'],
    ]);
  });

  it('is told of another driver than declared, or of none', () => {
    const program = (small: SmallHost) => new NvidiaDriver(small.base, 'driver', { version: '580.76.05' });
    const severity = (nvidia: Facts['nvidia']) => short(found(factsOf({ nvidia }), program)).map(([, it]) => it);
    expect(severity({ version: '575.1', flavor: 'open' })).toEqual(['warning']);
    expect(severity(undefined)).toEqual(['warning']);
    expect(severity({ version: '580.76.05', flavor: 'proprietary' })).toEqual(['info']);
  });

  it('is told of a stranger under its number: to be adopted if it is here and of its type, in the way if not', () => {
    const stranger = (more: object) => short(found(factsOf(knownGuest(950, [], more))));
    expect(stranger({})).toEqual([['facts/vmid-taken', 'warning', 'ai/web']]);
    expect(stranger({ mark: { app: 'test', path: 'ai/web', vmid: 949 } })).toEqual([
      ['facts/vmid-taken', 'warning', 'ai/web'],
    ]);
    expect(stranger({ type: 'qemu' })).toEqual([['facts/vmid-taken', 'error', 'ai/web']]);
    expect(stranger({ node: 'pve2' })).toEqual([['facts/vmid-taken', 'error', 'ai/web']]);
    const mark = { app: 'test', path: 'ai/renamed', vmid: 950 };
    expect(stranger({ mark })).toEqual([]);
    expect(stranger({ mark, node: 'pve2' })).toEqual([['facts/moved', 'warning', 'ai/web']]);
  });

  it('is not told of a stranger that it adopts', () => {
    const adopted = (small: SmallHost) =>
      small.container('old', { vmid: 951, from: 'adopted', rootfs: { storage: small.disks, size: '4GiB' } });
    expect(found(factsOf(knownGuest(951, [])), adopted)).toEqual([]);
    const lost = (small: SmallHost) => {
      const lab = new Subnet(small.pve, 'lab', { cidr: '10.8.0.0/24', bridge: 'vmbr8' });
      small.container('old', {
        vmid: 951,
        from: 'adopted',
        rootfs: { storage: small.disks, size: '4GiB' },
        network: lab,
      });
    };
    expect(short(found(factsOf(knownGuest(951, [])), lost))).toEqual([['facts/no-bridge', 'warning', 'ai/old']]);
  });

  it('is told of addresses and MAC addresses that other guests have, also on other nodes and as machines', () => {
    const conf = ['net3: virtio=bc:24:11:00:00:50,bridge=vmbr0', 'ipconfig3: ip=10.0.0.50/24,gw=10.0.0.1'];
    const facts = factsOf(knownGuest(101, conf, { type: 'qemu', node: 'pve2' }));
    expect(short(found(facts))).toEqual([
      ['facts/address-taken', 'warning', 'ai/web'],
      ['facts/mac-taken', 'warning', 'ai/web'],
    ]);
    const own = factsOf(
      knownGuest(950, ['net0: name=eth0,hwaddr=BC:24:11:00:00:50,ip=10.0.0.50/24'], {
        mark: { app: 'test', path: 'ai/web', vmid: 950 },
      }),
    );
    expect(found(own)).toEqual([]);
  });
});

describe('a model of a card', () => {
  it.each([
    [Gpu.rtx5060Ti16({ pci: '0000:01:00.0' }).model.name, 'NVIDIA GeForce RTX 5060 Ti', false],
    [Gpu.h100({ pci: '0000:01:00.0' }).model.name, 'NVIDIA H100 80GB HBM3', false],
    [
      Gpu.rtxPro6000Blackwell({ pci: '0000:01:00.0' }).model.name,
      'GB202GL [RTX PRO 6000 Blackwell Workstation Edition]',
      false,
    ],
    ['RTX 4090', 'AD102 [GeForce RTX 4090]', false],
    ['RTX 4090', 'NVIDIA GeForce RTX 4090 D', true],
    ['RTX 3090', 'NVIDIA GeForce RTX 3090 Ti', true],
    ['RTX 4090', 'NVIDIA GeForce RTX 3090', true],
    ['the big one', 'NVIDIA GeForce RTX 3090', false],
    ['RTX 4090', undefined, false],
    ['RTX 4090', 'Device', false],
  ])('%s is another than %s: %s', (declared, is, expected) => {
    expect(isAnotherModel(declared, is)).toBe(expected);
  });
});
