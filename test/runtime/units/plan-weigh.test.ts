import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plan, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { type Facts, verdict } from './planned.js';

/** A step with what it needs. */
const needing = (id: string, needs: readonly string[] = [], ...words: readonly string[]) =>
  step(
    'folder',
    id,
    '--folder',
    `/${id}`,
    '--path',
    `ai/${id}`,
    '--title',
    `t${id}`,
    ...needs.flatMap((need) => ['--need', need]),
    ...words,
  );

type Steps = Readonly<Record<string, readonly [Facts, (readonly string[])?, (readonly string[])?]>>;

const planOf = (steps: Steps, more: Facts = {}) =>
  plan({ steps: Object.entries(steps).map(([id, [, needs, words = []]]) => needing(id, needs, ...words)) }, more);
const foundOf = (steps: Steps) => Object.fromEntries(Object.entries(steps).map(([id, [of]]) => [id, of]));
const everything = (steps: Steps) => Object.fromEntries(Object.keys(steps).map((id) => [id, 1]));

/** What the needs of steps make of their verdicts. */
const weigh = (steps: Steps, more: Facts = {}, selected: Facts = everything(steps)) =>
  call('Plan::weigh', planOf(steps, more), foundOf(steps), selected) as Promise<
    Record<string, Record<string, unknown>>
  >;
const words = async (...given: Parameters<typeof weigh>) =>
  Object.fromEntries(Object.entries(await weigh(...given)).map(([id, of]) => [id, of.verdict]));

const [create, satisfied] = [verdict('create'), verdict('satisfied')];
const refused = verdict('refused', { reason: 'no', flag: '--f' });
const soft = (is: string) => verdict(is, { soft: 1, reason: 'not there' });
const same = ['--resource', 'r'];

test.each<[string, Steps, Readonly<Record<string, string>>]>([
  ['what it needs is made before', { a: [create], b: [create, ['a']] }, { a: 'create', b: 'create' }],
  [
    'what it needs is refused',
    { a: [refused], b: [create, ['a']], c: [create, ['b']] },
    { a: 'refused', b: 'blocked', c: 'blocked' },
  ],
  ['what it needs is held back', { a: [verdict('held')], b: [create, ['a']] }, { a: 'held', b: 'blocked' }],
  [
    'it is in place, whatever becomes of what it needs',
    { a: [refused], b: [satisfied, ['a']] },
    { a: 'refused', b: 'satisfied' },
  ],
  ['it is refused itself', { a: [refused], b: [refused, ['a']] }, { a: 'refused', b: 'refused' }],
  ['nobody has looked at what it needs', { b: [create, ['far']] }, { b: 'create' }],
  [
    'what it needs is in place, and behind that something of its own resource is refused',
    { a: [refused, [], same], b: [satisfied, ['a']], c: [create, ['b'], same] },
    { a: 'refused', b: 'satisfied', c: 'blocked' },
  ],
  [
    'what it needs is in place, and behind that something of another resource is refused',
    { a: [refused], b: [satisfied, ['a']], c: [create, ['b']] },
    { a: 'refused', b: 'satisfied', c: 'create' },
  ],
  [
    'what it needs is in place, and behind that something of its own resource is held back',
    { a: [verdict('held'), [], same], b: [satisfied, ['a']], c: [create, ['b'], same] },
    { a: 'held', b: 'satisfied', c: 'create' },
  ],
  [
    'it cannot be seen before what it needs is made',
    { a: [create], b: [soft('unknown'), ['a']] },
    { a: 'create', b: 'waiting' },
  ],
  [
    'it cannot be seen before what is behind that is made',
    { a: [create], b: [satisfied, ['a']], c: [soft('unknown'), ['b']] },
    { a: 'create', b: 'satisfied', c: 'waiting' },
  ],
  [
    'it cannot be seen, and nobody makes what it needs',
    { a: [satisfied], b: [soft('unknown'), ['a']] },
    { a: 'satisfied', b: 'unknown' },
  ],
  ['it waits for what this run makes', { a: [create], b: [verdict('waiting'), ['a']] }, { a: 'create', b: 'waiting' }],
  [
    'it waits for what nobody makes',
    { a: [satisfied], b: [verdict('waiting'), ['a']] },
    { a: 'satisfied', b: 'unknown' },
  ],
  ['it is refused for now', { a: [create], b: [soft('refused'), ['a']] }, { a: 'create', b: 'waiting' }],
])('Plan::weigh of a step, where %s', async (_, steps, expected) => {
  expect(await words(steps)).toEqual(expected);
});

