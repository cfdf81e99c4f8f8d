import { type Field, text } from '../../model/fields.js';
import { secretField } from '../../model/secret-field.js';
import type { SecretRef } from '../../model/secret-ref.js';

/** Names of machines and IP addresses. */
const dnsName = String.raw`[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*`;
const ipv6 = '[0-9A-Fa-f]*:[0-9A-Fa-f:.]*';

export const serverName = {
  pattern: new RegExp(`^(?:${dnsName}|${ipv6})$`),
  expects: 'a DNS name or an IP address',
};

/** A server with the port that it listens on, which may be left out. */
export const portalName = {
  pattern: new RegExp(`^(?:${dnsName}(?::[0-9]{1,5})?|\\[${ipv6}\\](?::[0-9]{1,5})?|${ipv6})$`),
  expects: 'a DNS name or an IP address, with `:` and a port if it is not the usual one',
};

export const volumeGroupName = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  expects: 'a name of LVM: two characters or more of letters, digits, `.`, `_` and `-`',
};

/** A word that goes into a line of storage.cfg as it is. */
export const plainWord = { pattern: /^[^\s\0,]+$/, expects: 'text without blanks and commas' };

/** Text that may hold blanks, though not around it. */
export const plainLine = { pattern: /^[^\s\0]([^\n\r\0]*[^\s\0])?$/, expects: 'one line of text' };

/** A name of an export, share or folder on a server. */
export function pathOnServer(doc: string): Field<string, 'optional'> {
  return text(doc, {
    pattern: /^(?!.*\/\.\.?(\/|$))\/[^\s,]*$/,
    expects: 'an absolute path without blanks, commas, `.` and `..`',
  });
}

/** Something that no entry and no command may hold. */
export function secret(doc: string): Field<SecretRef, 'optional'> {
  return secretField(doc);
}
