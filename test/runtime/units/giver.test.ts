import { expect, test } from 'vitest';
import { host, type LookFacts, look, plan, step } from './given.js';
import { call, evaluate } from './perl.js';

const address = 'address 10.0.0.5 on vmbr0';
const nic = (ip: string) => `name=eth0,bridge=vmbr0,ip=${ip}/24`;
const wanted = nic('10.0.0.5');

const config = (vmid: number, ...words: readonly (string | number)[]) =>
  step('guest-config', `guest/${vmid}/config`, '--guest', 'lxc', vmid, ...words);
const asking = (vmid: number, ip = '10.0.0.5') => config(vmid, '--key', 'net0', 'live', nic(ip));
const state = (vmid: number, is = 'running') =>
  step('guest-state', `guest/${vmid}/state`, '--guest', 'lxc', vmid, '--state', is, '--title', 'run');
const create = (vmid: number) =>
  step('guest-create', `guest/${vmid}/create`, '--guest', 'lxc', vmid, '--path', `ai/g${vmid}`);

type Verdicts = Readonly<Record<string, object>>;
const change = (key: string, more: object = {}) => ({ verdict: 'change', changes: [{ key, impact: 'live', ...more }] });
const start = { verdict: 'change', do: 'start', changes: [] };
const satisfied = { verdict: 'satisfied', changes: [] };

/** Perl about a plan, a look and verdicts; `$of->(id)` gives a step. */
const about = (code: string, facts: LookFacts, verdicts: Verdicts = {}, ...rest: readonly unknown[]) =>
  evaluate(
    `my ($plan, $verdicts, @rest) = @_; my $look = $plan->{look}; my $of = sub { $plan->{by_id}{ $_[0] } }; ${code}`,
    plan(facts),
    verdicts,
    ...rest,
  );

/** Container 951 takes the address that container 950 has. */
const taking = (steps: readonly object[], given: { running?: readonly number[]; guests?: object } = {}): LookFacts => ({
  steps: steps as never,
  host: host({
    guests: { 950: `net0: ${wanted}\n`, 951: `net0: ${nic('10.0.0.6')}\n`, ...given.guests },
    running: given.running ?? [],
  }),
});
const takes = { 'guest/951/config': change('net0') };
const gives = { 'guest/950/config': change('net0') };

// ---- Moves

const moves = (facts: LookFacts, verdicts: Verdicts) =>
  about('scalar Giver::moves($plan, $look, $verdicts)', facts, verdicts).then(([found]) => found);

test('Giver::moves lets the giver go before the taker', async () => {
  const facts = taking([asking(950, '10.0.0.7'), asking(951)]);
  expect(await moves(facts, { ...takes, ...gives })).toEqual({
    edges: { 'guest/951/config': [{ step: 'guest/950/config', what: address, vmid: '950', alone: '1' }] },
    barred: {},
    notes: {},
  });
});

test('Giver::moves bars the taker of what a running guest keeps, and tells of one that does not run', async () => {
  const facts = (...running: readonly number[]) => taking([asking(951)], { running });
  expect(await moves(facts(950), takes)).toEqual({
    edges: {},
    barred: { 'guest/951/config': { reason: `${address} is guest 950's, which is not in the program and runs` } },
    notes: {},
  });
  expect(await moves(facts(), takes)).toMatchObject({
    barred: {},
    notes: { 'guest/951/config': [`${address} is guest 950's, too, which is not in the program and does not run`] },
  });
});

test('Giver::moves has nothing where nobody takes anything, or nobody has it', async () => {
  expect(await moves(taking([asking(951)]), { 'guest/951/config': satisfied })).toBeNull();
  expect(await moves(taking([asking(951, '10.0.0.9')]), takes)).toBeNull();
});

// ---- Who takes

const takers = async (facts: LookFacts, verdicts: Verdicts) => {
  const found = await about('Giver::takers($plan, $look, $verdicts)', facts, verdicts);
  return (found as { vmid: string; step: { id: string }; takes: { name: string }[] }[]).map(
    ({ vmid, step: { id }, takes }) => `${vmid} ${id}: ${takes.map(({ name }) => name).join(', ')}`,
  );
};

test('Giver::takers are guests of which a step is open that takes something', async () => {
  const facts = taking([asking(951), state(950)]);
  expect(await takers(facts, takes)).toEqual([`951 guest/951/config: ${address}`]);
  expect(await takers(facts, { 'guest/951/config': { ...takes['guest/951/config'], verdict: 'held' } })).toEqual([]);
  expect(await takers(facts, { 'guest/950/state': start })).toEqual([`950 guest/950/state: ${address}`]);
  expect(await takers(facts, { 'guest/950/state': { ...start, do: 'stop' } })).toEqual([]);
  expect(await takers(facts, {})).toEqual([]);
});

