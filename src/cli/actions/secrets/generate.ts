import { PhoenixError } from '../../../base/errors.js';
import { completePolicy } from '../../../model/secret-policy.js';
import { checkSecretName } from '../../../model/secret-ref.js';
import { generateSecret } from '../../../toolkit/vault/generate.js';
import { type Action, exitCodes } from '../../command.js';
import { openVault, policyOf, putSecret } from '../../secret-vault.js';

/** Makes up a secret. One that is there stays: a new value is a rotation. */
export const generate: Action = async (call) => {
  const name = checkSecretName(call.words[0] ?? '');
  const policy = policyOf(call.options) ?? completePolicy({});
  const vault = openVault(call);
  if (vault.has(name)) {
    throw new PhoenixError({
      code: 'secret/exists',
      message: `the vault has a secret ${name} already`,
      value: name,
      fix: `give it a new value: phoenix secrets rotate ${name}`,
    });
  }
  await putSecret(vault, name, generateSecret(policy));
  return {
    code: exitCodes.done,
    data: { name, policy },
    text: (style) => `${style.strong(name)}: ${policy.length} characters, ${policy.alphabet}`,
  };
};
