import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PhoenixError } from '../../../base/errors.js';
import { checkSecretName } from '../../../model/secret-ref.js';
import { openSecret } from '../../../toolkit/vault/decrypt.js';
import { type Action, exitCodes } from '../../command.js';
import { decrypterOf, openVault, putSecret } from '../../secret-vault.js';

/** Opens a secret with the user's editor, in a folder in memory where the system has one. A new secret begins empty. */
export const edit: Action = async (call) => {
  const name = checkSecretName(call.words[0] ?? '');
  const vault = openVault(call);
  const before = vault.has(name) ? (await openSecret(vault, name, await decrypterOf(call))).content : Buffer.alloc(0);
  const memory = '/dev/shm';
  const inMemory = isWritable(memory);
  if (!inMemory) {
    call.warn(
      `This system has no ${memory}: the secret lies on disk, in a folder of your own, while the editor is open.`,
    );
  }
  const after = edited(mkdtempSync(join(inMemory ? memory : tmpdir(), 'phoenix-edit-')), before);
  const isSame = after.equals(before);
  before.fill(0);
  if (isSame || after.length === 0) {
    return { code: exitCodes.done, data: { name, changed: false }, text: () => `${name}: as it was` };
  }
  await putSecret(vault, name, after);
  return { code: exitCodes.done, data: { name, changed: true }, text: () => `${name}: changed` };
};

/** What the editor leaves. The folder is gone afterwards, whatever happens. */
function edited(folder: string, content: Buffer): Buffer {
  const file = join(folder, 'secret.txt');
  const editor = process.env['VISUAL'] ?? process.env['EDITOR'] ?? (process.platform === 'win32' ? 'notepad' : 'vi');
  // what ends the editor from outside must not end this program before it has cleaned up
  const ignore = () => {};
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  signals.forEach((signal) => process.on(signal, ignore));
  try {
    writeFileSync(file, content, { mode: 0o600 });
    const { status } = spawnSync(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
    if (status !== 0) {
      throw new PhoenixError({
        code: 'secret/editor',
        message: `${editor} ended with ${status ?? 'a signal'}; nothing was changed`,
        value: editor,
        fix: 'set EDITOR to an editor that waits until the file is closed',
      });
    }
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    signals.forEach((signal) => process.off(signal, ignore));
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
