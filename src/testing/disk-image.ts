/**
 * An empty disk image for a simulated node: qcow2's own header with the size of the disk, no data. Its bytes may be a
 * file of the node or the body of a download.
 * @param gib size of the disk in GiB
 */
export function diskImage(gib: number): Uint8Array {
  const header = Buffer.alloc(112);
  header.write('QFI\u00fb', 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(gib) * 1024n ** 3n, 24);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(104, 100);
  return header;
}