const names = (found: readonly unknown[]) => (found as { name: string }[]).map(({ name }) => name);

test.each<[string, object, Verdicts[string], string[]]>([
  ['what changes and it has not', asking(951), change('net0'), [address]],
  ['nothing that it has already', asking(950), change('net0'), []],
  ['nothing that is held back', asking(951), change('net0', { held: 1 }), []],
  ['nothing that is refused', asking(951), change('net0', { refused: 1 }), []],
  ['nothing of keys that others cannot want', asking(951), change('memory'), []],
  ['all of a guest that is not there yet', asking(952), change('net0'), [address]],
])('Giver::taken_by_config is %s', async (_, of, verdict, expected) => {
  const code = 'Giver::taken_by_config($plan->{steps}[0], $look, $rest[0])';
  expect(names(await about(code, taking([of]), {}, verdict))).toEqual(expected);
});

test('Giver::taken_by_start is what only one can have, by the config and by the program', async () => {
  const guests = { 950: `net0: ${wanted}\nmp0: /srv,mp=/x\n` };
  const taken = async (...steps: readonly object[]) =>
    names(await about('Giver::taken_by_start($plan->{steps}[0], $look)', taking(steps, { guests })));
  expect(await taken(state(950))).toEqual([address]);
  expect(await taken(state(950), asking(950, '10.0.0.8'))).toEqual(['address 10.0.0.8 on vmbr0']);
  expect(await taken(state(960))).toEqual([]);
});

test.each([
  ['create', 'guest/951/create'],
  ['clone', 'guest/951/create'],
  ['adopt', 'guest/951/config'],
])('Giver::first_of a guest with `%s` to be done is %s', async (act, expected) => {
  const code = 'Giver::first_of($plan, $verdicts, $of->($rest[0]))->{id}';
  const verdicts = { 'guest/951/create': { verdict: 'create', do: act } };
  const facts = { steps: [create(951), asking(951), state(951)] };
  expect(await about(code, facts, verdicts, 'guest/951/config')).toEqual([expected]);
  expect(await about(code, facts, verdicts, 'guest/951/state')).toEqual(['guest/951/state']);
  expect(await about(code, facts, {}, 'guest/951/config')).toEqual(['guest/951/config']);
});

test('Giver::wanted are the keys of all its config steps', async () => {
  const more = step(
    'guest-config',
    'more',
    '--guest',
    'lxc',
    951,
    '--key',
    'memory',
    'live',
    512,
    '--absent',
    'swap',
    'live',
  );
  const of = (vmid: number) => about('+{ Giver::wanted($look, $rest[0]) }', { steps: [asking(951), more] }, {}, vmid);
  expect(await of(951)).toEqual([{ net0: wanted, memory: '512' }]);
  expect(await of(950)).toEqual([{}]);
});

test('Giver::conf_of a guest is its config, if it is there', async () => {
  expect(await call('Giver::conf_of', look(taking([])), 950)).toMatchObject({ keys: { net0: wanted } });
  expect(await call('Giver::conf_of', look(taking([])), 960)).toBeUndefined();
});

// ---- Who has it

test('Giver::holders are guests of this node, by what they have and what they will have', async () => {
  const guests = {
    951: `net0: ${nic('10.0.0.6')}\n[pve:pending]\nnet0: ${wanted}\n`,
    952: { text: `net0: ${wanted}\n`, node: 'pve2' },
    1000: `net0: ${wanted}\n`,
  };
  const holder = { name: address, key: 'net0', alone: '1' };
  expect(await call('Giver::holders', look(taking([], { guests })))).toEqual({
    [address]: [
      { ...holder, vmid: '950', waiting: '0' },
      { ...holder, vmid: '951', waiting: '1' },
      { ...holder, vmid: '1000', waiting: '0' },
    ],
    'address 10.0.0.6 on vmbr0': [{ ...holder, name: 'address 10.0.0.6 on vmbr0', vmid: '951', waiting: '0' }],
  });
});

const taken = { name: address, key: 'net0', alone: 1 };
const held = { ...taken, vmid: 950, waiting: 0 };

