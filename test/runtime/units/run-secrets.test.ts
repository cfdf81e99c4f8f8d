import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { inStack, secrets, step } from './given.js';
import { evaluate, holds } from './perl.js';
import { root } from './root.js';

const source = 't=@@phoenix-secret:raw:token@@\n';
const file = (folder: string) =>
  inStack({ folder }, 'file', 'f', '--file', '/etc/x', 'src', sha256(source), '--secret', 'token');
const storage = step(
  'storage',
  's',
  '--storage',
  'pbs',
  'pbs',
  '--secret',
  'password',
  'token',
  '--secret',
  'encryption-key',
  'key',
);

test.each([
  ['change', true],
  ['create', true],
  ['waiting', true],
  ['held', true],
  ['satisfied', false],
  ['refused', false],
])('RunSecrets::wants_secrets of a step that is %s: %s', async (verdict, expected) => {
  expect(await holds('RunSecrets::wants_secrets', { verdict })).toBe(expected);
});

test('RunSecrets::rehearse writes a step to nowhere, and dies of what is wrong with its secrets', async () => {
  const folder = root({ '/src': source });
  const rehearsed = (given: unknown, contents: Readonly<Record<string, string>>) =>
    evaluate(
      'my ($step, $secrets) = @_; RunSecrets::rehearse({ plan => { secrets => $secrets } }, $step); 1',
      given,
      secrets({ contents }),
    );
  expect(await rehearsed(file(folder), { token: 'x' })).toEqual(['1']);
  await expect(rehearsed(file(folder), {})).rejects.toThrow('/etc/x: secret token was not decrypted');
  expect(await rehearsed(storage, { token: 'x', key: 'k' })).toEqual(['1']);
  await expect(rehearsed(storage, { token: 'ü', key: 'k' })).rejects.toThrow('pvesm takes one line of printable ASCII');
  expect(
    await rehearsed(step('guest-run', 'r', '--guest', 'lxc', 950, '--script', 's', '--secret', 'token'), {}),
  ).toEqual(['1']);
});

test('RunSecrets::lay lays the secrets that differ where pvesm reads them, and answers with words without any value', async () => {
  const folder = root({ '/private/x': '' });
  const code = `my ($step, $secrets, $private) = @_; my $session = { private => $private, channel => Channel->new, plan => { secrets => $secrets, by_id => { s => $step } } };
    RunSecrets::lay($session, 's', 'password'); said($session->{channel})`;
  const place = join(folder, 'private');
  expect(await evaluate(code, storage, secrets({ contents: { token: 'hunter2\n', key: 'k' } }), place)).toEqual([
    ['laid', `${place}/storage-password`, '--password'],
  ]);
  expect(readFileSync(join(place, 'storage-password'), 'utf8')).toBe('hunter2\n');
  expect(existsSync(join(place, 'storage-encryption-key'))).toBe(false);
});

test('RunSecrets::said moves what tools said to where people look, without values', async () => {
  const folder = root({ '/said': 'error: hunter2\n', '/log': 'first\n' });
  const code = `my ($folder, $secrets) = @_; RunSecrets::said({ plan => { secrets => $secrets } }, "$folder/$_", "$folder/log") for qw(said none); 1`;
  await evaluate(code, folder, secrets({ contents: { token: 'hunter2' } }));
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('first\nerror: [secret token]\n');
  expect(existsSync(join(folder, 'said'))).toBe(false);
});

/** Unlocks what a session of these steps is about to write; gpg and the folder in memory are stood in for. */
const unlock = (verdicts: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>, folder: string) =>
  evaluate(
    `no warnings 'redefine'; my ($step, $verdicts, $values, $folder) = @_; my (@asked, @opened, @looked);
     local *Unlock::all = sub { my ($s, @names) = @_; push @asked, @names; return ($values, ['a note'], 3) };
     local *Private::open_folder = sub { push @opened, @_; return '/run/phoenix/r1' };
     local *Found::all = sub { push @looked, 1 };
     my $journal = Journal->new("$folder/host", 'phoenix');
     my $secrets = Secrets->new(root => "$folder/host", app => 'phoenix', folder => "$folder/vault", journal => $journal);
     my $session = { root => '/r', run => 'r1', channel => Channel->new, plan => { secrets => $secrets, processes => 1 }, found => { steps => [ $step ], verdicts => { f => { verdict => $verdicts->{f} } } } };
     RunSecrets::unlock($session); (\\@asked, \\@opened, scalar @looked, $session->{notes}, $session->{plan}{processes}, [ said($session->{channel}) ])`,
    file(folder),
    verdicts,
    values,
    folder,
  );

test('RunSecrets::unlock decrypts what will be written, opens a folder in memory, and looks again at what is news', async () => {
  const folder = root({ '/src': source, '/vault/token.asc': 'cipher' });
  expect(await unlock({ f: 'change' }, { token: 'hunter2' }, folder)).toEqual([
    ['token'],
    ['/r', 'r1'],
    '1',
    ['secrets: a note'],
    '4',
    [['private', '/run/phoenix/r1']],
  ]);
  expect((await unlock({ f: 'change' }, { token: 'hunter2' }, folder))[2]).toBe('0');
});

test('RunSecrets::unlock decrypts nothing for what is in place, and changes nothing where a value does not fit', async () => {
  const folder = root({ '/src': source, '/vault/token.asc': 'cipher' });
  expect(await unlock({ f: 'satisfied' }, {}, folder)).toEqual([[], [], '0', null, '1', []]);
  const refused = unlock({ f: 'change' }, { other: 'hunter2' }, folder);
  await expect(refused).rejects.toThrow(/^\/etc\/x: secret token was not decrypted$/);
});

test('RunSecrets::unlock makes a problem of each line that RunSecrets::decrypt dies with, and leaves others as they are', async () => {
  const stopped = (die: string) =>
    evaluate(`local *RunSecrets::decrypt = sub { ${die} }; eval { RunSecrets::unlock({}) }; Problem::of($@)`);
  expect(await stopped('die "secret a is empty\\nsecret b is empty\\n"')).toEqual([
    { code: 'applier/secret', message: 'secret a is empty' },
    { code: 'applier/secret', message: 'secret b is empty' },
  ]);
  expect(await stopped('Unknown::because("asleep")')).toEqual([{ code: 'applier/unknown', message: 'asleep' }]);
});
