import { expect, test } from 'vitest';
import { host, look, step } from './given.js';
import {
  about,
  address,
  changes,
  config,
  configured,
  create,
  type Facts,
  type Given,
  gives,
  has,
  nic,
  others,
  running,
  satisfied,
  state,
  within,
} from './giving.js';
import { call, holds, list } from './perl.js';

const names = (taken: readonly unknown[]) => (taken as { name: string }[]).map(({ name }) => name);

// ---- Who takes

test('Giver::wanted is what the program asks for, by key', async () => {
  const given = look({ steps: [config(950, 5, '--absent', 'tags', 'live'), create(950)] });
  expect(await list('Giver::wanted', given, 950)).toEqual(['net0', nic(5)]);
  expect(await list('Giver::wanted', given, 951)).toEqual([]);
});

test('Giver::conf_of is the config of a guest that is there', async () => {
  const given = look({ host: host({ guests: { 950: 'memory: 1\n' } }) });
  expect(await call('Giver::conf_of', given, 950)).toMatchObject({ keys: { memory: '1' } });
  expect(await call('Giver::conf_of', given, 951)).toBeUndefined();
});

test.each<[string, Given['guests'], Facts, readonly string[]]>([
  ['another address', { 950: has(9) }, changes(), [address(5)]],
  ['the address it has', { 950: has(5) }, changes(), []],
  ['an address for a guest that is not there yet', {}, changes(), [address(5)]],
  ['nothing, where the change is held back', { 950: has(9) }, changes({ held: 1 }), []],
  ['nothing, where the change is refused', { 950: has(9) }, changes({ refused: 1 }), []],
  ['nothing that others may want', { 950: has(9) }, { verdict: 'change', changes: [{ key: 'memory' }] }, []],
])('Giver::taken_by_config: %s', async (_, guests, verdict, expected) => {
  const taken = await within(
    { guests: guests ?? {}, steps: [config(950, 5)] },
    'Giver::taken_by_config($look->{steps}[0], $look, $_[0])',
    verdict,
  );
  expect(names(taken)).toEqual(expected);
});

test('Giver::taken_by_start is what only one can have, of the config as it is and as the program asks for it', async () => {
  const taken = (guests: Given['guests'], steps: Given['steps'] = []) =>
    within(
      { guests: guests ?? {}, steps: [state(950), ...steps] },
      'Giver::taken_by_start($look->{steps}[0], $look)',
    ).then(names);
  expect(await taken({ 950: has(5, 'mp0: /srv,mp=/x\n') })).toEqual([address(5)]);
  expect(await taken({ 950: has(5) }, [config(950, 6)])).toEqual([address(6)]);
  expect(await taken({})).toEqual([]);
});

test('Giver::first_of is the step that makes a guest, where it is still to be made', async () => {
  const first = (verdict: Facts | undefined, of = 1) =>
    within(
      { steps: [create(950), config(950, 5), state(950)], verdicts: verdict ? { 'guest/950/create': verdict } : {} },
      `Giver::first_of($plan, $verdicts, $look->{steps}[${of}])->{id}`,
    );
  expect(await first({ verdict: 'create', do: 'clone' })).toEqual(['guest/950/create']);
  expect(await first({ verdict: 'change', do: 'adopt' })).toEqual(['guest/950/config']);
  expect(await first(undefined)).toEqual(['guest/950/config']);
  expect(await first({ verdict: 'create', do: 'create' }, 2)).toEqual(['guest/950/state']);
});

test('Giver::takers are guests of which a step is open, by what it takes', async () => {
  const takers = async (verdicts: Facts) => {
    const given = { guests: { 950: has(9), 951: has(6) }, steps: [config(950, 5), state(951)], verdicts };
    return await within(
      given,
      'map { "$_->{vmid} $_->{step}{id} $_->{takes}[0]{name}" } Giver::takers($plan, $look, $verdicts)',
    );
  };
  expect(
    await takers({ 'guest/950/config': changes(), 'guest/951/state': { verdict: 'change', do: 'start' } }),
  ).toEqual([`950 guest/950/config ${address(5)}`, `951 guest/951/state ${address(6)}`]);
  expect(await takers({ 'guest/950/config': satisfied, 'guest/951/state': { verdict: 'change', do: 'stop' } })).toEqual(
    [],
  );
  expect(await takers({})).toEqual([]);
});

// ---- Who has it

test('Giver::holders are the guests of this node, with what waits for a start, too', async () => {
  const waiting = has(5, `[pve:pending]\nnet0: ${nic(6)}\n`);
  const guests = { 950: waiting, 951: { text: has(7), node: 'pve2' }, 1000: has(5) };
  const given = look({ host: host({ guests }) });
  expect(await call('Giver::holders', given)).toEqual({
    [address(5)]: [
      { name: address(5), alone: '1', key: 'net0', vmid: '950', waiting: '0' },
      { name: address(5), alone: '1', key: 'net0', vmid: '1000', waiting: '0' },
    ],
    [address(6)]: [{ name: address(6), alone: '1', key: 'net0', vmid: '950', waiting: '1' }],
  });
});

