import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderStep } from '../../src/format/runbook-shell.js';
import type { Step, StepKind, StepOf } from '../../src/model/step.js';
import { perlOptions, runtimeFile } from '../support/runtime.js';
import { temporaryFolder } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { run } from './steps.js';

const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom("'", '\\', '$(x)', '`x`', '\n', '--need', '', ' ', '*', '!', '"', "'\\''", '\u001b[0m', '😀'),
  )
  .map((text) => Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8'));

interface ReadStep {
  readonly id: string;
  readonly title: string;
  readonly options: readonly (readonly string[])[];
}

/** What the engine reads of steps. */
function read(steps: readonly Step[]): readonly ReadStep[] {
  const folder = writeSteps(steps.map(renderStep).join('\n'));
  const script = `
    my $session = { stacks => [], steps => [] };
    Runbook::read_all($session, $ARGV[0]);
    for my $step (@{ $session->{steps} }) { print Json::text({ map { $_ => $step->{$_} } qw(id title options) }), "\\n" }`;
  const words = [...perlOptions, '-MRunbook', '-MJson', '-e', script, folder];
  const { stdout, stderr, status } = spawnSync('perl', words, { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** An assembly of one stack, whose steps are these calls. */
function writeSteps(calls: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stacks/ai'), { recursive: true });
  writeFileSync(join(folder, 'stacks/ai/runbook.sh'), `stack ai --app a --host pve\n\n${calls}`);
  return folder;
}

test('any word survives the way from a step into the engine and out as JSON', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ title: word, argv: fc.array(word, { minLength: 1, maxLength: 6 }), fix: word }), {
        minLength: 50,
        maxLength: 80,
      }),
      (given) => {
        const steps = given.map(
          (one, at): Step => ({
            ...run(`s${at}`, [{ probe: 'argv', argv: one.argv, satisfied: [0], absent: [1] }], [one.argv], one.fix),
            title: one.title,
          }),
        );
        expect(read(steps).map(({ title, options }) => ({ title, options }))).toEqual(
          given.map(({ title, argv, fix }) => ({
            title,
            options: [
              ['probe', 'argv', '0', '1', ...argv],
              ['command', ...argv],
              ['fix', fix],
            ],
          })),
        );
      },
    ),
    { numRuns: 6 },
  );
});

test('bash reads the same words of a call as the engine', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 30, maxLength: 60 }), (words) => {
      const step = run('s', [], [words], 'x');
      const script = `step() { printf '%s\\0' "$@"; }\n${renderStep(step)}`;
      const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
      const said = stdout.split('\0');
      const at = said.indexOf('--command');
      expect(said.slice(at + 2, at + 2 + words.length)).toEqual(words);
      expect(read([step])[0]?.options[0]).toEqual(['command', ...words]);
    }),
    { numRuns: 6 },
  );
});

