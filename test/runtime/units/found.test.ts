import { expect, test } from 'vitest';
import { host, journal, look, plan } from './given.js';
import { call, evaluate, list } from './perl.js';
import {
  asked,
  changed,
  created,
  type Facts,
  folder,
  found,
  row,
  satisfied,
  session,
  stack,
  verdict,
} from './planned.js';
import { blind, root } from './root.js';

const clock = `no warnings 'redefine'; local *Clock::now = sub { 1002.5 };`;

/** What Found::all leaves of a session, without its look. */
async function all(given: ReturnType<typeof session>): Promise<Record<string, unknown>> {
  const code = `${clock} my $found = Found::all($_[0]); delete $found->{look}; ($found, $_[0]{found} == $found ? 1 : 0)`;
  const [value, isKept] = await evaluate(code, given);
  expect(isKept).toBe('1');
  return value as Record<string, unknown>;
}

test('Found::all is the verdict of each step, and what a plan tells besides', async () => {
  const given = session(
    {
      '/var/lib/dpkg/status': 'Package: pve-manager\nStatus: install ok installed\nVersion: 9.1.4\n',
      '/srv/a/x': '',
    },
    [folder('a'), folder('b')],
    { stacks: [stack(), stack({ name: 'db', host: 'pve2' })] },
  );
  expect(await all(given)).toMatchObject({
    app: 'phoenix',
    here: 'pve',
    version: '9.1.4',
    seconds: '2.5',
    processes: '1',
    verdicts: { a: { verdict: 'satisfied' }, b: { verdict: 'create' } },
    skipped: [{ name: 'db' }],
    left: { guests: [], things: [] },
    remarks: [],
    notes: [],
    privileges: [],
    stop: null,
  });
});

test('Found::all of the verb drift has drift alone', async () => {
  const files = { '/var/lib/phoenix/phoenix/journal': 'phoenix-journal 1\napplied\ta\t-\t-\n' };
  const { verdicts } = await all(session(files, [folder('a'), folder('b')], { verb: 'drift' }));
  expect(verdicts).toMatchObject({ a: { verdict: 'create' }, b: { verdict: 'satisfied' } });
});

test('Found::all stops at what could not be seen', async () => {
  const given = session({ '/srv/a': blind('/srv/a') }, [folder('a'), folder('b')]);
  expect((await all(given)).stop).toMatch(/^ai\/a: cannot look at \/srv\/a: /);
});

// ---- The plan

const made = `my $plan = Found::plan($_[0]); { ref => ref $plan, same => Found::plan($_[0]) == $plan ? 1 : 0, steps => [ map { $_->{id} } @{ $plan->{steps} } ],
  stacks => [ map { $_->{name} } @{ $plan->{stacks} } ], repair => $_[0]{flags}{repair}, remarks => $plan->{remarks} }`;

test('Found::plan has the stacks in their order, and is made once', async () => {
  const given = session({}, [folder('a')], {
    stacks: [stack({ name: 'b', order: '2' }), stack({ order: '10' }), stack({ name: 'c', order: '1' })],
  });
  expect(await evaluate(made, given)).toMatchObject([
    { ref: 'Plan', same: '1', steps: ['a'], stacks: ['c', 'b', 'ai'], repair: null },
  ]);
});

test('Found::plan reads the runbooks of an assembly', async () => {
  const assembly = root({ '/stacks/ai/runbook.sh': 'stack ai --app phoenix\nstep note n1 --text x\n' });
  expect(await evaluate(made, session({}, [], { stacks: [], assembly }))).toMatchObject([
    { steps: ['n1'], stacks: ['ai'] },
  ]);
});

test('Found::plan of the verb drift takes nothing for done because it was done once', async () => {
  expect(await evaluate(made, session({}, [folder('a')], { verb: 'drift' }))).toMatchObject([{ repair: '1' }]);
});

const letGo = { '/var/lib/phoenix/phoenix/journal': 'phoenix-journal 1\nguest\t7\tlxc\t1\tv\t-\n' };

