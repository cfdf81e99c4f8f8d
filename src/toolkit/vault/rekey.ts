import { collectProblems, PhoenixError, type Problem } from '../../base/errors.js';
import { messageBytes, outlineOf } from '../../format/openpgp-message.js';
import { type Decrypt, openSecret } from './decrypt.js';
import { encryptSecret } from './encrypt.js';
import { findRecipient, publicKeysIn, type Recipient, usable } from './public-keys.js';
import type { VaultFolder } from './vault-folder.js';

export interface Rekeying {
  /** Folder of the vault whose recipients change; the empty text is the vault itself. */
  readonly folder: string;
  readonly add: readonly Recipient[];
  /** Fingerprints, or the ends of them, as `.gpg-id` has them. */
  readonly remove: readonly string[];
  /** Whether also those are encrypted anew that have the right recipients, which binds what `pass` made to its name. */
  readonly all: boolean;
}

export interface Rekeyed {
  /** Fingerprints of the folder's recipients now. */
  readonly recipients: readonly string[];
  /** Names of the secrets that were encrypted anew. */
  readonly changed: readonly string[];
  readonly unchanged: number;
}

/**
 * Changes recipients, and encrypts anew what they shall read or no longer read. Everything is decrypted before anything is written; what
 * cannot be decrypted refuses the whole.
 * @throws `vault/no-recipient`, `vault/signed-recipients`, and everything that cannot be decrypted, with its name
 */
export async function rekey(
  vault: VaultFolder,
  { folder, add, remove, all }: Rekeying,
  decrypt: () => Promise<Decrypt>,
): Promise<Rekeyed> {
  await Promise.all(add.map(usable));
  const former = vault.recipientIds(folder);
  const wanted = wantedIds(former, add, remove);
  if (vault.hasSignedRecipients(folder) && (add.length > 0 || remove.length > 0)) {
    throw signed(folder);
  }
  const recipientsFor = await assignment(vault, folder, wanted, add);
  const names = vault.names();
  const due = all ? names : differing(vault, names, recipientsFor);
  await Promise.all([...new Set(due.flatMap(recipientsFor))].map(usable));
  const opened = due.length === 0 ? [] : await openAll(vault, due, await decrypt());
  const messages = await Promise.all(
    opened.map(async ({ name, content }) => ({ name, text: await encryptSecret(name, content, recipientsFor(name)) })),
  );
  opened.forEach(({ content }) => content.fill(0));
  writeAll(vault, folder, { former, wanted, add, messages });
  return { recipients: wanted, changed: due, unchanged: names.length - due.length };
}

type Assignment = (name: string) => readonly Recipient[];

/** Who shall read which secret, with the folder's recipients as they will be. A key that is added takes the place of its former self. */
async function assignment(
  vault: VaultFolder,
  folder: string,
  wanted: readonly string[],
  add: readonly Recipient[],
): Promise<Assignment> {
  const keys = [...(await publicKeysIn(vault)), ...add];
  const known = [...new Map(keys.map((key) => [key.fingerprint, key])).values()];
  const byFolder = new Map(
    vault.recipientFolders().map((it) => [it, vault.recipientIds(it).map((id) => findRecipient(id, known))]),
  );
  byFolder.set(
    folder,
    wanted.map((id) => findRecipient(id, known)),
  );
  return (name) => {
    const now = vault.recipientFolder(name);
    const isInside = folder === '' || name.startsWith(`${folder}/`);
    return byFolder.get(isInside && folder.length > now.length ? folder : now) ?? [];
  };
}

function differing(vault: VaultFolder, names: readonly string[], recipientsFor: Assignment): string[] {
  const due: string[] = [];
  const problems = names.flatMap((name) =>
    collectProblems([
      () => {
        if (!isFor(outlineOf(messageBytes(vault.read(name))).keyIds, recipientsFor(name))) {
          due.push(name);
        }
      },
    ]).map((problem) => about(name, problem)),
  );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return due;
}

/** Whether a message is for exactly these: each has a key of its own among the ids, and there is no other id. */
export function isFor(keyIds: readonly string[], recipients: readonly Recipient[]): boolean {
  return (
    recipients.every((recipient) => recipient.keyIds.some((id) => keyIds.includes(id))) &&
    keyIds.every((id) => recipients.some((recipient) => recipient.keyIds.includes(id)))
  );
}

function wantedIds(former: readonly string[], add: readonly Recipient[], remove: readonly string[]): string[] {
  const leaving = remove.map((given) => {
    const hex = given.replaceAll(/\s/g, '').replace(/^0x/i, '').toUpperCase();
    const found = former.find((id) => id === given || (hex.length >= 16 && id.toUpperCase().endsWith(hex)));
    if (found === undefined) {
      throw new PhoenixError({
        code: 'vault/unknown-recipient',
        message: `${given} is no recipient`,
        value: given,
        fix: `the recipients are ${former.join(', ')}`,
      });
    }
    return found;
  });
  const staying = former.filter((id) => !leaving.includes(id));
  const wanted = [...new Set([...staying, ...add.map((recipient) => recipient.fingerprint)])];
  if (wanted.length === 0) {
    throw new PhoenixError({
      code: 'vault/no-recipient',
      message: 'nobody could read the secrets any more',
      fix: 'add another recipient in the same call: --add KEYFILE',
    });
  }
  return wanted;
}

async function openAll(vault: VaultFolder, names: readonly string[], decrypt: Decrypt) {
  const opened: { name: string; content: Buffer }[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const [result] = await Promise.allSettled([openSecret(vault, name, decrypt)]);
    if (result.status === 'fulfilled') {
      opened.push({ name, content: result.value.content });
    } else {
      problems.push(...collectProblems([() => rethrow(result.reason)]).map((problem) => about(name, problem)));
    }
  }
  if (problems.length > 0) {
    opened.forEach(({ content }) => content.fill(0));
    throw new PhoenixError(problems);
  }
  return opened;
}

function rethrow(reason: unknown): never {
  throw reason;
}

function about(name: string, problem: Problem): Problem {
  return problem.code === 'vault/no-key'
    ? {
        ...problem,
        message: `${name}: ${problem.message}, so it cannot be encrypted anew`,
        fix: 'do this where one of its present recipients has the private key, or give that with --key FILE; nothing was changed',
      }
    : { ...problem, message: `${name}: ${problem.message}` };
}

/** Recipients first: if the rest is interrupted, `rekey` goes on with what is still to be done. */
function writeAll(
  vault: VaultFolder,
  folder: string,
  plan: {
    readonly former: readonly string[];
    readonly wanted: readonly string[];
    readonly add: readonly Recipient[];
    readonly messages: readonly { readonly name: string; readonly text: string }[];
  },
): void {
  plan.add.forEach(({ fingerprint, key }) => vault.writePublicKey(fingerprint, key.armor().replaceAll('\r\n', '\n')));
  if (plan.wanted.join() !== plan.former.join()) {
    vault.writeRecipientIds(folder, plan.wanted);
  }
  plan.messages.forEach(({ name, text }) => vault.write(name, text));
  const stillUsed = new Set(vault.recipientFolders().flatMap((it) => vault.recipientIds(it)));
  plan.former
    .filter((id) => /^[0-9A-F]{40}$/.test(id) && !stillUsed.has(id))
    .forEach((id) => vault.removePublicKey(id));
}

function signed(folder: string): PhoenixError {
  return new PhoenixError({
    code: 'vault/signed-recipients',
    message: `the recipients of ${folder === '' ? 'the vault' : folder} are signed, and phoenix does not sign`,
    fix: 'change them with `pass init`, which signs them, then run `phoenix secrets rekey`',
  });
}
