/** How to start a program: a file with words, or a line for the system's shell. */
export type AppCommand =
  | { readonly file: string; readonly words: readonly string[]; readonly shellLine?: never }
  | { readonly shellLine: string };

/**
 * Reads the command of `app`.
 *
 * A list is started word by word, as it stands. Text is split at blanks, quotes (either kind) keep blanks together, and a backslash is a
 * plain character, so that Windows paths work; no shell is involved. Only text that asks for a shell gets the system's: pipes, `&&`,
 * redirections, variables, patterns, `NAME=value` in front, and on Windows the commands that exist only as `.cmd`, like `npx`.
 */
export function readAppCommand(app: string | readonly string[], platform: NodeJS.Platform): AppCommand {
  const words = typeof app === 'string' ? splitWords(app) : app;
  const [file, ...rest] = words ?? [];
  const isShell = typeof app === 'string' && (file === undefined || isAssignment(file) || isBatchFile(file, platform));
  return isShell ? { shellLine: app } : { file: file ?? '', words: rest };
}

/** A run of plain characters, of single-quoted or of double-quoted ones. */
const piece = /[^\s'"|&;<>()$`*?~#!{}[\]\n]+|'[^'\n]*'|"[^"$`\n]*"/y;

/** The words of the text, or undefined if it holds something that only a shell understands. */
function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    if (text[at] === ' ' || text[at] === '\t') {
      words.push(...(word === undefined ? [] : [word]));
      word = undefined;
      at++;
      continue;
    }
    piece.lastIndex = at;
    const found = piece.exec(text)?.[0];
    if (found === undefined) {
      return undefined;
    }
    word = (word ?? '') + (/^['"]/.test(found) ? found.slice(1, -1) : found);
    at += found.length;
  }
  return word === undefined ? words : [...words, word];
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

/** Windows starts `.exe` files by name; npm's commands are batch files, which only its shell starts. */
function isBatchFile(word: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && !/^node$|\.exe$/i.test(word);
}