test('Giver::given are steps that will all be done in this run', async () => {
  const given = (verdicts: Facts) =>
    within(
      { steps: gives, verdicts },
      `scalar Giver::given('it', $plan, $verdicts, 'guest/951/config', 'guest/951/state')`,
    );
  expect(await given(configured(changes()))).toEqual([{ steps: ['guest/951/config', 'guest/951/state'] }]);
  expect(await given({ 'guest/951/config': changes() })).toEqual([{ reason: 'it, and not part of this run' }]);
  expect(await given(configured({ verdict: 'held', reason: 'why', flag: '--x' }))).toEqual([
    { reason: 'it, where giving it up (config) is held: why', flag: '--x' },
  ]);
  expect(await given(configured({ verdict: 'refused' }))).toMatchObject([
    { reason: 'it, where giving it up (config) is refused' },
  ]);
});

test('Giver::stopped is the step that stops the holder, if it runs', async () => {
  const stopped = (runs: number, wanted: string) =>
    within(
      { steps: [state(951, wanted)], verdicts: { 'guest/951/state': { verdict: 'change' } } },
      `scalar Giver::stopped($plan, $look, $verdicts, {}, 'it', 951, $_[0])`,
      runs,
    );
  expect(await stopped(1, 'stopped')).toEqual([{ steps: ['guest/951/state'] }]);
  expect(await stopped(1, 'running')).toEqual([null]);
  expect(await stopped(0, 'stopped')).toEqual([null]);
});

test('Giver::is_wanted of what the program asks for under any key', async () => {
  const wanted = (key: string, last: number) =>
    holds(
      'Giver::is_wanted',
      look({ steps: [about('guest-config', 951, 'config', '--key', key, 'live', nic(last))] }),
      { vmid: 951, key: 'net0', name: address(5) },
    );
  expect(await wanted('net0', 5)).toBe(true);
  expect(await wanted('net3', 5)).toBe(true);
  expect(await wanted('net0', 6)).toBe(false);
});

test('Giver::changing is the step that changes the key, and how', async () => {
  const changing = (key: string, verdicts: Facts) =>
    within(
      { steps: gives, verdicts },
      'my ($step, $change) = Giver::changing($look, $verdicts, { vmid => 951, key => $_[0] }); $step ? ($step->{id}, $change->{impact}) : ()',
      key,
    );
  expect(await changing('net0', configured(changes({ impact: 'restart' })))).toEqual(['guest/951/config', 'restart']);
  expect(await changing('net1', configured(changes()))).toEqual([]);
  expect(await changing('net0', {})).toEqual([]);
});

test('Giver::state_of and Giver::name_of', async () => {
  const code = 'map({ $_->{id} } Giver::state_of($plan, $_[0])), Giver::name_of($plan, $_[0])';
  expect(await within({ steps: gives }, code, 951)).toEqual(['guest/951/state', 'ai/951 (951)']);
  expect(await within({ steps: gives }, code, 952)).toEqual(['guest 952']);
});

test('Giver::move writes down which step waits for which, what bars it, or what is to be known', async () => {
  const move = async (given: Given) => {
    const [moves] = await within(
      { guests: { 951: has(5) }, ...given },
      `my $moves = { edges => {}, barred => {}, notes => {} };
       Giver::move($plan, $look, $verdicts, $moves, { step => { id => 't' } }, { name => '${address(5)}', alone => 0 }, { name => '${address(5)}', alone => 1, key => 'net0', vmid => 951, waiting => 0 });
       $moves`,
    );
    return moves;
  };
  expect(await move({ running, steps: gives, verdicts: configured(changes()) })).toEqual({
    edges: { t: [{ step: 'guest/951/config', what: address(5), vmid: '951', alone: '1' }] },
    barred: {},
    notes: {},
  });
  expect(await move({ running })).toMatchObject({
    edges: {},
    barred: { t: { reason: expect.any(String) } },
    notes: {},
  });
  expect(await move({})).toMatchObject({ edges: {}, barred: {}, notes: { t: [expect.any(String)] } });
});

test('Giver::moves lets the giver go first', async () => {
  const given = {
    guests: { 950: has(8), 951: has(5) },
    running: [950, 951],
    steps: [config(950, 5), ...gives],
    verdicts: { 'guest/950/config': changes(), ...configured(changes()) },
  };
  expect(await within(given, 'scalar Giver::moves($plan, $look, $verdicts)')).toEqual([
    {
      edges: { 'guest/950/config': [{ step: 'guest/951/config', what: address(5), vmid: '951', alone: '1' }] },
      barred: {},
      notes: {},
    },
  ]);
});