test('Found::plan of a verb that no runbook has holds the steps of that verb alone', async () => {
  const given = session(letGo, [folder('a')], { verb: 'orphan', operands: ['guest/7'] });
  expect(await evaluate(made, given)).toMatchObject([{ steps: ['guest/7/orphan'], stacks: [expect.anything()] }]);
});

test('Found::plan of a restoration says what stays', async () => {
  const code = `no warnings 'redefine'; require Chore; require Restore; local *Chore::arrange = sub { @{ $_[0]{steps} } };
    local *Restore::remains = sub { my ($look, $run, @chores) = @_; "$look->{mode} $run " . @chores }; ${made}`;
  const given = session({}, [folder('a')], { verb: 'restore', operands: ['r9'] });
  expect(await evaluate(code, given)).toMatchObject([{ remarks: ['plan r9 1'], stacks: ['ai'] }]);
});

// ---- What is made of verdicts

test('Found::reduce_to_drift takes everything else for satisfied', async () => {
  const steps = [folder('a'), folder('b'), asked('note', 'n', '--text', 'x')];
  const given = {
    steps,
    verdicts: { a: verdict('create'), b: verdict('create'), n: verdict('note') },
    look: look({ steps, journal: journal(['applied', 'a', '-', '-']) }),
  };
  expect(
    await evaluate('Found::reduce_to_drift($_[0]); map { $_[0]{verdicts}{$_}{verdict} } qw(a b n)', given),
  ).toEqual(['create', 'satisfied', 'satisfied']);
});

test.each([
  ['plan', [created], ['seen']],
  ['apply', [changed], ['seen']],
  ['drift', [changed], ['seen']],
  ['restore', [changed], ['seen']],
  ['verify', [created], []],
  ['destroy', [created], []],
  ['plan', [satisfied], []],
  ['plan', [row('n', verdict('note'))], []],
])('Found::privileges of the verb %s with %j are looked for: %j', async (verb, rows, expected) => {
  const code = `no warnings 'redefine'; require Privileges; local *Privileges::table = sub { 'seen' }; Found::privileges($_[0])`;
  expect(await evaluate(code, { verb, found: found(rows) })).toEqual(expected);
});

const guestSeven = journal(['guest', 7, 'lxc', 1, 'v', '-']);
const fileMade = journal(['made', 'f', 'file', '1 2', 'f', '/a'], ['applied', 'f', '-', '-']);
test.each<[string, Facts, Facts, object]>([
  ['a guest that no step is about', guestSeven, {}, { guests: [{ vmid: '7', state: 'absent' }], things: [] }],
  ['a guest that a step is about', guestSeven, { about: { 7: 1 } }, { guests: [], things: [] }],
  ['a file that no step names', fileMade, {}, { guests: [], things: [{ resource: 'f', state: 'absent' }] }],
  ['a file that a step names', fileMade, { by_id: { f: {} } }, { guests: [], things: [] }],
  ['what another verb is about', guestSeven, { verb: 'orphan' }, { guests: [], things: [] }],
  ['what drift does not ask', guestSeven, { verb: 'drift' }, { guests: [], things: [] }],
  ['a session without an app', guestSeven, { journal: null }, { guests: [], things: [] }],
])('Found::left of %s', async (_, of, { verb = 'plan', ...more }, expected) => {
  const facts = { host: host({ root: root() }), journal: of };
  const code = 'Found::left(@_)';
  const given = { verb, plan: plan(facts, { about: {}, said: {}, stacks: [], ...more }) };
  expect(await evaluate(code, given, look(facts))).toMatchObject([expected]);
});

const stops = (
  rows: Parameters<typeof found>[0],
  facts: { found?: Facts; flags?: Facts; stack?: Facts; members?: string } = {},
) => {
  const members = facts.members ?? '"quorate": 1';
  const facts_ = { host: host({ root: root({ '/etc/pve/.members': members }), packages: { 'pve-manager': '9.1.4' } }) };
  return list('Found::stops', {
    flags: facts.flags ?? {},
    plan: plan(facts_, { stacks: [stack(facts.stack)] }),
    found: found(rows, { look: look(facts_), ...facts.found }),
  });
};
const unseen = (id: string) => row(id, verdict('unknown', { reason: `cannot see ${id}` }));

