import type { SecretUse } from '../../../model/secret-use.js';
import { lastChanges } from '../../../toolkit/vault/ages.js';
import { type Action, exitCodes } from '../../command.js';
import type { Style } from '../../style.js';
import { programSecrets } from './program-secrets.js';

interface AuditedSecret {
  readonly name: string;
  readonly state: 'used' | 'declared' | 'missing' | 'unused';
  /** When its file was last changed. */
  readonly changed?: string;
  /** Days since then. */
  readonly age?: number;
  readonly uses: readonly SecretUse[];
}

/** Which stacks and guests use which secret, and how old each is. Fails if one is missing. */
export const audit: Action = async (call) => {
  const { secrets, vault } = await programSecrets(call);
  const changes = lastChanges(vault);
  const now = Date.now();
  const known = new Map(secrets.map((secret) => [secret.name, secret]));
  const audited = [...new Set([...known.keys(), ...changes.keys()])].sort().map((name): AuditedSecret => {
    const changed = changes.get(name);
    const uses = known.get(name)?.uses ?? [];
    const state =
      changed === undefined ? 'missing' : uses.length > 0 ? 'used' : known.has(name) ? 'declared' : 'unused';
    return {
      name,
      state,
      uses,
      ...(changed === undefined
        ? {}
        : { changed: changed.toISOString(), age: Math.floor((now - changed.getTime()) / 86_400_000) }),
    };
  });
  return {
    code: audited.some(({ state }) => state === 'missing') ? exitCodes.failed : exitCodes.done,
    data: { vault: vault.path, secrets: audited },
    text: (style) => audited.map((secret) => lineOf(secret, style)).join('\n'),
    notes: () => (audited.length === 0 ? 'No secret is used, and the vault has none.' : ''),
  };
};

function lineOf({ name, state, age, uses }: AuditedSecret, style: Style): string {
  const shown = { missing: style.bad, unused: style.careful, declared: style.dim, used: style.good }[state](state);
  const old = age === undefined ? '' : `, ${age} days old`;
  const users = [...new Set(uses.map(({ stack, resource, path }) => `${stack}: ${resource} (${path})`))];
  return [`${style.strong(name)}  ${shown}${old}`, ...users.map((user) => `  ${user}`)].join('\n');
}
