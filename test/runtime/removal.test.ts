import { expect, test } from 'vitest';
import { describeSharedFirewall } from '../../src/firewall/plan.js';
import type { Step } from '../../src/model/step.js';
import { Bench } from './bench.js';
import { container, dataset, exact, folder, hostFile, note, osTemplate, storage } from './steps.js';

/** What the journal goes by is the step; the program says `removalPolicy: 'destroy'`. */
const removal = 'destroy' as const;
const nothing: Step[] = [note('nothing', 'left')];

const models = dataset('rpool/models', { recordsize: '1048576' }, { removal });
const disks = storage('disks', 'zfspool', { pool: 'rpool/models', content: 'rootdir' }, ['zfs/rpool/models'], {
  removal,
});
const gpu: Step = {
  kind: 'mapping',
  id: 'mapping/pci/gpu/entry',
  resource: 'mapping/pci/gpu',
  path: 'host/gpu',
  title: 'mapping',
  needs: [],
  mapping: 'pci',
  entry: 'gpu',
  create: true,
  options: [],
  maps: ['node=pve,path=0000:01:00.0,id=10de:2684'],
  removal,
};

const inModels = (path: string): Step => ({
  ...folder(`/rpool/models/${path}`, { path: '/rpool/models', dataset: 'rpool/models' }),
  ...{ needs: ['zfs/rpool/models'], removal },
});

/** A host on which these were applied, and then a program without them. */
function left(steps: readonly Step[], files: Record<string, string> = {}, bench = new Bench()): Bench {
  bench.synthesize({ steps, files });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.synthesize({ steps: nothing });
  bench.node.clearCommands();
  return bench;
}

const datasets = (bench: Bench) => bench.node.run(['zfs', 'list', '-H', '-o', 'name']).stdout.split('\n');
const journal = (bench: Bench) => bench.node.readFile('/var/lib/phoenix/phoenix/journal');

/** Command lines that change something, in order. */
const acts = (bench: Bench) =>
  bench.node
    .commands()
    .map(({ argv }) => argv.join(' '))
    .filter((line) => /^(zfs (destroy|create|set)|pvesm|pvesh|pct|qm) /.test(line));

interface LeftThing {
  readonly resource: string;
  readonly state: string;
  readonly policy: string;
  readonly way: string;
}

function reported(bench: Bench): LeftThing[] {
  return (JSON.parse(bench.run('plan', '--json').stdout) as { left: { things: LeftThing[] } }).left.things;
}

test('whatever left the program is reported with the command that would remove it, and stays', () => {
  const file = hostFile('/etc/motd', 'hello\n');
  const retained = (step: Step): Step => ({ ...step, removal: undefined }) as Step;
  const steps = [models, disks, gpu, inModels('a')];
  const bench = left([...steps.map(retained), file.step], file.files);
  expect(reported(bench).map(({ resource, way }) => [resource, way])).toEqual([
    ['file/etc/motd', 'rm -- /etc/motd'],
    ['mapping/pci/gpu', 'pvesh delete /cluster/mapping/pci/gpu'],
    ['storage/disks', 'pvesm remove disks'],
    ['folder/rpool/models/a', 'rmdir -- /rpool/models/a'],
    ['zfs/rpool/models', 'zfs destroy rpool/models'],
  ]);
  expect(bench.run('plan').stdout).toMatch(/- zfs\/rpool\/models +dataset, as we made it: zfs destroy rpool\/models/);
  expect(bench.run('apply', '--prune').stdout).toMatch(/^Nothing to do/);
  expect(acts(bench)).toEqual([]);
});

