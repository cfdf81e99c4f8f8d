import { randomInt } from 'node:crypto';
import { type CompletePolicy, secretAlphabets } from '../../model/secret-policy.js';
import { newSalt, sha512Crypt } from './sha512-crypt.js';

/** A new secret in the layout of `pass`: the password in the first line, its hash as a field below if the policy asks for one. */
export function generateSecret(policy: CompletePolicy): Buffer {
  const alphabet = secretAlphabets[policy.alphabet];
  const password = Array.from({ length: policy.length }, () => alphabet[randomInt(alphabet.length)]).join('');
  const hash = policy.hash === undefined ? '' : `${policy.hash}: ${sha512Crypt(password, newSalt())}\n`;
  return Buffer.from(`${password}\n${hash}`);
}

/** The secret with a new password and hash, and every other field as it was. */
export function withNewPassword(content: Buffer, policy: CompletePolicy): Buffer {
  const fresh = generateSecret(policy);
  const [, ...former] = content.toString('utf8').split('\n');
  const others = former.filter((line) => !line.startsWith('sha512-crypt:'));
  return Buffer.from(`${fresh.toString('utf8')}${others.join('\n')}`);
}

/** One field of a secret in the layout of `pass`: `password` is the first line. Undefined if there is none. */
export function fieldOf(content: Buffer, field: string): string | undefined {
  const [password = '', ...lines] = content.toString('utf8').split(/\r?\n/);
  if (field === 'password') {
    return password === '' ? undefined : password;
  }
  const line = lines.find((it) => it.startsWith(field) && /^[ \t]*:/.test(it.slice(field.length)));
  const value = line?.slice(line.indexOf(':', field.length) + 1).trim();
  return value === '' ? undefined : value;
}