test('Giver::move writes down what comes of a gift: an edge, a note, or the first reason against it', async () => {
  const move = async (facts: LookFacts, verdicts: Verdicts, moves: object = {}) => {
    const code =
      'my $moves = { edges => {}, barred => {}, notes => {}, %{ $rest[2] } }; Giver::move($plan, $look, $verdicts, $moves, { vmid => 951, step => { id => "t" } }, $rest[0], $rest[1]); $moves';
    return (await about(code, facts, verdicts, taken, held, moves))[0];
  };
  expect(await move(taking([asking(950, '10.0.0.7')]), gives)).toMatchObject({
    edges: { t: [{ step: 'guest/950/config', what: address, vmid: '950', alone: '1' }] },
  });
  expect(await move(taking([]), {})).toMatchObject({ edges: {}, barred: {}, notes: { t: [expect.any(String)] } });
  const keeps = taking([], { running: [950] });
  expect(await move(keeps, {})).toMatchObject({ barred: { t: { reason: expect.stringContaining('runs') } } });
  expect(await move(keeps, {}, { barred: { t: { reason: 'first' } } })).toMatchObject({
    barred: { t: { reason: 'first' } },
  });
});

test.each([
  [0, 0, '0'],
  [1, 0, '1'],
  [0, 1, '1'],
])('Giver::move of what its taker has alone %s, its holder alone %s', async (takes, holds, alone) => {
  const code =
    'my $moves = { edges => {} }; Giver::move($plan, $look, $verdicts, $moves, { step => { id => "t" } }, @rest); map { $_->{alone} } @{ $moves->{edges}{t} }';
  const facts = taking([asking(950, '10.0.0.7')]);
  expect(await about(code, facts, gives, { ...taken, alone: takes }, { ...held, alone: holds })).toEqual([alone]);
});

const ours = `${address} is guest 950's`;
test.each<[string, Verdicts, object]>([
  ['will be done', { s: { verdict: 'change' } }, { steps: ['s'] }],
  ['is done', { s: { verdict: 'satisfied' } }, { steps: ['s'] }],
  ['is not part of this run', {}, { reason: 'it, and not part of this run' }],
  [
    'is held back',
    { s: { verdict: 'held', reason: 'why', flag: '--f' } },
    { reason: 'it, where giving it up (run) is held: why', flag: '--f' },
  ],
  ['is blocked', { s: { verdict: 'blocked' } }, { reason: 'it, where giving it up (run) is blocked', flag: null }],
])('Giver::given by a step that %s', async (_, verdicts, expected) => {
  const of = { steps: [step('note', 's', '--title', 'run')] };
  expect(await about('Giver::given("it", $plan, $verdicts, "s")', of, verdicts)).toEqual([expected]);
});

test('Giver::given by several steps, of which each has to be done', async () => {
  const given = (verdicts: Verdicts) =>
    about(
      'Giver::given("it", $plan, $verdicts, "s", "t")',
      { steps: [step('note', 's'), step('note', 't')] },
      verdicts,
    );
  const done = { s: { verdict: 'change' }, t: satisfied };
  expect(await given(done)).toEqual([{ steps: ['s', 't'] }]);
  expect(await given({ s: done.s })).toEqual([{ reason: 'it, and not part of this run' }]);
});

test('Giver::stopped is the way of a running guest that this plan stops', async () => {
  const code = 'scalar Giver::stopped($plan, $look, $verdicts, {}, "it", 950, $rest[0])';
  const stopped = async (is: string, running: number) =>
    (await about(code, { steps: [state(950, is)] }, { 'guest/950/state': { verdict: 'change' } }, running))[0];
  expect(await stopped('stopped', 1)).toEqual({ steps: ['guest/950/state'] });
  expect(await stopped('running', 1)).toBeNull();
  expect(await stopped('stopped', 0)).toBeNull();
});

test('Giver::is_wanted goes by what it is, not by its key', async () => {
  const isWanted = (...words: readonly string[]) =>
    about('Giver::is_wanted($look, $rest[0]) ? 1 : 0', { steps: [config(950, ...words)] }, {}, held);
  expect(await isWanted('--key', 'net3', 'live', wanted)).toEqual(['1']);
  expect(await isWanted('--key', 'net0', 'live', nic('10.0.0.7'))).toEqual(['0']);
  expect(await isWanted()).toEqual(['0']);
});

test('Giver::changing finds the step that changes a key, among those that are selected', async () => {
  const second = step('guest-config', 'second', '--guest', 'lxc', 950);
  const changing = (verdicts: Verdicts) =>
    about(
      'my ($step, $change) = Giver::changing($look, $verdicts, $rest[0]); $step ? ($step->{id}, $change->{key}) : ()',
      { steps: [config(950), second] },
      verdicts,
      held,
    );
  expect(await changing({ second: change('net0') })).toEqual(['second', 'net0']);
  expect(await changing({ ...gives, second: change('net0') })).toEqual(['guest/950/config', 'net0']);
  expect(await changing({ second: change('net1') })).toEqual([]);
});

test('Giver::state_of and Giver::name_of a guest', async () => {
  const facts = { steps: [state(951), create(950), state(950)] };
  expect(await about('map { $_->{id} } Giver::state_of($plan, 950)', facts)).toEqual(['guest/950/state']);
  expect(await about('map { Giver::name_of($plan, $_) } 950, 951', facts)).toEqual(['ai/g950 (950)', 'guest 951']);
});

