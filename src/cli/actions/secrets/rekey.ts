import { checkSecretName } from '../../../model/secret-ref.js';
import { keysNamed } from '../../../toolkit/vault/public-keys.js';
import { rekey } from '../../../toolkit/vault/rekey.js';
import { type Action, exitCodes } from '../../command.js';
import { count } from '../../print-problems.js';
import { decrypterOf, openVault } from '../../secret-vault.js';
import { keyFile } from './recipients.js';

/** Changes who may decrypt. */
export const rekeyVault: Action = async (call) => {
  const { add, remove, folder, all } = call.options;
  const vault = openVault(call);
  const keys = await Promise.all((add as readonly string[]).map((given) => keysNamed(keyFile(call.cwd, given))));
  const change = {
    folder: typeof folder === 'string' ? checkSecretName(folder) : '',
    add: keys.flat(),
    remove: remove as readonly string[],
    all: all === true,
  };
  const result = await rekey(vault, change, () => decrypterOf(call));
  return {
    code: exitCodes.done,
    data: result,
    text: () =>
      `${count(result.changed.length, 'secret')} encrypted anew, ${result.unchanged} as before; ${count(result.recipients.length, 'recipient')}`,
    notes: (style) =>
      change.remove.length === 0
        ? ''
        : style.careful(
            'Who was taken out still reads every version in the history of git, and knows what was read before. Give new values to what they could read: phoenix secrets rotate NAME...',
          ),
  };
};
