import { createHash } from 'node:crypto';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Step, StepOf } from '../../src/model/step.js';
import { Bench, sha256 } from './bench.js';
import { container, dataset, folder, hostFile, note, osTemplate, pool, run, storage } from './steps.js';

type StepProbe = StepOf<'run'>['probes'][number];

function after(bench: Bench, steps: Step[], files: Record<string, string> = {}, ...words: string[]) {
  bench.synthesize({ steps, files });
  return bench.run('apply', ...words);
}

test('file: written whole with its mode and owner, kept as it was before, and refused when the assembly was touched', () => {
  const bench = new Bench();
  bench.node.writeFile('/etc/default/x', 'old\n');
  const file = hostFile('/etc/default/x', 'new\n', [], { mode: '0600', uid: 0, gid: 0 });
  bench.synthesize({ steps: [file.step], files: file.files });
  expect(bench.plan()[file.step.id]?.changes.map(({ key }) => key)).toEqual(['content', 'mode']);
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/etc/default/x')).toBe('new\n');
  expect(statSync(bench.node.path('/etc/default/x')).mode & 0o777).toBe(0o600);
  const copies = bench.node
    .run(['find', bench.node.path('/var/lib/phoenix/phoenix/before'), '-type', 'f'])
    .stdout.trim();
  expect(copies).toMatch(/\/before\/[\w-]+\/etc\/default\/x$/);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);

  const touched = new Bench();
  const { stderr, status } = after(touched, [file.step], { 'root/etc/default/x': 'something else\n' });
  expect(stderr).toContain('is not the file that was synthesized');
  expect(status).toBe(1);
  expect(touched.node.exists('/etc/default/x')).toBe(false);
});

test("file: root's umask shuts nobody out of the folders above it", () => {
  const bench = new Bench();
  const file = hostFile('/srv/www/site/index.html', 'x\n');
  bench.synthesize({ steps: [file.step], files: file.files });
  const words = ['sh', '-c', 'umask 077; exec "$0" apply --yes', `${bench.folder}/cdk.out/applier`];
  expect(bench.node.run(words).status).toBe(0);
  for (const path of ['/srv/www', '/srv/www/site']) expect(statSync(bench.node.path(path)).mode & 0o777).toBe(0o755);
});

test('zfs-pool: there and healthy, there and degraded, absent', () => {
  const bench = new Bench({ pools: { rpool: {}, old: { health: 'DEGRADED' }, dead: { health: 'FAULTED' } } });
  bench.synthesize({ steps: [pool('rpool'), pool('old'), pool('dead'), pool('none')] });
  const plan = bench.plan();
  expect(plan['zpool/rpool']).toMatchObject({ verdict: 'satisfied', notes: [] });
  expect(plan['zpool/old']).toMatchObject({ verdict: 'satisfied', notes: [expect.stringContaining('DEGRADED')] });
  expect(plan['zpool/dead']?.verdict).toBe('unknown');
  expect(plan['zpool/none']?.verdict).toBe('refused');
});

test('zfs-pool: made only by name on the command line, and only of blank disks named by id', () => {
  const bench = new Bench({
    disks: [
      { byId: 'blank-1', blank: true },
      { byId: 'full-1', blank: false },
    ],
  });
  // What the two say of a blank disk; the simulated node has neither.
  bench.standIn('blkid', 'exit 2');
  bench.standIn('wipefs', 'exit 0');
  const by = (id: string) => [{ type: 'disk', devices: [`/dev/disk/by-id/${id}`] }];
  bench.synthesize({
    steps: [
      pool('fast', {
        vdevs: by('blank-1'),
        properties: [
          { name: 'ashift', value: '12' },
          { name: 'atime', value: 'off' },
        ],
      }),
    ],
  });
  expect(bench.plan()['zpool/fast']).toMatchObject({ verdict: 'held', flag: '--allow-create-pool fast' });
  expect(bench.run('apply').stdout).toContain('--allow-create-pool fast');
  const { status, stderr } = bench.run('apply', '--allow-create-pool', 'fast');
  expect(status, stderr).toBe(0);
  expect(bench.node.commands().map(({ argv }) => argv.join(' '))).toContain(
    'zpool create -o ashift=12 -O atime=off fast /dev/disk/by-id/blank-1',
  );

  bench.synthesize({
    steps: [
      pool('more', { vdevs: by('full-1'), properties: [] }),
      pool('loose', { vdevs: [{ type: 'disk', devices: ['/dev/sda'] }], properties: [] }),
    ],
  });
  const plan = bench.plan('--allow-create-pool', 'more,loose');
  expect(plan['zpool/more']).toMatchObject({ verdict: 'refused', reason: expect.stringMatching(/full-1/) });
  expect(plan['zpool/loose']).toMatchObject({
    verdict: 'refused',
    reason: 'disks of a new pool are named by id, not /dev/sda',
  });
});