test('what may go is pruned, users before what they use, and nothing else goes', () => {
  const file = hostFile('/rpool/models/notes', 'hello\n', ['zfs/rpool/models']);
  const below = dataset('rpool/models/a', {}, { removal, needs: ['zfs/rpool/models'] });
  const bench = left([models, below, disks, gpu, { ...file.step, removal } as Step, dataset('rpool/kept')], file.files);
  const before = bench.node.readFile('/etc/pve/storage.cfg');
  expect(reported(bench).find(({ resource }) => resource === 'storage/disks')?.way).toBe(
    'applier destroy storage/disks --yes, or applier apply --prune',
  );
  const { status, stdout, stderr } = bench.run('apply', '--prune', '--jobs', '1');
  expect(status, stderr + stdout).toBe(0);
  expect(stdout).toContain('Applied: 5 destroyed');
  expect(acts(bench)).toEqual([
    'pvesh delete /cluster/mapping/pci/gpu',
    'pvesm remove disks',
    'zfs destroy rpool/models/a',
    'zfs destroy rpool/models',
  ]);
  expect(datasets(bench)).toContain('rpool/kept');
  expect(before.replace(/zfspool: disks\n(\t.*\n)+\n?/, '')).toBe(bench.node.readFile('/etc/pve/storage.cfg'));
  expect(journal(bench)).not.toMatch(/models|disks|gpu|notes/);
  expect(bench.run('apply', '--prune').stdout).toMatch(/^Nothing to do/);
});

test('destroy shows first, takes what the name fits, and leaves what is retained', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [models, dataset('rpool/kept')] });
  bench.run('apply');
  const shown = bench.run('destroy', 'zfs');
  expect(shown.status).toBe(3);
  expect(shown.stdout).toMatch(/- dataset +zfs\/rpool\/models +destroy/);
  expect(shown.stdout).toContain('dataset zfs/rpool/kept is retained; it stays');
  expect(bench.run('destroy', 'zfs/rpool/kept', '--yes')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining("is retained. To have it removed, give it `removalPolicy: 'destroy'` and apply"),
  });
  expect(bench.run('destroy', 'host/rpool-models', '--yes').status).toBe(0);
  expect(datasets(bench)).not.toContain('rpool/models');
  expect(datasets(bench)).toContain('rpool/kept');
  expect(bench.run('destroy', 'zfs/rpool/models', '--yes').status).toBe(2);
});

test('the policy that counts is the last one that was applied', () => {
  const bench = new Bench();
  for (const step of [models, dataset('rpool/models', { recordsize: '1048576' })]) {
    bench.synthesize({ steps: [step] });
    expect(bench.run('apply').status).toBe(0);
  }
  bench.synthesize({ steps: nothing });
  expect(bench.run('apply', '--prune').stdout).toMatch(/^Nothing to do/);
  expect(datasets(bench)).toContain('rpool/models');
});

test('a dataset that was there before, or that somebody made anew, is not ours to destroy', () => {
  const before = new Bench({ datasets: { 'rpool/models': {} } });
  left([models], {}, before);
  expect(reported(before)).toMatchObject([{ resource: 'zfs/rpool/models', what: 'not made by us' }]);
  expect(before.run('destroy', 'zfs/rpool/models', '--yes').status).toBe(2);

  const anew = left([models]);
  anew.node.run(['zfs', 'destroy', 'rpool/models']);
  anew.node.run(['zfs', 'create', 'rpool/models']);
  expect(reported(anew)).toMatchObject([{ state: 'changed since', way: 'zfs destroy rpool/models' }]);
  expect(anew.run('apply', '--prune')).toMatchObject({ status: 1, stdout: expect.stringContaining('made anew') });
  expect(datasets(anew)).toContain('rpool/models');
});

test.each([
  ['a dataset lies in it', ['zfs', 'create', 'rpool/models/theirs'], 'dataset rpool/models/theirs lies in it'],
  ['it has snapshots', ['zfs', 'snapshot', 'rpool/models@monday'], 'has snapshots (rpool/models@monday)'],
  [
    'a storage lies on it',
    ['pvesm', 'add', 'zfspool', 'theirs', '--pool', 'rpool/models'],
    'storage theirs lies on it',
  ],
  [
    'a guest mounts a folder of it',
    [
      'pct',
      'create',
      '800',
      'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
      '--rootfs',
      'local-zfs:1',
      '--mp0',
      '/rpool/models,mp=/m',
    ],
    'guest 800 mounts it',
  ],
])('a dataset stays while %s', (_, command, reason) => {
  const bench = left([models]);
  expect(bench.node.run(command)).toMatchObject({ status: 0 });
  bench.node.clearCommands();
  const { status, stdout } = bench.run('apply', '--prune');
  expect(status).toBe(1);
  expect(stdout).toContain(reason);
  expect(acts(bench)).toEqual([]);
});

