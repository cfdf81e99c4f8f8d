import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteWord, quoteWords } from '../../src/base/shell.js';

/** What a real bash hands on as arguments, each ended by a NUL. */
function throughBash(words: readonly string[]): string[] {
  const result = spawnSync('bash', [], { input: `printf '%s\\0' ${quoteWords(words)}`, encoding: 'utf8' });
  expect(result.stderr).toBe('');
  return result.stdout.split('\0').slice(0, -1);
}

describe('a quoted word', () => {
  test.each([
    ['plain', 'plain'],
    ['/etc/pve/lxc/950.conf', '/etc/pve/lxc/950.conf'],
    ['--net0', '--net0'],
    ['name=eth0,bridge=vmbr0', 'name=eth0,bridge=vmbr0'],
    ['user@pam', 'user@pam'],
    ['a%41', 'a%41'],
    ['', "''"],
    ['two words', "'two words'"],
    ['~/x', "'~/x'"],
    ["it's", "'it'\\''s'"],
    ['a;b', "'a;b'"],
    ['line\nline', "'line\nline'"],
    ['end\n', "'end\n'"],
    ['ä', "'ä'"],
    ['{a,b}', "'{a,b}'"],
    ['*', "'*'"],
    ['$HOME', "'$HOME'"],
  ])('%j becomes %s', (word, quoted) => {
    expect(quoteWord(word)).toBe(quoted);
  });

  test('refuses NUL', () => {
    expect(() => quoteWord('a\0b')).toThrow(/^shell\/nul/);
  });

  test('survives a real bash, whatever is in it', () => {
    const special = fc.string({ unit: fc.constantFrom(...'\'"\\`$!~#&|;<>(){}[]*?^= \t\n\r%a-'), maxLength: 12 });
    // A lone surrogate has no UTF-8 form, and no process can be given a NUL.
    const any = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text.replaceAll('\0', '')).toString());
    fc.assert(
      fc.property(fc.array(fc.oneof(special, any), { minLength: 1, maxLength: 200, size: 'max' }), (words) => {
        expect(throughBash(words)).toEqual(words);
      }),
      { numRuns: 25 },
    );
  });

  test('survives bash for every ASCII character, alone, in front and behind', () => {
    const characters = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1));
    const words = characters.flatMap((character) => [character, `${character}x`, `x${character}`]);
    expect(throughBash(words)).toEqual(words);
  });
});

test('words stand with one blank between them', () => {
  expect(quoteWords(['pct', 'set', '950', '--tags', 'a;b', ''])).toBe("pct set 950 --tags 'a;b' ''");
  expect(quoteWords([])).toBe('');
});
