import { PhoenixError, type Problem } from '../base/errors.js';
import { pathIn } from '../core/scope.js';
import { text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { isAtLeast } from '../model/pve-version.js';
import { readProps } from '../model/read-props.js';
import type { Storage } from './storage.js';
import { type FileKind, removalPolicy, StoredFile, type StoredFileOptions } from './stored-file.js';

export interface OciImageOptions extends StoredFileOptions {
  /**
   * Name of the file on the storage, ending in .tar.
   * @default - what Proxmox makes of the reference: `nginx_1.27.tar` of `docker.io/library/nginx:1.27`
   */
  readonly file?: string;
}

/**
 * An image of an application, such as Docker Hub has them, which containers are made from. It lies on a storage that takes `vztmpl`.
 *
 * From Proxmox VE 9.1 on; the host needs the package skopeo.
 */
export class OciImage extends StoredFile<'container archive'> {
  /**
   * Pulled from a registry by Proxmox, once.
   *
   * What a tag stands for may change at the registry; the file stays what was pulled first, and nothing checks it. Throws `config/*`,
   * `download/*`.
   */
  static fromRegistry(storage: Storage, oci: string, options: OciImageOptions = {}): OciImage {
    const path = pathIn(storage, oci);
    const { file = fileOf(oci), removalPolicy } = readProps(optionsTable, options, path);
    const problems = [...referenceProblems(oci), ...releaseProblems(storage)];
    if (problems.length > 0) {
      throw new PhoenixError(problems.map((problem) => ({ ...problem, path })));
    }
    return new OciImage(storage, ociArchives, file, { oci }, { removalPolicy });
  }

  /** An image that somebody else pulled: it has to be there, and is never pulled. Throws `download/*`. */
  static fromName(storage: Storage, file: string): OciImage {
    const path = pathIn(storage, file);
    const problems = releaseProblems(storage);
    if (problems.length > 0) {
      throw new PhoenixError(problems.map((problem) => ({ ...problem, path })));
    }
    return new OciImage(storage, ociArchives, file, 'nowhere');
  }
}

const ociArchives: FileKind<'container archive'> = {
  content: 'vztmpl',
  kind: 'container archive',
  // Proxmox makes `_` of every other letter of a name that it is given
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*\.tar$/,
  expects: 'a .tar file',
  plural: 'container archives',
};

const optionsTable = table('OciImage.fromRegistry', { file: text('Name of the file on the storage.'), removalPolicy });

/** The last part of the reference, as Proxmox names the file after it. */
function fileOf(oci: string): string {
  return `${oci.slice(oci.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9_.-]/g, '_')}.tar`;
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const registry = String.raw`${label}(?:\.${label})*(?::\d+)?`;
const part = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const ociReference = new RegExp(`^(?:${registry}/)?${part}(?:/${part})*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`);

function referenceProblems(oci: string): Problem[] {
  if (ociReference.test(oci)) {
    return [];
  }
  return [
    {
      code: 'download/reference',
      message: `${JSON.stringify(oci)} is no reference that Proxmox takes`,
      value: oci,
      fix: 'give registry, name and tag, such as `docker.io/library/nginx:1.27`; it takes no digests',
    },
  ];
}

function releaseProblems({ host }: Storage): Problem[] {
  if (isAtLeast(host.pveVersion, '9.1')) {
    return [];
  }
  return [
    {
      code: 'download/needs-release',
      message: `Proxmox VE makes containers of such images from 9.1 on, and the host has ${host.pveVersion}`,
      value: host.pveVersion,
      fix: 'give an `OsTemplate`, or upgrade the host and correct its `pveVersion`',
    },
  ];
}