// ---- Circles

const edge = (to: string, alone = 1) => ({ step: to, what: 'it', vmid: 950, alone });

test('Giver::depends follows what steps need and what they take, also past a circle', async () => {
  const steps = [step('note', 'a', '--need', 'd', '--need', 'b'), step('note', 'b'), step('note', 'c')];
  const edges = { b: [edge('c')], c: [edge('b')] };
  const depends = (from: string, on: string) =>
    about('Giver::depends($plan, { edges => $rest[0] }, $rest[1], $rest[2])', { steps }, {}, edges, from, on);
  expect(await depends('a', 'c')).toEqual(['1']);
  expect(await depends('a', 'd')).toEqual(['1']);
  expect(await depends('a', 'a')).toEqual(['1']);
  expect(await depends('c', 'a')).toEqual(['0']);
  expect(await depends('none', 'a')).toEqual(['0']);
});

const circles = async (edges: object) => {
  const code = 'my $moves = { edges => $rest[0], barred => {} }; Giver::bar_circles($plan, $moves); $moves';
  return (await about(code, { steps: [create(950), step('note', 'a'), step('note', 'b')] }, {}, edges))[0];
};

test('Giver::bar_circles bars an exchange of what only one can have', async () => {
  expect(await circles({ a: [edge('b')], b: [edge('a')] })).toMatchObject({
    barred: {
      a: { reason: expect.stringMatching(/^it is ai\/g950 \(950\)'s, which waits for this one in turn/) },
      b: {},
    },
    edges: { a: [], b: [] },
  });
});

test('Giver::bar_circles lets what both may have be exchanged in any order, and leaves all else', async () => {
  expect(await circles({ a: [edge('b', 0)], b: [edge('a', 0)] })).toEqual({ barred: {}, edges: { a: [], b: [] } });
  expect(await circles({ a: [edge('b')] })).toMatchObject({ barred: {}, edges: { a: [{ step: 'b' }] } });
});

// ---- Right before it is done

test('Giver::obstacle is somebody who runs and has it still', async () => {
  const obstacle = async (...given: Parameters<typeof taking>) => {
    const code = 'scalar Giver::obstacle($plan, $look, $plan->{steps}[0], $verdicts->{"guest/951/config"})';
    return (await about(code, taking(...given), takes))[0];
  };
  expect(await obstacle([asking(951)], { running: [950] })).toBe(`${ours}, which runs`);
  expect(await obstacle([asking(951), create(950)], { running: [950] })).toBe(
    `${address} is ai/g950 (950)'s, which runs`,
  );
  expect(await obstacle([asking(951)])).toBeNull();
  expect(await obstacle([asking(951, '10.0.0.9')], { running: [950] })).toBeNull();
  expect(await obstacle([config(951)], { running: [950] })).toBeNull();
  const waiting = { 950: `net0: ${nic('10.0.0.7')}\n[pve:pending]\nnet0: ${wanted}\n` };
  expect(await obstacle([asking(951)], { running: [950], guests: waiting })).toBeNull();
});

const judged = async (facts: LookFacts, code = '') =>
  (
    await about(`${code} scalar Giver::judged($plan, $plan->{steps}[0], $verdicts->{'guest/951/config'})`, facts, takes)
  )[0];

test('Giver::judged refuses what somebody has in the way, and says the same as before where nobody has', async () => {
  expect(await judged(taking([asking(951)], { running: [950] }))).toMatchObject({
    verdict: 'refused',
    reason: `${ours}, which runs`,
    changes: [{ key: 'net0' }],
  });
  expect(await judged(taking([asking(951)]))).toEqual({
    ...takes['guest/951/config'],
    changes: [{ key: 'net0', impact: 'live' }],
  });
});

test('Giver::judged looks again while guests come and go, and does not guess in the end', async () => {
  const failing = (times: number) =>
    `no warnings 'redefine'; my $left = ${times}; my $holders = \\&Giver::holders; local *Giver::holders = sub { Unknown::because('gone') if $left-- > 0; $holders->(@_) };`;
  expect(await judged(taking([asking(951)]), failing(1))).toMatchObject({ verdict: 'change' });
  expect(await judged(taking([asking(951)]), failing(99))).toMatchObject({
    verdict: 'unknown',
    reason: 'gone',
    changes: [{ key: 'net0' }],
  });
  const broken = `no warnings 'redefine'; local *Giver::holders = sub { die "broken\\n" };`;
  await expect(judged(taking([asking(951)]), broken)).rejects.toThrow('broken');
});
