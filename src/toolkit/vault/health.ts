import { PhoenixError, type Problem } from '../../base/errors.js';
import { type MessageOutline, messageBytes, outlineOf } from '../../format/openpgp-message.js';
import type { Finding } from '../../model/finding.js';
import { type Decrypt, openSecret } from './decrypt.js';
import { publicKeysIn, type Recipient, recipientsOf } from './public-keys.js';
import { isFor } from './rekey.js';
import type { VaultFolder } from './vault-folder.js';

/**
 * Everything that is wrong with a vault, or will be soon: keys, recipients, files. With `decrypt` also what only shows inside: whether each
 * secret is whole, and of its name.
 */
export async function vaultHealth(vault: VaultFolder, decrypt: Decrypt | undefined, now: Date): Promise<Finding[]> {
  const findings: Finding[] = [];
  const attempt = async <T>(path: string, action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await action();
    } catch (error) {
      if (!PhoenixError.isPhoenixError(error)) {
        throw error;
      }
      findings.push(...error.problems.map((problem) => errorAt(path, problem)));
      return undefined;
    }
  };
  const keys = (await attempt('.public-keys', () => publicKeysIn(vault))) ?? [];
  findings.push(...keys.flatMap((key) => expiring(key, now)));
  const recipients = new Map<string, readonly Recipient[] | undefined>();
  for (const folder of vault.recipientFolders()) {
    recipients.set(folder, await attempt(folder, () => recipientsOf(vault, folder)));
  }
  for (const name of vault.names()) {
    await attempt(name, async () => {
      const outline = outlineOf(messageBytes(vault.read(name)));
      findings.push(...shownOutside(name, outline, recipients.get(vault.recipientFolder(name))));
      if (decrypt !== undefined) {
        const { content, isBound } = await openSecret(vault, name, decrypt);
        content.fill(0);
        findings.push(...(isBound ? [] : [unbound(name)]));
      }
    });
  }
  return [...findings, ...vault.unnamable().map(unnamable)];
}

function errorAt(path: string, { code, message, fix }: Problem): Finding {
  return { code, severity: 'error', path, message, ...(fix === undefined ? {} : { fix }) };
}

const month = 30 * 24 * 60 * 60 * 1000;

function expiring({ expires, fingerprint, name }: Recipient, now: Date): Finding[] {
  const isSoon = expires !== undefined && expires > now && expires.getTime() - now.getTime() < month;
  return isSoon
    ? [
        {
          code: 'vault/key-expires',
          severity: 'warning',
          path: '.public-keys',
          message: `${name} (${fingerprint}) expires on ${expires.toISOString().slice(0, 10)}`,
          fix: 'let its owner prolong it and give you the new public key: phoenix secrets rekey --add KEYFILE',
        },
      ]
    : [];
}

function shownOutside(
  path: string,
  { keyIds, hasPassphrase, isWidelyReadable }: MessageOutline,
  recipients: readonly Recipient[] | undefined,
): Finding[] {
  const findings: Finding[] = [];
  if (recipients !== undefined && !isFor(keyIds, recipients)) {
    findings.push({
      code: 'vault/other-recipients',
      severity: 'warning',
      path,
      message: 'it is encrypted to others than .gpg-id says',
      fix: 'phoenix secrets rekey',
    });
  }
  if (hasPassphrase) {
    findings.push({
      code: 'vault/passphrase',
      severity: 'warning',
      path,
      message: 'a passphrase opens it too, which somebody may guess',
      fix: 'phoenix secrets rekey --all',
    });
  }
  if (!isWidelyReadable) {
    findings.push({
      code: 'secret/new-packets',
      severity: 'warning',
      path,
      message: 'it is in packets that GnuPG 2.2 of Proxmox VE 8 cannot read',
      fix: 'phoenix secrets rekey --all',
    });
  }
  return findings;
}

function unbound(path: string): Finding {
  return {
    code: 'secret/unbound',
    severity: 'info',
    path,
    message:
      'it does not say of which name it is, as secrets made by pass do: exchanged with another, nobody would notice',
    fix: 'phoenix secrets rekey --all',
  };
}

function unnamable(path: string): Finding {
  return {
    code: 'secret/unnamable',
    severity: 'info',
    path,
    message: 'no program can refer to this name',
    fix: 'rename it with small letters and without blanks: pass mv',
  };
}
