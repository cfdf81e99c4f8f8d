import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { Bench } from './bench.js';
import { configOf, container, exact, run, runningOf } from './steps.js';

/** A container that has a folder of the host and, if it says so, a device. */
function program(...keys: string[]): Step[] {
  return container(950, 'qwen', {
    keys: keys.map((text, index) => exact(text.startsWith('/dev') ? `dev${index}` : `mp${index}`, text)),
  }).steps;
}

const folder = '/rpool/models,mp=/models';

function bench(...keys: string[]): Bench {
  const made = new Bench({ datasets: { 'rpool/models': {} } });
  made.synthesize({ steps: program(...keys) });
  return made;
}

/** Whatever is on the host, but for the lock of the run: names, sizes, modes, contents by their time. */
const everything = (made: Bench) =>
  made.node.run(['find', made.node.root, '-path', `${made.node.root}/run`, '-prune', '-o', '-printf', '%p %s %T@ %m\n'])
    .stdout;

test('what gets broader is refused as a whole before anything is changed, with the table and the option', () => {
  const made = bench(folder);
  const before = everything(made);
  const { status, stdout, stderr } = made.applier('apply');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(`
Privileges that get broader
  ai/qwen  folder  /rpool/models (rw)

error  applier/unapproved
       1 privilege gets broader, and nobody approved that
       → apply with --approve-privileges, or --yes
Nothing was changed.
`);
  expect(everything(made)).toBe(before);
  expect(made.commands()).toEqual([]);
});

test('as JSON the refusal has the privileges, and so has a plan, empty where nothing changes', () => {
  const made = bench(folder);
  const privilege = {
    path: 'ai/qwen',
    resource: 'guest/950',
    kind: 'folder',
    text: '/rpool/models (rw)',
    direction: 'broader',
  };
  const refused = made.applier('apply', '--json');
  expect(refused.status).toBe(1);
  expect(JSON.parse(refused.stdout)).toEqual({
    problems: [
      {
        code: 'applier/unapproved',
        message: '1 privilege gets broader, and nobody approved that',
        fix: 'apply with --approve-privileges, or --yes',
      },
    ],
    privileges: [privilege],
  });
  expect(JSON.parse(made.applier('plan', '--json').stdout)).toMatchObject({ privileges: [privilege] });
  expect(made.applier('plan').stdout).toMatch(/\nNot allowed yet: --approve-privileges\n$/);
  expect(made.applier('plan', '--approve-privileges').stdout).not.toContain('Not allowed yet');
  expect(made.applier('apply', '--yes').status).toBe(0);
  expect(JSON.parse(made.applier('plan', '--json').stdout)).toMatchObject({ privileges: [] });
});

test('an approval is for one run: the next one is asked for what gets broader then, and for nothing else', () => {
  const made = bench(`${folder},ro=1`);
  expect(made.applier('apply', '--approve-privileges').status).toBe(0);
  expect(made.applier('apply').stdout).toMatch(/^Nothing to do/);
  made.synthesize({ steps: program(folder), restart: 'when-needed' });
  const second = made.applier('apply');
  expect(second.stderr).toContain('  ai/qwen  folder  /rpool/models (ro) → (rw)\n');
  expect(second.status).toBe(1);
  expect(made.node.guestConfig(950)).toContain('ro=1');
  expect(made.applier('apply', '--approve-privileges').status).toBe(0);
});

test('what only gets narrower needs no word', () => {
  const made = bench(folder);
  made.run('apply');
  made.synthesize({ steps: program(`${folder},ro=1`), restart: 'when-needed' });
  expect(made.applier('plan').stdout).toContain(
    '\nPrivileges that get narrower\n  ai/qwen  folder  /rpool/models (rw) → (ro)\n\nPlan: ',
  );
  const { status, stderr } = made.applier('apply');
  expect(status, stderr).toBe(0);
  expect(made.node.guestConfig(950)).toContain('ro=1');
});

test('a guest with nothing beyond its own disks needs no word', () => {
  expect(bench().applier('apply').status).toBe(0);
});

