import { PhoenixError } from '../base/errors.js';

/** Words that systemd takes as they are. */
const bare = /^[A-Za-z0-9_@:,./=+-]+$/;

/**
 * The words of a command as `ExecStart=` takes them: specifiers and variables are doubled so that they stay text.
 *
 * Throws `systemd/newline` for a word with a line feed, which no line of a unit can hold.
 */
export function execWords(words: readonly string[]): string {
  return words.map(execWord).join(' ');
}

/**
 * One `NAME=value` of `Environment=`.
 *
 * Throws `systemd/variable` for a name that systemd would leave out with a warning, and `systemd/newline`.
 */
export function environmentAssignment(name: string, value: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new PhoenixError({
      code: 'systemd/variable',
      message: `${JSON.stringify(name)} is no name of an environment variable`,
      value: name,
      fix: 'use letters, digits and `_`, not beginning with a digit',
    });
  }
  const text = `${name}=${value}`;
  return bare.test(text) ? text : `"${escaped(text).replaceAll('%', '%%')}"`;
}

function execWord(word: string): string {
  return bare.test(word) ? word : `"${escaped(word).replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

function escaped(text: string): string {
  if (/[\n\r\0]/.test(text)) {
    throw new PhoenixError({
      code: 'systemd/newline',
      message: `${JSON.stringify(text)} has a line feed or a NUL, which no line of a unit can hold`,
      value: text,
      fix: 'put the value into a file of its own and name the file',
    });
  }
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
