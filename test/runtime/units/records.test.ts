import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type HostFacts, host, journal, type LookFacts, look, step } from './given.js';
import { call, evaluate, holds } from './perl.js';

const guest = ['--guest', 'lxc', '950'] as const;
const marker = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950';
const create = step(
  'guest-create',
  'guest/950/create',
  ...guest,
  '--marker',
  marker,
  '--hostname',
  'x',
  '--clone',
  '900',
  'linked',
  'template digest',
);
const config = step('guest-config', 'guest/950/config', ...guest, '--key', 'memory', 'live', '512');
const script = step('guest-run', 'guest/950/run', ...guest, '--script', 's', '--digest', 'abc');
const dataset = step('zfs-dataset', 'zfs/a', '--dataset', 'a', '--create', '1');
const ours = { 950: `#${marker}\nrootfs: local-zfs:subvol-950-disk-0\nmemory: 512\n` };
const disk = { 'rpool/data/subvol-950-disk-0': { guid: '7' } };

interface Given {
  readonly steps?: LookFacts['steps'];
  readonly host?: HostFacts;
  /** Lines that the journal has already. */
  readonly journal?: readonly string[];
  readonly code: string;
}

/** The lines that the journal has in the end, without its first. $session is a run that has looked; $step and $look are of the first step. */
async function lines({ steps = [], host: facts = {}, journal = [], code }: Given): Promise<readonly string[]> {
  const root = temporaryFolder();
  const folder = join(root, 'var/lib/phoenix/phoenix');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'journal'), ['phoenix-journal 1', ...journal, ''].join('\n'));
  const given = look({ mode: 'check', steps, host: host(facts) });
  const prelude = `no warnings 'redefine'; local *Clock::now = sub { 1000.7 }; my ($root, $look) = @_; my $step = $look->{steps}[0];
    $look->{journal} = Journal->new($root, 'phoenix');
    my $session = { root => $root, run => 'r1', verb => 'apply', channel => Channel->new, plan => bless({ app => 'phoenix', by_id => $look->{by_id}, journal => $look->{journal}, look => $look }, 'LookedPlan') };`;
  await evaluate(`${prelude} ${code}; 1`, root, given);
  return readFileSync(join(folder, 'journal'), 'utf8')
    .trim()
    .split('\n')
    .slice(1 + journal.length);
}

const tab = (...fields: readonly (string | number)[]) => fields.join('\t');

test.each([
  ['a clone, with the digest of its template', create, 'template digest'],
  ['a script, with its own', script, 'abc'],
  ['a dataset, with none', dataset, '-'],
])('Records::intent writes down, before it is done, %s', async (_, of, digest) => {
  const id = String((of as { $step: unknown[] }).$step[2]);
  expect(await lines({ steps: [of], code: 'Records::intent($session, $step->{id})' })).toEqual([
    tab('intent', id, 'r1', '1000', digest),
  ]);
});

test('Records::begin, Records::adopting and Records::destroying write down what is meant', async () => {
  expect(await lines({ code: `Records::begin($session, 'x', 'd')` })).toEqual([tab('intent', 'x', 'r1', '1000', 'd')]);
  expect(await lines({ code: `Records::adopting($session, 950, 'uuid:a/b')` })).toEqual([
    tab('intent', 'adopt/950', 'r1', '1000', 'uuid:a/b'),
  ]);
  expect(
    await lines({
      host: { datasets: { ...disk, 'rpool/data/subvol-950-disk-1': { guid: '8' } } },
      code: 'Records::destroying($session, 950)',
    }),
  ).toEqual([tab('intent', 'destroy/950', 'r1', '1000', '7,8')]);
});

test('Records::adopted makes a guest ours, with nothing asked for', async () => {
  const code = 'Records::adopted($session, $step->{id})';
  expect(await lines({ steps: [create, config], host: { guests: ours, datasets: disk }, code })).toEqual([
    tab('guest', '950', 'lxc', '7', 'local-zfs:subvol-950-disk-0', 'adopted'),
    tab('applied', 'guest/950/config', '7', '-'),
    tab('gone', 'adopt/950'),
  ]);
});

test('Records::forget takes out what the journal knows of a guest', async () => {
  const journal = [
    tab('guest', 950, 'lxc', 7, 'v', '-'),
    tab('applied', 'guest/950/config', 7, '-'),
    tab('applied', 'zfs/a', '-', '-'),
  ];
  expect(await lines({ journal, code: 'Records::forget($session, 950)' })).toEqual([
    tab('gone', '950'),
    tab('gone', 'guest/950/config'),
  ]);
});

test('Records::gone forgets steps, guests and secrets', async () => {
  expect(await lines({ code: `Records::gone($session, 'file/a', '950')` })).toEqual([
    tab('gone', 'file/a'),
    tab('gone', '950'),
  ]);
});