test('Giver::moves is nothing where nobody takes anything, or takes it from nobody', async () => {
  const moves = (verdicts: Facts, last: number) =>
    within(
      { guests: { 950: has(8), 951: has(last) }, running: [951], steps: [config(950, 5)], verdicts },
      'scalar Giver::moves($plan, $look, $verdicts)',
    );
  expect(await moves({ 'guest/950/config': satisfied }, 5)).toEqual([null]);
  expect(await moves({ 'guest/950/config': changes() }, 6)).toEqual([null]);
  expect(await moves({ 'guest/950/config': changes() }, 5)).not.toEqual([null]);
});

// ---- Circles

test('Giver::bar_circles bars what only one can have, and lets what both may have be exchanged in any order', async () => {
  const barred = async (alone: number) => {
    const [moves] = await within(
      {},
      `my $moves = { barred => {}, notes => {}, edges => {
         a => [ { step => 'b', what => 'x', vmid => 951, alone => $_[0] } ], b => [ { step => 'a', what => 'y', vmid => 950, alone => $_[0] } ], c => [ { step => 'a', what => 'z', vmid => 950, alone => 1 } ] } };
       Giver::bar_circles($plan, $moves); $moves`,
      alone,
    );
    return moves;
  };
  const edges = { a: [], b: [], c: [{ step: 'a', what: 'z', vmid: '950', alone: '1' }] };
  expect(await barred(0)).toEqual({ edges, barred: {}, notes: {} });
  expect(await barred(1)).toMatchObject({
    edges,
    barred: {
      a: { reason: expect.stringMatching(/^x is guest 951's, which waits for this one in turn: /) },
      b: { reason: expect.stringMatching(/^y is guest 950's/) },
    },
  });
});

test('Giver::depends by what the program says, and by who takes from whom', async () => {
  const steps = [step('note', 'a', '--need', 'd', '--need', 'b'), step('note', 'b'), step('note', 'c')];
  const depends = async (from: string, on: string) =>
    (
      await within(
        { steps },
        `Giver::depends($plan, { edges => { b => [ { step => 'c' } ], c => [ { step => 'b' } ] } }, @_) ? 1 : 0`,
        from,
        on,
      )
    )[0] === '1';
  expect(await depends('a', 'b')).toBe(true);
  expect(await depends('a', 'c')).toBe(true);
  expect(await depends('a', 'd')).toBe(true);
  expect(await depends('b', 'a')).toBe(false);
  expect(await depends('x', 'a')).toBe(false);
  expect(await depends('x', 'x')).toBe(true);
});

// ---- Right before it is done

const taking = (given: Given) => ({ guests: { 950: has(8), 951: has(5) }, steps: [config(950, 5)], ...given });

test.each<[string, Given, string | null]>([
  ['runs', { running }, `${others}, which runs`],
  ['does not run', {}, null],
  [
    'has it only with its next start',
    { guests: { 950: has(8), 951: `[pve:pending]\nnet0: ${nic(5)}\n` }, running },
    null,
  ],
  ['has another one', { guests: { 950: has(8), 951: has(7) }, running }, null],
])('Giver::obstacle: the holder %s', async (_, given, expected) => {
  const code = 'scalar Giver::obstacle($plan, $look, $look->{steps}[0], $_[0])';
  expect(await within(taking(given), code, changes())).toEqual([expected]);
});

test('Giver::judged refuses what somebody still has, and leaves other verdicts as they are', async () => {
  const judged = (given: Given) =>
    within(taking(given), 'scalar Giver::judged($plan, $look->{steps}[0], $_[0])', changes());
  expect(await judged({})).toEqual([expect.objectContaining({ verdict: 'change', do: 'set' })]);
  expect(await judged({ running })).toMatchObject([
    { verdict: 'refused', reason: `${others}, which runs`, changes: [{ key: 'net0' }] },
  ]);
});

test('Giver::judged looks again while guests come and go, and then does not know', async () => {
  const code = (looks: string) =>
    `no warnings qw(redefine once); local *LookedPlan::look = sub { ${looks} }; my $conf = delete $look->{host}{guests}{951}{conf}; scalar Giver::judged($plan, $look->{steps}[0], $_[0])`;
  const back = '$look->{host}{guests}{951}{conf} = $conf; $look';
  const restored = `my $conf; ${code(back).replace('my $conf = delete', '$conf = delete')}`;
  expect(await within(taking({}), restored, changes())).toMatchObject([{ verdict: 'change' }]);
  expect(await within(taking({}), code('$look'), changes())).toMatchObject([
    { verdict: 'unknown', reason: expect.stringContaining('951.conf went away') },
  ]);
});
