import { generateSecret } from '../../../toolkit/vault/generate.js';
import { VaultFolder } from '../../../toolkit/vault/vault-folder.js';
import { type Action, exitCodes } from '../../command.js';
import { putSecret } from '../../secret-vault.js';
import { programSecrets } from './program-secrets.js';

/** Makes what the program declares and the vault lacks; what is there stays. */
export const ensure: Action = async (call) => {
  const { secrets, vault: found } = await programSecrets(call);
  const vault = VaultFolder.open(found.path);
  const made: string[] = [];
  for (const { name, policy } of secrets) {
    if (policy !== undefined && !vault.has(name)) {
      await putSecret(vault, name, generateSecret(policy));
      made.push(name);
    }
  }
  const missing = secrets.filter(({ name }) => !vault.has(name)).map(({ name }) => name);
  return {
    code: exitCodes.done,
    data: { made, missing },
    text: () => (made.length === 0 ? 'nothing to make' : `made ${made.join(', ')}`),
    notes: (style) =>
      missing.length === 0 ? '' : style.careful(`Still to be set by somebody who knows them: ${missing.join(', ')}`),
  };
};
