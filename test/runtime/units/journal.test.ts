import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate, holds, list } from './perl.js';

type Line = readonly string[];

const place = (root: string) => join(root, 'var/lib/phoenix/app/journal');
const tables = 'my @tables = Journal::tables(); my $all = sub { my $j = shift; +{ map { $_ => $j->{$_} } @tables } };';

/** What a journal with this file knows. */
async function known(root: string): Promise<Record<string, unknown>> {
  return (await evaluate(`${tables} $all->(Journal::new('Journal', shift, 'app'))`, root))[0] as Record<
    string,
    unknown
  >;
}

async function append(root: string, ...records: readonly Line[]): Promise<void> {
  await evaluate(
    `my $root = shift; Journal::append_all(Journal::new('Journal', $root, 'app'), @_); 1`,
    root,
    ...records,
  );
}

const text = fc.oneof(
  fc.constantFrom('950', '951', 'guest/950/config', '-', '', 'a\tb', 'a\nb', '100%', '%41', 'ümläut', 'k=v=w'),
  fc.string({ unit: 'binary', maxLength: 8 }).map((given) => Buffer.from(given).toString()),
);
const name = fc.constantFrom('guest/951/config', 'guest/950/config', 'guest/950/create', 'zfs/tank', 'adopt/950');
const vmid = fc.constantFrom('950', '951');
const guid = fc.constantFrom('1', '2', 'uuid:a/b', 'uuid:a/c', '-');
const value = fc.tuple(fc.stringMatching(/^[a-z:]{1,6}$/), text).map(([key, of]) => `${key}=${of}`);
const record: fc.Arbitrary<Line> = fc.oneof(
  fc.tuple(fc.constant('intent'), name, text, fc.constantFrom('1', '17'), text),
  fc.tuple(fc.constant('guest'), vmid, fc.constantFrom('lxc', 'qemu'), guid, text, text),
  fc
    .tuple(fc.tuple(fc.constant('applied'), name, guid, text), fc.array(value, { maxLength: 3 }))
    .map(([head, values]) => [...head, ...values]),
  fc.tuple(fc.constant('sealed'), vmid, text),
  fc.tuple(fc.constant('restart'), vmid, text),
  fc.tuple(fc.constant('restarted'), vmid),
  fc.tuple(fc.constant('moved'), vmid, guid, text),
  fc.tuple(fc.constant('sound'), vmid, text),
  fc.tuple(fc.constant('started'), vmid, text, text),
  fc.tuple(fc.constant('secret'), name, text, text),
  fc
    .tuple(fc.tuple(fc.constant('made'), name, text, text, text), fc.array(text, { maxLength: 3 }))
    .map(([head, words]) => [...head, ...words]),
  fc.tuple(fc.constant('gone'), fc.oneof(vmid, name)),
);
const records = fc.array(record, { maxLength: 14 });

test('what Journal::append_all writes down is what Journal::load reads, whatever the words hold', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (given) => {
      const root = temporaryFolder();
      const code = `${tables} my $root = shift; my $journal = Journal::new('Journal', $root, 'app'); Journal::append_all($journal, @_);
        my $is = $all->($journal); Journal::load($journal); ($is, $all->($journal), $all->(Journal::new('Journal', $root, 'app')))`;
      const [kept, loaded, anew] = await evaluate(code, root, ...given);
      expect(loaded).toEqual(kept);
      expect(anew).toEqual(kept);
    }),
    { numRuns: 40 },
  );
});

