import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigDirectory } from '../../src/conf/config-directory.js';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { Gpu } from '../../src/host/gpu.js';
import { PveNode } from '../../src/host/pve-node.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { Subnet } from '../../src/network/subnet.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { problemsOf } from '../support/small-host.js';
import { artifact, base, host, load, rootWith, withHost, wrongWith } from './folder.js';

describe('a config directory', () => {
  it('makes a container of a file, with VMID and id of its name', () => {
    const { app, conf } = load(withHost({ 'lxc/950_qwen.json': { address: '10.0.0.50', memory: '2GiB' } }));
    const guest = conf.guest('qwen');
    expect(guest).toBe(conf.guest('lxc/950'));
    expect(guest.node.path).toBe('guests/qwen');
    expect(artifact(app, 'guests/950/config.conf')).toContain('memory: 2048');
  });

  it('makes what a program makes', () => {
    const files = withHost({
      'lxc/950_web.yaml': 'address: 10.0.0.50\ncores: 2\nmounts:\n  - {target: /m, source: "tank/models:vllm"}',
    });
    const { app } = load(files);
    const byFiles = artifact(app, 'guests/950/config.conf');

    const program = new App({ name: 'test', root: rootWith(withHost({})) });
    const { host: node } = ConfigDirectory.load(program, 'conf.d', { stack: 'host-only' });
    const stack = new Stack(program, 'guests', { host: node });
    const lan = node.node.findChild('lan') as Subnet;
    new LxcContainer(stack, 'web', {
      vmid: 950,
      from: node.node.findChild('local').node.children[0] as never,
      network: lan,
      rootfs: { storage: 'disks' as never, size: '8GiB' },
      address: '10.0.0.50',
      cores: 2,
      mounts: [
        {
          target: '/m',
          source: (node.node.findChild('tank.models') as never as { folder(p: string, o: object): never }).folder(
            'vllm',
            { mode: '0750' },
          ),
        },
      ],
    });
    expect(artifact(program, 'guests/950/config.conf')).toBe(byFiles);
  });

  it('takes values of the base, then of profiles in order, each after those that it names, then of the guest', () => {
    const { app } = load(
      withHost({
        'defaults/lxc_base.json': { ...base, cores: 1, memory: '1GiB', swap: '1GiB', tags: ['base'] },
        'defaults/profile_small.json': { cores: 2, memory: '2GiB', tags: ['small'] },
        'defaults/profile_web.yml': 'profiles: [small]\ncores: 3\ntags: [web]',
        'lxc/101_a.json': { address: '10.0.0.50', profiles: ['web'], cores: 4 },
        'lxc/102_b.json': { address: '10.0.0.51', profiles: ['web'], memory: null },
      }),
    );
    const keys = (vmid: number) =>
      artifact(app, `guests/${vmid}/config.conf`)?.match(/^(cores|memory|swap|tags): .*/gm);
    expect(keys(101)).toEqual(['cores: 4', 'memory: 2048', 'swap: 1024', 'tags: base;small;web']);
    expect(keys(102)).toEqual(['cores: 3', 'memory: 512', 'swap: 1024', 'tags: base;small;web']);
  });

  it('lets guests name each other by id and by number, wherever their files stand', () => {
    const { app } = load(
      withHost({
        'lxc/101_clone.json': {
          cloneFrom: 'lxc/900',
          from: null,
          address: '10.0.0.51',
          startAfter: ['db'],
          firewall: {},
          allowFrom: [{ peer: 'lan', port: 'tcp/443', why: 'web' }],
        },
        'lxc/102_db.json': { address: '10.0.0.52', firewall: {}, allowFrom: [{ peer: 'lxc/101', port: 'tcp/5432' }] },
        'lxc/900_base.json': { kind: 'lxc-template', address: '10.0.0.60', provision: ['base-tools'] },
      }),
    );
    const rules = (vmid: number) => artifact(app, `root/etc/pve/firewall/${vmid}.fw`)?.match(/^(IN|OUT) .*/gm);
    expect(rules(101)).toEqual([expect.stringContaining('-source 10.0.0.0/24 -p tcp -dport 443')]);
    expect(rules(102)).toEqual([expect.stringContaining('-source 10.0.0.51 -p tcp -dport 5432')]);
    const steps = [...app.synthesize().steps.values()].flat();
    expect(steps.find(({ id }) => id === 'guest/101/start')?.needs).toContain('guest/102/last');
    expect(steps.find(({ id }) => id === 'guest/101/create')).toMatchObject({ source: { from: 'clone', vmid: 900 } });
  });

  it('reads scripts and contents of other files of the folder', () => {
    const { app } = load(
      withHost({
        'lxc/101_a.json': {
          address: '10.0.0.50',
          provision: [{ file: 'scripts/setup.sh', timeout: '5min' }],
          files: [
            { target: '/etc/motd', content: { $file: 'files/motd' } },
            { target: '/etc/key', content: ['key=', { $secret: 'a/b', encoding: 'env' }] },
          ],
        },
        'scripts/setup.sh': 'echo hello\n',
        'files/motd': 'welcome\n',
      }),
    );
    expect(artifact(app, 'guests/101/script/01-setup.sh')).toBe('set -euo pipefail\necho hello\n');
    expect(artifact(app, 'guests/101/root/etc/motd')).toBe('welcome\n');
    expect(artifact(app, 'guests/101/root/etc/key')).toBe('key=@@phoenix-secret:env:a/b@@');
  });

  it('serves a model with the kind vllm', () => {
    const { app } = load(
      withHost({
        'lxc/950_qwen.json': {
          kind: 'vllm',
          address: '10.0.0.50',
          gpus: [0],
          model: 'Qwen/Qwen2.5-7B-Instruct',
          models: 'tank/models:vllm',
        },
      }),
    );
    expect(artifact(app, 'guests/950/config.conf')).toContain('mp0: /tank/models/vllm,mp=/models');
  });

  it('goes into a stack of a program, which brings the machine', () => {
    const { name: _, address: __, pveVersion: ___, gpus: ____, ...sections } = host;
    const app = new App({
      name: 'test',
      root: rootWith({ 'host.json': sections, 'lxc/101_a.json': { ...base, address: '10.0.0.50' } }),
    });
    const pve1 = new PveNode(app, 'pve1', {
      address: '10.0.0.2',
      pveVersion: '9.1',
      gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' })],
    });
    const stack = new Stack(app, 'ai', { host: pve1 });
    expect(ConfigDirectory.load(stack, 'conf.d').guest('a').node.path).toBe('ai/a');
  });

  it('knows what the program has made of the host, by id and by path', () => {
    const app = new App({
      name: 'test',
      root: rootWith({
        'lxc/101_a.json': {
          from: 'debian.tar.zst',
          network: 'lan',
          rootfs: { storage: 'disks', size: '8GiB' },
          address: '10.0.0.50',
          mounts: [{ target: '/m', source: 'tank/models' }],
          startAfter: ['ai/db'],
          allowFrom: [{ peer: 'pve1/lan', port: 'tcp/80' }],
          firewall: {},
        },
      }),
    });
    const pve1 = new PveNode(app, 'pve1', { address: '10.0.0.2', pveVersion: '9.1' });
    const lan = new Subnet(pve1, 'lan', { cidr: '10.0.0.0/24', bridge: 'vmbr0' });
    const disks = Storage.fromName(pve1, 'disks');
    ZfsDataset.fromName(pve1, 'tank/models');
    const from = OsTemplate.fromName(Storage.fromName(pve1, 'local'), 'debian.tar.zst');
    const stack = new Stack(app, 'ai', { host: pve1 });
    new LxcContainer(stack, 'db', { vmid: 200, from, network: lan, rootfs: { storage: disks, size: '8GiB' } });
    const guest = ConfigDirectory.load(stack, 'conf.d').guest('a') as LxcContainer;
    expect(guest.connections.permissions[0]?.peer.path).toBe('pve1/lan');
    const config = app.synthesize().described.flatMap(({ outcome }) => outcome.files);
    expect(config.find(({ path }) => path === 'guests/101/config.conf')?.text).toContain('/tank/models,mp=/m');
  });

  it('says past the props what a program says by methods', () => {
    const { app } = load(
      withHost({
        'lxc/101_a.json': {
          address: '10.0.0.50',
          firewall: {},
          exposePort: 'udp/53',
          allowFrom: ['lan'],
          override: { 'net0.rate': '10', timezone: null },
          raw: [
            ['lxc.prlimit.nofile', '65536'],
            ['lxc.prlimit.memlock', 'unlimited'],
          ],
          acknowledge: { 'override/used': 'the card is slow', 'override/raw-line': 'a router' },
        },
      }),
    );
    const config = artifact(app, 'guests/101/config.conf');
    expect(config).toMatch(/^net0: .*rate=10/m);
    expect(config).toContain('lxc.prlimit.nofile: 65536\nlxc.prlimit.memlock: unlimited');
    expect(artifact(app, 'root/etc/pve/firewall/101.fw')).toContain('-p udp -dport 53');
    const reasons = app.synthesize().findings.filter(({ code }) => code.startsWith('override/'));
    expect(new Set(reasons.map(({ acknowledged }) => acknowledged))).toEqual(new Set(['the card is slow', 'a router']));
  });

  it('takes sections of the host from files of their own', () => {
    const { subnets, storages, ...rest } = host;
    const { app } = load(
      withHost({
        'host.json': rest,
        'subnets.yaml': `$schema: x\nlan: ${JSON.stringify(subnets.lan)}`,
        'storages.json': storages,
        'lxc/101_a.json': { address: '10.0.0.50' },
      }),
    );
    expect(artifact(app, 'guests/101/config.conf')).toContain('bridge=vmbr0');
  });

  it('lets a pool and a storage have one name', () => {
    const { app } = load(
      withHost({
        'host.json': {
          ...host,
          storages: { ...host.storages, tank: { type: 'zfspool', dataset: 'tank/disks', content: ['rootdir'] } },
        },
        'lxc/101_a.json': { address: '10.0.0.50', rootfs: { storage: 'tank' } },
      }),
    );
    expect(artifact(app, 'guests/101/config.conf')).toContain('rootfs: tank:');
  });

  it('describes interfaces, mappings, media and shared firewalls', () => {
    const { app } = load(
      withHost({
        'host.json': {
          ...host,
          bonds: { bond0: { slaves: ['eno1', 'eno2'], mode: 'active-backup' } },
          vlans: { storage: { device: 'bond0', tag: 20, address: '10.20.0.2/24' } },
          bridges: { vmbr0: { existing: true }, vmbr1: { ports: ['bond0'], vlanAware: true } },
          mappings: { pci: { gpu0: { maps: [{ path: '0000:01:00', id: '10de:2684' }] } } },
          isos: { debian: { storage: 'local', file: 'debian-13.iso', existing: true } },
          firewall: {
            aliases: { admin: { cidr: '10.0.0.9' } },
            ipSets: { management: { entries: [{ cidr: 'admin' }, { cidr: '10.9.0.0/24' }] } },
            securityGroups: { web: { rules: [{ macro: 'HTTPS', source: 'management' }] } },
            cluster: { enabled: true },
            host: { rules: [{ macro: 'SSH', source: 'admin' }] },
          },
        },
        'vm/300_box.json': {
          network: 'lan',
          address: '10.0.0.60',
          disk: { storage: 'local', size: '8GiB' },
          cdroms: [{ key: 'ide0', iso: 'debian' }],
          hostPci: [{ mapping: 'gpu0' }],
          firewall: { rules: [{ group: 'web' }, { source: 'dc/admin', protocol: 'tcp', ports: '22' }] },
        },
      }),
    );
    const texts = app.synthesize().described.flatMap(({ outcome }) => outcome.files);
    const text = (path: string) => texts.find((file) => file.path === path)?.text ?? '';
    expect(text('guests/300/config.conf')).toMatch(
      /hostpci0: mapping=gpu0[\s\S]*ide0: local:iso\/debian-13.iso,media=cdrom/,
    );
    expect(text('root/etc/pve/firewall/300.fw')).toMatch(/GROUP web[\s\S]*-source dc\/admin -p tcp -dport 22/);
    const steps = JSON.stringify([...app.synthesize().steps.values()].flat());
    for (const part of ['vmbr1', 'bond0.20', 'gpu0', '+dc/management', 'IN SSH(ACCEPT) -source dc/admin']) {
      expect(steps).toContain(part);
    }
  });

  it('can be extended by sections and kinds of other packages', () => {
    const seen: unknown[] = [];
    load(withHost({ 'host.json': { ...host, licences: { a: 1 } }, 'lxc/101_a.json': { kind: 'odd', x: 1 } }), {
      sections: [{ key: 'licences', doc: '', fields: {}, named: false, load: (value) => seen.push(value) }],
      kinds: [
        {
          kind: 'odd',
          folder: 'lxc',
          doc: '',
          fields: {},
          make: (scope, id, props) => {
            seen.push(props);
            return new Subnet(scope, id, { cidr: '10.1.0.0/24', bridge: 'vmbr0' });
          },
        },
      ],
    });
    expect(seen).toEqual([{ a: 1 }, expect.objectContaining({ x: 1, vmid: 101 })]);
  });

  it('gives the same whatever the order in which the folder lists its files', () => {
    const files = { 'lxc/101_a.json': { address: '10.0.0.50' }, 'lxc/102_b.json': { address: '10.0.0.51' } };
    const reversed = Object.fromEntries(Object.entries(withHost(files)).reverse());
    expect(artifact(load(reversed).app, 'guests/101/config.conf')).toBe(
      artifact(load(withHost(files)).app, 'guests/101/config.conf'),
    );
  });
});

