import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PhoenixError } from '../../../base/errors.js';
import { secretRef, vaultName } from '../../../model/secret-ref.js';
import { openSecret } from '../../../toolkit/vault/decrypt.js';
import { fieldOf } from '../../../toolkit/vault/generate.js';
import { type Action, exitCodes } from '../../command.js';
import { decrypterOf, openVault } from '../../secret-vault.js';

/** Decrypts a secret, or a field of one. The only command whose output holds a value. */
export const get: Action = async (call) => {
  const { $secret } = secretRef(call.words[0] ?? '');
  const name = vaultName($secret);
  const vault = openVault(call);
  vault.read(name);
  const { content } = await openSecret(vault, name, await decrypterOf(call));
  const value = $secret === name ? content : Buffer.from(field(content, $secret));
  const to = call.options['to'];
  if (typeof to === 'string') {
    writeFileSync(resolve(call.cwd, to), value, { mode: 0o600, flag: 'wx' });
    return { code: exitCodes.done, data: { name: $secret, file: to }, text: () => `${$secret}: written to ${to}` };
  }
  const text = value.toString('utf8');
  if (!Buffer.from(text).equals(value)) {
    throw new PhoenixError({
      code: 'secret/no-text',
      message: `${name} is no text`,
      value: name,
      fix: 'write it to a file: --to FILE',
    });
  }
  const shown = text.replace(/\r?\n$/, '');
  return { code: exitCodes.done, data: { name: $secret, value: shown }, text: () => shown };
};

function field(content: Buffer, reference: string): string {
  const name = reference.slice(vaultName(reference).length + 1);
  const value = fieldOf(content, name);
  if (value === undefined) {
    throw new PhoenixError({
      code: 'secret/field',
      message: `${vaultName(reference)} has no field ${name}`,
      value: reference,
      fix: `add a line \`${name}: ...\` below the first: phoenix secrets edit ${vaultName(reference)}`,
    });
  }
  return value;
}
