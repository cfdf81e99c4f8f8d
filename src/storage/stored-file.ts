import { PhoenixError, type Problem } from '../base/errors.js';
import { urlFault } from '../base/fetch-url.js';
import { shown } from '../base/shown.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { defaulted } from '../model/fields.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { type RemovalPolicy, removalField, removalOf } from '../model/removal.js';
import { downloadFactsCheck } from './facts-checks.js';
import { type DownloadSpec, describeDownload, fileIdentity, fileVolume } from './plan.js';
import { Storage } from './storage.js';

/** What a file of one content has to be called, and what it is to those that refer to it. */
export interface FileKind<Kind extends string = string> {
  readonly content: DownloadSpec['content'];
  /** As references call it: `container archive`. */
  readonly kind: Kind;
  readonly pattern: RegExp;
  /** What `pattern` asks for, behind "name": `a .iso or .img file`. */
  readonly expects: string;
  /** Said of a storage that takes other things only. */
  readonly plural: string;
}

/** What every file may say besides where it comes from. */
export interface StoredFileOptions {
  /**
   * What may become of the file once it left the program, or is told to go. `'destroy'`: `applier destroy` and `applier apply --prune`
   * may remove it, if the applier fetched it and no guest uses it. `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The field of it. */
export const removalPolicy = defaulted(removalField('the file'), 'retain');

interface FileProps extends StoredFileOptions {
  readonly checksum?: DownloadSpec['checksum'];
}

const marker = Symbol.for('phoenix-cdk.StoredFile');

/** A file on a storage that comes from elsewhere: an archive, an ISO image, a disk image. */
export abstract class StoredFile<Kind extends string = string> extends Resource<DownloadSpec> implements Referable {
  /** Volume id of the file: `local:import/debian-13-generic-amd64.qcow2`. */
  readonly volume: string;
  /** What it is to those that refer to it. */
  readonly kind: Kind;

  private readonly spec: DownloadSpec;

  protected constructor(
    storage: Storage,
    kind: FileKind<Kind>,
    file: string,
    from: DownloadSpec['from'],
    { checksum, removalPolicy }: FileProps = {},
  ) {
    super(storage, file);
    refuseNoStorage(storage, this.node.path);
    Object.defineProperty(this, marker, { value: true });
    const sum = checksum === undefined ? {} : { checksum };
    this.spec = { storage: storage.storageId, content: kind.content, file, from, ...sum, ...removalOf(removalPolicy) };
    this.volume = fileVolume(this.spec);
    this.kind = kind.kind;
    const problems = [
      ...nameProblems(kind, file),
      ...checksumProblems(checksum),
      ...urlProblems(kind, from),
      ...storageProblems(kind, storage),
    ];
    if (problems.length > 0) {
      throw new PhoenixError(problems.map((problem) => ({ ...problem, path: this.node.path })));
    }
  }

  get [reference](): ReferenceTarget {
    return { kind: this.kind, plain: this.volume, host: this.host.node.path };
  }

  get identity(): string {
    return fileIdentity(this.spec);
  }

  complete(_completion: Completion): DownloadSpec {
    return this.spec;
  }

  override checks(): readonly Check[] {
    return [downloadFactsCheck(isStoredFile, Storage.isStorage)];
  }

  describe(spec: DownloadSpec, place: Place): Outcome {
    return describeDownload(spec, place);
  }
}

/** A stack or a host would do as a scope, and is nothing that files lie on. */
function refuseNoStorage(storage: unknown, path: string): void {
  if (!Storage.isStorage(storage)) {
    throw new PhoenixError({
      code: 'config/wrong-value',
      message: `the file is put on ${shown(storage)}, expected a Storage`,
      path,
      fix: "give the storage that keeps it as the first argument: Storage.fromName(stack, 'local')",
    });
  }
}

/** The one sum that is given; undefined if none is. Throws `download/checksum` for two. */
export function checksumOf(
  { sha256, sha512 }: { readonly sha256?: string | undefined; readonly sha512?: string | undefined },
  path: string,
): DownloadSpec['checksum'] {
  if (sha256 !== undefined && sha512 !== undefined) {
    throw new PhoenixError({
      code: 'download/checksum',
      message: 'two checksums are given, and one decides',
      path,
      fix: 'leave `sha256` or `sha512` out',
    });
  }
  if (sha512 !== undefined) {
    return { algorithm: 'sha512', value: sha512 };
  }
  return sha256 === undefined ? undefined : { algorithm: 'sha256', value: sha256 };
}

function nameProblems({ pattern, expects }: FileKind, file: string): Problem[] {
  if (pattern.test(file) && file.length <= 255) {
    return [];
  }
  return [
    {
      code: 'download/name',
      message: `${JSON.stringify(file)} is no name that Proxmox takes for such a file`,
      value: file,
      fix: `name ${expects}, of letters, digits and \`.\`, \`_\`, \`+\`, \`=\`, \`-\``,
    },
  ];
}

function isStoredFile(construct: unknown): construct is StoredFile {
  return typeof construct === 'object' && construct !== null && marker in construct;
}

const digits = { sha256: 64, sha512: 128 } as const;

function checksumProblems(checksum: DownloadSpec['checksum']): Problem[] {
  if (checksum === undefined || new RegExp(`^[0-9a-f]{${digits[checksum.algorithm]}}$`).test(checksum.value)) {
    return [];
  }
  const { algorithm, value } = checksum;
  return [
    {
      code: 'download/checksum',
      message: `${JSON.stringify(value)} is no ${algorithm === 'sha256' ? 'SHA-256' : 'SHA-512'}`,
      value,
      fix: `give the ${digits[algorithm]} hexadecimal digits that \`${algorithm}sum\` prints`,
    },
  ];
}

function urlProblems({ content }: FileKind, from: DownloadSpec['from']): Problem[] {
  if (typeof from === 'string' || !('url' in from)) {
    return [];
  }
  const { url } = from;
  const fault = urlFault(url);
  if (fault !== undefined) {
    return [{ code: 'download/url', ...fault }];
  }
  if (content !== 'vztmpl' && /\.(gz|xz|zst|bz2|zip|lzo)$/i.test(url)) {
    return [
      {
        code: 'download/compressed',
        message: `${JSON.stringify(url)} is compressed, and Proxmox reads the file as it comes`,
        value: url,
        fix: 'fetch it uncompressed, from a mirror of your own if there is no other',
      },
    ];
  }
  return [];
}

function storageProblems({ content, plural }: FileKind, storage: Storage): Problem[] {
  if (storage.content.length === 0 || storage.content.includes(content)) {
    return [];
  }
  return [
    {
      code: 'storage/content',
      message: `storage ${storage.storageId} takes ${storage.content.join(', ')}, but no ${plural}`,
      value: storage.storageId,
      fix: `add \`${content}\` to the content of the storage, or use another storage`,
    },
  ];
}