describe('what is wrong with config files', () => {
  it('is told of all files at once, in order, each with its place', () => {
    expect(
      wrongWith(
        withHost({
          'lxc/101_a.json': '{\n  "address": "10.0.0.50",\n  "max_model_len": 1,\n  "memory": 512\n}',
          'lxc/102_b.json': '{ "address": "10.0.0.51", "profiles": ["gpuu"], "cloneFrom": "lxc/999" }',
          'lxc/103_c.yaml': 'a: 1\na: 2\n',
          'defaults/profile_gpu.json': '{ "memoryy": "1GiB" }',
        }),
      ),
    ).toEqual([
      expect.stringMatching(/^config\/unknown-key conf.d\/defaults\/profile_gpu.json:1:3 /),
      expect.stringMatching(/^config\/unknown-key conf.d\/lxc\/101_a.json:3:3 `max_model_len`/),
      expect.stringMatching(/^config\/wrong-value conf.d\/lxc\/101_a.json:4:13 `memory` is 512/),
      expect.stringMatching(/^conf\/dangling conf.d\/lxc\/102_b.json:1:40 there is no profile "gpuu" for lxc/),
      expect.stringMatching(/^conf\/dangling conf.d\/lxc\/102_b.json:1:62 there is no container template "lxc\/999"/),
      expect.stringMatching(/^conf\/key-twice conf.d\/lxc\/103_c.yaml:2:1 /),
    ]);
  });

  it('says nothing of who refers to a guest whose VMID or id is there twice', () => {
    const guests = {
      'lxc/101_web.json': { address: '10.0.0.3', allowFrom: [{ peer: 'qwen', port: 'tcp/1' }] },
      'lxc/102_proxy.json': { address: '10.0.0.4' },
      'lxc/102_qwen.json': { address: '10.0.0.5' },
      'lxc/103_a.json': { address: '10.0.0.6' },
      'lxc/104_a.json': { address: '10.0.0.7' },
      'lxc/105_last.json': { address: '10.0.0.8', startAfter: ['qwen', 'a', 'lxc/103', 'lxc/104', 'web'] },
    };
    expect(wrongWith(withHost(guests))).toEqual([
      'conf/vmid-twice conf.d/lxc/102_qwen.json VMID 102 is described by conf.d/lxc/102_proxy.json and by conf.d/lxc/102_qwen.json',
      'conf/name-twice conf.d/lxc/104_a.json the id a is described by conf.d/lxc/103_a.json and by conf.d/lxc/104_a.json',
    ]);
  });

  it.each<[string, Record<string, string | object>, string]>([
    [
      'a VMID in two files',
      { 'lxc/101_a.json': {}, 'vm/101_b.json': {} },
      'conf/vmid-twice conf.d/vm/101_b.json VMID 101 is described by conf.d/lxc/101_a.json and by conf.d/vm/101_b.json',
    ],
    ['an id in two files', { 'lxc/101_a.json': {}, 'lxc/102_a.json': {} }, 'conf/name-twice conf.d/lxc/102_a.json'],
    ['a base in two files', { 'defaults/lxc_base.yaml': 'cores: 1' }, 'conf/name-twice conf.d/defaults/lxc_base.yaml'],
    [
      'a VMID against the name',
      { 'lxc/101_a.json': '{"vmid": 102, "address": "dhcp"}' },
      'conf/vmid-differs conf.d/lxc/101_a.json:1:10 `vmid` is 102, and the name of the file says 101',
    ],
    ['a name without a number', { 'lxc/web.json': {} }, 'conf/file-name conf.d/lxc/web.json'],
    ['a number that Proxmox keeps', { 'lxc/99_web.json': {} }, 'conf/file-name conf.d/lxc/99_web.json'],
    ['a default that is neither', { 'defaults/base.json': {} }, 'conf/file-name conf.d/defaults/base.json'],
    ['an unknown ending', { 'lxc/101_a.toml': '' }, 'conf/unknown-file conf.d/lxc/101_a.toml'],
    ['an unknown folder', { 'lcx/101_a.json': {} }, 'conf/unknown-file conf.d/lcx nothing is known of a folder'],
    [
      'an unknown kind',
      { 'lxc/101_a.json': { kind: 'vlm' } },
      'conf/kind conf.d/lxc/101_a.json:1:9 "vlm" is no kind of guest in lxc/',
    ],
    ['an unknown section', { 'host.json': { ...host, subnet: {} } }, 'config/unknown-key conf.d/host.json:'],
    ['a section without a domain', { 'host.json': { ...host, samba: {} } }, 'conf/not-yet conf.d/host.json:'],
    ['a file of a section without a domain', { 'samba.json': {} }, 'conf/not-yet conf.d/samba.json nothing in this'],
    ['a kind without a domain', { 'lxc/101_a.json': { kind: 'ollama' } }, 'conf/not-yet conf.d/lxc/101_a.json:1:9'],
    ['a section in two files', { 'subnets.json': host.subnets }, 'conf/name-twice conf.d/host.json:1:'],
    [
      'a mapping that nobody made',
      { 'vm/300_a.json': { network: 'lan', address: 'dhcp', hostPci: [{ mapping: 'gpu' }] } },
      'conf/dangling conf.d/vm/300_a.json:1:',
    ],
    [
      'a storage that nobody made',
      { 'lxc/101_a.json': { address: 'dhcp', rootfs: { storage: 'dsks' } } },
      'conf/dangling conf.d/lxc/101_a.json:1:39 there is no storage "dsks"',
    ],
    [
      'an address by a name that nobody gave',
      { 'lxc/101_a.json': { address: 'dhcp', firewall: { rules: [{ source: 'office' }] } } },
      'conf/dangling conf.d/lxc/101_a.json:1:',
    ],
    [
      'a raw line that Proxmox would drop',
      { 'lxc/101_a.json': { address: 'dhcp', raw: [['lxc.nonsense', 'x']] } },
      'lxc/raw-key conf.d/lxc/101_a.json:1:26',
    ],
    [
      'a permission with a key too many',
      { 'lxc/101_a.json': { address: 'dhcp', allowFrom: [{ peer: 'lan', prot: 'tcp/1' }] } },
      'config/unknown-key conf.d/lxc/101_a.json:1:46 `allowFrom.0.prot` is no key',
    ],
    [
      'an override that Proxmox would refuse',
      { 'lxc/101_a.json': { address: 'dhcp', override: { memroy: '1' } } },
      'override/',
    ],
    ['a section that is no object', { 'host.json': { ...host, software: 3 } }, 'config/wrong-value conf.d/host.json:'],
    [
      'a type of storage that nobody knows',
      { 'host.json': { ...host, storages: { disks: { type: 'zfspol' }, local: { existing: true } } } },
      'conf/storage-type conf.d/host.json:',
    ],
    [
      'templates in a circle',
      {
        'lxc/900_a.json': { kind: 'lxc-template', cloneFrom: 'b', address: 'dhcp' },
        'lxc/901_b.json': { kind: 'lxc-template', cloneFrom: 'a', address: 'dhcp' },
      },
      'conf/circle conf.d/lxc/901_b.json:1:36 these stand upon each other: a → b → a',
    ],
    [
      'profiles in a circle',
      {
        'defaults/profile_a.json': { profiles: ['b'] },
        'defaults/profile_b.json': { profiles: ['a'] },
        'lxc/101_x.json': { profiles: ['a'], address: 'dhcp' },
      },
      'conf/circle conf.d/defaults/profile_b.json:1:14 these stand upon each other: a → b → a',
    ],
    [
      'a missing script',
      { 'lxc/101_a.json': { address: 'dhcp', provision: [{ file: 'scripts/no.sh' }] } },
      'conf/no-file conf.d/lxc/101_a.json:1:',
    ],
    [
      'a way out of the folder',
      { 'lxc/101_a.json': { address: 'dhcp', provision: [{ file: '../../../../../../../../etc/passwd' }] } },
      'conf/outside conf.d/lxc/101_a.json:1:',
    ],
    [
      'a dataset that nobody made',
      { 'lxc/101_a.json': { address: 'dhcp', mounts: [{ target: '/x', source: 'tank/model' }] } },
      'conf/dangling conf.d/lxc/101_a.json:1:',
    ],
    [
      'an unknown peer',
      { 'lxc/101_a.json': { address: 'dhcp', allowFrom: ['lxc/999'] } },
      'conf/dangling conf.d/lxc/101_a.json:1:',
    ],
    [
      'values for what exists',
      { 'host.json': { ...host, pools: { tank: { existing: true, ashift: 12 } } } },
      'conf/existing conf.d/host.json:',
    ],
    [
      'a key that stands below all records',
      { 'lxc/101_a.json': '{"address": "dhcp", "__proto__": {"cores": 4}}' },
      'config/unknown-key conf.d/lxc/101_a.json:1:21 `__proto__` is no key',
    ],
  ])('names %s', (_name, files, expected) => {
    const found = wrongWith(withHost(files));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it('names the kind that has the key, and the key that is near', () => {
    const problems = problemsOf(() =>
      load(withHost({ 'lxc/101_a.json': { address: 'dhcp', maxModelLen: 1, allowform: [] } })),
    );
    expect(problems.map(({ message, fix }) => `${message}: ${fix}`)).toEqual([
      '`maxModelLen` is no key of kind lxc: it is a key of kind vllm: give `kind`, or leave the key out',
      '`allowform` is no key of kind lxc: did you mean `allowFrom`?',
    ]);
  });

  it('names a guest that the program has, too', () => {
    const app = new App({ name: 'test', root: rootWith(withHost({ 'lxc/101_a.json': { address: '10.0.0.50' } })) });
    const pve1 = new PveNode(app, 'other', { address: '10.0.0.2', pveVersion: '9.1' });
    const stack = new Stack(app, 'guests', { host: pve1 });
    new Subnet(stack, 'a', { cidr: '10.0.0.0/24', bridge: 'vmbr0' });
    const { name: _, address: __, pveVersion: ___, gpus: ____, ...sections } = host;
    writeFileSync(`${app.root}/conf.d/host.json`, JSON.stringify(sections));
    expect(problemsOf(() => ConfigDirectory.load(stack, 'conf.d'))).toMatchObject([
      {
        code: 'conf/name-twice',
        message: 'the program has a guests/a already, and conf.d/lxc/101_a.json describes one',
      },
    ]);
  });

  it('is found in the result of all layers, too', () => {
    const { app } = load({
      'host.json': host,
      'lxc/101_a.json': '{\n  "from": "debian",\n  "network": "lan",\n  "rootfs": { "size": "8GiB" }\n}',
    });
    expect(() => app.synthesize()).toThrow(/config\/missing {2}conf.d\/lxc\/101_a.json:4:3: `rootfs.storage`/);
  });

  it('names the machine that is missing', () => {
    expect(wrongWith({ 'lxc/101_a.json': {} })).toEqual([expect.stringContaining('conf/no-host conf.d')]);
    expect(wrongWith({ 'host.json': '{ "name": 3 }' })).toEqual([
      expect.stringContaining('config/missing conf.d/host.json:1:'),
    ]);
  });

  it('does not follow from something else that is wrong', () => {
    const files = withHost({
      'lxc/900_base.json': '{ "kind": "lxc-template", "coores": 1 }',
      'lxc/101_a.json': { cloneFrom: 'base', from: null, address: 'dhcp' },
    });
    expect(wrongWith(files)).toEqual([expect.stringContaining('config/unknown-key conf.d/lxc/900_base.json:1:27')]);
  });
});