test('zfs-dataset: made with its properties, changed where that can be, refused where it was fixed', () => {
  const bench = new Bench();
  expect(after(bench, [dataset('rpool/a', { recordsize: '131072', compression: 'lz4', quota: '0' })]).status).toBe(0);
  bench.node.clearCommands();
  expect(after(bench, [dataset('rpool/a', { recordsize: '1048576', compression: 'zstd', quota: 'none' })]).status).toBe(
    0,
  );
  expect(bench.node.commands().map(({ argv }) => argv.join(' '))).toContain(
    'zfs set recordsize=1048576 compression=zstd rpool/a',
  );
  bench.synthesize({
    steps: [
      dataset('rpool/a', {}, { properties: [{ name: 'compression', value: 'lz4', fixed: true }] }),
      dataset('rpool/b', {}, { create: false }),
    ],
  });
  expect(bench.plan()).toMatchObject({ 'zfs/rpool/a': { verdict: 'refused' }, 'zfs/rpool/b': { verdict: 'refused' } });
});

test('zfs-dataset: one without a parent is a failure, and what needs it is not run', () => {
  const bench = new Bench();
  const { stdout, stderr, status } = after(bench, [
    dataset('rpool/none/a'),
    storage('s', 'zfspool', { pool: 'rpool/none/a' }, ['zfs/rpool/none/a']),
    dataset('rpool/fine'),
  ]);
  expect(status).toBe(1);
  expect(stderr).toContain("cannot create 'rpool/none/a': parent does not exist");
  expect(stdout).toContain('Not run because of host/rpool-none-a (dataset): host/s (storage entry)');
  expect(bench.node.run(['zfs', 'list', 'rpool/fine']).status).toBe(0);
});

test('zfs-dataset: not made over a folder that holds something, whichever way it came to its mountpoint', () => {
  const bench = new Bench();
  bench.node.writeFile('/srv/models/weights', 'somebody put them here');
  bench.node.writeFile('/rpool/other/notes', 'and these');
  const steps = [dataset('rpool/models', { mountpoint: '/srv/models' }), dataset('rpool/other')];
  const { status, stdout } = after(bench, steps);
  expect(status).toBe(1);
  expect(stdout).toContain('/srv/models/weights lies where the dataset is to be mounted');
  expect(stdout).toContain('/rpool/other/notes lies where the dataset is to be mounted');
  bench.node.run(['rm', bench.node.path('/srv/models/weights'), bench.node.path('/rpool/other/notes')]);
  expect(after(bench, steps).status).toBe(0);
});

