import { PhoenixError } from '../base/errors.js';

/**
 * Asks for a line at the terminal without showing what is typed.
 * @throws `secret/no-input` where there is no terminal, or somebody breaks off
 */
export function askHidden(question: string): Promise<Buffer> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw noInput('there is no terminal to ask at');
  }
  stderr.write(question);
  stdin.setRawMode(true);
  return new Promise((answer, refuse) => {
    let typed: number[] = [];
    const end = () => {
      stdin.off('data', read).pause().setRawMode(false);
      stderr.write('\n');
    };
    const read = (bytes: Buffer) => {
      for (const byte of bytes) {
        if (byte === 13 || byte === 10) {
          end();
          answer(Buffer.from(typed));
          typed = typed.fill(0);
          return;
        }
        // Ctrl-C and Ctrl-D
        if (byte === 3 || byte === 4) {
          end();
          refuse(noInput('broken off'));
          return;
        }
        typed = byte === 127 || byte === 8 ? withoutLast(typed) : [...typed, byte];
      }
    };
    stdin.on('data', read).resume();
  });
}

/** Takes back the last character, which may be several bytes. */
function withoutLast(bytes: readonly number[]): number[] {
  const start = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.slice(0, Math.max(0, start));
}

function noInput(message: string): PhoenixError {
  return new PhoenixError({
    code: 'secret/no-input',
    message,
    fix: 'give the value with --file FILE, or through standard input: pwgen 32 1 | phoenix secrets set NAME',
  });
}
