import { type Action, exitCodes } from '../../command.js';
import { openVault } from '../../secret-vault.js';

/** Lists the names of all secrets. */
export const list: Action = (call) => {
  const vault = openVault(call);
  const names = vault.names();
  return {
    code: exitCodes.done,
    data: { vault: vault.path, secrets: names.map((name) => ({ name })) },
    text: () => names.join('\n'),
    notes: () => (names.length === 0 ? 'The vault is empty.' : ''),
  };
};
