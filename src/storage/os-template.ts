import { PhoenixError } from '../base/errors.js';
import { type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { archiveVolume, describeOsTemplate, type OsTemplateSpec, osTemplateIdentity } from './plan.js';
import type { Storage } from './storage.js';

export interface OsTemplateFromUrlOptions {
  /** SHA-512 of the archive, 128 hexadecimal digits. The applier checks it before the archive is used. */
  readonly sha512: string;
  /**
   * Where the archive is fetched from.
   * @default - Proxmox's own server for container templates
   */
  readonly url?: string;
}

export interface OsTemplateFromCatalogueOptions {
  /**
   * SHA-512 of the archive, 128 hexadecimal digits.
   * @default - whatever Proxmox's catalogue says
   */
  readonly sha512?: string;
}

/** An archive with the root file system of a distribution, which containers are made from. */
export class OsTemplate extends Resource<OsTemplateSpec> implements Referable {
  /** Fetched by URL and checked. Throws `config/*` and `archive/*`. */
  static fromUrl(storage: Storage, file: string, options: OsTemplateFromUrlOptions): OsTemplate {
    const { sha512, url = proxmoxArchive(file) } = readProps(fromUrlTable, options, `${storage.node.path}/${file}`);
    return new OsTemplate(storage, { storage: storage.storageId, file, url, sha512 });
  }

  /** Fetched by `pveam` from Proxmox's catalogue, which lists a file only until its next build. Throws `config/*` and `archive/*`. */
  static fromCatalogue(storage: Storage, file: string, options: OsTemplateFromCatalogueOptions = {}): OsTemplate {
    const { sha512 } = readProps(fromCatalogueTable, options, `${storage.node.path}/${file}`);
    return new OsTemplate(storage, { storage: storage.storageId, file, url: undefined, sha512 });
  }

  /** Volume that `pct create` takes: `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`. */
  readonly volume: string;

  private constructor(
    storage: Storage,
    private readonly spec: OsTemplateSpec,
  ) {
    super(storage, spec.file);
    this.volume = archiveVolume(spec);
    checkSpec(this.node.path, spec, storage);
  }

  get [reference](): ReferenceTarget {
    return { kind: 'container archive', plain: this.volume, host: this.host.node.path };
  }

  get identity(): string {
    return osTemplateIdentity(this.volume);
  }

  complete(_completion: Completion): OsTemplateSpec {
    return this.spec;
  }

  describe(spec: OsTemplateSpec, place: Place): Outcome {
    return describeOsTemplate(spec, place);
  }
}

const sha512 = text('SHA-512 of the archive.');

/** What `OsTemplate.fromUrl` says; without the checksum anything could be fetched. */
const fromUrlTable = table('OsTemplate.fromUrl', { sha512: required(sha512), url: text('Where it is fetched from.') });

const fromCatalogueTable = table('OsTemplate.fromCatalogue', { sha512 });

function proxmoxArchive(file: string): string {
  return `http://download.proxmox.com/images/system/${file}`;
}

function checkSpec(path: string, spec: OsTemplateSpec, storage: Storage): void {
  const problems = [
    ...(/^[A-Za-z0-9][A-Za-z0-9._+-]*\.tar(\.(gz|xz|zst|bz2))?$/.test(spec.file)
      ? []
      : [
          {
            code: 'archive/name',
            message: `${JSON.stringify(spec.file)} is no archive that Proxmox takes`,
            path,
            value: spec.file,
            fix: 'name a .tar, .tar.gz, .tar.xz, .tar.zst or .tar.bz2 file',
          },
        ]),
    ...(spec.sha512 === undefined || /^[0-9a-f]{128}$/.test(spec.sha512)
      ? []
      : [
          {
            code: 'archive/sha512',
            message: `${JSON.stringify(spec.sha512)} is no SHA-512`,
            path,
            value: spec.sha512,
            fix: 'give the 128 hexadecimal digits that `sha512sum` prints',
          },
        ]),
    ...(spec.url === undefined || /^https?:\/\/[^\s'"]+$/.test(spec.url)
      ? []
      : [
          {
            code: 'archive/url',
            message: `${JSON.stringify(spec.url)} is no URL to fetch from`,
            path,
            value: spec.url,
            fix: 'begin with http:// or https://',
          },
        ]),
    ...(storage.content.length === 0 || storage.content.includes('vztmpl')
      ? []
      : [
          {
            code: 'storage/content',
            message: `storage ${storage.storageId} takes ${storage.content.join(', ')}, but no container archives`,
            path,
            value: storage.storageId,
            fix: 'add `vztmpl` to the content of the storage, or use another storage',
          },
        ]),
  ];
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}
