import { PhoenixError } from './errors.js';

/**
 * The word as bash source that means exactly this word: bare where nothing in it is special, otherwise in single
 * quotes. No other place in the library knows shell quoting.
 * @throws `shell/nul` for a NUL, which no argument of a process can hold
 */
export function quoteWord(word: string): string {
  if (bareWord.test(word)) {
    return word;
  }
  if (word.includes('\0')) {
    throw new PhoenixError({
      code: 'shell/nul',
      message: `the word ${JSON.stringify(word)} holds a NUL character`,
      value: word,
      fix: 'pass such bytes in a file, not as an argument',
    });
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The words, each quoted by {@link quoteWord}, with one blank between them. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

const bareWord = /^[A-Za-z0-9_@%+=:,./-]+$/;
