import { isPlainObject } from '../../base/plain-object.js';
import { Entry, type InputFile } from './input.js';
import type { Ledger } from './ledger.js';

/** A value that looks like a secret, in place of which the tree that is mapped has this. */
export class FoundSecret {
  constructor(
    readonly entry: Entry,
    /** Its name in the vault. */
    readonly name: string,
  ) {}
}

/** The secrets of a file, and the file without them: what is mapped afterwards cannot write one out. */
export function withoutSecrets(file: InputFile, ledger: Ledger): { file: InputFile; secrets: readonly FoundSecret[] } {
  const secrets: FoundSecret[] = [];
  for (const entry of Entry.root(file).all()) {
    if (isSecret(entry, file)) {
      const secret = new FoundSecret(entry, vaultName(entry));
      secrets.push(secret);
      ledger.set(entry, 'secret', `looks like a secret; in the vault it is to be \`${secret.name}\``);
      ledger.todo(
        `put the secret of \`${entry.path}\` into the vault as \`${secret.name}\`, and change it: it stood in a file`,
        entry,
      );
    }
  }
  const ids = new Set(secrets.map(({ entry }) => entry.id));
  const value = pruned(Entry.root(file), ids);
  const { document } = file;
  return { file: { ...file, document: { value, locate: (keys, part) => document.locate(keys, part) } }, secrets };
}

function pruned(entry: Entry, secrets: ReadonlySet<string>): unknown {
  if (secrets.has(entry.id)) {
    return null;
  }
  const members = entry.members();
  if (Array.isArray(entry.value)) {
    return members.map((member) => pruned(member, secrets));
  }
  if (!isPlainObject(entry.value)) {
    return entry.value;
  }
  const result: Record<string, unknown> = {};
  for (const member of members) {
    // by definition: a key `__proto__` is a key like any other
    Object.defineProperty(result, member.key, { value: pruned(member, secrets), enumerable: true });
  }
  return result;
}

const shapes: readonly RegExp[] = [
  /\b(hf_|ghp_|gho_|ghs_|glpat-|dckr_pat_|xox[abprs]-|sk-|nvapi-|npm_)[A-Za-z0-9_-]{12,}/,
  /\bgithub_pat_\w{20,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /(^|[\s=:])\$(1|2[aby]|5|6|7|y|argon2id?)\$[^\s]{8,}/,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]+@/i,
];
const secretKey =
  /(^|[_\W]|[a-z](?=[A-Z]))(pass(word|wd|phrase)?|pwd|secret|token|api_?key|auth_?key|private_?key|credentials?)([_\W]?hash)?s?$/i;
const assignedSecret = /^-{0,2}[\w.-]*(password|passwd|secret|token|api[-_]?key)[\w.-]*[=:].+/i;
const suspiciousKey = /auth|key|hash|cred|cert|token|secret|pass|license/i;
const placeholder = /^(|none|null|not_set|unset|changeme|todo|default|prompt|ask|true|false|<.*>|\$\{.*\}|\/.*)$/i;

function isSecret(entry: Entry, file: InputFile): boolean {
  const { value, key } = entry;
  if (typeof value !== 'string' && typeof value !== 'number') {
    return false;
  }
  const text = String(value);
  if (typeof value === 'number') {
    return /pass(word|wd|phrase)?$|secret$/i.test(key);
  }
  if (shapes.some((shape) => shape.test(text))) {
    return true;
  }
  if (entry.isElement) {
    return assignedSecret.test(text) || secretFlag.test(before(entry, file));
  }
  if (placeholder.test(text) || /public|_file$|_path$|_url$/i.test(key)) {
    return false;
  }
  return (
    secretKey.test(key) || (suspiciousKey.test(key) && text.length >= 16 && entropy(text) > 3.5 && !/\s|\//.test(text))
  );
}

const secretFlag = /^--?[\w-]*(password|passwd|secret|token|api-?key)$/i;

/** The word before it in its list. */
function before(entry: Entry, file: InputFile): string {
  const list = entry.keys.slice(0, -1).reduce<Entry | undefined>((here, key) => here?.member(key), Entry.root(file));
  const previous = list?.member(String(Number(entry.key) - 1))?.value;
  return typeof previous === 'string' ? previous : '';
}

/** Bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** `lxc_configs.950.hf_token` becomes `lxc/950/hf_token`. */
function vaultName(entry: Entry): string {
  const words = entry.keys.map((key) => key.replace(/_?configs?$/i, '').replace(/[^A-Za-z0-9_-]+/g, '-'));
  return words.filter((word) => word !== '' && word !== '-').join('/');
}
