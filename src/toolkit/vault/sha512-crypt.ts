import { createHash, randomBytes } from 'node:crypto';

const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const rounds = 5000;

/** A salt of 16 characters. */
export function newSalt(): string {
  return [...randomBytes(16)].map((byte) => letters[byte & 63]).join('');
}

/**
 * The hash of a password in the form of /etc/shadow, `$6$salt$...`, as crypt(3) makes it.
 *
 * @see https://www.akkadia.org/drepper/SHA-crypt.txt
 */
export function sha512Crypt(password: string, salt: string): string {
  const key = Buffer.from(password, 'utf8');
  const salted = Buffer.from(salt.slice(0, 16), 'latin1');
  const first = firstSum(key, salted);
  const p = repeated(sum(...Array.from({ length: key.length }, () => key)), key.length);
  const s = repeated(sum(...Array.from({ length: 16 + (first[0] ?? 0) }, () => salted)), salted.length);
  let digest = first;
  for (let round = 0; round < rounds; round++) {
    const isOdd = round % 2 === 1;
    digest = sum(
      isOdd ? p : digest,
      ...(round % 3 === 0 ? [] : [s]),
      ...(round % 7 === 0 ? [] : [p]),
      isOdd ? digest : p,
    );
  }
  key.fill(0);
  p.fill(0);
  return `$6$${salted.toString('latin1')}$${encoded(digest)}`;
}

function firstSum(key: Buffer, salt: Buffer): Buffer {
  const inner = sum(key, salt, key);
  const parts = [key, salt, repeated(inner, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) {
    parts.push((bits & 1) === 1 ? inner : key);
  }
  return sum(...parts);
}

function sum(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512');
  parts.forEach((part) => hash.update(part));
  return hash.digest();
}

function repeated(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

/** Triples of bytes in an order of their own, each as four letters, the lowest bits first. */
function encoded(digest: Buffer): string {
  let text = '';
  let [a, b, c] = [0, 21, 42];
  for (let triple = 0; triple < 21; triple++) {
    text += lettersOf(((digest[a] ?? 0) << 16) | ((digest[b] ?? 0) << 8) | (digest[c] ?? 0), 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return text + lettersOf(digest[63] ?? 0, 2);
}

function lettersOf(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => letters[(value >> (6 * index)) & 63]).join('');
}