test('Records::applied writes down what was made, before that it is done', async () => {
  const facts = { steps: [dataset], host: { datasets: { a: { guid: '5', creation: '1000' } } } };
  const code = `$session->{plan}{watched}{'zfs/a'} = undef; $look->{journal}->append('intent', 'zfs/a', 'r1', 1000, '-'); Records::applied($session, 'zfs/a')`;
  const digest = String((await evaluate('Drift::digest(shift)', dataset))[0]);
  expect(await lines({ ...facts, code })).toEqual([
    tab('intent', 'zfs/a', 'r1', '1000', '-'),
    tab('made', 'zfs/a', 'zfs-dataset', '5', 'zfs/a', 'a'),
    tab('applied', 'zfs/a', '-', digest),
  ]);
  const made = `my @made = Records::made($session, $step, $look); Journal::append($look->{journal}, 'sealed', scalar(@made), 'x')`;
  expect(await lines({ ...facts, code: made })).toEqual([tab('sealed', '0', 'x')]);
});

test('Records::record has the policy that was applied', async () => {
  const file = step('file', 'f', '--file', '/a', 'a', 'x', '--removal', 'destroy');
  const code = `Journal::append($look->{journal}, @{ Records::record($session, $step, $look) })`;
  const digest = String((await evaluate('Drift::digest(shift)', file))[0]);
  expect(await lines({ steps: [file], code })).toEqual([tab('applied', 'f', '-', digest, 'removal=destroy')]);
});

test('Records::journal writes what bash says, and Records::compact leaves what counts', async () => {
  expect(await lines({ code: `Records::journal($session, 'sealed', '900', 'd')` })).toEqual([
    tab('sealed', '900', 'd'),
  ]);
  const journal = [tab('sealed', 900, 'c'), tab('sealed', 900, 'd'), tab('gone', 900)];
  expect(await lines({ journal, code: 'Records::compact($session)' })).toEqual([]);
});

test('Records::restart names this life of the guest', async () => {
  expect(await lines({ code: 'Records::restart($session, 950)' })).toEqual([tab('restart', '950', '-')]);
});

test.each([
  ['a config, with its keys', [config], tab('applied', 'guest/950/config', 7, '-', 'memory=512')],
  ['a script, with its digest and the disk that it ran on', [script], tab('applied', 'guest/950/run', 7, 'abc')],
])('Records::applied writes down %s', async (_, steps, line) => {
  expect(
    await lines({
      steps,
      host: { guests: ours, datasets: disk },
      journal: [tab('guest', 950, 'lxc', 7, 'local-zfs:subvol-950-disk-0', '-')],
      code: 'Records::applied($session, $step->{id})',
    }),
  ).toEqual([line]);
});

test('Records::applied takes the look that the channel has just had, and writes nothing about a chore', async () => {
  const code = `$session->{channel}{seen} = [ $step->{id}, $look, {} ]; $session->{plan}{look} = undef; Records::applied($session, $step->{id});
    $step->{chore} = 'orphan'; Records::applied($session, $step->{id})`;
  const digest = String((await evaluate('Drift::digest(shift)', dataset))[0]);
  expect(await lines({ steps: [dataset], code })).toEqual([tab('applied', 'zfs/a', '-', digest)]);
});

test('Records::record writes, beside its own record, what is known better of a guest', async () => {
  const machine = {
    100: {
      type: 'qemu',
      text: `#phoenix-cdk app=phoenix path=vm/a vmid=100\nscsi0: local-zfs:vm-100-disk-0\nsmbios1: uuid=a\nvmgenid: b\n`,
    },
  } as const;
  const state = step('guest-state', 'guest/100/state', '--guest', 'qemu', '100', '--state', 'running');
  const journal = [tab('guest', 100, 'qemu', 'uuid:a/b', '-', '-')];
  const code = `my $record = Records::record($session, $step, $look, { remember => [ 'started', 100, 'l', 'd' ] }); Journal::append($look->{journal}, @$record)`;
  expect(
    await lines({
      steps: [state],
      host: { guests: machine, datasets: { 'rpool/data/vm-100-disk-0': { guid: '9' } } },
      journal,
      code,
    }),
  ).toEqual([
    tab('guest', '100', 'qemu', '9', 'local-zfs:vm-100-disk-0', '-'),
    tab('started', '100', 'l', 'd'),
    tab('applied', 'guest/100/state', '9', '-'),
  ]);
});

test('Records::owner is the answer of Ownership', async () => {
  const code = `my $is = Records::owner($step, $look); Journal::append($look->{journal}, 'sealed', $is->{is}, $is->{guest}{vmid})`;
  expect(await lines({ steps: [config], host: { guests: { 950: 'memory: 1\n' } }, code })).toEqual([
    tab('sealed', 'foreign', '950'),
  ]);
});

