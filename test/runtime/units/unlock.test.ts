import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWithTool } from '../../support/tool.js';
import { HostKey } from '../vault.js';
import { secrets } from './given.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const FPR = 'A'.repeat(40);
const SUB = 'B'.repeat(40);

/** Runs a function with a gpg that answers so: exit code, what it writes, what it says. */
const withGpg = (code: string, answer: readonly [number, string, string], ...words: readonly unknown[]) =>
  evaluate(`no warnings 'redefine'; my $said = shift; local *Unlock::gpg = sub { @$said }; ${code}`, answer, ...words);

const well = [
  'ENC_TO BBBB 18 0',
  `DECRYPTION_KEY ${SUB} ${FPR} -`,
  'DECRYPTION_INFO 2 9 0',
  'PLAINTEXT 62 1700000000 phoenix%3Aa%2Fb',
  'DECRYPTION_OKAY',
];
const status = (...lines: readonly string[]) => lines.map((line) => `[GNUPG:] ${line}\n`).join('');
const without = (word: string) => well.filter((line) => !line.startsWith(word));
const instead = (word: string, ...lines: readonly string[]) => [...without(word), ...lines];

const one = (lines: readonly string[], content = 'hunter2', exit = 0, said = '') =>
  withGpg(
    'my ($keys) = @_; Unlock::one("/home", $keys, "a/b", "/vault/a/b.asc")',
    [exit, content, status(...lines) + said],
    { [SUB]: { main: FPR } },
  );

test('Unlock::one believes a whole message of the right name, by a key of this host', async () => {
  expect(await one(well)).toEqual(['hunter2', null]);
});

test('Unlock::one takes a message that `pass` made, and says that it is not bound to its name', async () => {
  const [content, note] = await one(instead('PLAINTEXT', 'PLAINTEXT 62 1700000000 uGuQv1-b.txt'));
  expect(content).toBe('hunter2');
  expect(note).toContain('secret a/b is not bound to its name');
});

test.each<[string, readonly string[], RegExp, string?, number?, string?]>([
  ['nothing of OpenPGP', ['NODATA 1'], /^is no whole OpenPGP message/],
  [
    'a message for somebody else',
    ['ENC_TO CCCC 18 0', 'NO_SECKEY CCCC'],
    /^is not for this host: it is encrypted to CCCC/,
  ],
  [
    'a key with a passphrase',
    ['ENC_TO BBBB 18 0', 'ERROR pkdecrypt_failed 67108949'],
    /^cannot be decrypted: this host's key has a passphrase/,
    '',
    2,
    'gpg: public key decryption failed: No pinentry\n',
  ],
  [
    'a failure',
    well,
    /^was changed or cut short since it was encrypted; .* \(gpg: packet error\)/,
    'x',
    2,
    'gpg: packet error\n',
  ],
  ['no word that it was whole', without('DECRYPTION_OKAY'), /^was changed or cut short/],
  ['a bad code of integrity', [...well, 'BADMDC'], /^was changed or cut short/],
  ['no code of integrity at all', instead('DECRYPTION_INFO', 'DECRYPTION_INFO 0 9 0'), /^was changed or cut short/],
  [
    'another key than this host’s',
    instead('DECRYPTION_KEY', `DECRYPTION_KEY ${'C'.repeat(40)} x -`),
    /^was decrypted by a key that is not this host's/,
  ],
  ['two messages in one', [...well, 'PLAINTEXT 62 1 x'], /^holds 2 messages instead of one/],
  [
    'another name',
    instead('PLAINTEXT', 'PLAINTEXT 62 1 phoenix%3Ac'),
    /^holds what was encrypted as `c`: ciphertexts were exchanged/,
  ],
  ['nothing', well, /^is empty; `phoenix secrets set a\/b`/, ' \n'],
  ['more than anything that is secret', well, /^is longer than 1 MiB/, 'x'.repeat(1_048_577)],
])('Unlock::one does not believe %s', async (_, lines, why, content = 'hunter2', exit = 0, said = '') => {
  const refused = one(lines, content, exit, said);
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.not.toThrow(/hunter2/);
});

test('Unlock::one takes authenticated encryption for a code of integrity', async () => {
  expect((await one(instead('DECRYPTION_INFO', 'DECRYPTION_INFO 0 9 2')))[0]).toBe('hunter2');
});

const listing = (
  trust: string,
  subTrust = trust,
) => `sec:${trust}:255:22:AAAA:1700000000:1800000000::u:::scESC:::+::ed25519::0:
fpr:::::::::${FPR}:
grp:::::::::DDDD:
ssb:${subTrust}:255:18:BBBB:1700000000:1800000000:::::e:::+::cv25519::
fpr:::::::::${SUB}:
`;

