import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate, holds } from './perl.js';

interface Given {
  readonly needs: readonly number[];
  readonly uses: readonly number[];
  readonly alone: boolean;
  readonly fails: boolean;
}

interface Event {
  readonly what: 'begin' | 'end' | 'skip';
  readonly id: number;
}

const steps = fc.array(
  fc.record({
    needs: fc.array(fc.nat(30), { maxLength: 3 }),
    uses: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
    alone: fc.boolean(),
    fails: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Plays a schedule to its end with so many hands; the step that is chosen by `order` ends next. */
async function play(given: readonly Given[], hands: number, order: number): Promise<readonly Event[]> {
  const todo = given.map(({ needs, uses, alone }, at) => ({
    id: at,
    needs: needs.filter((need) => need < at),
    exclusive: uses,
    alone,
  }));
  const script = `
    my ($hands, $order, $todo, $fails) = @_;
    my $schedule = Schedule::new('Schedule', todo => $todo);
    my (@running, @events);
    while (1) {
      for my $step (Schedule::begin($schedule, $hands - @running)) { push @events, [ begin => $step->{id} ]; push @running, $step->{id} }
      last unless @running;
      my $id = splice @running, $order++ % @running, 1;
      push @events, [ end => $id ], map { [ skip => $_->{id} ] } Schedule::end($schedule, $id, $fails->[$id] ? 'failed' : 'done');
    }
    die 'it is not over' unless Schedule::is_over($schedule);
    @events`;
  const events = (await evaluate(
    script,
    hands,
    order,
    todo,
    given.map(({ fails }) => fails),
  )) as [Event['what'], string][];
  return events.map(([what, id]) => ({ what, id: Number(id) }));
}

test('a step begins when all that it needs is done, alone with what it uses, and every step is either done or told', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 5 }), fc.nat(7), async (given, hands, order) => {
      const running = new Set<number>();
      const done = new Set<number>();
      const failed = new Set<number>();
      for (const { what, id } of await play(given, hands, order)) {
        const step = given[id] as Given;
        const needs = step.needs.filter((need) => need < id);
        if (what === 'begin') {
          expect(needs.every((need) => done.has(need))).toBe(true);
          const others = [...running].map((other) => given[other] as Given);
          expect(others.some(({ uses, alone }) => alone || uses.some((thing) => step.uses.includes(thing)))).toBe(
            false,
          );
          expect(step.alone && others.length > 0).toBe(false);
          running.add(id);
          expect(running.size).toBeLessThanOrEqual(hands);
        } else if (what === 'end') {
          running.delete(id);
          (step.fails ? failed : done).add(id);
        } else {
          expect(needs.some((need) => failed.has(need))).toBe(true);
          failed.add(id);
        }
      }
      expect(done.size + failed.size).toBe(given.length);
    }),
    { numRuns: 60 },
  );
});

test('with one hand and no failure steps come in the order in which they were given', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const well = given.map((step) => ({ ...step, fails: false }));
      const begun = (await play(well, 1, 0)).flatMap(({ what, id }) => (what === 'begin' ? [id] : []));
      expect(begun).toEqual(well.map((_, at) => at));
    }),
    { numRuns: 20 },
  );
});

test('what is not needed by others does not wait for what is slow', async () => {
  const free = { needs: [], uses: [], alone: false, fails: false };
  const events = await play([free, free, { ...free, needs: [1] }], 2, 1);
  expect(events.map(({ what, id }) => `${what} ${id}`)).toEqual([
    'begin 0',
    'begin 1',
    'end 1',
    'begin 2',
    'end 0',
    'end 2',
  ]);
});

const chain = [
  { id: 'a', needs: [], exclusive: ['x'] },
  { id: 'b', needs: ['a'], exclusive: [] },
  { id: 'c', needs: ['b', 'nobody'], exclusive: [] },
];

test('Schedule::new leaves out what needs a step that will not come about, and begins the rest', async () => {
  const code = `my $s = Schedule::new('Schedule', todo => $_[0], stuck => [ 'nobody' ]);
    ([ map { $_->{id} } @{ $s->{left_out} } ], $s->{cause}, [ map { $_->{id} } Schedule::begin($s, 9) ])`;
  expect(await evaluate(code, chain)).toEqual([['c'], { c: 'nobody' }, ['a']]);
});

test('Schedule::leave_out reaches what is far behind, in the order of the steps', async () => {
  const code = `my $s = Schedule::new('Schedule', todo => $_[0]);
    ([ map { $_->{id} } Schedule::leave_out($s, 'a', 'a') ], $s->{cause}, $s->{outcome})`;
  expect(await evaluate(code, chain)).toEqual([['b', 'c'], { b: 'a', c: 'a' }, { b: 'skipped', c: 'skipped' }]);
});

test.each([
  ['nothing else at work', '', { id: 'n', exclusive: ['x'] }, true],
  ['what it uses in use', 'a', { id: 'n', exclusive: ['x'] }, false],
  ['another at work', 'a', { id: 'n', exclusive: ['y'] }, true],
  ['another at work, and it wants to be alone', 'a', { id: 'n', exclusive: [], alone: 1 }, false],
])('Schedule::is_free with %s', async (_, begun, wanted, expected) => {
  const code = `sub { my ($todo, $begun, $step) = @_; my $s = Schedule::new('Schedule', todo => $todo);
    Schedule::begin($s, 1) if $begun; Schedule::is_free($s, $step) }->`;
  expect(await holds(code, chain, begun, wanted)).toBe(expected);
});

test('Schedule::now_ready keeps the order in which steps were given, and takes none that is over', async () => {
  const todo = ['a', 'b', 'c', 'd'].map((id) => ({ id, needs: [], exclusive: [] }));
  const code = `my $s = Schedule::new('Schedule', todo => $_[0]); $s->{ready} = [0, 3]; $s->{outcome}{b} = 'skipped';
    Schedule::now_ready($s, $_) for 2, 1; @{ $s->{ready} }`;
  expect(await evaluate(code, todo)).toEqual(['0', '2', '3']);
});

test('Schedule::end of a step that is not at work says nothing', async () => {
  expect(await evaluate(`Schedule::end(Schedule::new('Schedule', todo => $_[0]), 'a', 'failed')`, chain)).toEqual([]);
});

test('Schedule::stop gives what will not begin, and leaves what is at work alone', async () => {
  const code = `my $s = Schedule::new('Schedule', todo => $_[0]); Schedule::begin($s, 1);
    my @left = map { $_->{id} } Schedule::stop($s); (\\@left, Schedule::is_over($s) ? 1 : 0, Schedule::end($s, 'a', 'done'), Schedule::is_over($s) ? 1 : 0)`;
  expect(await evaluate(code, chain)).toEqual([['b', 'c'], '0', '1']);
});
