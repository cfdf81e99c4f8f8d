import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConf } from '../../../src/toolkit/migrate/read-conf.js';
import { confProject } from '../../../src/toolkit/migrate/write-conf.js';
import { typescriptProject } from '../../../src/toolkit/migrate/write-typescript.js';
import { folderOf } from './monoliths.js';
import { assemblyOf, guestFiles } from './project.js';

const repository = join(import.meta.dirname, '../../..');

/** What no monolithic file says: interfaces and mappings of the host, and `null`. */
const conf = {
  'host.json': {
    name: 'pve1',
    address: '10.0.0.2',
    pveVersion: '9.1',
    pools: { tank: { existing: true } },
    datasets: { 'tank/disks': {}, 'tank/models': {} },
    storages: {
      disks: { type: 'zfspool', dataset: 'tank/disks', content: ['rootdir', 'images'] },
      local: { existing: true },
    },
    archives: { debian: { storage: 'local', file: 'debian-13-standard_13.1-2_amd64.tar.zst' } },
    bonds: { bond0: { slaves: ['eno1', 'eno2'], mode: 'active-backup', primary: null } },
    vlans: {
      work: { device: 'bond0', tag: 20, address: '10.20.0.2/24' },
      office: { device: 'vmbr0', tag: 30, name: 'vlan30' },
    },
    bridges: {
      vmbr0: { existing: true },
      vmbr1: { ports: ['bond0'], vlanAware: true },
      inner: { name: 'vmbr2', ports: ['vlan30', 'eno3'] },
    },
    subnets: {
      lan: { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr1', vlan: null },
      work: { cidr: '10.20.0.0/24', bridge: 'vmbr2' },
      wild: { cidr: '10.30.0.0/24', bridge: 'vmbr9' },
    },
    mappings: {
      pci: { gpu0: { maps: [{ path: '0000:01:00', id: '10de:2684' }] }, gpu1: { existing: true } },
      usb: { stick: { id: '0781:5581', path: '1-2' } },
      directories: { models: { path: '/tank/models' }, disks: { path: '/tank/disks' }, work: { path: '/srv/work' } },
    },
  },
  'defaults/lxc_base.json': {
    from: 'debian',
    network: 'lan',
    rootfs: { storage: 'disks', size: '8GiB' },
    swap: '1GiB',
    tags: null,
    features: { nesting: true, keyctl: true },
  },
  'defaults/vm_base.json': { memory: '2GiB', onboot: null },
  'defaults/profile_quiet.json': { cores: 3, onboot: true, searchDomain: 'example.org', swap: null },
  'lxc/101_plain.json': { address: '10.0.0.51', profiles: ['quiet'] },
  'lxc/102_bare.json': {
    address: '10.0.0.52',
    profiles: ['quiet'],
    cores: null,
    searchDomain: null,
    features: { nesting: null },
  },
  'lxc/103_work.json': { network: 'work', address: '10.20.0.53' },
  'vm/300_box.json': {
    network: 'wild',
    address: '10.30.0.60',
    disk: { storage: 'disks', size: '8GiB' },
    hostPci: [{ mapping: 'gpu0' }, { mapping: 'gpu1' }],
    usb: [{ mapping: 'stick' }],
  },
};
const tree = () => readConf(folderOf(conf));
/** The files as they stand above, with the program that loads them. */
const files = () => ({
  ...confProject({ ...tree(), host: {}, bases: {}, profiles: [], guests: [] }),
  ...Object.fromEntries(Object.entries(conf).map(([path, values]) => [`conf.d/${path}`, JSON.stringify(values)])),
});
const program = () => typescriptProject(tree());

test('gives the same guests and the same host as files and as a program', { timeout: 60_000 }, () => {
  const [byFiles, byProgram] = [assemblyOf(files()), assemblyOf(program())];
  expect(Object.keys(guestFiles(byFiles)).filter((path) => path.endsWith('/config.conf'))).toHaveLength(4);
  expect(guestFiles(byProgram)).toEqual(guestFiles(byFiles));
  for (const part of ['bond0.20', 'vmbr2', 'gpu0', 'gpu1', '/srv/work']) {
    expect(JSON.stringify(hostSteps(byFiles))).toContain(part);
  }
  expect(hostSteps(byProgram)).toEqual(hostSteps(byFiles));
});

test('refers to interfaces by their constructs, where they come before', () => {
  const text = program()['main.ts'] ?? '';
  expect(text).toMatch(/^const bond0 = new Bond\(/m);
  expect(text).toContain('device: bond0,');
  expect(text).toContain("device: 'vmbr0',");
  expect(text).toContain("ports: [office, 'eno3']");
  expect(text).toContain('bridge: inner');
  expect(text).toContain("bridge: 'vmbr9'");
});

test('says of each null what it takes back', () => {
  const text = program()['main.ts'] ?? '';
  expect(text).toContain(
    '// Takes back what the layers below say of cores, searchDomain, features.nesting.\nnew LxcContainer(',
  );
  expect(text).not.toContain('vlan: null');
});

test('gives a program that is laid out as a formatter does', () => {
  const biome = join(repository, 'node_modules/.bin/biome');
  const words = ['format', '--stdin-file-path', 'src/main.ts', '--vcs-enabled=false'];
  const { stdout } = spawnSync(biome, words, { cwd: repository, input: program()['main.ts'], encoding: 'utf8' });
  expect(program()['main.ts']).toBe(stdout);
});

test('gives a program that compiles under the strictest rules', { timeout: 180_000 }, () => {
  const folder = folderOf({ ...program(), 'package.json': '{ "type": "module" }' });
  const compilerOptions = {
    noEmit: true,
    incremental: false,
    typeRoots: [join(repository, 'node_modules/@types')],
    paths: { 'phoenix-cdk': [join(repository, 'src/index.ts')] },
  };
  const config = { extends: join(repository, 'tsconfig.json'), compilerOptions, include: ['main.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('');
});

interface Step {
  readonly id: string;
  /** The construct, whose id the two forms may choose differently. */
  readonly path?: string;
}

/** What is done to the host, by the id of the step. */
function hostSteps(assembly: ReadonlyMap<string, string>): Readonly<Record<string, object>> {
  const { steps } = JSON.parse(assembly.get('stacks/host-pve1/runbook.json') ?? '') as { readonly steps: Step[] };
  return Object.fromEntries(steps.map(({ path: _, ...step }) => [step.id, step]));
}