test.each<[string, () => Promise<readonly unknown[]>, string | undefined]>([
  ['nothing', () => stops([created, changed, satisfied]), undefined],
  ['one step', () => stops([created, unseen('x')]), 'ai/x: cannot see x'],
  [
    'more steps',
    () => stops([unseen('a'), row('b', verdict('foreign')), unseen('c')]),
    'ai/a: cannot see a (and 2 more)',
  ],
  ['privileges that cannot be told', () => stops([created], { found: { unseen: 'no look' } }), 'no look'],
  [
    'a host that nothing is for',
    () => stops([], { stack: { host: 'pve2' } }),
    expect.stringContaining('the stacks are for pve2'),
  ],
  [
    'all that is wrong with a host',
    () => stops([], { stack: { host: 'pve2' }, members: '"quorate": 0' }),
    expect.stringMatching(/the stacks are for pve2.*; .*no quorum/),
  ],
  ['another release', () => stops([], { stack: { pve: '8.4' } }), expect.stringContaining('was made for PVE 8.4')],
  [
    'another release that is allowed',
    () => stops([], { stack: { pve: '8.4' }, flags: { 'allow-version': 1 } }),
    undefined,
  ],
  [
    'a cluster without quorum',
    () => stops([unseen('a')], { members: '"quorate": 0' }),
    expect.stringContaining('no quorum'),
  ],
])('Found::stops and Found::sentence at %s', async (_, stopping, expected) => {
  const [problems, sentence] = [await stopping(), expected];
  expect((await call('Found::sentence', ...problems)) ?? undefined).toEqual(sentence);
});

test('Found::stops names every step that stops a run, with its code', async () => {
  expect(await stops([unseen('x'), row('y', verdict('foreign', { reason: 'not ours' })), created])).toEqual([
    { code: 'applier/unknown', path: 'ai/x', message: 'cannot see x' },
    { code: 'applier/foreign', path: 'ai/y', message: 'not ours' },
  ]);
});

test('Found::of_step is nothing of a step that stops nobody', async () => {
  expect(await list('Found::of_step', { path: 'ai/a' }, verdict('refused', { reason: 'no' }))).toEqual([]);
  expect(await list('Found::of_step', { path: 'ai/a' }, verdict('foreign', { reason: 'no' }))).toHaveLength(1);
});

test('Found::of_host tells all that is wrong with the host at once', async () => {
  const facts = {
    host: host({ root: root({ '/etc/pve/.members': '"quorate": 0' }), packages: { 'pve-manager': '9.1.4' } }),
  };
  const told = async (flags: Facts, stack_: Facts) =>
    (await list('Found::of_host', plan(facts, { stacks: [stack(stack_)] }), look(facts), flags)).map(
      (problem) => (problem as { code: string }).code,
    );
  expect(await told({}, { host: 'pve2' })).toEqual(['applier/other-host', 'applier/cluster']);
  expect(await told({}, { pve: '8.4' })).toEqual(['applier/other-release', 'applier/cluster']);
  expect(await told({ 'allow-version': 1 }, { pve: '8.4' })).toEqual(['applier/cluster']);
});

test.each([
  ['a stack of this host', ['pve', 'pve2'], undefined],
  ['a stack of any host', ['', 'pve2'], undefined],
  ['no stack', [], undefined],
  [
    'stacks of other hosts',
    ['pve3', 'pve2', 'pve3'],
    'this host is pve, and the stacks are for pve2 pve3: run it there, or give the PveNode its `nodeName`',
  ],
])('Found::nothing_here with %s', async (_, hosts, expected) => {
  expect(await call('Found::nothing_here', { here: 'pve', stacks: hosts.map((one) => ({ host: one })) })).toBe(
    expected,
  );
});

test('Found::differences counts what is not as it should be', async () => {
  expect(
    await call(
      'Found::differences',
      found([created, changed, satisfied, row('n', verdict('note')), unseen('u'), row('h', verdict('held'))]),
    ),
  ).toBe('4');
});

test('Found::chore is what a verb does to a guest, if it is one of those without steps in a runbook', async () => {
  expect(await call('Found::chore', 'orphan')).toBe('orphaned');
  expect(await call('Found::chore', 'apply')).toBeUndefined();
});