test('an entry of storage.cfg stays if somebody changed it, has something on it, or backs up to it', () => {
  const entry = storage('files', 'dir', { path: '/srv/files', content: 'iso' }, [], { removal });
  const changed = left([entry]);
  changed.node.run(['pvesm', 'set', 'files', '--content', 'iso,snippets']);
  expect(changed.run('apply', '--prune').stdout).toContain('made anew or changed by somebody, and stays');

  const used = left([models, disks]);
  used.node.run([
    'pct',
    'create',
    '800',
    'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    '--rootfs',
    'disks:1',
  ]);
  const { status, stdout } = used.run('apply', '--prune');
  expect(status).toBe(1);
  expect(stdout).toContain('entry of storage.cfg storage/disks stays: guest 800 has something on it');
  expect(stdout).toMatch(/Blocked: 1 step|dataset rpool\/models\/subvol-800-disk-0 lies in it/);
  expect(datasets(used)).toContain('rpool/models/subvol-800-disk-0');

  const backed = left([entry]);
  backed.node.writeFile('/etc/pve/jobs.cfg', 'vzdump: nightly\n\tschedule 21:00\n\tstorage files\n');
  expect(backed.run('apply', '--prune').stdout).toContain('/etc/pve/jobs.cfg names it');
});

test('a mapping loses what it stands for here, and keeps what it stands for elsewhere', () => {
  const bench = new Bench();
  const elsewhere = 'node=pve2,path=0000:41:00.0,id=10de:2684';
  left([gpu], {}, bench);
  const made = bench.node.readFile('/etc/pve/mapping/pci.cfg');
  bench.node.writeFile('/etc/pve/mapping/pci.cfg', made.replace('\n\n', `\n\tmap ${elsewhere}\n\n`));
  expect(bench.run('apply', '--prune').status).toBe(0);
  expect(bench.node.readFile('/etc/pve/mapping/pci.cfg')).toBe(`gpu\n\tmap ${elsewhere}\n\n`);
});

