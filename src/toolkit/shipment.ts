import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { assetPath, assetsBelow } from '../base/package-root.js';
import { sha256 } from '../base/stable.js';
import { signatureFile } from '../model/artifact.js';
import { encryptedPath, secretsOf } from '../model/secret-use.js';
import { isSigned } from './altered-files.js';
import type { Assembly } from './assembly.js';

/** What of an assembly goes to one host. */
export interface Shipment {
  /** Name of the folder there: 32 digits of the hash over all that is in it. */
  readonly id: string;
  readonly files: readonly ShippedFile[];
  /** The bytes of one of them. Throws `assembly/altered` if they are others than a moment ago. */
  readonly read: (file: ShippedFile) => Buffer;
}

export interface ShippedFile {
  readonly path: string;
  readonly mode: '0644' | '0755';
  readonly sha256: string;
}

/**
 * Everything but encrypted secrets that no step of the host uses; those stay at home. Stacks of other hosts go along: they are what tells a
 * guest that moved in the program from one that left it.
 */
export function shipmentFor({ folder, manifest, runbooks }: Assembly, host: string): Shipment {
  const used = new Set(
    runbooks
      .filter((runbook) => runbook.host === host)
      .flatMap((runbook) => runbook.steps.flatMap((step) => [...secretsOf(step)].map(encryptedPath))),
  );
  const beside = ['manifest.json', ...(isSigned(folder) ? [signatureFile] : [])];
  const files = [
    ...manifest.files.filter(({ path }) => !path.startsWith('vault/') || used.has(path)),
    ...beside.map((path) => ({ path, mode: '0644' as const, sha256: sha256(readFileSync(join(folder, path))) })),
  ];
  return shipmentOf(files, (path) => join(folder, path));
}

/** The applier of this phoenix without any stacks, for a host that is only looked at. */
export function applierAlone(): Shipment {
  const place = (path: string) => assetPath(`runtime/${path}`);
  const files = assetsBelow('runtime').map((path): ShippedFile => {
    const mode = path === 'applier' ? '0755' : '0644';
    return { path, mode, sha256: sha256(readFileSync(place(path))) };
  });
  return shipmentOf(files, place);
}

function shipmentOf(files: readonly ShippedFile[], place: (path: string) => string): Shipment {
  return { id: sha256(listingOf(files)).slice(0, 32), files, read: (file) => bytesOf(file, place(file.path)) };
}

/** Splits the files of a shipment by whether the host has them already, which tells what it has in the form of {@link listingOf}. */
export function lackingOf(
  { files }: Shipment,
  listing: readonly string[],
): { readonly kept: readonly ShippedFile[]; readonly lacking: readonly ShippedFile[] } {
  const there = new Set(listing);
  const has = (file: ShippedFile) => there.has(modeLine(file)) && there.has(sumLine(file));
  return { kept: files.filter(has), lacking: files.filter((file) => !has(file)) };
}

function bytesOf(file: ShippedFile, place: string): Buffer {
  const bytes = readFileSync(place);
  if (sha256(bytes) !== file.sha256) {
    throw new PhoenixError({
      code: 'assembly/altered',
      message: 'was changed while it was sent',
      path: file.path,
      fix: 'let the synth end first, and say it again',
    });
  }
  return bytes;
}

/** What `listing_of` of phoenix-receive prints of a folder with these files: modes, then hashes, each in the order of bytes. */
function listingOf(files: readonly ShippedFile[]): string {
  const sums = [...files].sort((a, b) => inBytes(a.path, b.path)).map(sumLine);
  return `${[...files.map(modeLine).sort(inBytes), ...sums].join('\n')}\n`;
}

function modeLine({ mode, path }: ShippedFile): string {
  return `f${mode.slice(1)} ${path}`;
}

function sumLine(file: ShippedFile): string {
  return `${file.sha256}  ${file.path}`;
}

function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
