import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { askHidden } from './ask-hidden.js';
import type { Call } from './command.js';

/** The passphrase of a key file: from `--passphrase-file`, else asked for at the terminal, else from standard input. Never an argument. */
export async function readPassphrase({ options, cwd }: Call, keyFile: string): Promise<string> {
  const { passphraseFile } = options;
  if (typeof passphraseFile === 'string') {
    return withoutEnd(readFileSync(resolve(cwd, passphraseFile), 'utf8'));
  }
  return process.stdin.isTTY
    ? String(await askHidden(`Passphrase of ${keyFile}: `))
    : withoutEnd(await text(process.stdin));
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n$/, '');
}
