import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { evaluate } from './perl.js';
import type { Facts } from './planned.js';

const todo = (id: string, needs: readonly string[] = []) => ({
  id,
  kind: 'folder',
  path: `ai/${id}`,
  title: `t${id}`,
  stack: 'ai',
  was: 'create',
  needs,
  exclusive: [id],
  alone: '',
});
const chain = [todo('a'), todo('b', ['a']), todo('c')];

/** The values of Perl about a run of these steps, what was replied, and what the log says; `$folder` is for pipes, `$now` the second. */
async function run(code: string, more: Facts = {}) {
  const root = temporaryFolder();
  const steps = (more.todo ?? chain) as typeof chain;
  const given = {
    root,
    run: 'r1',
    flags: {},
    counts: { satisfied: 4, refused: 0, blocked: 0, guests: 2 },
    found: { drift: {}, processes: 3, steps: [] },
    plan: {
      app: 'phoenix',
      here: 'pve',
      by_id: Object.fromEntries(steps.map((one) => [one.id, { ...one, stack: { name: one.stack } }])),
    },
    work: { todo: steps, left: more.left ?? [], done: {}, notes: [], waits: {} },
  };
  const prelude = `no warnings 'redefine'; my ($session, $folder) = @_; my $now = 1000; local *Clock::now = sub { $now }; my $work = $session->{work};
    $session->{channel} = Channel->new(name => 'a'); $session->{channels} = Channels->new;`;
  const all = `${prelude} my @values = do { ${code} }; ([ said($session->{channel}) ], @values)`;
  const [replies, ...values] = await evaluate(all, given, root);
  const log = join(root, 'var/lib/phoenix/phoenix/runs/r1.jsonl');
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return {
    root,
    replies,
    values,
    log: text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

test('Work::begin begins what may begin, as many as there are hands, and says where each is to talk', async () => {
  const { root, replies, values } = await run(
    `Work::begin($session, 1, $folder); $now = 1005; Work::begin($session, 4, $folder); ($work->{since}, [ sort keys %{ $session->{channels}{workers} } ], -p "$folder/channel-2.to" ? 1 : 0)`,
  );
  expect(replies).toEqual([
    ['begin', 'a', 'folder', 'ai/a', 'ta', `${root}/channel-1.to`, `${root}/channel-1.from`],
    ['begin', 'c', 'folder', 'ai/c', 'tc', `${root}/channel-2.to`, `${root}/channel-2.from`],
  ]);
  expect(values).toEqual([{ a: '1000', c: '1005' }, ['a', 'c'], '1']);
});

test('Work::first_schedule passes over what needs a step that stays as it is', async () => {
  const steps = [todo('b', ['x']), todo('c')];
  const { values, log } = await run(
    `my $schedule = Work::first_schedule($session, $folder); ($work->{schedule} == $schedule ? 1 : 0, $work->{skipped}, map { $_->{id} } $schedule->begin(9))`,
    { todo: steps, left: [{ id: 'x' }] },
  );
  expect(values).toEqual(['1', { b: '1' }, 'c']);
  expect(log).toMatchObject([
    { event: 'step', step: 'b', stack: 'ai', path: 'ai/b', outcome: 'skipped', because: 'x' },
  ]);
});

test('Work::outcome keeps and logs how a step ended, without secrets, and numbers it', async () => {
  const { replies, values, log } = await run(
    `$session->{plan}{secrets} = bless { contents => { token => 'hunter2' } }, 'Secrets';
     Work::outcome($session, id => 'a', result => 'done', seconds => '1.5', reason => '', processes => 3, acted => 1);
     Work::outcome($session, id => 'c', result => 'failed', seconds => '2.0', reason => 'it said hunter2', processes => 4); ($work->{done}, $work->{processes})`,
  );
  expect(replies).toEqual([
    ['number', '1', '3'],
    ['number', '2', '3'],
  ]);
  expect(values).toEqual([
    {
      a: { id: 'a', result: 'done', seconds: '1.5', reason: '', acted: '1' },
      c: { id: 'c', result: 'failed', seconds: '2.0', reason: 'it said [secret token]' },
    },
    '7',
  ]);
  expect(log).toMatchObject([
    { run: 'r1', event: 'step', step: 'a', stack: 'ai', path: 'ai/a', outcome: 'done', seconds: 1.5, reason: '' },
    { step: 'c', outcome: 'failed', reason: 'it said [secret token]' },
  ]);
});

test('Work::log_outcome writes a line about a step', async () => {
  const { log } = await run(`Work::log_outcome($session, $session->{plan}{by_id}{b}, 'held', '0.1', 'why')`);
  expect(log).toMatchObject([
    { event: 'step', step: 'b', stack: 'ai', path: 'ai/b', outcome: 'held', seconds: 0.1, reason: 'why' },
  ]);
});

test('Work::number counts what is done with, and of how many', async () => {
  expect((await run('Work::number($work)')).values).toEqual(['0', '3']);
  expect((await run('$work->{done}{a} = {}; Work::number($work)')).values).toEqual(['1', '3']);
});

const began = 'Work::begin($session, 4, $folder); $session->{channel} = Channel->new;';

test('Work::ended lets what needs a step begin once it is done', async () => {
  const { replies, values, log } = await run(
    `${began} $work->{waits}{a} = 'x'; $work->{done}{a} = { result => 'done' }; Work::ended($session, 'a'); ([ keys %{ $work->{waits} } ], [ keys %{ $session->{channels}{workers} } ], map { $_->{id} } $work->{schedule}->begin(9))`,
  );
  expect(values).toEqual([[], ['c'], 'b']);
  expect(replies).toEqual([]);
  expect(log).toEqual([]);
});

test('Work::ended of a worker that said nothing is a failure, and what needs its step is passed over', async () => {
  const { replies, values, log } = await run(
    `${began} $now = 1002.5; Work::ended($session, 'a'); ($work->{done}, $work->{skipped})`,
  );
  const reason = 'its worker was killed';
  expect(replies).toEqual([['lost', '1', '3', 'ai/a', 'ta', reason]]);
  expect(values).toEqual([{ a: { result: 'failed', reason } }, { b: '1' }]);
  expect(log).toMatchObject([
    { step: 'a', outcome: 'failed', seconds: 2.5, reason },
    { step: 'b', outcome: 'skipped', because: 'a' },
  ]);
});

test('Work::lost is the end of a step of which nobody tells', async () => {
  const { replies, values } = await run(
    `${began} Work::lost($session, $session->{plan}{by_id}{c}); $work->{done}{c}{result}`,
  );
  expect(replies).toMatchObject([['lost', '1', '3', 'ai/c', 'tc', expect.any(String)]]);
  expect(values).toEqual(['failed']);
});

test('Work::skipped keeps and logs what does not begin', async () => {
  const { values, log } = await run(
    `Work::first_schedule($session, $folder); $work->{schedule}{cause}{b} = 'a'; Work::skipped($session, $work->{todo}[1]); $work->{skipped}`,
  );
  expect(values).toEqual([{ b: '1' }]);
  expect(log).toMatchObject([{ step: 'b', outcome: 'skipped', because: 'a' }]);
});

test('Work::interrupt lets nothing more begin, and before the first step there is nothing to stop', async () => {
  const { values } = await run(`Work::interrupt($session); my $before = exists $work->{schedule} ? 1 : 0;
    Work::begin($session, 1, $folder); Work::interrupt($session); ($before, scalar(my @more = $work->{schedule}->begin(9)))`);
  expect(values).toEqual(['0', '0']);
});

test('Work::note keeps what people should know, by the path of its step', async () => {
  expect((await run(`Work::note($session, 'b', 'look here'); $work->{notes}`)).values).toEqual([['ai/b: look here']]);
});

test('Work::at_work tells of the steps that take long, with what Work::waiting was told of them', async () => {
  const { replies } =
    await run(`Work::begin($session, 1, $folder); $now = 1010.5; Work::begin($session, 4, $folder); $session->{channel} = Channel->new(name => 'a');
    Work::waiting($session, 'for a lock'); $now = 1012; Work::at_work($session, 1.5); Work::at_work($session, 5)`);
  expect(replies).toEqual([
    ['at-work', 'ai/a', 'ta', '12', 'for a lock'],
    ['at-work', 'ai/c', 'tc', '1', ''],
    ['at-work', 'ai/a', 'ta', '12', 'for a lock'],
  ]);
});

// ---- The end

test('Work::summary says how it ended, for people and as JSON', async () => {
  const ended = (more: string, steps: readonly unknown[] = []) =>
    run(`${more} Work::summary($session, '1.5')`, { todo: steps });
  expect((await ended('')).replies).toEqual([
    ['summary', '0', expect.stringMatching(/^Nothing to do: 4 steps in place, 2 guests, 0 pending · 1\.5 s/)],
  ]);
  const json = (await ended('require Json; $session->{flags}{json} = 1;')).replies as string[][];
  expect(JSON.parse(String(json[0]?.[2]))).toMatchObject({ run: 'r1', 'in-place': 4, seconds: 1.5 });
  const failed = `$work->{done}{a} = { result => 'failed', reason => 'no' }; local *Work::told_to_others = sub { 'metrics were not written' };`;
  expect((await ended(failed, [todo('a')])).replies).toEqual([
    ['summary', '1', expect.stringMatching(/^Applied: .*1 failed[\s\S]*metrics were not written/)],
  ]);
});

const others = `local *Metrics::write = sub { 'm' }; local *Spans::write = sub { 's' };
  Work::told_to_others($session, { exit => 1, outcomes => { done => 2, failed => 1, held => 0, skipped => 0, stopped => 0, in_place => 4 } })`;

test('Work::told_to_others writes metrics of every run, and the log and spans of one that did something', async () => {
  const idle = await run(others, { todo: [] });
  expect([idle.values, idle.log]).toEqual([['m'], []]);
  const busy = await run(others);
  expect(busy.values).toEqual(['m', 's']);
  expect(busy.log).toEqual([
    { ts: expect.any(String), run: 'r1', event: 'end', exit: 1, done: 2, failed: 1, held: 0, skipped: 0, stopped: 0 },
  ]);
});