test('folders go while they are empty, files and archives while they are as we left them', () => {
  const file = hostFile('/etc/motd', 'hello\n');
  const archive = { ...osTemplate('local', 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst'), removal } as Step;
  const deep = inModels('a/b');
  const kept = dataset('rpool/models');
  const bench = left(
    [kept, deep, archive, { ...file.step, removal } as Step],
    file.files,
    new Bench({ osTemplates: { 'local:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst': { available: true } } }),
  );
  bench.node.writeFile('/rpool/models/a/b/weights', 'x');
  const first = bench.run('apply', '--prune');
  expect(first.status).toBe(1);
  expect(first.stdout).toContain('holds weights; only an empty folder is removed');
  expect(bench.node.exists('/etc/motd')).toBe(false);
  expect(acts(bench)).toEqual(['pvesm free local:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst']);
  bench.node.run(['rm', bench.node.path('/rpool/models/a/b/weights')]);
  expect(bench.run('apply', '--prune').status).toBe(0);
  expect(bench.node.exists('/rpool/models/a')).toBe(false);
  expect(bench.node.exists('/rpool/models')).toBe(true);

  const edited = left([{ ...file.step, removal } as Step], file.files);
  edited.node.writeFile('/etc/motd', 'by a person\n');
  expect(edited.run('apply', '--prune').status).toBe(1);
  expect(edited.node.readFile('/etc/motd')).toBe('by a person\n');
});

test('our entries of a firewall that left the program go, those of others and options of others stay', () => {
  const fw = '/etc/pve/firewall/cluster.fw';
  const bench = new Bench();
  bench.node.writeFile(fw, '[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 9\n');
  const spec = {
    options: { enable: '1', policy_out: 'ACCEPT' },
    aliases: [],
    ipsets: [],
    groups: [],
    rules: [{ direction: 'IN', action: 'ACCEPT', macro: 'SSH' }],
    imported: false,
    needs: { entries: [], options: [] },
    removalPolicy: removal,
  } as const;
  const place = { app: 'phoenix', path: 'host/firewall', host: 'pve', pveVersion: '9.1' } as const;
  left(describeSharedFirewall('cluster', spec, place).steps, {}, bench);
  expect(bench.node.readFile(fw)).toContain('IN SSH(ACCEPT) # (phoenix-cdk app=phoenix)');
  expect(bench.run('apply', '--prune').stdout).toContain('--allow-firewall');
  expect(bench.run('apply', '--prune', '--allow-firewall').status).toBe(0);
  expect(bench.node.readFile(fw)).toBe('[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 9\n');
});

test('a guest, the storage below it and the dataset below that go in one run', () => {
  const [create, ...rest] = container(950, 'qwen', { needs: ['storage/disks'], keys: [exact('cores', '2')] }).steps;
  const on = (step: Step | undefined): Step =>
    JSON.parse(JSON.stringify(step).replaceAll('"local-zfs"', '"disks"')) as Step;
  const bench = new Bench();
  bench.synthesize({ steps: [models, disks, { ...on(create), removal } as Step, ...rest.map(on)] });
  expect(bench.run('apply').status).toBe(0);
  bench.node.clearCommands();
  const { status, stdout, stderr } = bench.run('destroy', 'ai/qwen', 'storage/disks', 'zfs/rpool/models', '--yes');
  expect(status, stderr + stdout).toBe(0);
  expect(acts(bench)).toEqual([
    expect.stringMatching(/^pct shutdown 950/),
    'pct destroy 950',
    'pvesm remove disks',
    'zfs destroy rpool/models',
  ]);
  expect(journal(bench)).not.toMatch(/950|disks|models/);
});

test('what stays keeps what it stands on: a retained guest blocks its storage', () => {
  const on = (step: Step): Step => JSON.parse(JSON.stringify(step).replaceAll('"local-zfs"', '"disks"')) as Step;
  const bench = new Bench();
  bench.synthesize({ steps: [models, disks, ...container(950, 'qwen', { needs: ['storage/disks'] }).steps.map(on)] });
  expect(bench.run('apply').status).toBe(0);
  bench.node.clearCommands();
  const { status, stdout } = bench.run('destroy', 'ai/qwen', 'storage/disks', 'zfs/rpool/models', '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain('guest 950 and its disks are retained');
  expect(stdout).toContain('Blocked: 2 steps');
  expect(acts(bench)).toEqual([]);
});

test('nothing of a protected stack is destroyed, whatever is said', () => {
  const [create, ...rest] = container(950, 'qwen', {}).steps;
  const steps = [models, { ...create, removal } as Step, ...rest];
  const bench = new Bench();
  bench.synthesize({ steps, protect: true });
  expect(bench.run('apply').status).toBe(0);
  for (const name of ['ai/qwen', 'zfs/rpool/models']) {
    const { status, stdout } = bench.run('destroy', name, '--yes');
    expect(status).toBe(1);
    expect(stdout).toMatch(/is in stack ai, which is protected/);
  }
  bench.synthesize({ steps: nothing });
  expect(bench.run('apply', '--prune').stdout).toMatch(/^Nothing to do/);
  expect(bench.node.isRunning(950)).toBe(true);
  expect(datasets(bench)).toContain('rpool/models');
});

test.each(['kill-before', 'kill-after'] as const)('%s while things are removed: the next run ends it', (mode) => {
  const bench = left([models, disks]);
  bench.node.fault({ argv: ['pvesm', 'remove'], mode });
  bench.run('apply', '--prune');
  bench.node.fault({ argv: ['zfs', 'destroy'], mode });
  bench.run('apply', '--prune');
  const { status, stderr } = bench.run('apply', '--prune');
  expect(status, stderr).toBe(0);
  expect(datasets(bench)).not.toContain('rpool/models');
  expect(bench.node.readFile('/etc/pve/storage.cfg')).not.toContain('disks');
  expect(journal(bench)).not.toMatch(/models|disks/);
});

test('what a killed run made is ours, and what somebody makes later in its place is not', () => {
  const after = new Bench();
  after.synthesize({ steps: [models] });
  after.node.fault({ argv: ['zfs', 'create'], mode: 'kill-after' });
  after.run('apply');
  expect(after.run('apply').status).toBe(0);
  after.synthesize({ steps: nothing });
  expect(reported(after)).toMatchObject([{ state: 'as we made it', policy: 'destroy' }]);

  const before = new Bench();
  before.synthesize({ steps: [models] });
  before.node.fault({ argv: ['zfs', 'create'], mode: 'kill-before' });
  before.run('apply');
  // as if it had been a day ago
  const begun = journal(before).replace(
    /^(intent\t\S+\t\S+\t)(\d+)/m,
    (_, head: string, seconds: string) => head + (Number(seconds) - 86_400),
  );
  before.node.writeFile('/var/lib/phoenix/phoenix/journal', begun);
  before.node.run(['zfs', 'create', '-o', 'recordsize=1M', 'rpool/models']);
  expect(before.run('apply').status).toBe(0);
  before.synthesize({ steps: nothing });
  expect(reported(before)).toMatchObject([{ what: 'not made by us' }]);
});

test('a dataset that is not mounted is not a folder that is gone', () => {
  const bench = left([models, inModels('a')]);
  bench.node.run(['zfs', 'unmount', 'rpool/models']);
  expect(reported(bench)[0]).toMatchObject({ resource: 'folder/rpool/models/a', state: 'not to be seen' });
  const { status, stderr } = bench.run('destroy', 'folder/rpool/models/a', '--yes');
  expect(status).toBe(1);
  expect(stderr).toContain('dataset rpool/models is not mounted at /rpool/models');
});

test('a damaged line of the journal is named, and nothing is removed by it', () => {
  const bench = left([models]);
  const path = '/var/lib/phoenix/phoenix/journal';
  bench.node.writeFile(path, bench.node.readFile(path).replace(/^made\t(\S+)\t.*$/m, 'made\t$1'));
  const { status, stderr } = bench.run('apply', '--prune');
  expect(status).toBe(1);
  expect(stderr).toMatch(/phoenix\/journal: the line of zfs\/rpool\/models with `made` is damaged/);
  expect(bench.node.run(['zfs', 'list', 'rpool/models']).status).toBe(0);
});

test('a dataset that another app of this host asks for is not removed', () => {
  const bench = new Bench();
  const journal = '/var/lib/phoenix/two/journal';
  bench.synthesize({ app: 'one', steps: [dataset('rpool/shared', {}, { removal: 'destroy' })] });
  expect(bench.run('apply').status).toBe(0);
  bench.synthesize({ app: 'two', steps: [dataset('rpool/shared')] });
  expect(bench.run('apply').status).toBe(0);
  bench.node.writeFile('/rpool/shared/data', 'of two');
  bench.synthesize({ app: 'one', steps: [note('nothing', 'left')] });
  expect(bench.run('apply', '--prune').stdout).toContain('app two asks for it');
  expect(bench.node.readFile('/rpool/shared/data')).toBe('of two');
  const kept = bench.node.readFile(journal);
  bench.node.writeFile(journal, 'phoenix-journal 99\n');
  expect(bench.run('apply', '--prune').status).toBe(1);
  expect(bench.node.readFile('/rpool/shared/data')).toBe('of two');
  bench.node.writeFile(journal, `${kept}gone\tzfs/rpool/shared\n`);
  expect(bench.run('apply', '--prune').status).toBe(0);
  expect(bench.node.exists('/rpool/shared/data')).toBe(false);
});

test('an entry of storage.cfg that another app of this host asks for is not removed', () => {
  const bench = new Bench();
  const entry = (removal?: 'destroy') => storage('models', 'dir', { path: '/srv/m', content: 'iso' }, [], { removal });
  for (const [app, steps] of [
    ['one', [entry('destroy')]],
    ['two', [entry()]],
  ] as const) {
    bench.synthesize({ app, steps });
    expect(bench.run('apply').status).toBe(0);
  }
  bench.synthesize({ app: 'one', steps: [note('nothing', 'left')] });
  expect(bench.run('apply', '--prune').stdout).toContain('app two asks for it');
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toContain('dir: models');
});
