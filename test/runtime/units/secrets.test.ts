import { createHash, createHmac } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, temporaryFolder } from '../bench.js';
import { journal, secrets, step } from './given.js';
import { call, evaluate, list } from './perl.js';
import { blind, root } from './root.js';

/** Ciphertexts by name, as the assembly has them. */
const vault = (texts: Readonly<Record<string, string>>) =>
  root(Object.fromEntries(Object.entries(texts).map(([name, text]) => [`/${name}.asc`, text])));

/** What the journal knows of ciphertexts with these texts: their seals. */
const sealed = (texts: Readonly<Record<string, string>>) =>
  journal(...Object.entries(texts).map(([name, text]) => ['secret', name, sha256(text), `seal of ${text}`]));

const filled = (text: string, ...names: readonly string[]) =>
  call(
    'Secrets::filled',
    secrets({ contents: { 'a/b': 'one\nuser: anna\n', c: '"two"\n', bin: 'x' } }),
    text,
    ...names,
  );

test('Secrets::new knows no value', async () => {
  expect(await call('Secrets::new', 'Secrets', 'app', 'a')).toEqual({ app: 'a', hashes: {}, contents: {} });
});

test('Secrets::of_step names the secrets of a step, each once, without their fields', async () => {
  const file = step('file', 'f', '--file', '/a', 'a', 'x', '--secret', 'a/b#user', '--secret', 'c', '--secret', 'a/b');
  expect(await list('Secrets::of_step', file)).toEqual(['a/b', 'c']);
  const storage = step(
    'storage',
    's',
    '--storage',
    'pbs',
    'pbs',
    '--secret',
    'password',
    'pbs#password',
    '--secret',
    'encryption-key',
    'key',
  );
  expect(await list('Secrets::of_step', storage)).toEqual(['pbs', 'key']);
});

test('Secrets::place_of is where a ciphertext lies, and Secrets::hash what it goes by, looked at once', async () => {
  const folder = vault({ 'a/b': 'cipher' });
  expect(await call('Secrets::place_of', secrets({ folder }), 'a/b')).toBe(join(folder, 'a/b.asc'));
  const code = `my $s = shift; (Secrets::hash($s, 'a/b'), Secrets::hash($s, 'none'), do { unlink Secrets::place_of($s, 'a/b'); Secrets::hash($s, 'a/b') })`;
  expect(await evaluate(code, secrets({ folder }))).toEqual([sha256('cipher'), null, sha256('cipher')]);
  await expect(call('Secrets::hash', secrets({ folder: root({ '/x.asc': blind('/x.asc') }) }), 'x')).rejects.toThrow(
    /^Unknown: cannot look at the ciphertext of secret x/,
  );
});

test('Secrets::keyless says how to make a key where there is no home for one', async () => {
  const folder = root({ '/var/lib/phoenix/gnupg/x': '' });
  expect(await call('Secrets::keyless', secrets({ root: folder }))).toBeUndefined();
  expect(await call('Secrets::keyless', secrets())).toMatch(
    /no key to decrypt secrets with yet: `phoenix secrets host-key`/,
  );
  expect(await call('Secrets::key_home', secrets({ root: '/r' }))).toBe('/r/var/lib/phoenix/gnupg');
  expect(await evaluate('local $ENV{PHOENIX_GNUPGHOME} = "/home"; Secrets::key_home(shift)', secrets())).toEqual([
    '/home',
  ]);
});

test('Secrets::lacking refuses a step whose ciphertexts are not there', async () => {
  const folder = vault({ a: 'x' });
  expect(await call('Secrets::lacking', secrets({ folder }), 'a')).toBeUndefined();
  expect(await call('Secrets::lacking', secrets({ folder }), 'a', 'b', 'c')).toMatchObject({
    verdict: 'refused',
    reason: 'the vault has no secrets b c: phoenix secrets set b, and synthesize again',
  });
});

test('Secrets::identity is the seal of a ciphertext that the journal knows, and of no other', async () => {
  const given = secrets({ folder: vault({ a: 'x', b: 'new' }), journal: sealed({ a: 'x', b: 'old' }) });
  expect(await evaluate('my $s = shift; map { Secrets::identity($s, $_) } qw(a b c)', given)).toEqual([
    'seal of x',
    null,
    null,
  ]);
  expect(await list('Secrets::record', given, 'a', 'b')).toEqual(['secret:a=seal of x', 'secret:b=-']);
});

test.each([
  [{ 'secret:a': 'seal of x' }, []],
  [{ 'secret:a': 'seal of y' }, ['a']],
  [{}, ['a']],
])('Secrets::rotated with the record %j', async (values, expected) => {
  const given = secrets({ folder: vault({ a: 'x', b: 'new' }), journal: sealed({ a: 'x' }) });
  expect(await list('Secrets::rotated', given, { values }, 'a')).toEqual(expected);
  expect(await list('Secrets::rotated', given, { values }, 'b')).toEqual(['b']);
});

test('Secrets::digest_with is another one for other values, and the given one without names', async () => {
  const digest = async (text: string, ...names: readonly string[]) =>
    call('Secrets::digest_with', secrets({ folder: vault({ a: text }), journal: sealed({ a: 'x' }) }), 'd', ...names);
  expect(await digest('x')).toBe('d');
  expect(await digest('x', 'a')).toBe(createHash('sha256').update('d\0a seal of x').digest('hex'));
  expect(await digest('y', 'a')).not.toBe(await digest('x', 'a'));
});

test('Secrets::seal depends on the place, the content and a key of this host', async () => {
  expect(await call('Secrets::seal', secrets({ seal_key: 'k' }), '/etc/x', 'content')).toBe(
    createHmac('sha256', 'k').update('/etc/x\0content').digest('hex'),
  );
  expect(await call('Secrets::seal', secrets({ root: root() }), '/etc/x', 'content')).toBeUndefined();
});

