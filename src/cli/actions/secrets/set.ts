import { checkSecretName } from '../../../model/secret-ref.js';
import { type Action, exitCodes } from '../../command.js';
import { readSecretValue } from '../../secret-input.js';
import { openVault, putSecret } from '../../secret-vault.js';

/** Puts a secret into the vault. */
export const set: Action = async (call) => {
  const name = checkSecretName(call.words[0] ?? '');
  const vault = openVault(call);
  const isReplaced = await putSecret(vault, name, await readSecretValue(call, name));
  return {
    code: exitCodes.done,
    data: { name, replaced: isReplaced },
    text: (style) => `${style.strong(name)}: ${isReplaced ? 'replaced' : 'new'}`,
  };
};