test.each([
  ['step guest-dance guest/1', 'this applier knows no step kind `guest-dance` (step guest/1)'],
  ['step note n1 --text x --colour red', 'this applier knows no option --colour of a note step (step n1)'],
  ['step note n1 --text', 'option --text of step n1 lacks words'],
  [
    'rm -rf /',
    '`rm -rf /` is no call of a runbook; it holds calls of `stack` and `step` with plain words, and is not run',
  ],
  ['step note n1 --text $(touch x)', 'is no call of a runbook'],
  ['step note n1 --text x; touch x', 'is no call of a runbook'],
  ['step note n1 --text "x"', 'is no call of a runbook'],
  ["step note n1 --text 'x", 'is no call of a runbook'],
])('a runbook with %s ends the run, and nothing of it is run', (call, why) => {
  const folder = writeSteps(`${call}\n`);
  const script = `. '${runtimeFile('words.bash')}'; { record assembly "$1"; record ask plan; } | perl '${runtimeFile('engine.pl')}'`;
  const { stderr, status } = spawnSync('bash', ['-c', script, 'x', folder], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain(`error  assembly/invalid  ${folder}/stacks/ai/runbook.sh:3\n`);
  expect(stderr).toContain(why);
  expect(existsSync(join(folder, 'x'))).toBe(false);
});

test('a runbook that was cut short is refused', () => {
  const folder = writeSteps('step note n1 --text x');
  const { stderr } = spawnSync('perl', [...perlOptions, '-MRunbook', '-e', 'Runbook::read_all({}, @ARGV)', folder], {
    encoding: 'utf8',
  });
  expect(stderr).toContain(`${folder}/stacks/ai/runbook.sh:3: `);
});

const base = {
  resource: 'r',
  path: 'p',
  title: 't',
  needs: ['n'],
  exclusive: ['x'],
  why: 'w',
  until: { template: 900 },
};
const guest = { vmid: 950, type: 'lxc' } as const;
const sum = 'a'.repeat(64);
const file = { target: '/t', source: 's', sha256: sum, mode: '0644', uid: 1, gid: 2, secrets: ['token'] };
const setting = { name: 'a', value: 'b', fixed: true };
const inside = { path: '/p', dataset: 'd' };
const removal = 'destroy' as const;

/** One of each kind with every field that it can have: a field that is added to the schema does not compile here until it is tried. */
const whole: { [K in StepKind]: Required<StepOf<K>> } = {
  file: { kind: 'file', id: 'file', ...base, removal, file },
  'zfs-pool': {
    kind: 'zfs-pool',
    id: 'zfs-pool',
    ...base,
    pool: 'p',
    create: { vdevs: [{ type: 'mirror', devices: ['/a', '/b'] }], properties: [setting] },
  },
  'zfs-dataset': {
    kind: 'zfs-dataset',
    id: 'zfs-dataset',
    ...base,
    removal,
    dataset: 'd',
    create: true,
    properties: [setting],
  },
  folder: { kind: 'folder', id: 'folder', ...base, removal, folder: '/f', inside, uid: 1, gid: 2, mode: '0755' },
  storage: {
    kind: 'storage',
    id: 'storage',
    ...base,
    removal,
    storage: 's',
    type: 'dir',
    create: true,
    options: [setting],
    secrets: [{ option: 'password', secret: 'a/b' }],
  },
  mapping: {
    kind: 'mapping',
    id: 'mapping',
    ...base,
    removal,
    mapping: 'usb',
    entry: 'e',
    create: true,
    options: [setting],
    maps: ['m'],
  },
  download: {
    kind: 'download',
    id: 'download',
    ...base,
    removal,
    storage: 's',
    content: 'import',
    file: 'f',
    from: { url: 'u' },
    checksum: { algorithm: 'sha512', value: 'b'.repeat(128) },
  },
  'firewall-entries': {
    kind: 'firewall-entries',
    id: 'firewall',
    ...base,
    removal,
    target: '/etc/pve/firewall/cluster.fw',
    part: 'entries',
    options: [{ name: 'o', value: '1' }],
    aliases: [{ name: 'a', text: 'a 10.0.0.1' }],
    ipsets: [{ name: 's', head: '[IPSET s]', lines: ['10.0.0.1'] }],
    groups: [{ name: 'g', head: '[group g]', lines: ['IN DROP', 'OUT DROP'] }],
    rules: ['IN DROP'],
  },
  network: {
    kind: 'network',
    id: 'network',
    ...base,
    management: '10.0.0.13',
    interfaces: [
      {
        name: 'vmbr1',
        autostart: true,
        stanzas: [{ family: 'inet', method: 'manual', options: [{ name: 'mtu', value: '1500' }], comments: ['c'] }],
      },
    ],
    cards: [{ name: 'eno2', autostart: false, mtu: 9000 }],
  },
  'guest-create': {
    kind: 'guest-create',
    id: 'guest-create',
    ...base,
    ...guest,
    marker: 'm',
    hostname: 'h',
    source: {
      from: 'archive',
      volume: 'v',
      storage: 's',
      bytes: 1,
      unprivileged: true,
      ostype: 'debian',
      arch: 'amd64',
    },
    removal,
  },
  'guest-config': {
    kind: 'guest-config',
    id: 'guest-config',
    ...base,
    ...guest,
    keys: [
      { is: 'exact', key: 'k', value: 'v', impact: 'live', added: 'live' },
      { is: 'volume', key: 'mp0', storage: 's', bytes: 1, options: 'o', impact: 'live', added: 'live' },
      { is: 'volume', key: 's0', storage: 's', bytes: 1, options: 'o', filled: { import: 'i' }, impact: 'live' },
      { is: 'volume', key: 's1', storage: 's', bytes: 0, options: 'o', filled: 'cloudinit', impact: 'live' },
      { is: 'generated', key: 'g', impact: 'live' },
      { is: 'absent', key: 'a', impact: 'live' },
      { is: 'marker', key: 'description', value: 'm', impact: 'live' },
    ],
    raw: [{ key: 'lxc.a', value: 'b' }],
    cleanClone: true,
  },
  'guest-state': {
    kind: 'guest-state',
    id: 'guest-state',
    ...base,
    ...guest,
    state: 'running',
    mounts: [inside],
    timeoutSeconds: 1,
    startedWith: sum,
  },
  'guest-file': { kind: 'guest-file', id: 'guest-file', ...base, ...guest, files: [file], digest: sum },
  'guest-run': {
    kind: 'guest-run',
    id: 'guest-run',
    ...base,
    ...guest,
    script: 's',
    digest: sum,
    timeoutSeconds: 1,
    again: 'restart',
    secrets: ['a/b'],
  },
  'guest-template': { kind: 'guest-template', id: 'guest-template', ...base, ...guest, digest: sum },
  health: { kind: 'health', id: 'health', ...base, url: 'u', status: 200, retries: 1, intervalSeconds: 1 },
  run: {
    kind: 'run',
    id: 'run',
    ...base,
    probes: [{ probe: 'file', path: '/f', sha256: sum, matches: 'm' }],
    commands: [['c']],
    fix: 'f',
  },
  note: { kind: 'note', id: 'note', ...base, text: 't' },
};

test('every kind of step is read with every option that the renderer knows', () => {
  const clone: Step = {
    ...whole['guest-create'],
    id: 'clone',
    source: { from: 'clone', vmid: 900, mode: 'full', storage: 's', digest: sum },
  };
  const fetched = (['catalogue', 'nowhere', { oci: 'nginx:1' }] as const).map(
    (from, index): Step => ({ ...whole.download, id: `download/${index}`, from }),
  );
  const steps: Step[] = [...Object.values(whole), clone, ...fetched];
  expect(read(steps).map(({ id }) => id)).toEqual(steps.map(({ id }) => id));
});

test('the JSON of a plan is valid whatever bytes the host shows', () => {
  const host = new HandMadeHost();
  host.guest(100, 'memory: 512\nbogus: \u0007"\\\n');
  host.write('/etc/hostname', 'pve\n');
  host.journal(HandMadeHost.known(100));
  const config: Step = {
    kind: 'note',
    id: 'n',
    resource: 'n',
    path: 'a"b\\c',
    title: 'é\u2028',
    needs: [],
    text: '\t\u0001😀',
  };
  const plan = host.plan([config]);
  expect(plan.n).toMatchObject({ path: 'a"b\\c', title: 'é\u2028', reason: '\t\u0001😀' });
});