test('Secrets::make_seal_key makes one key for root alone, once; Secrets::seal_key reads it', async () => {
  const folder = temporaryFolder();
  const code = `my $s = shift; Secrets::make_seal_key($s); my $key = $s->{seal_key}; Secrets::make_seal_key($s); delete $s->{seal_key};
    (length $key, Secrets::seal_key($s) eq $key ? 1 : 0, Secrets::seal_key_path($s))`;
  expect(await evaluate(code, secrets({ root: folder }))).toEqual(['32', '1', '/var/lib/phoenix/phoenix/mac.key']);
  const place = join(folder, 'var/lib/phoenix/phoenix/mac.key');
  expect(statSync(place).mode & 0o777).toBe(0o600);
  expect(readFileSync(place)).toHaveLength(32);
});

test('Secrets::take writes down which value a ciphertext had, and tells whether that is news', async () => {
  const folder = temporaryFolder();
  const code = `my ($root, $folder) = @_; my $journal = Journal->new($root, 'phoenix');
    my $s = Secrets->new(root => $root, app => 'phoenix', folder => $folder, journal => $journal);
    my @news = map { Secrets::take($s, { a => $_ }) } 'one', 'one', 'two'; (@news, $s->{contents}, Secrets::identity($s, 'a') eq Secrets::seal($s, 'secret a', 'two') ? 1 : 0)`;
  expect(await evaluate(code, folder, vault({ a: 'cipher' }))).toEqual(['1', '0', '1', { a: 'two' }, '1']);
  expect(readFileSync(join(folder, 'var/lib/phoenix/phoenix/journal'), 'utf8')).toMatch(
    new RegExp(`^phoenix-journal 1\n(secret\ta\t${sha256('cipher')}\t[0-9a-f]{64}\n){2}$`),
  );
});

test('Secrets::has is true only of all', async () => {
  const given = secrets({ contents: { a: 'x' } });
  expect(
    await evaluate(
      'my $s = shift; map { $_ ? 1 : 0 } scalar Secrets::has($s), scalar Secrets::has($s, "a"), scalar Secrets::has($s, "a", "b")',
      given,
    ),
  ).toEqual(['1', '1', '0']);
});

test('Secrets::value gives a value or its field, and says which secret lacks one', async () => {
  const given = secrets({ contents: { a: 'one\nuser: anna\n' } });
  expect(await call('Secrets::value', given, 'a#user')).toBe('anna');
  expect(await call('Secrets::value', given, 'a')).toBe('one\nuser: anna');
  await expect(call('Secrets::value', given, 'a#pin')).rejects.toThrow(/^secret a#pin: it has no field pin\n$/);
  await expect(call('Secrets::value', given, 'b')).rejects.toThrow(/^secret b was not decrypted\n$/);
});

test('Secrets::filled writes values in their places, each as its place asks', async () => {
  expect(
    await filled('p=@@phoenix-secret:raw:a/b#password@@ u="@@phoenix-secret:json:c@@" @@other@@', 'a/b', 'c'),
  ).toBe('p=one u="\\"two\\"" @@other@@');
  await expect(filled('@@phoenix-secret:raw:c@@', 'a/b')).rejects.toThrow(
    /^the file has a place for secret c, which its step does not name\n$/,
  );
  await expect(filled('@@phoenix-secret:raw:a/b#pin@@', 'a/b')).rejects.toThrow(
    /^secret a\/b#pin: it has no field pin\n$/,
  );
  await expect(filled('@@phoenix-secret:toml:c@@', 'c')).rejects.toThrow(
    /^secret c: nobody knows the encoding toml\n$/,
  );
});

test('Secrets::redacted leaves no value of four bytes or more in any text, in whatever form it was written', async () => {
  const value = fc
    .string({ unit: 'grapheme', minLength: 4, maxLength: 12 })
    .map((text) => Buffer.from(text.replaceAll(/[\0\r\n]/g, '')).toString());
  const around = fc.constantFrom('', '\n');
  await fc.assert(
    fc.asyncProperty(
      value.filter((text) => Buffer.from(text).length >= 4),
      fc.constantFrom('raw', 'json', 'yaml', 'env', 'systemd'),
      around,
      async (secret, form, words) => {
        const code = `my ($s, $form, $words, $secret) = @_; my $written = SecretText::written($form, $secret); Secrets::redacted($s, "$words$written$words")`;
        const [text] = await evaluate(code, secrets({ contents: { token: `${secret}\n` } }), form, words, secret);
        expect(text).toBe(`${words}[secret token]${words}`);
      },
    ),
  );
});

test.each([
  ['the lines of a secret', 'first1\nuser: annabel\n', 'annabel said first1', '[secret a] said [secret a]'],
  ['a value beyond ASCII', 'pässwort', 'pässwort!', '[secret a]!'],
  ['what is too short to be told from other text', 'abc\n', 'abc', 'abc'],
  ['a text without a value', 'hunter2', 'nothing', 'nothing'],
  ['no text', 'hunter2', undefined, undefined],
])('Secrets::redacted of %s', async (_, content, text, expected) => {
  expect(await call('Secrets::redacted', secrets({ contents: { a: content } }), text)).toBe(expected);
});

test('Secrets::forms are longest first, so that no beginning of a value hides its end', async () => {
  expect(await list('Secrets::forms', secrets({ contents: { a: 'pass', b: 'password"' } }))).toEqual([
    ['password\\"', 'b'],
    ['password"', 'b'],
    ['pass', 'a'],
  ]);
});
