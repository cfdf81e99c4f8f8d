import { vaultHealth } from '../../../toolkit/vault/health.js';
import { type Action, exitCodes } from '../../command.js';
import { count, findingsText } from '../../print-problems.js';
import { decrypterOf, openVault } from '../../secret-vault.js';

/** Looks at keys, recipients and files of the vault; with `--deep` also inside. */
export const doctor: Action = async (call) => {
  const vault = openVault(call);
  const isDeep = call.options['deep'] === true || typeof call.options['key'] === 'string';
  const findings = await vaultHealth(vault, isDeep ? await decrypterOf(call) : undefined, new Date());
  const hasErrors = findings.some(({ severity }) => severity === 'error');
  const names = vault.names().length;
  return {
    code: hasErrors ? exitCodes.failed : exitCodes.done,
    data: { vault: vault.path, secrets: names, deep: isDeep, findings },
    text: (style) =>
      [findingsText(findings, style), `${count(names, 'secret')}, ${count(findings.length, 'finding')}`]
        .filter((line) => line !== '')
        .join('\n'),
  };
};
