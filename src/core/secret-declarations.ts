import type { Construct, IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { sortedKeys, stableJson } from '../base/stable.js';
import { propsOf } from '../model/read-props.js';
import { type CompletePolicy, completePolicy, type SecretPolicy } from '../model/secret-policy.js';
import { checkSecretName } from '../model/secret-ref.js';
import { scopeFor } from './scope.js';

const key = 'phoenix-cdk:secret';

interface Declaration {
  readonly name: string;
  readonly policy: CompletePolicy;
}

/** Says of a construct's program how a secret is made where the vault has none. Throws `secret/name`, `secret/policy`. */
export function declareSecret(scope: IConstruct, name: string, policy: SecretPolicy): void {
  const declaration: Declaration = { name: checkSecretName(name), policy: completePolicy(propsOf(policy)) };
  scopeFor(scope as Construct, name).node.addMetadata(key, declaration);
}

/** All declared secrets below a construct, by name. Throws `secret/declared-twice` for one that is declared in two ways. */
export function declaredSecrets(root: IConstruct): ReadonlyMap<string, CompletePolicy> {
  const found = new Map<string, { policy: CompletePolicy; path: string }>();
  for (const construct of root.node.findAll()) {
    for (const { type, data } of construct.node.metadata) {
      if (type === key) {
        const { name, policy } = data as Declaration;
        const other = found.get(name);
        if (other !== undefined && stableJson(other.policy) !== stableJson(policy)) {
          throw twice(name, other.path, construct.node.path);
        }
        found.set(name, { policy, path: construct.node.path });
      }
    }
  }
  return new Map(sortedKeys(Object.fromEntries(found)).flatMap((name) => policyOf(name, found.get(name)?.policy)));
}

function policyOf(name: string, policy: CompletePolicy | undefined): [string, CompletePolicy][] {
  return policy === undefined ? [] : [[name, policy]];
}

function twice(name: string, one: string, other: string): PhoenixError {
  return new PhoenixError({
    code: 'secret/declared-twice',
    message: `the secret ${name} is declared in two ways, at ${one || 'the app'} and at ${other || 'the app'}`,
    path: other,
    value: name,
    fix: 'declare it once, and refer to it with Secret.fromVault elsewhere',
  });
}