test('Plan::weighed says what a step waits for, and what would let it through', async () => {
  expect((await weigh({ a: [refused], b: [create, ['a']] })).b).toEqual({
    ...create,
    verdict: 'blocked',
    reason: 'needs ai/a (ta), which is refused',
    behind: 'a',
    flag: '--f',
  });
  expect((await weigh({ a: [refused], b: [{ ...create, flag: '--own' }, ['a']] })).b).toMatchObject({ flag: '--own' });
});

test('Plan::weighed blocks what needs a step that is to be done and not selected', async () => {
  const steps: Steps = { a: [create], b: [create, ['a']], c: [satisfied], d: [create, ['c']] };
  expect(await weigh(steps, {}, { b: 1, d: 1 })).toMatchObject({
    b: { verdict: 'blocked', reason: 'needs ai/a (ta), which is not selected' },
    d: { verdict: 'create' },
  });
});

test('Plan::weighed lets a step wait for what another guest does not give up', async () => {
  const barred = { a: { reason: 'x is y’s', flag: '--f' }, b: { reason: 'x is y’s' } };
  expect(await weigh({ a: [create], b: [satisfied] }, { barred })).toMatchObject({
    a: { verdict: 'blocked', barred: '1', reason: 'x is y’s', flag: '--f' },
    b: { verdict: 'satisfied' },
  });
});

test('Plan::weighed takes a command that its own condition refuses for one that waits', async () => {
  const code = `my ($plan, $found) = @_; $plan->{by_id}{b}{kind} = 'run'; Plan::weigh($plan, $found, { a => 1, b => 1 })->{b}{verdict}`;
  const run = (steps: Steps) => evaluate(code, planOf(steps), foundOf(steps));
  expect(await run({ a: [create], b: [verdict('refused'), ['a']] })).toEqual(['waiting']);
  expect(await run({ a: [satisfied], b: [verdict('refused'), ['a']] })).toEqual(['refused']);
});

