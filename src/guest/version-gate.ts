import type { VersionGate } from '../format/version-gates.js';
import type { Finding } from '../model/finding.js';
import { isAtLeast, type PveVersion } from '../model/pve-version.js';

/** Those of the keys that a host of the declared release cannot have. */
export function* tooOld(
  path: string,
  pveVersion: PveVersion,
  keys: Iterable<string>,
  gates: Readonly<Record<string, VersionGate>>,
): Iterable<Finding> {
  for (const key of new Set(keys)) {
    const gate = gates[key];
    if (gate !== undefined && !isAtLeast(pveVersion, gate.since)) {
      yield {
        code: 'version/too-old',
        severity: 'error',
        path,
        message: `\`${gate.prop}\` (${key}) needs Proxmox VE ${gate.since}, and the host is declared as ${pveVersion}`,
        value: key,
        fix: `leave it out and ${gate.instead}, or upgrade the host and declare its new pveVersion`,
      };
    }
  }
}
