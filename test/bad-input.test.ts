import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { PhoenixError, type Problem } from '../src/base/errors.js';
import {
  App,
  Gpu,
  LxcContainer,
  type LxcContainerProps,
  LxcTemplate,
  OsTemplate,
  Port,
  Profile,
  PveNode,
  Script,
  Stack,
  Storage,
  Subnet,
  secretRef,
  VllmContainer,
  type VllmContainerProps,
  ZfsDataset,
  ZfsPool,
} from '../src/index.js';

const scratch = mkdtempSync(join(tmpdir(), 'phoenix-bad-input-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let programs = 0;

/** A program that is right, with everything that a mistake may be made in. */
function rightProgram() {
  const root = join(scratch, String(programs++));
  const app = new App({ name: 'bad-input', root });
  const host = (id: string, number: number) =>
    new PveNode(app, id, {
      address: `192.168.1.${number}`,
      pveVersion: '9.1',
      cores: 16,
      memory: '64GiB',
      gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' }), Gpu.rtx4090({ pci: '0000:02:00.0' })],
    });
  const [pve, pve2] = [host('pve', 10), host('pve2', 11)];
  const lan = new Subnet(pve, 'lan', { cidr: '192.168.1.0/24', gateway: '192.168.1.1', bridge: 'vmbr0' });
  const base = new Stack(app, 'base', { host: pve });
  const pool = ZfsPool.fromName(base, 'tank');
  const disks = Storage.zfsPool(base, 'disks', {
    dataset: new ZfsDataset(base, 'guests', { parent: pool }),
    content: ['rootdir'],
  });
  const images = Storage.zfsPool(base, 'images', {
    dataset: new ZfsDataset(base, 'machines', { parent: pool }),
    content: ['images'],
  });
  const models = new ZfsDataset(base, 'models', { parent: pool });
  const elsewhere = new Stack(app, 'elsewhere', { host: pve2 });
  const foreign = new ZfsDataset(elsewhere, 'models', { parent: ZfsPool.fromName(elsewhere, 'tank') });
  const ai = new Stack(app, 'ai', { host: pve, defaults: { network: lan, rootfs: { storage: disks, size: '32GiB' } } });
  const archive = OsTemplate.fromCatalogue(Storage.fromName(base, 'local'), 'debian-13-standard_13.1-2_amd64.tar.zst');
  const template = new LxcTemplate(ai, 'template', { vmid: 900, from: archive });
  const guest = (id: string, props: Partial<LxcContainerProps> = {}) =>
    new LxcContainer(ai, id, { from: archive, ...props });
  const server = (id: string, props: Partial<VllmContainerProps> = {}) =>
    new VllmContainer(ai, id, { from: archive, model: 'Qwen/Qwen3-8B', gpus: [pve.gpu(0)], ...props });
  return {
    root,
    app,
    pve,
    pve2,
    elsewhere,
    lan,
    base,
    pool,
    disks,
    images,
    models,
    foreign,
    ai,
    archive,
    template,
    guest,
    server,
  };
}
/** A network with two addresses to choose from; asking twice for it gives the same one. */
function tiny(host: PveNode): Subnet {
  const known = host.node.tryFindChild('tiny');
  return Subnet.isSubnet(known)
    ? known
    : new Subnet(host, 'tiny', { cidr: '10.1.0.0/29', bridge: 'vmbr1', range: { from: 3, to: 4 } });
}
type Program = ReturnType<typeof rightProgram>;

/** Props that TypeScript would refuse: a program in JavaScript, or a file, is not stopped by types. */
const unchecked = <T extends object>(props: object): T => props as T;

type Row = readonly [mistake: string, make: (program: Program) => unknown, ...problems: Partial<Problem>[]];

const table: readonly Row[] = [
  // keys and values
  [
    'an unknown key',
    ({ guest }) => guest('a', unchecked({ memroy: '1GiB' })),
    { code: 'config/unknown-key', path: 'ai/a', value: 'memroy', fix: 'did you mean `memory`?' },
  ],
  [
    'an unknown key within a key',
    ({ guest }) => guest('a', unchecked({ features: { nestin: true } })),
    { code: 'config/unknown-key', path: 'ai/a', value: 'features.nestin', fix: 'did you mean `nesting`?' },
  ],
  [
    'a key of another program for a server',
    ({ server }) => server('a', unchecked({ max_model_len: 1 })),
    { code: 'config/unknown-key', path: 'ai/a', value: 'max_model_len', fix: 'did you mean `maxModelLen`?' },
  ],
  [
    'an unknown key of a profile',
    ({ app }) => new Profile(app, 'gpu', unchecked({ coers: 2 })),
    { code: 'config/unknown-key', path: 'gpu', value: 'coers' },
  ],
  [
    'an unknown key of a host',
    ({ app }) => new PveNode(app, 'p', unchecked({ adress: 'x', address: '10.0.0.1', pveVersion: '9.1' })),
    { code: 'config/unknown-key', path: 'p', value: 'adress' },
  ],
  [
    'a release that nobody knows',
    ({ app }) => new PveNode(app, 'p', unchecked({ address: '10.0.0.1', pveVersion: '7.4' })),
    { code: 'config/wrong-value', path: 'p', value: '7.4' },
  ],
  [
    'a size without a unit',
    ({ guest }) => guest('a', unchecked({ memory: 4096 })),
    { code: 'config/wrong-value', path: 'ai/a', value: 4096 },
  ],
  [
    'a unit that is not ours',
    ({ guest }) => guest('a', unchecked({ memory: '4GB' })),
    { code: 'config/wrong-value', path: 'ai/a', value: '4GB' },
  ],
  ['too little memory', ({ guest }) => guest('a', { memory: '8MiB' }), { code: 'config/wrong-value', path: 'ai/a' }],
  [
    'a name that is not of DNS',
    ({ guest }) => guest('a', { hostname: 'my_guest' }),
    { code: 'config/wrong-value', path: 'ai/a', value: 'my_guest' },
  ],
  [
    'a construct of which no DNS name can be made',
    ({ guest }) => guest('___'),
    { code: 'config/missing', path: 'ai/___' },
  ],
  [
    'a VMID that Proxmox keeps to itself',
    ({ guest }) => guest('a', { vmid: 99 }),
    { code: 'config/wrong-value', path: 'ai/a', value: 99 },
  ],
  [
    'a share of a card above 1',
    ({ server }) => server('a', { gpuMemoryUtilization: 1.2 }),
    { code: 'config/wrong-value', path: 'ai/a', value: 1.2 },
  ],

  // values that a grammar has no place for
  [
    'a newline in a host name',
    ({ guest }) => guest('a', { hostname: 'a\nmemory: 1' }),
    { code: 'config/wrong-value', path: 'ai/a', value: 'a\nmemory: 1' },
  ],
  [
    'a newline in a search domain',
    ({ guest }) => guest('a', { searchDomain: 'a\nb' }),
    { code: 'config/wrong-value', path: 'ai/a' },
  ],
  [
    'a comma in a mount',
    ({ guest, models }) => guest('a', { mounts: [{ source: models, target: '/a,ro=0' }] }),
    { code: 'config/wrong-value', path: 'ai/a', value: '/a,ro=0' },
  ],
  [
    'a comma in a path of the host',
    ({ guest }) => guest('a', { mounts: [{ source: '/a,b', target: '/a' }] }),
    { code: 'config/wrong-value', path: 'ai/a', value: '/a,b' },
  ],
  [
    'a path that climbs in a mount',
    ({ guest, models }) => guest('a', { mounts: [{ source: models, target: '/a/../etc' }] }),
    { code: 'config/wrong-value', path: 'ai/a', value: '/a/../etc' },
  ],
  [
    'a tag with a semicolon',
    ({ guest }) => guest('a', { tags: ['a;b'] }),
    { code: 'config/wrong-value', path: 'ai/a', value: 'a;b' },
  ],
  [
    'a newline in a raw line',
    ({ guest }) => guest('a').addRawLine('lxc.mount.auto', 'a\nlxc.cap.drop: b'),
    { code: 'lxc/raw-value', path: 'ai/a' },
  ],
  [
    'a raw key that Proxmox drops',
    ({ guest }) => guest('a').addRawLine('lxc.nonsense', 'a'),
    { code: 'lxc/raw-key', path: 'ai/a', value: 'lxc.nonsense' },
  ],
  [
    'commas where LXC wants blanks',
    ({ guest }) => guest('a').addRawLine('lxc.cap.drop', 'a,b'),
    { code: 'lxc/raw-value', path: 'ai/a', fix: 'write a b' },
  ],
  [
    'a comma in an override',
    ({ guest }) => guest('a').override('net0.rate', '1,bridge=x'),
    { code: 'value/comma', path: 'ai/a', value: '1,bridge=x' },
  ],
  [
    'a newline in an override',
    ({ guest }) => guest('a').override('hookscript', 'a\nb'),
    { code: 'value/newline', path: 'ai/a', value: 'a\nb' },
  ],
  [
    'an override of no key',
    ({ guest }) => guest('a').override('Net 0', 'x'),
    { code: 'override/key', path: 'ai/a', value: 'Net 0' },
  ],
  [
    'a newline in the comment of a rule',
    ({ guest }) => guest('a', { firewall: { rules: [{ comment: 'a\nb' }] } }),
    { code: 'config/wrong-value', path: 'ai/a', value: 'a\nb' },
  ],
  [
    'a rule for an address that is none',
    ({ guest }) => guest('a', { firewall: { rules: [{ source: 'office, please' }] } }),
    { code: 'firewall/address', path: 'ai/a' },
  ],
  [
    'a newline in a word of a server',
    ({ server }) => server('a', { extraArgs: ['--x\nExecStartPre=y'] }),
    { code: 'systemd/newline', path: 'ai/a' },
  ],
  [
    'a quote in the name of a bridge',
    ({ pve }) => new Subnet(pve, 'n', { cidr: '10.0.0.0/24', bridge: 'vmbr0"' }),
    { code: 'network/bridge', path: 'pve/n', value: 'vmbr0"' },
  ],
  [
    'the marker of secrets in a file',
    ({ guest }) => guest('a').addFile({ target: '/x', content: '@@phoenix-secret:raw:x@@' }),
    { code: 'content/reserved-marker', path: 'ai/a' },
  ],
  [
    'a secret in a tag',
    ({ guest }) => guest('a', unchecked({ tags: [secretRef('a/b')] })),
    { code: 'secret/not-here', path: 'ai/a' },
  ],
  [
    'a secret as a word of a command',
    ({ server }) => server('a', unchecked({ extraArgs: [secretRef('a/b')] })),
    { code: 'secret/not-here', path: 'ai/a' },
  ],
  [
    'a climbing folder of a dataset',
    ({ models }) => models.folder('../x'),
    { code: 'zfs/folder', path: 'base/models/folder %2E%2E.x', value: '../x' },
  ],
  [
    'a stack that is no folder',
    ({ app, pve }) => new Stack(app, 'a b', { host: pve }),
    { code: 'stack/name', path: 'a b', value: 'a b' },
  ],

  // things that are there once
  [
    'a VMID twice',
    ({ guest }) => [guest('a', { vmid: 950 }), guest('b', { vmid: 950 })],
    { code: 'vmid/taken-twice', path: 'ai/b', value: '950', message: 'vmid 950 is claimed by ai/a and by ai/b' },
  ],
  [
    'an address twice',
    ({ guest }) => [guest('a', { address: '192.168.1.50' }), guest('b', { address: '192.168.1.50' })],
    { code: 'address/taken-twice', path: 'ai/b', value: '192.168.1.50' },
  ],
  [
    'the address of the router',
    ({ guest }) => guest('a', { address: '192.168.1.1' }),
    { code: 'address/taken-twice', path: 'ai/a', value: '192.168.1.1', message: expect.stringContaining('gateway') },
  ],
  [
    'the address of the host',
    ({ guest }) => guest('a', { address: '192.168.1.10' }),
    { code: 'address/taken-twice', value: '192.168.1.10' },
  ],
  [
    'a MAC twice, in other letters',
    ({ guest }) => [guest('a', { mac: 'bc:24:11:00:00:01' }), guest('b', { mac: 'BC:24:11:00:00:01' })],
    { code: 'mac/taken-twice', path: 'ai/b', value: 'BC:24:11:00:00:01' },
  ],
  [
    'a MAC of a group',
    ({ guest }) => guest('a', { mac: '01:00:5e:00:00:01' }),
    { code: 'config/wrong-value', path: 'ai/a' },
  ],
  [
    'more guests than the range of a network has addresses',
    ({ pve, guest }) => [1, 2, 3, 4].map((i) => guest(`g${i}`, { network: tiny(pve) })),
    { code: 'address/exhausted', path: 'ai/g3' },
    { code: 'address/exhausted', path: 'ai/g4' },
  ],
  [
    'an address outside of the network',
    ({ guest }) => guest('a', { address: '10.9.9.9' }),
    { code: 'address/outside', path: 'ai/a', value: '10.9.9.9' },
  ],
  [
    'a dataset twice',
    ({ base, pool }) => new ZfsDataset(base, 'again', { parent: pool, name: 'models' }),
    { code: 'identity/taken-twice', path: 'base/models', value: 'zfs/tank/models' },
  ],
  [
    'a mount twice',
    ({ guest, models }) =>
      guest('a', {
        mounts: [
          { source: models, target: '/m' },
          { source: '/srv', target: '/m' },
        ],
      }),
    { code: 'lxc/mount-twice', path: 'ai/a', value: '/m' },
  ],
  [
    'a folder and a disk at one place',
    ({ guest, models, disks }) =>
      guest('a', {
        mounts: [
          { source: models, target: '/m' },
          { volume: { storage: disks, size: '1GiB' }, target: '/m' },
        ],
      }),
    { code: 'lxc/mount-twice', path: 'ai/a', value: '/m' },
  ],
  [
    'a mount of nothing',
    ({ guest }) => guest('a', { mounts: [{ target: '/m' }] }),
    { code: 'lxc/mount-empty', path: 'ai/a', value: '/m' },
  ],
  [
    'a file twice',
    ({ guest }) =>
      ['1', '2'].map((content) =>
        guest(`g${content}`, {
          files: [
            { target: '/x', content },
            { target: '/x', content },
          ],
        }),
      ),
    { code: 'lxc/file-twice', path: 'ai/g1', value: '/x' },
    { code: 'lxc/file-twice', path: 'ai/g2' },
  ],

  // cards
  [
    'a card that the host has not',
    ({ pve }) => pve.gpu(7),
    { code: 'gpu/unknown', path: 'pve', value: 7, fix: 'its cards are 0 to 1' },
  ],
  ['a PCI address that is none', () => Gpu.rtx4090({ pci: '1:0.0' }), { code: 'gpu/pci-address', value: '1:0.0' }],
  [
    'servers that together take more than a card',
    ({ server }) => [
      server('a', { gpuMemoryUtilization: 0.6 }),
      server('b', { gpuMemoryUtilization: 0.6, port: 8001 }),
    ],
    { code: 'gpu/overcommitted', path: 'pve', value: 1.2 },
  ],
  [
    'a card that was to be for one alone',
    ({ server, guest, pve }) => [server('a', { gpuMode: 'exclusive' }), guest('b', { gpus: [pve.gpu(0)] })],
    { code: 'gpu/not-exclusive', path: 'ai/a', value: 0 },
  ],
  ['a server without a card', ({ server }) => server('a', { gpus: [] }), { code: 'vllm/no-gpu', path: 'ai/a' }],
  [
    'a server split over more cards than it has',
    ({ server }) => server('a', { tensorParallelSize: 4 }),
    { code: 'vllm/gpu-count', path: 'ai/a', value: 4 },
  ],

  // what constructs say of each other
  [
    'a dataset of another host',
    ({ guest, foreign }) => guest('a', { mounts: [{ source: foreign, target: '/m' }] }),
    { code: 'scope/other-host', path: 'ai/a', value: 'tank/models' },
  ],
  [
    'a card of another host',
    ({ guest, pve2 }) => guest('a', { gpus: [pve2.gpu(0)] }),
    { code: 'scope/other-host', path: 'ai/a', value: '0' },
  ],
  [
    'a network that is nowhere',
    ({ guest }) => guest('a', unchecked({ network: 'pve/lam' })),
    { code: 'reference/dangling', path: 'ai/a', value: 'pve/lam' },
  ],
  [
    'a template that is nowhere',
    ({ guest }) => guest('a', unchecked({ cloneFrom: 'ai/templade', from: null })),
    { code: 'reference/dangling', path: 'ai/a', value: 'ai/templade' },
  ],
  [
    'a storage that nothing makes',
    ({ guest }) => guest('a', unchecked({ rootfs: { storage: 'dicks', size: '32GiB' } })),
    { code: 'graph/unknown-need', path: 'ai/a', value: 'storage/dicks', fix: 'did you mean storage/disks?' },
  ],
  [
    'guests that wait for each other',
    ({ guest }) => {
      const [a, b] = [guest('a', { vmid: 951 }), guest('b', { vmid: 952 })];
      a.startAfter(b);
      b.startAfter(a);
    },
    { code: 'graph/cycle', path: 'ai/a', message: expect.stringContaining('→') },
  ],
  [
    'a guest to wait for on another host',
    ({ guest, elsewhere }) => guest('a').startAfter(new LxcContainer(elsewhere, 'b', {})),
    { code: 'scope/other-host', path: 'ai/a', value: 'elsewhere/b' },
  ],
  [
    'a storage that takes no root disks',
    ({ guest, images }) => guest('a', { rootfs: { storage: images } }),
    { code: 'storage/content', path: 'ai/a', value: 'images' },
  ],
  [
    'a clone that is smaller than its template',
    ({ guest, template }) => guest('a', { from: undefined as never, cloneFrom: template, rootfs: { size: '16GiB' } }),
    { code: 'lxc/disk-shrinks', path: 'ai/a', value: 16 * 2 ** 30 },
  ],
  [
    'a clone of another kind than its template',
    ({ guest, template }) => guest('a', { from: undefined as never, cloneFrom: template, unprivileged: false }),
    { code: 'lxc/clone-privilege', path: 'ai/a' },
  ],
  ['a guest made from nothing', ({ ai }) => new LxcContainer(ai, 'a', {}), { code: 'lxc/no-source', path: 'ai/a' }],
  [
    'a root disk that nobody describes',
    ({ app, pve, archive }) => new LxcContainer(new Stack(app, 'bare', { host: pve }), 'a', { from: archive }),
    { code: 'config/missing', path: 'bare/a', message: expect.stringContaining('`rootfs`') },
  ],
  [
    'work inside a guest that never runs',
    ({ guest }) => guest('a', { started: false, provision: [Script.text('x', 'true')] }),
    { code: 'lxc/not-started', path: 'ai/a' },
  ],
  [
    'a feature that root of the host has not',
    ({ guest }) => guest('a', { unprivileged: false, features: { keyctl: true } }),
    { code: 'lxc/feature', path: 'ai/a' },
  ],
  ['a port that is none', () => Port.tcp(70_000), { code: 'firewall/port', value: 70_000 }],
];

describe('a program', () => {
  it('is taken where nothing is wrong with it', () => {
    const { app, guest, server } = rightProgram();
    guest('a');
    server('b');
    expect(problemsOf(() => app.synthesize())).toEqual([]);
  });

  it('is taken where two hosts are on one network, each with its own Subnet', () => {
    const { app, guest, pve2, lan } = rightProgram();
    const other = new Subnet(pve2, 'lan', { cidr: '192.168.1.0/24', gateway: '192.168.1.1', bridge: 'vmbr0' });
    const stack = new Stack(app, 'second', { host: pve2 });
    const storage = Storage.fromName(stack, 'local');
    const from = OsTemplate.fromCatalogue(storage, 'debian-13-standard_13.1-2_amd64.tar.zst');
    guest('a', { network: lan });
    new LxcContainer(stack, 'b', { from, network: other, rootfs: { storage, size: '8GiB' } });
    expect(problemsOf(() => app.synthesize())).toEqual([]);
  });

  it.each(table.map(([mistake, make, ...expected]) => ({ mistake, make, expected })))(
    'is refused for $mistake',
    ({ make, expected }) => {
      const program = rightProgram();
      const problems = problemsOf(() => {
        make(program);
        program.app.synth();
      });
      expect(problems).toEqual(expected.map((problem) => expect.objectContaining(problem)));
      for (const { message, fix, path } of problems) {
        expect(message).toMatch(/^\S.*\S$/s);
        expect(fix, 'a way out').toMatch(/./);
        expect(path === undefined || path !== '', 'a place').toBe(true);
      }
      expect(existsSync(program.root), 'nothing is written').toBe(false);
    },
  );
});

describe('several mistakes', () => {
  it('come together: all of one construct, in the order of its keys', () => {
    const { server, foreign } = rightProgram();
    const props = unchecked<VllmContainerProps>({
      memory: 1,
      hostname: 'a_b',
      mounts: [{ source: foreign, target: '/m' }],
      maxModelLen: 0,
      modle: 'x',
    });
    const codes = problemsOf(() => server('a', props)).map(({ code, value }) => `${code} ${value}`);
    expect(codes.sort()).toEqual([
      'config/unknown-key modle',
      'config/wrong-value 0',
      'config/wrong-value 1',
      'config/wrong-value a_b',
      'scope/other-host tank/models',
    ]);
  });

  it('come together: those of all constructs that a phase of the synth finds', () => {
    const { app, guest, template } = rightProgram();
    guest('a', { started: false, provision: [Script.text('x', 'true')] });
    guest('b', { from: undefined as never, cloneFrom: template, rootfs: { size: '16GiB' }, unprivileged: false });
    guest('c', { mounts: [{ target: '/m' }] });
    expect(problemsOf(() => app.synthesize()).map(({ code, path }) => `${path} ${code}`)).toEqual([
      'ai/a lxc/not-started',
      'ai/b lxc/clone-privilege',
      'ai/b lxc/disk-shrinks',
      'ai/c lxc/mount-empty',
    ]);
  });

  it('are told once, though every guest of a stack stands on them', () => {
    const { app, pve, archive } = rightProgram();
    const stack = new Stack(app, 'broken', { host: pve, defaults: unchecked({ memroy: '1GiB' }) });
    for (const id of ['a', 'b', 'c']) new LxcContainer(stack, id, { from: archive });
    expect(problemsOf(() => app.synthesize())).toMatchObject([
      { code: 'config/unknown-key', path: 'broken defaults', value: 'memroy', fix: 'did you mean `memory`?' },
    ]);
  });
});

describe('phoenix synth of a program with mistakes', () => {
  const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
  const program = fileURLToPath(new URL('fixtures/bad-input.ts', import.meta.url));
  const tsx = import.meta.resolve('tsx');

  it.concurrent.each([
    ['unknown-key', 'config/unknown-key', 'ai/a', 'did you mean `memory`?'],
    ['vmid-twice', 'vmid/taken-twice', 'ai/b', 'vmid 950 is claimed by ai/a and by ai/b'],
    ['cycle', 'graph/cycle', 'ai/a', '→'],
  ])('%s ends with 1, says what is wrong and writes nothing', async (mistake, code, path, word) => {
    const folder = mkdtempSync(join(scratch, 'project-'));
    const app = `"${process.execPath}" --import "${tsx}" "${program}"`;
    const words = ['--import', tsx, cli, 'synth', '--app', app, '-c', `mistake=${mistake}`, '--no-color'];
    const child = spawn(process.execPath, words, { cwd: folder });
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect([status, await output]).toEqual([1, '']);
    for (const part of [code, path, word]) expect(await errors).toContain(part);
    expect(readdirSync(folder)).toEqual([]);
  });
});

function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}
