import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completePolicy, secretAlphabets } from '../../../src/model/secret-policy.js';
import { fieldOf, generateSecret, withNewPassword } from '../../../src/toolkit/vault/generate.js';
import { newSalt, sha512Crypt } from '../../../src/toolkit/vault/sha512-crypt.js';

/** crypt(3) of this system, by way of perl; undefined where it knows no SHA-512. */
function crypt3(password: string, salt: string): string | undefined {
  const program = 'print crypt(join("", <STDIN>), $ARGV[0]) // ""';
  const { stdout } = spawnSync('perl', ['-e', program, `$6$${salt}$`], { input: password, encoding: 'utf8' });
  return stdout.startsWith('$6$') ? stdout : undefined;
}

describe('a password hash for /etc/shadow', () => {
  it('is the one that its inventor gives as an example', () => {
    expect(sha512Crypt('Hello world!', 'saltstring')).toBe(
      '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
    );
  });

  it.skipIf(crypt3('a', 'b') === undefined).each([1, 7, 8, 15, 16, 17, 32, 63, 64, 65, 200])(
    'is that of crypt(3) for %i characters',
    (length) => {
      const password = 'äB3'.repeat(length).slice(0, length);
      const salt = newSalt();
      expect(sha512Crypt(password, salt)).toBe(crypt3(password, salt));
    },
  );
});

describe('a generated secret', () => {
  it('is of the length and the letters asked for, and never the same', () => {
    for (const [alphabet, letters] of Object.entries(secretAlphabets)) {
      const policy = completePolicy({ length: 40, alphabet: alphabet as keyof typeof secretAlphabets });
      const made = String(generateSecret(policy));
      expect(made).toMatch(/^.{40}\n$/);
      expect([...made.trimEnd()].every((letter) => letters.includes(letter))).toBe(true);
      expect(String(generateSecret(policy))).not.toBe(made);
    }
  });

  it('has a hash beside it where the policy asks for one', () => {
    const made = generateSecret(completePolicy({ hash: 'sha512-crypt' }));
    const hash = fieldOf(made, 'sha512-crypt') ?? '';
    expect(hash).toBe(sha512Crypt(fieldOf(made, 'password') ?? '', hash.split('$')[2] ?? ''));
  });

  it('keeps its other fields when only the password is new', () => {
    const former = Buffer.from('old\nuser: heads\nsha512-crypt: $6$x\n');
    const made = withNewPassword(former, completePolicy({ hash: 'sha512-crypt' }));
    expect(fieldOf(made, 'user')).toBe('heads');
    expect(fieldOf(made, 'password')).not.toBe('old');
    expect(fieldOf(made, 'sha512-crypt')).not.toBe('$6$x');
    expect(String(withNewPassword(Buffer.from('old'), completePolicy({})))).toMatch(/^\w{32}\n$/);
  });

  it.each([
    { length: 8 },
    { length: 2000 },
    { length: 20.5 },
    { length: Number.NaN },
    { length: 15, alphabet: 'hex' as const },
    { alphabet: 'emoji' as 'hex' },
    { alphabet: 'toString' as 'hex' },
    { hash: 'md5' as 'sha512-crypt' },
  ])('is refused by the policy %j', (policy) => {
    expect(() => completePolicy(policy)).toThrow('secret/policy');
  });
});