test.each([
  ['valid keys', listing('u'), undefined, undefined],
  ['a key that expired', listing('e'), 'expired on 2027-01-15', 'expired on 2027-01-15'],
  ['a subkey that was revoked', listing('u', 'r'), undefined, 'was revoked'],
  ['a key that was revoked', listing('r', 'u'), 'was revoked', 'was revoked'],
])('Unlock::keys_in reads %s', async (_, out, main, sub) => {
  const [keys] = await withGpg('+{ Unlock::keys_in("/home") }', [0, out, '']);
  expect(keys).toEqual({ [FPR]: { main: FPR, bad: main ?? null }, [SUB]: { main: FPR, bad: sub ?? null } });
});

test.each([
  [[0, '', ''], /^this host has no key to decrypt secrets with yet: .*\n$/],
  [[2, '', 'gpg: keyblock resource: No such file\n'], /has no key.*\(gpg: keyblock resource: No such file\)/],
  [[127, '', ''], /^gpg is not on this host: apt install gnupg/],
] as const)('Unlock::keys_in says why there is none: %j', async (answer, why) => {
  await expect(withGpg('Unlock::keys_in("/home")', answer)).rejects.toThrow(why);
});

test('Unlock::check_key refuses what this host does not have, and what is no good any more', async () => {
  expect(await call('Unlock::check_key', { x: { main: 'x' } }, 'x')).toBeFalsy();
  await expect(call('Unlock::check_key', {}, undefined)).rejects.toThrow(
    "was decrypted by a key that is not this host's",
  );
  await expect(call('Unlock::check_key', { x: { main: FPR, bad: 'was revoked' } }, 'x')).rejects.toThrow(
    `is for the key ${FPR} of this host, which was revoked: give it more time`,
  );
});

test('Unlock::day is a date, Unlock::last_word the last thing in words', async () => {
  expect(await call('Unlock::day', 1_800_000_000)).toBe('2027-01-15');
  expect(await call('Unlock::last_word', 'gpg: one\ngpg: two\n[GNUPG:] X\n')).toBe('two');
  expect(await call('Unlock::last_word', '[GNUPG:] X\n')).toBe('it said nothing');
});

test('Unlock::key_home is for its owner alone', async () => {
  const folder = root({ '/var/lib/phoenix/gnupg/x': '' });
  const home = join(folder, 'var/lib/phoenix/gnupg');
  chmodSync(home, 0o700);
  expect(await call('Unlock::key_home', secrets({ root: folder }))).toBe(home);
  chmodSync(home, 0o750);
  await expect(call('Unlock::key_home', secrets({ root: folder }))).rejects.toThrow(
    '/var/lib/phoenix/gnupg may be read by others (mode 0750): chmod 0700 /var/lib/phoenix/gnupg',
  );
  await expect(call('Unlock::key_home', secrets())).rejects.toThrow(/^this host has no key/);
});

describeWithTool(['gpg', 'gpg-agent'], 'Unlock with the real gpg', () => {
  test('Unlock::all gives values and notes, or everything that is wrong with any of them; Unlock::stop_agent leaves nobody behind', async () => {
    const key = new HostKey();
    const folder = root();
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a/b.asc'), await key.sealed('a/b', 'hunter2\n'));
    writeFileSync(join(folder, 'c.asc'), key.unbound('two'));
    writeFileSync(join(folder, 'd.asc'), 'no message');
    writeFileSync(join(folder, 'e.asc'), await key.sealed('a/b', 'hunter2\n'));
    const code = `my ($home, $secrets, @names) = @_; local $ENV{PHOENIX_GNUPGHOME} = $home; Unlock::all($secrets, @names)`;
    const given = secrets({ folder });
    expect(await evaluate(code, key.home, given, 'a/b', 'c')).toEqual([
      { 'a/b': 'hunter2\n', c: 'two' },
      [expect.stringContaining('secret c is not bound to its name')],
      '4',
    ]);
    const refused = evaluate(code, key.home, given, 'a/b', 'd', 'e');
    await expect(refused).rejects.toThrow(
      /^secret d is no whole OpenPGP message.*\nsecret e holds what was encrypted as `a\/b`/,
    );
    const [exit, , said] = await evaluate(
      `Unlock::stop_agent($_[0]); Unlock::gpg($_[0], '--with-colons', '--list-keys')`,
      key.home,
    );
    expect([exit, said]).toEqual(['0', expect.not.stringContaining('error')]);
  });
});