const some = fc.constantFrom('satisfied', 'note', 'create', 'change', 'refused', 'held', 'unknown', 'foreign');
const graph = fc
  .array(fc.record({ is: some, resource: fc.constantFrom('r', 's'), needs: fc.array(fc.nat(20), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows) =>
    Object.fromEntries(
      rows.map(({ is, resource, needs }, at) => {
        const before = [...new Set(needs.filter((need) => need < at).map(String))];
        return [String(at), [verdict(is), before, ['--resource', resource]]] as const;
      }),
    ),
  );

test('after Plan::weigh no step is done whose needs will not come about, and none is blocked for nothing', async () => {
  const stuck = /^(?:held|refused|unknown|foreign|blocked)$/;
  await fc.assert(
    fc.asyncProperty(graph, async (steps) => {
      const is = await words(steps);
      const resource = (id: string) => steps[id]?.[2]?.[1];
      const needs = (id: string) => steps[id]?.[1] ?? [];
      // What is not met behind needs that are.
      const behind = (id: string): readonly string[] =>
        needs(id).flatMap((need) =>
          /^(?:satisfied|note)$/.test(is[need] as string)
            ? [...behind(need), ...needs(need).filter((far) => !/^(?:satisfied|note)$/.test(is[far] as string))]
            : [],
        );
      for (const [id, [{ verdict: was }]] of Object.entries(steps)) {
        const isBlocked =
          needs(id).some((need) => stuck.test(is[need] as string)) ||
          behind(id).some(
            (far) => is[far] !== 'held' && stuck.test(is[far] as string) && resource(far) === resource(id),
          );
        expect(is[id]).toBe(/^(?:create|change)$/.test(was as string) && isBlocked ? 'blocked' : was);
      }
    }),
  );
});

test('Plan::beyond are the needs that are not met, behind those that are', async () => {
  const beyond = (needs: readonly string[], known: Facts, verdicts: Facts) =>
    list('Plan::beyond', { beyond: known }, { id: 'x', needs }, verdicts);
  expect(await beyond(['b', 'c', 'far'], { b: ['z', 'a'], c: ['a'] }, { b: satisfied })).toEqual(['a', 'z']);
  expect(await beyond(['b', 'c'], { b: ['a'] }, { x: satisfied, b: satisfied, c: refused })).toEqual(['a', 'c']);
  expect(await beyond([], {}, {})).toEqual([]);
});

test.each([
  [undefined, 'the guest does not exist, and no step of this run makes it'],
  ['', 'the guest does not exist, and no step of this run makes it'],
  ['why', 'why'],
])('Plan::nobody_makes_it with the reason %j', async (reason, expected) => {
  expect(await call('Plan::nobody_makes_it', { reason })).toBe(expected);
});

test('Plan::weigh lets the configs of a guest wait for a disk that is moved, through Plan::let_wait_for, once', async () => {
  const move = {
    kind: 'guest-move',
    id: 'm',
    path: 'p',
    title: 't',
    resource: 'guest/1',
    needs: [],
    has: { guest: ['lxc', 1] },
  };
  const config = step('guest-config', 'c', '--guest', 'lxc', 1, '--need', 'z');
  const needs = `my ($plan, $found) = @_; Plan::weigh($plan, $found, { m => 1, c => 1 }); Plan::let_wait_for($plan, $plan->{steps}[0]) if $found->{m}{twice}; $plan->{by_id}{c}{needs}`;
  const of = (found: Facts) => evaluate(needs, plan({ steps: [move, config] }), { m: found, c: verdict('change') });
  expect(await of(verdict('change', { first: 1, twice: 1 }))).toEqual([['z', 'm']]);
  expect(await of(verdict('change'))).toEqual([['z']]);
  expect(await of(verdict('held', { first: 1 }))).toEqual([['z']]);
});

// ---- Which steps

const chosen = { path: 'ai/qwen', id: 'guest/950/config', resource: 'guest/950', stack: { name: 'ai' } };
test.each<[Facts, boolean]>([
  [{}, true],
  [{ stack: {}, only: {} }, true],
  [{ stack: { ai: 1 } }, true],
  [{ stack: { db: 1 } }, false],
  [{ only: { 'ai/qwen': 1 } }, true],
  [{ only: { 'db/x': 1, ai: 1 } }, true],
  [{ only: { 'db/x': 1 } }, false],
  [{ stack: { db: 1 }, only: { ai: 1 } }, false],
])('Plan::is_selected by %j: %s', async (flags, expected) => {
  expect(await holds('Plan::is_selected', { flags }, chosen)).toBe(expected);
});

test.each([
  ['ai/qwen', true],
  ['ai', true],
  ['guest/950', true],
  ['guest/950/config', true],
  ['guest', true],
  ['ai/q', false],
  ['guest/95', false],
  ['ai/qwen/x', false],
  ['', false],
])('Plan::is_named by %j: %s', async (name, expected) => {
  expect(await holds('Plan::is_named', chosen, name)).toBe(expected);
});

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a', true],
  ['a/b', 'a/', false],
  ['ab', 'a', false],
  ['b/a/c', 'a', false],
])('Plan::is_below %s %s: %s', async (path, name, expected) => {
  expect(await holds('Plan::is_below', path, name)).toBe(expected);
});

const three: Steps = { a: [create], b: [create], c: [create] };
test.each<[Facts, readonly string[]]>([
  [{}, []],
  [{ skip: { 'ai/b': 1, c: 1 } }, ['b', 'c']],
  [{ from: 'ai/b' }, ['a']],
  [{ from: 'a' }, []],
  [{ from: 'c', skip: { c: 1 } }, ['c', 'a', 'b']],
])('Plan::left_out by %j: %j', async (flags, expected) => {
  expect(await list('Plan::left_out', planOf(three, { flags }))).toEqual(expected);
});

test('Plan::needed_by has what is selected and all that it needs, near or far', async () => {
  const steps: Steps = { a: [create], b: [create, ['a', 'far']], c: [create, ['b']], d: [create] };
  const needed = async (...ids: string[]) => {
    const all = (await call('Plan::needed_by', planOf(steps), Object.fromEntries(ids.map((id) => [id, 1])))) as Facts;
    return Object.keys(all).filter((id) => id in steps);
  };
  expect(await needed('c')).toEqual(['a', 'b', 'c']);
  expect(await needed('d')).toEqual(['d']);
  expect(await needed()).toEqual([]);
});