test.each([
  ['a step without secrets', dataset, ''],
  ['a script with secrets', step('guest-run', 'r', ...guest, '--secret', 'token'), 'secret:token=-'],
  [
    'entries of a firewall',
    step('firewall-entries', 'f', '--file', '/etc/pve/firewall/cluster.fw', 'options', '--option', 'enable', '1'),
    'option enable=1',
  ],
])('Records::values_of %s', async (_, of, expected) => {
  const code = `my ($step, $look, $secrets) = @_; join ' ', Records::values_of({ plan => { secrets => $secrets, changed => { f => { enable => 1 } } } }, $step, $look)`;
  expect(await evaluate(code, of, look(), { $secrets: {} })).toEqual([expected]);
});

const inside = (channel: string, of: object, journal: readonly string[] = []) =>
  lines({
    steps: [of as Record<string, unknown>],
    journal,
    code: `$session->{channel}{inside} = ${channel}; Journal::append($look->{journal}, 'applied', 'x', '-', '-', Records::inside($session, $step))`,
  });

test('Records::inside has what was left inside a guest just now, or else what the journal knows', async () => {
  const left = `{ id => 'guest/950/run', values => { stamp => 'abc', 'seal:/a' => 's' } }`;
  expect(await inside(left, script)).toEqual([tab('applied', 'x', '-', '-', 'at=1000', 'seal:/a=s', 'stamp=abc')]);
  const known = [tab('applied', 'guest/950/run', 7, 'abc', 'at=9', 'stamp=old', 'secret:t=x')];
  expect(await inside(`{ id => 'other', values => { stamp => 'abc' } }`, script, known)).toEqual([
    tab('applied', 'x', '-', '-', 'at=9', 'stamp=old'),
  ]);
  expect(await inside(left, dataset)).toEqual([tab('applied', 'x', '-', '-')]);
});

test.each([
  ['a file', step('file', 'f', '--file', '/a', 'a', 'x', '--secret', 'token'), 'SecretFile::record'],
  [
    'a storage',
    step('storage', 's', '--storage', 'pbs', 'pbs', '--secret', 'password', 'token'),
    'StorageSecrets::record',
  ],
])('Records::secrets_of %s are sealed as they lie on the host', async (_, of, name) => {
  const code = `no warnings 'redefine'; my ($step, $look) = @_; require SecretFile; require StorageSecrets; local *${name} = sub { 'sealed' }; Records::secrets_of({ plan => {} }, $step, $look)`;
  expect(await evaluate(code, of, look())).toEqual(['sealed']);
  expect(
    await evaluate('my ($step, $look) = @_; Records::secrets_of({ plan => {} }, $step, $look)', dataset, look()),
  ).toEqual([]);
});

test('Records::remember makes up for records that a killed run did not write', async () => {
  const code = `$look->{mode} = 'plan'; $session->{found} = { steps => $look->{steps}, verdicts => {
      'zfs/a' => { verdict => 'satisfied' }, 'guest/950/config' => { verdict => 'satisfied', remember => [ 'sealed', '1', 'x' ] }, 'guest/950/run' => { verdict => 'change' } } };
    Records::remember($session)`;
  const digest = String((await evaluate('Drift::digest(shift)', dataset))[0]);
  expect(await lines({ steps: [dataset, config, script], code })).toEqual([
    tab('sealed', '1', 'x'),
    tab('applied', 'zfs/a', '-', digest),
  ]);
  expect(
    await lines({ steps: [dataset, config, script], journal: [tab('applied', 'zfs/a', '-', digest)], code }),
  ).toEqual([tab('sealed', '1', 'x')]);
});

test.each([
  ['a dataset that the program makes', dataset, false],
  ['a dataset that it only refers to', step('zfs-dataset', 'zfs/a', '--dataset', 'a', '--create', '0'), true],
  ['a pool with disks', step('zfs-pool', 'p', '--pool', 'p', '--vdev', '2', 'stripe', '/dev/x'), false],
  ['a pool without', step('zfs-pool', 'p', '--pool', 'p'), true],
  ['a download to no place', step('download', 'd', '--download', 's', 'iso', 'f', '--nowhere'), true],
  ['a note', step('note', 'n'), false],
])('Records::is_imported of %s', async (_, of, expected) => {
  expect(await holds('Records::is_imported', of)).toBe(expected);
});

test('Records::known keeps what was seen of a file whose sum was right', async () => {
  const download = (...more: readonly string[]) => step('download', 'd', '--download', 'local', 'iso', 'f', ...more);
  const known = ['applied', 'd', '-', 'digest', 'size=5', 'sha256=abc'];
  const of = (given: object, ...records: readonly string[][]) =>
    call('Records::known', { plan: { journal: journal(...records) } }, given);
  const checked = download('--checksum', 'sha256', 'abc');
  expect(await of(checked, known)).toEqual(['applied', 'd', '-', 'digest', 'sha256=abc', 'size=5']);
  expect(await of(checked)).toBeUndefined();
  expect(await of(download(), known)).toBeUndefined();
});
