import { pathIn } from '../core/scope.js';
import { required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import type { Storage } from './storage.js';
import { checksumOf, type FileKind, removalPolicy, StoredFile, type StoredFileOptions } from './stored-file.js';

export interface OsTemplateFromUrlOptions extends StoredFileOptions {
  /** SHA-512 of the archive, 128 hexadecimal digits. The applier checks it before the archive is used. */
  readonly sha512: string;
  /**
   * Where the archive is fetched from.
   * @default - Proxmox's own server for container templates
   */
  readonly url?: string;
}

export interface OsTemplateFromCatalogueOptions extends StoredFileOptions {
  /**
   * SHA-512 of the archive, 128 hexadecimal digits.
   * @default - whatever Proxmox's catalogue says
   */
  readonly sha512?: string;
}

/** An archive with the root file system of a distribution, which containers are made from. */
export class OsTemplate extends StoredFile<'container archive'> {
  /** Fetched by URL and checked. Throws `config/*` and `download/*`. */
  static fromUrl(storage: Storage, file: string, options: OsTemplateFromUrlOptions): OsTemplate {
    const path = pathIn(storage, file);
    const { sha512, url = proxmoxArchive(file), removalPolicy } = readProps(fromUrlTable, options, path);
    return new OsTemplate(storage, archives, file, { url }, { checksum: checksumOf({ sha512 }, path), removalPolicy });
  }

  /** Fetched by `pveam` from Proxmox's catalogue, which lists a file only until its next build. Throws `config/*` and `download/*`. */
  static fromCatalogue(storage: Storage, file: string, options: OsTemplateFromCatalogueOptions = {}): OsTemplate {
    const path = pathIn(storage, file);
    const { sha512, removalPolicy } = readProps(fromCatalogueTable, options, path);
    return new OsTemplate(storage, archives, file, 'catalogue', {
      checksum: checksumOf({ sha512 }, path),
      removalPolicy,
    });
  }

  /** An archive that somebody else keeps: it has to be there, and is never fetched. Throws `download/name`. */
  static fromName(storage: Storage, file: string): OsTemplate {
    return new OsTemplate(storage, archives, file, 'nowhere');
  }
}

const archives: FileKind<'container archive'> = {
  content: 'vztmpl',
  kind: 'container archive',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._+=-]*\.tar(\.(gz|xz|zst|bz2))?$/,
  expects: 'a .tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2 file',
  plural: 'container archives',
};

const sha512 = text('SHA-512 of the archive.');

/** What `OsTemplate.fromUrl` says; without the checksum anything could be fetched. */
const fromUrlTable = table('OsTemplate.fromUrl', {
  sha512: required(sha512),
  url: text('Where it is fetched from.'),
  removalPolicy,
});

const fromCatalogueTable = table('OsTemplate.fromCatalogue', { sha512, removalPolicy });

function proxmoxArchive(file: string): string {
  return `http://download.proxmox.com/images/system/${file}`;
}
