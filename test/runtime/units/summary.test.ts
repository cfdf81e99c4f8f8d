import { expect, test } from 'vitest';
import { call, evaluate, list } from './perl.js';

const row = (id: string, was: string) => ({ id, was, path: `ai/${id}`, title: `t${id}`, stack: 'ai' });

/** A session that is over. */
const session = (
  facts: {
    todo?: readonly unknown[];
    done?: object;
    left?: readonly unknown[];
    more?: object;
    counts?: object;
    found?: object;
    session?: object;
  } = {},
) => ({
  run: 'r1',
  counts: { satisfied: 4, refused: 0, blocked: 0, guests: 2, ...facts.counts },
  found: { drift: {}, processes: 3, ...facts.found },
  plan: { app: 'phoenix', here: 'pve', processes: 2, by_id: { a: row('a', 'create'), z: row('z', 'create') } },
  work: {
    todo: facts.todo ?? [],
    done: facts.done ?? {},
    left: facts.left ?? [],
    notes: [],
    processes: 5,
    ...facts.more,
  },
  ...facts.session,
});

const of = (...given: Parameters<typeof session>) =>
  call('Summary::of', session(...given), '1.5') as Promise<Record<string, unknown>>;
const told = (name: string, ...given: Parameters<typeof session>) =>
  evaluate(`join '', ${name}(Summary::of(shift, '1.5'))`, session(...given)).then(([text]) => text);

const done = { result: 'done', acted: '1' };

test('Summary::of counts what was made, changed, failed and held back', async () => {
  const todo = [
    row('a', 'create'),
    row('b', 'change'),
    row('c', 'waiting'),
    row('d', 'change'),
    row('e', 'change'),
    row('f', 'adopted'),
    row('g', 'destroyed'),
    row('h', 'create'),
  ];
  const end = await of({
    todo,
    done: {
      a: done,
      b: done,
      c: done,
      d: { result: 'failed' },
      e: { result: 'held' },
      f: done,
      g: done,
      h: { result: 'done', acted: '0' },
    },
    found: { drift: { b: 1 } },
  });
  expect(end).toMatchObject({
    exit: '1',
    of: {
      created: '2',
      changed: '1',
      failed: '1',
      held: '1',
      adopted: '1',
      destroyed: '1',
      orphaned: '0',
      restored: '0',
    },
    drifted: '1',
    processes: '10',
    seconds: '1.5',
  });
});

test.each([
  ['all went well', {}, 0],
  ['a step failed', { todo: [row('a', 'create')], done: { a: { result: 'failed' } } }, 1],
  ['a step was held back', { todo: [row('a', 'create')], done: { a: { result: 'held' } } }, 0],
  ['something was refused', { counts: { refused: 1 } }, 1],
  ['something was blocked', { counts: { blocked: 1 } }, 1],
  ['a step was never begun', { todo: [row('a', 'create')] }, 1],
])('the exit code when %s', async (_, given, exit) => {
  expect((await of(given)).exit).toBe(String(exit));
});

test('Summary::outcomes says of every step how it ended', async () => {
  const work = {
    todo: [row('a', 'create'), row('b', 'create'), row('c', 'create')],
    done: { a: done },
    skipped: { b: 1 },
    left: [row('x', 'held'), row('y', 'refused')],
  };
  expect(await call('Summary::outcomes', work, { satisfied: 4 })).toEqual({
    in_place: '4',
    done: '1',
    skipped: '1',
    stopped: '1',
    held: '1',
    refused: '1',
    failed: '0',
    blocked: '0',
  });
});

test.each([
  [{ done: { a: done } }, done],
  [{ skipped: { a: 1 } }, { result: 'skipped' }],
  [{}, { result: 'stopped' }],
])('Summary::ended of a step with %j', async (work, expected) => {
  expect(await call('Summary::ended', work, row('a', 'create'))).toEqual(expected);
});

test.each([
  ['change', 'changed'],
  ['create', 'created'],
  ['waiting', 'created'],
  ['restored', 'restored'],
])('Summary::made of a step that was %s is %s', async (was, made) => {
  expect(await call('Summary::made', { was })).toBe(made);
});