test('folder: made inside its mounted dataset with its owner; not beside it when it is not mounted, not through a link', () => {
  const bench = new Bench({ datasets: { 'rpool/models': {} } });
  const step = folder(
    '/rpool/models/a/b',
    { path: '/rpool/models', dataset: 'rpool/models' },
    { uid: 100990, gid: 100990, mode: '0750' },
  );
  expect(after(bench, [step]).status).toBe(0);
  expect(statSync(bench.node.path('/rpool/models/a/b')).mode & 0o777).toBe(0o750);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);

  symlinkSync('/etc', bench.node.path('/rpool/models/link'));
  const through = after(bench, [folder('/rpool/models/link/x', { path: '/rpool/models', dataset: 'rpool/models' })]);
  expect(through.stderr).toContain('is a link or a file, not a folder');

  const beside = new Bench({ datasets: { 'rpool/models': { mounted: 'no' } } });
  beside.synthesize({ steps: [step] });
  mkdirSync(beside.node.path('/rpool/models'), { recursive: true });
  expect(beside.plan()[step.id]).toMatchObject({
    verdict: 'unknown',
    reason: 'dataset rpool/models is not mounted at /rpool/models',
  });
});

test('storage: added, changed, compared by meaning; another type or a fixed option is refused', () => {
  const bench = new Bench();
  expect(after(bench, [storage('models', 'dir', { path: '/var/models', content: 'iso,vztmpl' })]).status).toBe(0);
  bench.synthesize({
    steps: [
      storage('models', 'dir', { path: '/var/models/', content: 'vztmpl,iso' }),
      storage('local', 'any', {}, [], { create: false }),
    ],
  });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  bench.node.clearCommands();
  expect(after(bench, [storage('models', 'dir', { path: '/var/models', content: 'iso' })]).status).toBe(0);
  expect(bench.commands()).toEqual(['pvesm set models --content iso']);
  bench.synthesize({
    steps: [
      storage('models', 'zfspool', {}),
      storage('none', 'any', {}, [], { create: false }),
      storage('local', 'dir', {}, [], { options: [{ name: 'path', value: '/elsewhere', fixed: true }] }),
    ],
  });
  const plan = bench.plan();
  expect(plan['storage/models']).toMatchObject({
    verdict: 'refused',
    reason: 'storage models is of type dir, not zfspool',
  });
  expect(plan['storage/none']?.verdict).toBe('refused');
  expect(plan['storage/local']?.verdict).toBe('refused');
});

test('download: a download that failed with exit 0 is a failure', () => {
  const bench = new Bench({
    osTemplates: { 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst': { available: true } },
  });
  bench.node.fault({
    argv: ['pveam', 'download'],
    mode: 'fail-before',
    exit: 0,
    stderr: 'checksum mismatch, aborting\n',
  });
  const { stderr, status } = after(bench, [osTemplate('local', 'debian-12-standard_12.7-1_amd64.tar.zst')]);
  expect(status).toBe(1);
  expect(stderr).toContain('checksum mismatch');
  expect(bench.run('apply').status).toBe(0);
});

test('download: what came by URL is moved to its place only when its sum is right, and hashed only once', () => {
  const bench = new Bench();
  const sum = createHash('sha512').update('archive').digest('hex');
  const step = {
    ...osTemplate('local', 'b.tar.zst'),
    from: { url: 'https://mirror/b.tar.zst' },
    checksum: { algorithm: 'sha512', value: sum },
  } as Step;
  bench.node.onHttp('https://mirror/b.tar.zst', { body: 'tampered' });
  const bad = after(bench, [step]);
  expect(bad.stderr).toContain('is not the file that was asked for');
  expect(bench.node.exists('/var/lib/vz/template/cache/b.tar.zst')).toBe(false);
  bench.node.onHttp('https://mirror/b.tar.zst', { body: 'archive' });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/var/lib/vz/template/cache/b.tar.zst')).toBe('archive');
  expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).toContain(`sha512=${sum}`);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('run: commands bring about what the probes ask; without commands a person is asked; a probe that fails otherwise is unknown', () => {
  const bench = new Bench();
  const make = run('make', [{ probe: 'file', path: '/etc/made' }], [['touch', bench.node.path('/etc/made')]]);
  const idle = run('idle', [{ probe: 'file', path: '/etc/idle' }], [['true']]);
  const ask = run('ask', [{ probe: 'package', package: 'nvidia-driver' }], [], 'install the driver');
  const odd = run('odd', [{ probe: 'argv', argv: ['sh', '-c', 'exit 5'], satisfied: [0], absent: [1] }], [['true']]);
  const answered = run(
    'answered',
    [{ probe: 'argv', argv: ['sh', '-c', 'exit 3'], satisfied: [0, 3], absent: [1] }],
    [],
  );
  bench.synthesize({ steps: [make, idle, ask, odd, answered] });
  const plan = bench.plan();
  expect(plan.make?.verdict).toBe('change');
  expect(plan.ask).toMatchObject({ verdict: 'refused', reason: 'install the driver' });
  expect(plan.odd).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('exit 5') });
  expect(plan.answered?.verdict).toBe('satisfied');
  expect(bench.run('apply').status).toBe(1);
  expect(bench.node.exists('/etc/made')).toBe(false);
  const { stderr, status } = bench.run('apply', '--only', 'make', '--only', 'idle');
  expect(status).toBe(1);
  expect(bench.node.exists('/etc/made')).toBe(true);
  expect(stderr).toContain('it was done and did not help');
});