test('Journal::compact keeps what the journal knows in a line for each thing', async () => {
  await fc.assert(
    fc.asyncProperty(records, async (given) => {
      const root = temporaryFolder();
      await append(root, ['sealed', '1', 'x'], ...given);
      const before = await known(root);
      await evaluate(`Journal::compact(Journal::new('Journal', shift, 'app')); 1`, root);
      expect(await known(root)).toEqual(before);
      const things = Object.values(before).reduce((sum: number, of) => sum + Object.keys(of as object).length, 0);
      expect(readFileSync(place(root), 'utf8').split('\n').length - 2).toBeLessThanOrEqual(
        Math.max(things, given.length + 1),
      );
      await evaluate(
        `my $j = Journal::new('Journal', shift, 'app'); Journal::append($j, 'sealed', 9, 'x') for 1, 2; Journal::compact($j); 1`,
        root,
      );
      expect(readFileSync(place(root), 'utf8').split('\n').length - 2).toBe(things + 1);
    }),
    { numRuns: 40 },
  );
});

test('a journal that was cut anywhere holds the records before the cut, and goes on from there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      record,
      async (given, share, next) => {
        const root = temporaryFolder();
        await append(root, ...given);
        const bytes = readFileSync(place(root));
        const head = 'phoenix-journal 1\n'.length;
        const cut = head + Math.floor(share * (bytes.length - head));
        writeFileSync(place(root), bytes.subarray(0, cut));
        const whole = bytes.subarray(0, cut).toString('latin1').split('\n').length - 2;
        await append(root, next);
        const other = temporaryFolder();
        await append(other, ...given.slice(0, whole), next);
        expect(readFileSync(place(root))).toEqual(readFileSync(place(other)));
      },
    ),
    { numRuns: 40 },
  );
});

test('Journal::append makes the file for root alone, and adds a line at its end', async () => {
  const root = temporaryFolder();
  await evaluate(
    `my $j = Journal::new('Journal', shift, 'app'); Journal::append($j, qw(sealed 900 abc)); Journal::append($j, 'restart', 950, "4\\t2"); 1`,
    root,
  );
  expect(readFileSync(place(root), 'utf8')).toBe('phoenix-journal 1\nsealed\t900\tabc\nrestart\t950\t4%092\n');
  expect(statSync(place(root)).mode & 0o777).toBe(0o600);
  expect(statSync(join(place(root), '..')).mode & 0o777).toBe(0o700);
});

test('a journal that is not there knows nothing, and writes nothing before it is told something', async () => {
  const root = temporaryFolder();
  const [journal] = await evaluate(
    `my $j = Journal::new('Journal', shift, 'app'); Journal::append_all($j); Journal::compact($j); $j`,
    root,
  );
  expect(journal).toMatchObject({ exists: '0', lines: '0', guest: {}, applied: {} });
});

test.each([
  ['phoenix-journal 2\n', /^Unknown: .*has version 2, this applier reads up to 1/],
  ['hello\n', /^Unknown: .*is no journal of ours/],
])('Journal::load refuses %j', async (content, why) => {
  const root = temporaryFolder();
  await append(root, ['sealed', '1', 'x']);
  writeFileSync(place(root), content);
  await expect(known(root)).rejects.toThrow(why);
});

test('a journal that cannot be read is unknown, not absent', async () => {
  const root = temporaryFolder();
  await append(root, ['sealed', '1', 'x']);
  const loop = temporaryFolder();
  symlinkSync(join(loop, 'var'), join(loop, 'var'));
  await expect(known(loop)).rejects.toThrow(/^Unknown: cannot read the journal \/var\/lib\/phoenix\/app\/journal: /);
});