test('Summary::text of a run with nothing to do is one line, and its notes', async () => {
  expect(await told('Summary::text', { more: { notes: ['host: n'] } })).toBe(
    'Nothing to do: 4 steps in place, 2 guests, 0 pending · 1.5 s (10 processes, no Proxmox command)\nnote: host: n\n',
  );
  expect(await told('Summary::nothing_to_do')).toMatch(/^Nothing to do: /);
});

test('Summary::text tells how it went, part by part', async () => {
  const text = await told('Summary::text', {
    todo: [row('a', 'create'), row('b', 'change'), row('c', 'change'), row('d', 'create')],
    done: { a: { result: 'failed', flag: '--allow-restart ai/a' }, c: { ...done } },
    left: [
      { ...row('x', 'held'), reason: 'why', flag: '--x' },
      { ...row('y', 'blocked'), reason: '' },
    ],
    counts: { blocked: 1 },
    more: { skipped: { b: 1 }, schedule: { cause: { b: 'a' } }, notes: ['n'] },
  });
  expect(text).toBe(
    [
      'Applied: 0 created, 1 changed, 1 failed, 4 in place · 1.5 s (10 processes)',
      'Interrupted: 1 step was not begun',
      'Held:     ai/x  tx  why',
      'Blocked: 1 steps wait for what is held back or refused',
      'Not run because of ai/a (ta): ai/b (tb)',
      'Held back (need a flag): --allow-restart ai/a --x',
      'note: n',
      'Log /var/lib/phoenix/phoenix/runs/r1.jsonl',
      '',
    ].join('\n'),
  );
});

test('Summary::applied names acts of chores before all others', async () => {
  expect(await told('Summary::applied', { todo: [row('a', 'orphaned')], done: { a: done } })).toBe(
    'Applied: 1 orphaned, 0 created, 0 changed, 0 failed, 4 in place · 1.5 s (10 processes)\n',
  );
});

test('Summary::interrupted, Summary::left, Summary::flags, Summary::notes and Summary::log_file say nothing of nothing', async () => {
  for (const name of [
    'Summary::interrupted',
    'Summary::left',
    'Summary::not_run',
    'Summary::flags',
    'Summary::notes',
    'Summary::log_file',
  ]) {
    expect([name, await told(name)]).toEqual([name, '']);
  }
});

test('Summary::not_run gathers under each cause what was not begun', async () => {
  const todo = ['a', 'b', 'c', 'd'].map((id) => row(id, 'create'));
  const text = await told('Summary::not_run', {
    todo,
    more: { skipped: { b: 1, c: 1, d: 1 }, schedule: { cause: { b: 'z', c: 'a', d: 'z' } } },
  });
  expect(text).toBe('Not run because of ai/z (tz): ai/b (tb), ai/d (td)\nNot run because of ai/a (ta): ai/c (tc)\n');
});

test('Summary::json holds every step with its outcome', async () => {
  const given = session({
    todo: [row('a', 'create'), row('b', 'create')],
    done: { a: { result: 'failed', reason: 'why', flag: '--f' } },
    left: [{ ...row('x', 'held'), reason: 'r', flag: '--x' }],
  });
  const [text] = await list('Summary::json', await call('Summary::of', given, '1.5'));
  expect(JSON.parse(String(text))).toEqual({
    run: 'r1',
    app: 'phoenix',
    host: 'pve',
    seconds: 1.5,
    processes: 10,
    'in-place': 4,
    outcomes: { failed: 1, stopped: 1, held: 1 },
    steps: [
      { id: 'a', path: 'ai/a', title: 'ta', stack: 'ai', outcome: 'failed', reason: 'why', flag: '--f' },
      { id: 'b', path: 'ai/b', title: 'tb', stack: 'ai', outcome: 'stopped', reason: '', flag: '' },
      { id: 'x', path: 'ai/x', title: 'tx', stack: 'ai', outcome: 'held', reason: 'r', flag: '--x' },
    ],
  });
});

test('Summary::applied counts what was as it should be when its turn came', async () => {
  const todo = [row('a', 'create'), row('b', 'waiting')];
  expect(await told('Summary::applied', { todo, done: { a: done, b: { result: 'done' } } })).toContain(
    '1 created, 0 changed, 0 failed, 5 in place',
  );
});
