import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { compareText } from '../../base/stable.js';
import { checkSecretName, secretNamePattern } from '../../model/secret-ref.js';

const idFile = '.gpg-id';
const keyFolder = '.public-keys';

/**
 * A vault on disk, in the layout of a password store: `<name>.gpg` for each secret, `.gpg-id` with the recipients of a folder and all below
 * it, and the recipients' public keys in `.public-keys`. Nothing here is decrypted.
 */
export class VaultFolder {
  /** Throws `vault/missing` if there is no vault in the folder. */
  static open(path: string): VaultFolder {
    if (!existsSync(join(path, idFile))) {
      throw new PhoenixError({
        code: 'vault/missing',
        message: `there is no vault in ${path}`,
        path,
        fix: 'make one: `phoenix secrets init --recipient KEYFILE`',
      });
    }
    return new VaultFolder(path);
  }

  /** The folder, whether or not there is a vault in it yet. */
  constructor(readonly path: string) {}

  /** Names of all secrets, sorted. */
  names(): string[] {
    return this.files().filter((name) => secretNamePattern.test(name));
  }

  /** Encrypted files that no reference can name, because of capital letters or blanks. */
  unnamable(): string[] {
    return this.files().filter((name) => !secretNamePattern.test(name));
  }

  has(name: string): boolean {
    return secretNamePattern.test(name) && existsSync(this.fileOf(name));
  }

  /** Absolute path of a secret's file. */
  fileOf(name: string): string {
    return join(this.path, `${checkSecretName(name)}.gpg`);
  }

  /** The file as it is, armored or not. Throws `secret/missing`. */
  read(name: string): Uint8Array {
    if (!this.has(name)) {
      throw missing(name, this.names());
    }
    return readFileSync(this.fileOf(name));
  }

  write(name: string, message: string): void {
    writeWhole(this.fileOf(name), message, 0o600);
  }

  /** Throws `secret/missing`. */
  remove(name: string): void {
    if (!this.has(name)) {
      throw missing(name, this.names());
    }
    rmSync(this.fileOf(name));
    for (let folder = dirname(this.fileOf(name)); folder !== this.path && isEmpty(folder); folder = dirname(folder)) {
      rmdirSync(folder);
    }
  }

  /** The folder whose `.gpg-id` counts for a secret; the empty text is the vault itself. */
  recipientFolder(name: string): string {
    for (let folder = parentOf(name); folder !== ''; folder = parentOf(folder)) {
      if (existsSync(join(this.path, folder, idFile))) {
        return folder;
      }
    }
    return '';
  }

  /** All folders with recipients of their own, the vault itself first. */
  recipientFolders(): string[] {
    return filesBelow(this.path, '')
      .filter((path) => path === idFile || path.endsWith(`/${idFile}`))
      .map(parentOf)
      .sort(compareText);
  }

  /** What a folder's `.gpg-id` says: fingerprints where we wrote it, and whatever gpg takes where a person did. */
  recipientIds(folder: string): string[] {
    const path = join(this.path, folder, idFile);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
  }

  writeRecipientIds(folder: string, fingerprints: readonly string[]): void {
    writeWhole(join(this.path, folder, idFile), [...fingerprints, ''].join('\n'), 0o644);
  }

  /** Whether a folder's recipients are signed, as `pass` does where PASSWORD_STORE_SIGNING_KEY is set. */
  hasSignedRecipients(folder: string): boolean {
    return existsSync(join(this.path, folder, `${idFile}.sig`));
  }

  /** Files with public keys: name without `.asc`, and text. */
  publicKeyFiles(): { readonly name: string; readonly text: string }[] {
    const folder = join(this.path, keyFolder);
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.asc')) : [];
    return files
      .sort(compareText)
      .map((file) => ({ name: file.slice(0, -'.asc'.length), text: readFileSync(join(folder, file), 'utf8') }));
  }

  writePublicKey(fingerprint: string, text: string): void {
    writeWhole(join(this.path, keyFolder, `${fingerprint}.asc`), text, 0o644);
  }

  removePublicKey(fingerprint: string): void {
    rmSync(join(this.path, keyFolder, `${fingerprint}.asc`), { force: true });
  }

  private files(): string[] {
    return filesBelow(this.path, '')
      .filter((path) => path.endsWith('.gpg'))
      .map((path) => path.slice(0, -'.gpg'.length))
      .sort(compareText);
  }
}

/** Follows no links; looks into no hidden folder, such as that of git. */
function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') ? [] : filesBelow(root, path);
    }
    return entry.isFile() ? [path] : [];
  });
}

/** Either the old file or the whole new one. */
function writeWhole(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new PhoenixError({
      code: 'vault/in-the-way',
      message: `${path} is no file of its own`,
      path,
      fix: 'move it away: a vault holds plain files only, no links',
    });
  }
  writeFileSync(`${path}.new`, text, { mode });
  renameSync(`${path}.new`, path);
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function missing(name: string, names: readonly string[]): PhoenixError {
  const like = nearest(checkSecretName(name), names);
  return new PhoenixError({
    code: 'secret/missing',
    message: `the vault has no secret ${name}`,
    value: name,
    fix: like === undefined ? `put it there: phoenix secrets set ${name}` : `did you mean ${like}?`,
  });
}
