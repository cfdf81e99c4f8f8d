import { collectProblems, PhoenixError } from '../../../base/errors.js';
import { type Action, exitCodes } from '../../command.js';
import { openVault } from '../../secret-vault.js';

/** Takes secrets out of the vault: all of them, or none. */
export const rm: Action = (call) => {
  const vault = openVault(call);
  const problems = collectProblems(call.words.map((name) => () => void vault.read(name)));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  call.words.forEach((name) => vault.remove(name));
  return {
    code: exitCodes.done,
    data: { removed: call.words },
    text: () => `removed ${call.words.join(', ')}`,
    notes: () => 'The history of git keeps them: whoever could read them still can. Change them where they are valid.',
  };
};
