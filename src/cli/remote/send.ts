import { gzipSync } from 'node:zlib';
import { lackingOf, type Shipment } from '../../toolkit/shipment.js';
import { tarArchive } from '../../toolkit/tar-archive.js';
import type { Connection } from './connection.js';

/** What of an assembly went over the wire. */
export interface Sent {
  /** Files that the host lacked. */
  readonly files: number;
  /** Their bytes, before they were packed. */
  readonly bytes: number;
  /** Files of the assembly on the host. */
  readonly of: number;
}

/**
 * Brings an assembly to a host: what it lacks travels, and what it has from a former one is taken over there. A run of the former one goes on
 * undisturbed, and so does whoever brings another at the same time.
 * @throws `ship/*`, `ssh/*`, `assembly/altered`
 */
export async function send(
  connection: Connection,
  shipment: Shipment,
  progress: (share: number) => void = () => {},
): Promise<Sent> {
  const of = shipment.files.length;
  if (await connection.has(shipment.id)) {
    return { files: 0, bytes: 0, of };
  }
  const { kept, lacking } = lackingOf(shipment, await connection.list());
  const members = lacking.map((file) => ({
    path: `new/${file.path}`,
    mode: file.mode,
    content: shipment.read(file),
  }));
  const keep = {
    path: 'keep',
    mode: '0644',
    content: Buffer.from(kept.map(({ path }) => `${path}\0`).join('')),
  } as const;
  const archive = gzipSync(tarArchive([keep, ...members]));
  await connection.take(archive, (sent) => progress(sent / archive.length));
  return { files: lacking.length, bytes: members.reduce((sum, { content }) => sum + content.length, 0), of };
}

/** `sent 61 files (212 KB)` */
export function sentText({ files, bytes, of }: Sent): string {
  const count = `${files} file${files === 1 ? '' : 's'}`;
  return files === 0 ? `nothing to send: the host has these ${of} files` : `sent ${count} (${sizeText(bytes)})`;
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
