import { Size } from '../../base/units.js';
import { parseBoolean, splitList } from '../../format/lists.js';
import type { Literal } from './literal.js';

/** Reads a value of the file as it stands in a program; undefined if no prop would take it. */
export type Reader = (value: string) => Literal | undefined;

export const asText: Reader = (value) => value;
export const asNumber: Reader = (value) => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);
export const asFlag: Reader = (value) => parseBoolean(value);
/** MiB as a size. Nothing at all is written in the unit that people count memory in. */
export const asMib: Reader = (value) =>
  /^\d{1,9}$/.test(value) ? (Number(value) === 0 ? '0MiB' : Size.mib(Number(value)).toString()) : undefined;
/** Tags, sorted and each once. */
export const asTags: Reader = (value) => [...new Set(splitList(value.toLowerCase()))].sort();