test('what is not selected needs none, and what is held back neither', () => {
  const made = bench();
  made.run('apply');
  const keys = [exact('memory', '600'), exact('features', 'fuse=1', 'restart')];
  made.synthesize(
    { steps: [configOf(950, keys)], name: 'ai' },
    { steps: container(951, 'web', { keys: [exact('mp0', folder)] }).steps, name: 'web' },
  );
  const { status, stdout, stderr } = made.applier('apply', '--stack', 'ai');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('--allow-restart ai/g950');
  expect(made.applier('apply').stderr).toContain('  ai/web   folder');
});

test.each([
  ['y', 0],
  ['yes', 0],
  ['n', 1],
  ['', 1],
  ['yesterday', 1],
])('at a terminal it is asked for, and answered by %j it ends with %i', (answer, code) => {
  const made = bench(folder);
  const applier = `${made.folder}/cdk.out/applier apply`;
  const { status, stdout } = made.node.run(['script', '-qec', applier, '/dev/null'], `${answer}\n`);
  expect(stdout).toContain('1 privilege gets broader. Go on? [y/N] ');
  expect({ status, made: made.node.exists('/etc/pve/lxc/950.conf') }).toEqual({ status: code, made: code === 0 });
});

test('what was held back stays so although somebody stops the guest meanwhile', () => {
  const made = bench();
  made.run('apply');
  const keys = [exact('cores', '1'), exact('features', 'fuse=1', 'restart')];
  made.synthesize({ steps: [configOf(950, keys)] });
  made.standIn('pct', '"${0%/front/pct}/bin/pct" "$@" && "${0%/front/pct}/bin/pct" stop 950');
  const { status, stdout } = made.applier('apply');
  expect(made.node.isRunning(950)).toBe(false);
  expect(made.node.guestConfig(950)).toContain('cores: 1\n');
  expect(made.node.guestConfig(950)).not.toContain('fuse');
  expect(stdout).toContain('Held back (need a flag): --approve-privileges\n');
  expect(status).toBe(0);
});

test('drift that took something away is put right with a word, and drift that gave something without', () => {
  const made = bench(`${folder},ro=1`);
  made.run('apply');
  made.node.run(['pct', 'stop', '950']);
  made.node.setGuestKey(950, 'mp0', folder);
  expect(made.applier('drift', '--repair').status).toBe(0);
  made.node.run(['pct', 'set', '950', '--delete', 'mp0']);
  expect(made.applier('drift', '--repair').stderr).toContain(
    'Privileges that get broader\n  ai/qwen  folder  /rpool/models (ro)\n',
  );
  expect(made.applier('drift', '--repair', '--approve-privileges').status).toBe(0);
});

test('a command that this host has run before may run again', () => {
  const made = new Bench();
  const steps = (word: string) => [
    run(
      'devices',
      [{ probe: 'file', path: '/dev/nvidiactl' }],
      [['sh', '-c', `touch ${made.node.root}/dev/nvidiactl; : ${word}`]],
    ),
  ];
  made.synthesize({ steps: steps('one') });
  expect(made.applier('apply').stderr).toContain('  host/devices  root  sh -c touch ');
  expect(made.applier('apply', '--approve-privileges').status).toBe(0);
  const gone = () => made.node.run(['rm', `${made.node.root}/dev/nvidiactl`]);
  gone();
  expect(made.applier('apply').status).toBe(0);
  gone();
  made.synthesize({ steps: steps('two') });
  expect(made.applier('apply').status).toBe(1);
});

test('a restoration shows what its files would allow, and --yes is the word for that, too', () => {
  const made = bench(folder);
  made.run('apply');
  made.node.run(['pct', 'stop', '950']);
  made.synthesize({ steps: [...program(`${folder},ro=1`).slice(0, 2), runningOf(950, [], { state: 'stopped' })] });
  const run = /runs\/(\S+)\.jsonl/.exec(made.run('apply').stdout)?.[1] ?? '';
  const shown = made.applier('restore', run);
  expect(shown.stdout).toContain('\nPrivileges that get broader\n  ai/qwen  folder  /rpool/models (ro) → (rw)\n');
  expect(made.applier('restore', run, '--yes').status).toBe(0);
  expect(made.node.guestConfig(950)).not.toContain('ro=1');
});