test.each([
  [
    'another root disk',
    [
      ['guest', '950', 'lxc', '1', 'v', '-'],
      ['sealed', '950', 'd'],
      ['guest', '950', 'lxc', '2', 'v', '-'],
    ],
    { sealed: {} },
  ],
  [
    'the same root disk',
    [
      ['guest', '950', 'lxc', '1', 'v', '-'],
      ['sealed', '950', 'd'],
      ['guest', '950', 'lxc', '1', 'w', '-'],
    ],
    { sealed: { 950: 'd' } },
  ],
  [
    'what was begun and is done',
    [
      ['intent', 's', 'r', '1', '-'],
      ['applied', 's', '-', '-', 'a=1=2', 'odd'],
    ],
    { intent: {}, applied: { s: { guid: '-', digest: '-', values: { a: '1=2' } } } },
  ],
  [
    'a restart that is over',
    [
      ['restart', '950', '4'],
      ['restarted', '950'],
    ],
    { restart: {} },
  ],
  [
    'what is gone',
    [
      ['guest', '950', 'lxc', '1', 'v', '-'],
      ['started', '950', '4', 'd'],
      ['gone', '950'],
    ],
    { guest: {}, started: {} },
  ],
  [
    'a thing that was made',
    [['made', 'zfs/a', 'zfs-dataset', '5', 'zfs/a', 'a', 'b']],
    { made: { 'zfs/a': { kind: 'zfs-dataset', known: '5', resource: 'zfs/a', words: ['a', 'b'] } } },
  ],
  ['a kind of a newer applier', [['novelty', 'x']], { guest: {} }],
])('Journal::note of %s', async (_, lines, expected) => {
  const code = `${tables} my $j = bless { map { $_ => {} } @tables }, 'Journal'; Journal::note($j, @$_) for @_; $all->($j)`;
  expect((await evaluate(code, ...lines))[0]).toMatchObject(expected);
});

test.each([
  [[], true],
  [['7'], true],
  [['8', '7'], true],
  [['8'], false],
])('Journal::applied_to gives a record of the disk 7 to a guest that goes by %j: %s', async (identities, found) => {
  const code = `my $j = bless { applied => { s => { guid => '7', digest => 'd', values => {} } } }, 'Journal'; scalar Journal::applied_to($j, 's', @_)`;
  const [applied] = await evaluate(code, ...identities);
  expect(applied !== null).toBe(found);
});

test('Journal::applied_to gives what is bound to no guest to each, and nothing of a step that was never done', async () => {
  const code = `my $j = bless { applied => { s => { guid => '-', digest => 'd' } } }, 'Journal'; (Journal::applied_to($j, 's', '8')->{digest}, Journal::applied_to($j, 't'))`;
  expect(await evaluate(code)).toEqual(['d', null]);
});

test.each([
  ['7', '7', true],
  ['7', '8', false],
  ['uuid:a/b', 'uuid:a/c', true],
  ['uuid:a/b', 'uuid:c/b', true],
  ['uuid:a/b', 'uuid:c/d', false],
  ['uuid:a/', 'uuid:b/', false],
  ['uuid:7/', '7', false],
])('Journal::same_identity of %s and %s: %s', async (one, other, same) => {
  expect(await holds('Journal::same_identity', one, other)).toBe(same);
});

test('Journal::uuids_of leaves out what a machine does not have', async () => {
  expect(await list('Journal::uuids_of', 'uuid:a/')).toEqual(['a']);
  expect(await list('Journal::uuids_of', 'uuid:/b')).toEqual(['b']);
});

test('Journal::decoded reads every word that Journal::encoded writes, which has neither tab nor line end', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      const encoded = String((await call('Journal::encoded', given)) ?? '');
      expect(encoded).not.toMatch(/[\t\n]/);
      expect((await call('Journal::decoded', encoded)) ?? '').toBe(given);
    }),
  );
  expect(await call('Journal::encoded', undefined)).toBe('');
});

test('Journal::tables names every kind that is kept', async () => {
  expect(await list('Journal::tables')).toEqual([
    'intent',
    'guest',
    'applied',
    'sealed',
    'restart',
    'started',
    'secret',
    'sound',
    'made',
  ]);
});

test.each([
  [998, false],
  [999, true],
  [1180, true],
  [1181, false],
])('Journal::announces what was made at second %d, for an intent of second 1000: %s', async (madeAt, expected) => {
  expect(await holds('Journal::announces', { seconds: 1000 }, madeAt)).toBe(expected);
  expect(await holds('Journal::announces', { seconds: 1000 }, 4000, 3000)).toBe(true);
});
