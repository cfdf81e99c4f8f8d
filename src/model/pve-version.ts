/** The Proxmox VE releases that this library knows, oldest first. */
export const pveVersions = ['8.4', '9.0', '9.1', '9.2'] as const;
export type PveVersion = (typeof pveVersions)[number];

/** True if `version` is `since` or newer. */
export function isAtLeast(version: PveVersion, since: PveVersion): boolean {
  return pveVersions.indexOf(version) >= pveVersions.indexOf(since);
}
