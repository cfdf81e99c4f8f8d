import { partsOf } from '../../format/parts.js';
import type { PropertyFormat } from '../../format/property-string.js';
import { isAtLeast, type PveVersion } from '../../model/pve-version.js';

type Gates = Readonly<Record<string, { readonly since: PveVersion }>>;

/**
 * Why a host of this release cannot have the key; undefined if it can. A program that said it would not synthesize: either the release is
 * stated wrongly, or somebody wrote the key by hand.
 */
export function gateTrouble(
  gates: Gates,
  formatOf: (key: string) => PropertyFormat | undefined,
  release: PveVersion,
  key: string,
  value: string,
): string | undefined {
  const name = key.replace(/\d+$/, '');
  const format = formatOf(key);
  const parts = format === undefined ? {} : (partsOf(value, format) ?? {});
  const said = [
    name,
    ...Object.entries(parts).flatMap(([part, text]) => [`${name}.${part}`, `${name}.${part}=${text}`]),
  ];
  const since = said.map((it) => gates[it]?.since).find((it) => it !== undefined && !isAtLeast(release, it));
  return since === undefined ? undefined : `it needs Proxmox VE ${since}, and the host has ${release}`;
}
