import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const journal = '/var/lib/phoenix/phoenix/journal';

/** A host with an assembly of one stack beside it. */
function bench() {
  const folder = root({
    '/cdk.out/stacks/ai/runbook.sh': 'stack ai --app phoenix\n',
    '/etc/x': 'one',
    [journal]: 'phoenix-journal 1\n',
  });
  return { folder, known: join(folder, 'var/lib/phoenix/phoenix/known') };
}

/** A run of this host, and what code makes of it. */
const session = (folder: string, code: string, more: object = {}) =>
  evaluate(
    `my ($folder, $more) = @_; my $session = { root => $folder, app => 'phoenix', assembly => "$folder/cdk.out", verb => 'apply', flags => {}, %$more,
       work => { todo => [], left => [], notes => ['a note'] }, counts => { satisfied => 3 }, found => { app => 'phoenix', here => 'pve', skipped => [ { name => 'b', host => 'pve2' } ] }, plan => {} };
     my $host = Host->new(root => $folder); my @values = do { ${code} }; undef $Host::told; @values`,
    folder,
    more,
  );
const looks = `Known::recall($session); $host->read('/etc/x'); $host->read('/none'); $host->names('/etc');`;

test('a run that found nothing to do is known to the next one, while that one sees the same', async () => {
  const { folder } = bench();
  await session(folder, `${looks} Known::keep($session)`);
  const [known] = await session(folder, 'Known::recall($session)');
  expect(known).toMatchObject({
    about: ['phoenix', 'pve'],
    counts: { satisfied: '3' },
    notes: ['a note'],
    skipped: [['b', 'pve2']],
  });
});

test.each<[string, (folder: string) => void]>([
  ['a file is another one', (folder) => writeFileSync(join(folder, 'etc/x'), 'two')],
  ['a file came that was not there', (folder) => writeFileSync(join(folder, 'none'), '')],
  ['a folder holds more', (folder) => writeFileSync(join(folder, 'etc/y'), '')],
  [
    'the runbook is another one',
    (folder) => writeFileSync(join(folder, 'cdk.out/stacks/ai/runbook.sh'), 'stack ai --app phoenix\n\n'),
  ],
  [
    'there is another stack',
    (folder) => {
      mkdirSync(join(folder, 'cdk.out/stacks/b'));
      writeFileSync(join(folder, 'cdk.out/stacks/b/runbook.sh'), 'stack b\n');
    },
  ],
  ['the journal is another one', (folder) => writeFileSync(join(folder, journal), 'phoenix-journal 1\nsealed\t9\tx\n')],
])('the next run goes the long way when %s', async (_, change) => {
  const { folder } = bench();
  await session(folder, `${looks} Known::keep($session)`);
  change(folder);
  expect(await session(folder, 'Known::recall($session)')).toEqual([null]);
});

test.each([
  ['another verb', { verb: 'drift' }, false],
  ['words that are only about printing', { flags: { json: 1, quiet: 1, jobs: '2' } }, true],
  ['more than that', { flags: { only: { x: 1 } } }, false],
])('Known::recall of a run with %s: %s', async (_, more, isKnown) => {
  const { folder } = bench();
  await session(folder, `${looks} Known::keep($session)`);
  const [known, told] = await session(folder, '(Known::recall($session), $Host::told ? 1 : 0)', more);
  expect(known !== null).toBe(isKnown);
  expect(told).toBe('0');
});

test('Known::keep forgets after a run that had something to do, left something, or has secrets', async () => {
  for (const code of [
    `push @{ $session->{work}{todo} }, 1`,
    `push @{ $session->{work}{left} }, 1`,
    `$session->{plan}{secrets} = {}`,
    `delete $session->{seen}`,
  ]) {
    const { folder, known } = bench();
    await session(folder, `${looks} Known::keep($session)`);
    expect(existsSync(known)).toBe(true);
    writeFileSync(join(folder, 'etc/x'), 'two');
    await session(folder, `${looks} ${code}; Known::keep($session)`);
    expect([code, existsSync(known)]).toEqual([code, false]);
  }
});

test('Known::keep writes nothing of a run that nobody listened to', async () => {
  const { folder, known } = bench();
  await session(folder, 'Known::keep($session)');
  expect(existsSync(known)).toBe(false);
});

test('Known::sees_the_same asks every question again, processes last, and takes no failure for an answer', async () => {
  const { folder } = bench();
  const seen = async (entries: Readonly<Record<string, string>>) =>
    (await session(
      folder,
      `my %seen = (${Object.entries(entries)
        .map(([key, value]) => `"${key}" => ${value}`)
        .join(', ')}); (Known::sees_the_same($session, \\%seen), $session->{processes})`,
    )) as string[];
  expect(
    await seen({ 'read /etc/x': `Known::digest('one')`, 'said_by echo\\0a': `Known::digest([ 0, 'a' ])` }),
  ).toEqual(['1', '1']);
  expect(
    (await seen({ 'read /etc/x': `Known::digest('two')`, 'said_by echo\\0a': `Known::digest([ 0, 'a' ])` }))[0],
  ).toBe('0');
  expect((await seen({ 'read /etc': `'-'` }))[0]).toBe('0');
});

test('Known::digest tells answers apart, whatever they are', async () => {
  const answers = [null, '', 'a', ['a'], ['a', 'b'], { a: 'b' }, { a: 'c' }];
  const digests = await Promise.all(answers.map((answer) => call('Known::digest', answer)));
  expect(digests[0]).toBe('-');
  expect(new Set([digests[1], digests[2], digests[4], digests[6], digests[0]]).size).toBe(5);
  expect(await call('Known::digest', { b: '1', a: '2' })).toBe(await call('Known::digest', { a: '2', b: '1' }));
});

test('Known::basis depends on the applier, too, and Known::content is nothing of what is not there', async () => {
  const { folder } = bench();
  const [one, other] = await session(
    folder,
    `no warnings 'redefine'; my $is = Known::basis($session); my $content = \\&Known::content; local *Known::content = sub { $_[0] =~ /Host\\.pm$/ ? 'other' : $content->(@_) }; ($is, Known::basis($session))`,
  );
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(other).not.toBe(one);
  expect(await call('Known::content', join(folder, 'etc/x'))).toBe('one');
  expect(await call('Known::content', '/nonexistent')).toBe('');
});

test('Known::path is beside the journal', async () => {
  expect(await call('Known::path', { root: '/r', app: 'a' }, 'known')).toBe('/r/var/lib/phoenix/a/known');
});

test('Known::read_all reads what was kept, and believes no other format and no line that it does not know', async () => {
  const { folder, known } = bench();
  await session(folder, `$session->{work}{notes} = [ "a\\tb%" ]; ${looks} Known::keep($session)`);
  const read = async () =>
    (await session(folder, 'Known::read_all($session)'))[0] as { notes: string[]; basis: string } | null;
  expect(await read()).toMatchObject({ notes: ['a\tb%'], basis: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const text = readFileSync(known, 'utf8');
  writeFileSync(known, `${text}novelty\tx\n`);
  expect(await read()).toBeNull();
  writeFileSync(known, text.replace('phoenix-known 1', 'phoenix-known 2'));
  expect(await read()).toBeNull();
});

test('what is kept holds no answer, only what it is told by', async () => {
  const { folder, known } = bench();
  writeFileSync(join(folder, 'etc/x'), 'a long answer of the host');
  await session(folder, `${looks} Known::keep($session)`);
  expect(readFileSync(known, 'utf8')).not.toContain('a long answer');
});
