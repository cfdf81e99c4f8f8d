import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { addTo } from '../base/group.js';
import { compareText } from '../base/stable.js';
import { armored, messageBytes, outlineOf } from '../format/openpgp-message.js';
import { literalSecrets } from '../format/secret-shapes.js';
import type { Artifact } from '../model/artifact.js';
import type { Finding } from '../model/finding.js';
import { encryptedPath, type SecretUse, secretsOf, type UsedSecret } from '../model/secret-use.js';
import type { Described } from './resource.js';
import { declaredSecrets } from './secret-declarations.js';
import type { VaultReader } from './vault-reader.js';

/** The secrets that steps use and those that constructs declare, by name. Throws `secret/declared-twice`. */
export function usedSecrets(root: IConstruct, described: readonly Described[]): UsedSecret[] {
  const uses = new Map<string, SecretUse[]>();
  for (const { outcome, home, path } of described) {
    for (const step of outcome.steps) {
      const use = { host: home.host.hostName, stack: home.name, path, resource: step.resource, step: step.id };
      secretsOf(step).forEach((name) => addTo(uses, name, use));
    }
  }
  const declared = declaredSecrets(root);
  return [...new Set([...uses.keys(), ...declared.keys()])].sort(compareText).map((name) => {
    const policy = declared.get(name);
    return { name, uses: uses.get(name) ?? [], ...(policy === undefined ? {} : { policy }) };
  });
}

/** The encrypted files that go into the assembly: those of used secrets, armored. */
export function vaultFiles(secrets: readonly UsedSecret[], vault: VaultReader): Artifact[] {
  return secrets.flatMap(({ name, uses }) => {
    const file = uses.length === 0 ? undefined : vault.read(name);
    return file === undefined ? [] : [{ path: encryptedPath(name), text: armored(messageBytes(file)) }];
  });
}

/** What the applier would stop at: secrets that the vault lacks, and files in it that are none. */
export function vaultFindings(secrets: readonly UsedSecret[], vault: VaultReader): Finding[] {
  return secrets.flatMap((secret) => {
    const paths = [...new Set(secret.uses.map((use) => use.path))];
    const found = paths.length === 0 ? undefined : stateOf(secret, vault.read(secret.name));
    return found === undefined ? [] : paths.map((path): Finding => ({ ...found, path, value: secret.name }));
  });
}

/** Secrets that stand in clear in what is written, with file and line and never the value. */
export function literalFindings(described: readonly Described[]): Finding[] {
  return described.flatMap(({ outcome, path }) => {
    const places = [
      ...outcome.files.flatMap((file) => placesIn(file.path, file.text)),
      ...outcome.steps.flatMap((step) => placesIn(`step ${step.id}`, textsOf(step).join('\n'), false)),
    ];
    return [...new Set(places)].map(
      (place): Finding => ({
        code: 'secret/literal',
        severity: 'warning',
        path,
        message: place,
        fix: 'put it into the vault (phoenix secrets set NAME), refer to it with Secret.fromVault, and change it where it was issued',
      }),
    );
  });
}

function stateOf({ name, policy }: UsedSecret, file: Uint8Array | undefined): Omit<Finding, 'path'> | undefined {
  if (file === undefined) {
    return {
      code: 'secret/missing',
      severity: 'warning',
      message: `the vault has no secret ${name}, so the applier will refuse the steps that need it`,
      fix: policy === undefined ? `phoenix secrets set ${name}` : 'phoenix secrets ensure',
    };
  }
  try {
    const { isWidelyReadable } = outlineOf(messageBytes(file));
    return isWidelyReadable
      ? undefined
      : {
          code: 'secret/new-packets',
          severity: 'warning',
          message: `the secret ${name} is encrypted in packets that GnuPG 2.2 of Proxmox VE 8 cannot read`,
          fix: 'phoenix secrets rekey --all',
        };
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    const [problem] = error.problems;
    return {
      code: 'secret/unreadable',
      severity: 'error',
      message: `${name}: ${problem?.message ?? ''}`,
      ...(problem?.fix === undefined ? {} : { fix: problem.fix }),
    };
  }
}

function placesIn(where: string, text: string, hasLines = true): string[] {
  return literalSecrets(text).map(
    ({ line, what }) => `${where}${hasLines ? `, line ${line},` : ''} holds what looks like ${what}`,
  );
}

/** Every text in a step; what stands as name and value in one, as such. */
function textsOf(value: object, texts: string[] = []): string[] {
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members)) {
    const inner = members[key];
    if (typeof inner === 'string') {
      texts.push(`${key}=${inner}`);
    } else if (typeof inner === 'object' && inner !== null) {
      textsOf(inner, texts);
    }
  }
  const { name, value: given } = members;
  if (typeof name === 'string' && typeof given === 'string') {
    texts.push(`${name}=${given}`);
  }
  return texts;
}
