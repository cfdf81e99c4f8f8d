import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runtimeFolder } from './bench.js';

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
    alone: fc.boolean().map((alone) => alone),
    fails: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Plays a schedule to its end with so many hands; the step that is chosen by `order` ends next. */
function play(given: readonly Given[], hands: number, order: number): readonly Event[] {
  const rows = given.map(({ needs, uses, alone, fails }, at) =>
    [at, needs.filter((need) => need < at).join(' '), uses.join(' '), Number(alone), Number(fails)].join('|'),
  );
  const script = `
    my ($hands, $order, @rows) = @ARGV;
    my (@todo, %fails);
    for (@rows) {
      my ($id, $needs, $uses, $alone, $fails) = split /[|]/, $_, -1;
      push @todo, { id => $id, needs => [ split / /, $needs ], exclusive => [ split / /, $uses ], alone => $alone };
      $fails{$id} = $fails;
    }
    my $schedule = Schedule->new(todo => \\@todo);
    my @running;
    while (1) {
      for my $step ($schedule->begin($hands - @running)) { print "begin $step->{id}\\n"; push @running, $step->{id} }
      last unless @running;
      my $id = splice @running, $order++ % @running, 1;
      print "end $id\\n";
      print "skip $_->{id}\\n" for $schedule->end($id, $fails{$id} ? 'failed' : 'done');
    }`;
  const { stdout, stderr } = spawnSync(
    'perl',
    [`-I${runtimeFolder}`, '-MSchedule', '-we', script, String(hands), String(order), ...rows],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [what = '', id] = line.split(' ');
      return { what: what as Event['what'], id: Number(id) };
    });
}

test('a step begins when all that it needs is done, alone with what it uses, and every step is either done or told', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), fc.nat(7), (given, hands, order) => {
      const events = play(given, hands, order);
      const running = new Set<number>();
      const done = new Set<number>();
      const failed = new Set<number>();
      for (const { what, id } of events) {
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

test('with one hand and no failure steps come in the order in which they were given', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const well = given.map((step) => ({ ...step, fails: false }));
      const begun = play(well, 1, 0).flatMap(({ what, id }) => (what === 'begin' ? [id] : []));
      expect(begun).toEqual(well.map((_, at) => at));
    }),
    { numRuns: 20 },
  );
});

test('what is not needed by others does not wait for what is slow', () => {
  const free = { needs: [], uses: [], alone: false, fails: false };
  const events = play([free, free, { ...free, needs: [1] }], 2, 1);
  expect(events.map(({ what, id }) => `${what} ${id}`)).toEqual([
    'begin 0',
    'begin 1',
    'end 1',
    'begin 2',
    'end 0',
    'end 2',
  ]);
});