test('run: each probe answers from what was gathered once', () => {
  const bench = new Bench({ datasets: { 'rpool/a': { compression: 'lz4' } } });
  bench.node.writeFile('/etc/x', 'one\ntwo\n');
  bench.node.writeFile('/etc/subuid', 'ops:5000:9\nroot:100000:65536\nroot:1000:10\n');
  bench.node.writeFile('/etc/subgid', 'root:100000:65536\n');
  bench.standIn(
    'systemctl',
    "printf 'LoadState=loaded\\nActiveState=active\\nUnitFileState=disabled\\n'; for n in 1 2 3; do printf '\\nLoadState=loaded\\nActiveState=active\\nUnitFileState=disabled\\n'; done",
  );
  const probes: [StepProbe, boolean][] = [
    [{ probe: 'file', path: '/etc/x', sha256: sha256('one\ntwo\n') }, true],
    [{ probe: 'file', path: '/etc/x', sha256: sha256('') }, false],
    [{ probe: 'file', path: '/etc/x', matches: '^two$' }, true],
    [{ probe: 'file', path: '/etc/x', matches: '^three$' }, false],
    [{ probe: 'zfs-property', dataset: 'rpool/a', property: 'compression', value: 'lz4' }, true],
    [{ probe: 'zfs-property', dataset: 'rpool/a', property: 'compression', value: 'off' }, false],
    [{ probe: 'zfs-property', dataset: 'rpool/none', property: 'compression', value: 'off' }, false],
    [{ probe: 'config-key', vmid: 950, key: 'memory', value: '512' }, true],
    [{ probe: 'config-key', vmid: 950, key: 'memory', value: '1024' }, false],
    [{ probe: 'guest-state', vmid: 950, state: 'running' }, true],
    [{ probe: 'guest-state', vmid: 950, state: 'stopped' }, false],
    [{ probe: 'package', package: 'pve-manager' }, true],
    [{ probe: 'package', package: 'pve-manager', version: '1.0' }, false],
    [{ probe: 'journal', digest: sha256('true\n') }, true],
    [{ probe: 'journal', digest: sha256('never') }, false],
    [{ probe: 'sub-ids', path: '/etc/subuid', first: 1000, count: 2 }, true],
    [{ probe: 'sub-ids', path: '/etc/subuid', first: 1008, count: 2 }, true],
    [{ probe: 'sub-ids', path: '/etc/subuid', first: 1009, count: 2 }, false],
    [{ probe: 'sub-ids', path: '/etc/subuid', first: 5000, count: 1 }, false],
    [{ probe: 'sub-ids', path: '/etc/subgid', first: 1000, count: 1 }, false],
    [{ probe: 'unit', unit: 'a.service', state: 'active' }, true],
    [{ probe: 'unit', unit: 'b.service', state: 'inactive' }, false],
    [{ probe: 'unit', unit: 'c.service', state: 'enabled' }, false],
    [{ probe: 'unit', unit: 'd.service', state: 'disabled' }, true],
  ];
  const guest = container(950, 'qwen', { script: 'true\n' });
  after(bench, guest.steps, guest.files);
  bench.node.clearCommands();
  bench.synthesize({ steps: probes.map(([probe], at) => run(`p${at}`, [probe], [['true']])) });
  const plan = bench.plan();
  expect(probes.map(([probe], at) => [probe, plan[`p${at}`]?.verdict === 'satisfied'])).toEqual(probes);
  expect(bench.node.commands().map(({ argv }) => argv[0])).toEqual(['zfs']);
});

