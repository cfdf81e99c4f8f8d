import { PhoenixError } from '../base/errors.js';
import { Size } from '../base/units.js';

/**
 * Reads a size as Proxmox's files have it, `32G`, `1.5T`, `4M`, `512`: units are powers of 1024, without one it is
 * bytes, and parts of a byte are dropped.
 * @throws `disk-size/invalid`
 */
export function parseDiskSize(text: string): Size {
  const bytes = diskSizeBytes(text);
  if (bytes === undefined) {
    throw new PhoenixError({
      code: 'disk-size/invalid',
      message: `'${text}' is no size of a volume`,
      value: text,
      fix: 'write a number and K, M, G or T, like 32G',
    });
  }
  return Size.bytes(bytes);
}

/** The size as Proxmox writes it: in the largest unit of K, M, G and T that leaves no fraction, else in bytes. */
export function renderDiskSize(size: Size): string {
  let amount = size.toBytes();
  let unit = '';
  for (const larger of units) {
    if (amount % 1024 !== 0) {
      break;
    }
    amount /= 1024;
    unit = larger;
  }
  return `${amount}${unit}`;
}

/** The size in Proxmox's own writing, and a text that is none as it was. */
export function canonicalDiskSize(text: string): string {
  const bytes = diskSizeBytes(text);
  return bytes === undefined ? text : renderDiskSize(Size.bytes(bytes));
}

const units = ['K', 'M', 'G', 'T'] as const;

function diskSizeBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT](?:iB)?)?$/.exec(text) ?? [];
  const bytes = Math.trunc(Number(amount) * 1024 ** (' KMGT'.indexOf(unit[0] ?? ' ') || 0));
  return amount !== undefined && Number.isSafeInteger(bytes) ? bytes : undefined;
}
