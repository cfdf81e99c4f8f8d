import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PhoenixError } from '../base/errors.js';
import { askHidden } from './ask-hidden.js';
import type { Call } from './command.js';

/**
 * The value of a secret: from `--file`, else from standard input, else asked for twice.
 * @throws `secret/empty`, `secret/differs`, `secret/no-input`
 */
export async function readSecretValue({ options, cwd }: Call, name: string): Promise<Buffer> {
  const value = await readValue(options['file'], cwd, name);
  if (value.toString('latin1').trim() === '') {
    throw new PhoenixError({
      code: 'secret/empty',
      message: `the value for ${name} is empty`,
      value: name,
      fix: 'look at what comes through standard input or lies in the file',
    });
  }
  return value;
}

async function readValue(file: unknown, cwd: string, name: string): Promise<Buffer> {
  if (typeof file === 'string') {
    return readFileSync(resolve(cwd, file));
  }
  if (!process.stdin.isTTY) {
    return buffer(process.stdin);
  }
  const value = await askHidden(`Value of ${name}: `);
  const again = await askHidden('The same again: ');
  if (!value.equals(again)) {
    value.fill(0);
    throw new PhoenixError({
      code: 'secret/differs',
      message: 'the two values differ',
      fix: 'type it again',
    });
  }
  again.fill(0);
  return Buffer.concat([value, Buffer.from('\n')]);
}
