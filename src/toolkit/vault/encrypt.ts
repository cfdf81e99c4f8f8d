import { randomBytes } from 'node:crypto';
import { armored } from '../../format/openpgp-message.js';
import type { Recipient } from './public-keys.js';

/** What stands before a secret's name in the file name within its message. `pass edit` writes names of its own there. */
export const bindingPrefix = 'phoenix:';

/**
 * The secret as an armored message to the recipients, bound to its name: the name stands within the encryption, so that a message that was
 * moved to another name is noticed.
 *
 * AES-256 in packets that every GnuPG from 2.2 on reads, whatever the recipients' keys say they prefer.
 */
export async function encryptSecret(
  name: string,
  content: Uint8Array,
  recipients: readonly Recipient[],
): Promise<string> {
  const { createMessage, encrypt } = await import('openpgp');
  const message = await createMessage({ binary: content, filename: `${bindingPrefix}${name}` });
  const key = randomBytes(32);
  try {
    const bytes = await encrypt({
      message,
      encryptionKeys: recipients.map((recipient) => recipient.key),
      sessionKey: { data: key, algorithm: 'aes256' },
      config: { aeadProtect: false },
      format: 'binary',
    });
    return armored(bytes);
  } finally {
    key.fill(0);
  }
}
