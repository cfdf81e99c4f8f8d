import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call, list } from './perl.js';

const stars = '**********';

test.each([
  ['HF_TOKEN=abc', `HF_TOKEN=${stars}`],
  ['"api_key": "abc",', `"api_key": "${stars}`],
  ['\tpassword hunter2', `\tpassword ${stars}`],
  ['url http://u:hunter2@h/x', `url http://u:${stars}@h/x`],
  ['wpa-psk hunter2 more', 'wpa-psk hunter2 more'],
  ['\twpa-psk hunter2 more', `\twpa-psk ${stars}`],
  ['x hf_ABCDEFGHIJKLMNOPQRSTUV y', `x ${stars} y`],
  ['key ssh-ed25519 AAAAC3Nz me@x', `key ${stars} me@x`],
  ['$6$salt$hash', stars],
  ['-----BEGIN OPENSSH PRIVATE KEY-----', stars],
  ['PASSWORD_FILE=/run/x', 'PASSWORD_FILE=/run/x'],
  ['MAX_TOKENS=7', 'MAX_TOKENS=7'],
  ['memory: 512', 'memory: 512'],
])('Withheld::line of %j', async (line, expected) => {
  expect(await call('Withheld::line', line)).toBe(expected);
});

test('Withheld::line leaves no value of a telling name, whatever it is', async () => {
  const name = fc.constantFrom(
    'password',
    'HF_TOKEN',
    'client-secret',
    'AWS_SECRET_ACCESS_KEY',
    'encryption-key',
    'my.passphrase',
    'registry_auth',
  );
  const value = fc.stringMatching(/^[\w!@#$%^&*()+.]{6,20}$/);
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom('=', ': ', '="', "': '", ' = '), value, async (of, between, secret) => {
      expect(await call('Withheld::line', `${of}${between}${secret}`)).not.toContain(secret);
    }),
  );
});

test('Withheld::options hides values by their names, and keeps the others', async () => {
  expect(
    await call('Withheld::options', { password: 'hunter2', path: '/x', content: 'iso,vztmpl', disable: '' }),
  ).toEqual({ password: stars, path: '/x', content: 'iso,vztmpl', disable: '' });
});

test('Withheld::text gives lines, and what was taken out of them by name', async () => {
  expect(await list('Withheld::text', 'a 1\nTOKEN=x\nTOKEN=y\n\tpassword z\n')).toEqual([
    ['a 1', `TOKEN=${stars}`, `TOKEN=${stars}`, `\tpassword ${stars}`],
    'TOKEN',
    'password',
  ]);
});

test('Withheld::interfaces leaves comments out, for they are people’s notes', async () => {
  expect(await list('Withheld::interfaces', 'auto lo\n# a note\niface wlan0 inet dhcp\n\twpa-psk hunter2\n')).toEqual([
    ['auto lo', 'iface wlan0 inet dhcp', `\twpa-psk ${stars}`],
    'notes',
    'wpa-psk',
  ]);
});

test('Withheld::guest_conf keeps of notes only our line, of snapshots only their names', async () => {
  const conf = `#phoenix-cdk app=a path=b vmid=7\n#my bank account\nmemory: 512\ncipassword: x\nsshkeys: y\nargs: -object secret,id=a\nlxc.environment: HF_TOKEN=abc\n[PENDING]\nmemory: 1\n[before]\nmemory: 2\ncipassword: z\n`;
  expect(await list('Withheld::guest_conf', conf)).toEqual([
    [
      '#phoenix-cdk app=a path=b vmid=7',
      'memory: 512',
      `cipassword: ${stars}`,
      `sshkeys: ${stars}`,
      `args: ${stars}`,
      `lxc.environment: HF_TOKEN=${stars}`,
      '[PENDING]',
      'memory: 1',
      '[before]',
    ],
    'args',
    'cipassword',
    'lxc.environment',
    'notes',
    'sshkeys',
  ]);
});

test('Withheld::name_of is what people know a line by, Withheld::told each name once', async () => {
  expect(await call('Withheld::name_of', '\tpassword x')).toBe('password');
  expect(await call('Withheld::name_of', '***')).toBe('a line');
  expect(await list('Withheld::told', 'b', 'a', 'b')).toEqual(['a', 'b']);
});