test('health: asked by verify, and after what it needs was changed; not by a plan', () => {
  const bench = new Bench();
  const file = hostFile('/etc/x', 'x\n');
  const health: Step = {
    kind: 'health',
    id: 'h',
    resource: 'h',
    path: 'ai/h',
    title: 'answers',
    needs: [file.step.id],
    url: 'http://10.0.0.1/health',
    status: 200,
    retries: 2,
    intervalSeconds: 1,
  };
  bench.synthesize({ steps: [file.step, health], files: file.files });
  const failed = bench.run('apply');
  expect(failed.status).toBe(1);
  expect(failed.stderr).toMatch(
    /not ready after \d+\.\d s and 2 tries: GET http:\/\/10\.0\.0\.1\/health = 200 \(curl: \(7\) .*\)/,
  );
  expect(bench.run('verify').status).toBe(1);
  const asked = bench.node.commands().filter(({ argv }) => argv[0] === 'curl');
  expect(asked.length).toBe(4);
  expect(
    asked.every(({ argv }) => argv.join(' ').includes(' --noproxy * ')),
    "past root's proxy",
  ).toBe(true);
  bench.node.onHttp('http://10.0.0.1/health', {});
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.node.commands().filter(({ argv }) => argv[0] === 'curl')).toEqual([]);
  const verified = bench.run('verify');
  expect(verified.status).toBe(0);
  expect(verified.stdout).toContain('Verified: 2 steps in place, 1 endpoint answers.');
  expect(JSON.parse(bench.run('verify', '--json').stdout)).toMatchObject({ ok: true, wrong: [] });
});

test('health: verify does not wait for what is not there', () => {
  const bench = new Bench();
  const file = hostFile('/etc/x', 'x\n');
  const path = file.step.path;
  const url = 'http://10.0.0.1/health';
  const health: Step = {
    kind: 'health',
    id: 'h',
    resource: 'h',
    path,
    title: 'answers',
    needs: [file.step.id],
    url,
    status: 200,
    retries: 2,
    intervalSeconds: 1,
  };
  bench.synthesize({ steps: [file.step, health], files: file.files });
  const verified = bench.run('verify');
  expect(verified.status).toBe(1);
  expect(verified.stdout).toContain(
    `! ${path}  answers  GET ${url} = 200  not asked: ${path} is not as it should be\n`,
  );
  expect(bench.node.commands().filter(({ argv }) => argv[0] === 'curl')).toEqual([]);
});

test('health: verify does not wait as long as a start may take', () => {
  const bench = new Bench();
  const health: Step = {
    kind: 'health',
    id: 'h',
    resource: 'h',
    path: 'ai/h',
    title: 'answers',
    needs: [],
    url: 'http://10.0.0.1/health',
    status: 200,
    retries: 60,
    intervalSeconds: 10,
  };
  bench.synthesize({ steps: [health] });
  const verified = bench.node.run(['env', 'PHOENIX_PAUSE=30', `${bench.folder}/cdk.out/applier`, 'verify']);
  expect(verified.stdout).toContain('! ai/h  answers  GET http://10.0.0.1/health = 200  curl: (7)');
  expect(bench.node.commands().filter(({ argv }) => argv[0] === 'curl')).toHaveLength(1);
});

test('note: shown by the plan and nothing else', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [note('n', 'reboot some day')] });
  expect(bench.run('plan').stdout).toContain('reboot some day');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});
