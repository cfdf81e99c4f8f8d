import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { host, journal, look, secrets, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const pbs = (...words: readonly string[]) => step('storage', 'storage/pbs', '--storage', 'pbs', 'pbs', ...words);
const password = ['--secret', 'password', 'pbs#password'] as const;
const key = ['--secret', 'encryption-key', 'key'] as const;
const kept = { password: '/etc/pve/priv/storage/pbs.pw', 'encryption-key': '/etc/pve/priv/storage/pbs.enc' };

test('StorageSecrets::of_step says how pvesm takes each secret, and where Proxmox keeps it', async () => {
  expect(await list('StorageSecrets::of_step', pbs(...password, ...key, '--secret', 'master-pubkey', 'm'))).toEqual([
    { option: 'password', reference: 'pbs#password', by: 'line', kept: kept.password },
    { option: 'encryption-key', reference: 'key', by: 'file', kept: kept['encryption-key'] },
    { option: 'master-pubkey', reference: 'm', by: 'file', kept: '/etc/pve/priv/storage/pbs.master.pem' },
  ]);
  const ceph = (type: string) =>
    list('StorageSecrets::of_step', step('storage', 's', '--storage', 'c', type, '--secret', 'keyring', 'k'));
  expect(await ceph('rbd')).toMatchObject([{ kept: '/etc/pve/priv/ceph/c.keyring' }]);
  expect(await ceph('cephfs')).toMatchObject([{ kept: '/etc/pve/priv/ceph/c.secret' }]);
  await expect(list('StorageSecrets::of_step', pbs('--secret', 'pin', 'x'))).rejects.toThrow(
    'this applier does not know how to set `pin` of a storage to a secret',
  );
});

interface Case {
  readonly is?: string;
  readonly value?: string;
  readonly ours?: 'as it is' | 'otherwise';
  readonly rotated?: boolean;
  readonly option?: 'password' | 'encryption-key';
}

/** What differs of one secret of a storage: by what Proxmox keeps, by the value if it is known, by what the journal has. */
async function difference({ is, value, ours, rotated, option = 'password' }: Case) {
  const folder = root({
    '/vault/pbs.asc': 'cipher',
    '/vault/key.asc': 'cipher',
    ...(is === undefined ? {} : { [kept[option]]: is }),
  });
  const name = option === 'password' ? 'pbs' : 'key';
  const records = [['secret', name, sha256(rotated ? 'former' : 'cipher'), 'seal']];
  const held = secrets({
    folder: join(folder, 'vault'),
    seal_key: 'k',
    journal: journal(...records),
    ...(value === undefined ? {} : { contents: { [name]: value } }),
  });
  const code = `my ($look, $step, $ours, $is) = @_;
    $look->{journal}{applied}{ $step->{id} } = { values => { "secret:${name}" => 'seal', "seal:${option}" => $ours eq 'otherwise' ? 'x' : $look->{secrets}->seal('${kept[option]}', $is) } } if $ours;
    my ($changes, $settings) = StorageSecrets::differences($step, $look); @$changes == @$settings or die; @$changes`;
  return evaluate(
    code,
    look({ host: host({ root: folder }), more: { secrets: held } }),
    pbs(...(option === 'password' ? password : key)),
    ours ?? '',
    is ?? '',
  );
}

test.each<[string, Case, unknown[]]>([
  ['what is not there', { ours: 'as it is' }, [{ from: 'absent', to: 'secret pbs#password' }]],
  ['what we wrote', { is: 'p\n', ours: 'as it is' }, []],
  ['what somebody changed', { is: 'p\n', ours: 'otherwise' }, [{ from: 'changed on the host' }]],
  [
    'what was rotated',
    { is: 'p\n', ours: 'as it is', rotated: true },
    [{ from: 'as it was', to: 'secret pbs#password, rotated' }],
  ],
  ['what we did not write', { is: 'p\n' }, [{ from: 'not known' }]],
  ['the value that is known', { is: 'p\n', value: 'p' }, []],
  ['another value', { is: 'q\n', value: 'p' }, [{ from: 'another' }]],
  [
    'a key of somebody else',
    { is: 'q\n', value: 'p', option: 'encryption-key' },
    [{ impact: 'impossible', refused: '1' }],
  ],
  [
    'another key of ours',
    { is: 'q\n', value: 'p', option: 'encryption-key', ours: 'as it is' },
    [{ from: 'another', impact: 'live' }],
  ],
])('StorageSecrets::differences finds of %s', async (_, given, expected) => {
  expect(await difference(given)).toMatchObject(expected);
});

test('StorageSecrets::difference of one setting is nothing where it is in place', async () => {
  const folder = root({ [kept.password]: 'password=p\n' });
  const given = look({ host: host({ root: folder }), more: { secrets: secrets({ contents: { pbs: 'p' } }) } });
  expect(
    await call('StorageSecrets::difference', given, undefined, {
      option: 'password',
      reference: 'pbs',
      kept: kept.password,
    }),
  ).toBeUndefined();
});

test.each([
  ['p\n', 'p', true],
  ['password=p', 'p', true],
  ['p.q\n\n', 'p.q', true],
  ['pxq\n', 'p.q', false],
  ['pp\n', 'p', false],
])('StorageSecrets::holds reads %j', async (text, value, expected) => {
  expect(await holds('StorageSecrets::holds', text, value)).toBe(expected);
});

test('StorageSecrets::words are files and options, and the file of what pvesm reads; no value', async () => {
  const settings = (await list('StorageSecrets::of_step', pbs(...password, ...key))) as unknown[];
  expect(await list('StorageSecrets::words', '/run/x', ...settings)).toEqual([
    ['--encryption-key', '/run/x/storage-encryption-key', '--password'],
    '/run/x/storage-password',
  ]);
  expect(await list('StorageSecrets::words', '/run/x', settings[1])).toEqual([
    ['--encryption-key', '/run/x/storage-encryption-key'],
    '',
  ]);
  expect(await call('StorageSecrets::place', '/run/x', { option: 'keyring' })).toBe('/run/x/storage-keyring');
});

test('StorageSecrets::contents gives a line with its end, a file as it is, and refuses what pvesm would read otherwise', async () => {
  const settings = await list('StorageSecrets::of_step', pbs(...password, ...key));
  const given = (value: string) => secrets({ contents: { pbs: value, key: '{"a":1}\n' } });
  expect(await evaluate('+{ StorageSecrets::contents(@_) }', given('p w'), ...settings)).toEqual([
    { password: 'p w\n', 'encryption-key': '{"a":1}' },
  ]);
  for (const value of ['pässwort', 'a\tb']) {
    const refused = list('StorageSecrets::contents', given(value), ...settings);
    await expect(refused).rejects.toThrow(
      /^secret pbs#password cannot be the password of a storage: pvesm takes one line of printable ASCII\n$/,
    );
  }
});

test('StorageSecrets::record seals what Proxmox keeps', async () => {
  const folder = root({ '/vault/pbs.asc': 'cipher', [kept.password]: 'p\n' });
  const held = secrets({
    folder: join(folder, 'vault'),
    seal_key: 'k',
    journal: journal(['secret', 'pbs', sha256('cipher'), 'seal']),
  });
  const given = look({ host: host({ root: folder }), more: { secrets: held } });
  const [identity, seal] = await evaluate(
    'my ($step, $look) = @_; (StorageSecrets::record($step, $look), $look->{secrets}->seal(@_[2, 3]))',
    pbs(...password),
    given,
    kept.password,
    'p\n',
  );
  expect([identity, seal]).toEqual(['secret:pbs=seal', expect.stringMatching(/^seal:password=[0-9a-f]{64}$/)]);
});
