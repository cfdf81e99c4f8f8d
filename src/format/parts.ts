import { unlessRefused } from '../base/errors.js';
import { type PropertyFormat, parsePropertyString } from './property-string.js';

/** The keys within a value. */
export type Parts = Readonly<Record<string, string>>;

/** The keys within a value; undefined if it is none that Proxmox would write. */
export function partsOf(value: string, format: PropertyFormat): Parts | undefined {
  return unlessRefused(() => parsePropertyString(value, format));
}
