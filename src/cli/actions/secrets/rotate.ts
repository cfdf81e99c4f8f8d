import { collectProblems, PhoenixError, type Problem } from '../../../base/errors.js';
import { type CompletePolicy, completePolicy } from '../../../model/secret-policy.js';
import { openSecret } from '../../../toolkit/vault/decrypt.js';
import { generateSecret, withNewPassword } from '../../../toolkit/vault/generate.js';
import { type Action, type Call, exitCodes } from '../../command.js';
import { readProject } from '../../project.js';
import { decrypterOf, openVault, policyOf, putSecret } from '../../secret-vault.js';
import { programSecrets } from './program-secrets.js';

/** New values: all of them, or none. The stacks that use them change with the next apply. */
export const rotate: Action = async (call) => {
  const vault = openVault(call);
  const problems = collectProblems(call.words.map((name) => () => void vault.read(name)));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const declared = await declaredPolicies(call);
  const given = policyOf(call.options);
  const ofPeople = call.words.filter((name) => given === undefined && !declared.has(name));
  if (ofPeople.length > 0) {
    throw new PhoenixError(ofPeople.map(setByPeople));
  }
  const fresh: { name: string; content: Buffer }[] = [];
  for (const name of call.words) {
    const policy = given ?? declared.get(name);
    // what the program declares is nothing but a password; everything else may hold fields of people
    const content =
      policy !== undefined && declared.has(name)
        ? generateSecret(policy)
        : withNewPassword(
            (await openSecret(vault, name, await decrypterOf(call))).content,
            policy ?? completePolicy({}),
          );
    fresh.push({ name, content });
  }
  for (const { name, content } of fresh) {
    await putSecret(vault, name, content);
  }
  return {
    code: exitCodes.done,
    data: { rotated: call.words },
    text: () => `rotated ${call.words.join(', ')}`,
    notes: () =>
      'Next  phoenix synth, then apply: what uses them changes. What others keep of them has to be changed there.',
  };
};

/** What somebody else knows, a token of a service, cannot be made up. */
function setByPeople(name: string): Problem {
  return {
    code: 'secret/not-generated',
    message: `nothing says that ${name} is made up: a new value of ours would take the place of one that somebody set`,
    value: name,
    fix: `phoenix secrets set ${name}; or say how it is made: phoenix secrets rotate ${name} --length 32`,
  };
}

/** A vault may be used without any program. */
async function declaredPolicies(call: Call): Promise<ReadonlyMap<string, CompletePolicy>> {
  if (readProject(call).app === undefined) {
    return new Map();
  }
  const { secrets } = await programSecrets(call);
  return new Map(secrets.flatMap(({ name, policy }) => (policy === undefined ? [] : [[name, policy] as const])));
}
