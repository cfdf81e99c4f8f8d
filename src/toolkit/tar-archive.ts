/** A file in an archive. */
export interface TarMember {
  /** Path from where the archive is unpacked, with `/`. */
  readonly path: string;
  readonly mode: '0644' | '0755';
  readonly content: Uint8Array;
}

const BLOCK = 512;

/** The files as a tar archive of the POSIX kind, owned by root and without times: the same bytes for the same files. */
export function tarArchive(members: Iterable<TarMember>): Buffer {
  const blocks: Buffer[] = [];
  for (const member of members) {
    blocks.push(...entry(member));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** A path that has no room in the header, or is more than ASCII, goes into a record of its own before it. */
function entry({ path, mode, content }: TarMember): Buffer[] {
  const name = Buffer.from(path);
  const isPlain = name.length <= 100 && /^[\x20-\x7e]*$/.test(path);
  const record = isPlain ? [] : withHeader('path-of-the-next', '0644', paxRecord('path', path), 'x');
  return [...record, ...withHeader(name.subarray(0, 100), mode, content, '0')];
}

function withHeader(name: string | Uint8Array, mode: string, content: Uint8Array, type: string): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  header.set(Buffer.from(name), 0);
  header.write(`000${mode}\0`, 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write(`        ${type}`, 148);
  header.write('ustar\x0000root', 257);
  header.write('root', 297);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, Buffer.from(content), Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

/** `27 path=...\n`: the length counts itself, too. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  const length = [1, 2, 3, 4].map((digits) => rest.length + digits).find((sum, at) => String(sum).length === at + 1);
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
