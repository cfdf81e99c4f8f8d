import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { host, inStack, journal, look, secrets } from './given.js';
import { evaluate } from './perl.js';
import { root } from './root.js';

const text = 'token=@@phoenix-secret:raw:token@@\n';
const cipher = 'cipher';

interface Case {
  /** What lies at the target, and with which mode. */
  readonly is?: string;
  readonly mode?: number;
  readonly target?: string;
  /** The value, if it was decrypted. */
  readonly value?: string;
  /** The journal's records of the step and of the ciphertext. */
  readonly applied?: { readonly digest?: string; readonly seal?: string };
  readonly known?: string;
  readonly vault?: boolean;
  readonly source?: string;
}

/** What a function of (step, look, file) gives about a file of one line with a token. */
async function asked(name: string, given: Case, args = '$step, $look, $file') {
  const target = given.target ?? '/etc/app.env';
  const folder = root({
    '/stack/src': given.source ?? text,
    ...(given.vault === false ? {} : { '/vault/token.asc': cipher }),
    ...(given.is === undefined ? {} : { [`/host${target}`]: given.is }),
  });
  if (given.is !== undefined) chmodSync(join(folder, 'host', target), given.mode ?? 0o600);
  const records = [
    ['secret', 'token', sha256(given.known ?? cipher), 'seal'],
    ...(given.applied === undefined
      ? []
      : [
          [
            'applied',
            'f',
            '-',
            given.applied.digest ?? sha256(text),
            'secret:token=seal',
            `seal=${given.applied.seal ?? ''}`,
          ],
        ]),
  ];
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const step = inStack(
    { folder: join(folder, 'stack') },
    'file',
    'f',
    '--file',
    target,
    'src',
    sha256(text),
    '--secret',
    'token',
    '--owner',
    uid,
    gid,
  );
  const held = secrets({
    root: folder,
    folder: join(folder, 'vault'),
    seal_key: 'k',
    journal: journal(...records),
    ...(given.value === undefined ? {} : { contents: { token: given.value } }),
  });
  const known = look({
    steps: [step],
    host: host({ root: join(folder, 'host') }),
    journal: journal(...records),
    more: { secrets: held },
  });
  const code = `my $look = shift; my $step = $look->{steps}[0]; my ($file) = Words::files($step); my $secrets = $look->{secrets};
    $look->{journal}{applied}{f}{values}{seal} = $secrets->seal(@_) if @_; ${name}(${args})`;
  return evaluate(code, known, ...(given.applied && given.applied.seal === undefined ? [target, given.is ?? ''] : []));
}

const compared = async (given: Case) => (await asked('SecretFile::compare', given))[0];

test.each<[string, Case, string, unknown]>([
  ['a file that is not there', {}, 'create', [{ key: 'file' }]],
  ['a vault that lacks the secret', { vault: false }, 'refused', []],
  ['a place below /etc/pve that others read', { target: '/etc/pve/app.env' }, 'refused', []],
  ['a place of root’s below /etc/pve', { target: '/etc/pve/priv/app.env' }, 'create', [{ key: 'file' }]],
  ['what was written and is still there', { is: 'token=hunter2\n', applied: {} }, 'satisfied', []],
  ['what others may read', { is: 'token=hunter2\n', mode: 0o644, applied: {} }, 'change', [{ key: 'mode' }]],
  ['a file that we did not write', { is: 'token=hunter2\n' }, 'change', [{ key: 'content', from: 'not known' }]],
  ['a value that is known', { is: 'token=hunter2\n', value: 'hunter2' }, 'satisfied', []],
  ['another value', { is: 'token=hunter2\n', value: 'hunter3' }, 'change', [{ key: 'content', from: 'another' }]],
])('SecretFile::compare of %s', async (_, given, verdict, changes) => {
  expect(await compared(given)).toMatchObject({ verdict, changes });
});

test.each<[string, Case, unknown]>([
  ['a rotated secret', { is: 'x', applied: {}, known: 'former cipher' }, [{ key: 'secret token', to: 'rotated' }]],
  ['a new text', { is: 'x', applied: { digest: 'former' } }, [{ key: 'content', to: 'a new text' }]],
  [
    'a file that somebody changed',
    { is: 'x', applied: { seal: 'another' } },
    [{ key: 'content', from: 'changed on the host' }],
  ],
  ['what is as it was', { is: 'x', applied: {} }, []],
])('SecretFile::content_differences notices, without a value, %s', async (_, given, expected) => {
  expect(await asked('SecretFile::content_differences', given)).toMatchObject(expected as object);
});

test('SecretFile::content is the text with its values', async () => {
  expect(await asked('SecretFile::content', { value: 'hunter2' }, '$secrets, $file')).toEqual(['token=hunter2\n']);
});

test('SecretFile::content refuses a source that is not the one that was synthesized, and says which file a value does not fit', async () => {
  await expect(asked('SecretFile::content', { source: 'other', value: 'x' }, '$secrets, $file')).rejects.toThrow(
    /src is not the file that was synthesized \(sha256 differs\)/,
  );
  await expect(asked('SecretFile::content', {}, '$secrets, $file')).rejects.toThrow(
    /^\/etc\/app\.env: secret token: secret token was not decrypted|^\/etc\/app\.env: secret token was not decrypted/,
  );
  await expect(evaluate('SecretFile::content(undef, { source => "/nonexistent", sha256 => "" })')).rejects.toThrow(
    'cannot read /nonexistent: No such file',
  );
});

test('SecretFile::content needs no secrets for a file without any', async () => {
  const place = join(root(), 'a');
  writeFileSync(place, 'plain');
  expect(
    await evaluate('SecretFile::content(undef, { source => shift, sha256 => shift })', place, sha256('plain')),
  ).toEqual(['plain']);
});

test('SecretFile::record seals what was written', async () => {
  const [secret, seal] = await asked('SecretFile::record', { value: 'hunter2' }, '$step, $look');
  expect(secret).toBe('secret:token=seal');
  expect(seal).toMatch(/^seal=[0-9a-f]{64}$/);
});
