/** What a section of a guest's file is. */
export type SectionRole = 'main' | 'pending' | 'special' | 'snapshot';

/** Headers of the changes that wait for the guest's next start. */
export const pendingHeader: Readonly<Record<'lxc' | 'qemu', string>> = { lxc: '[pve:pending]', qemu: '[PENDING]' };

/** What the headers of special sections begin with. */
export const SPECIAL = 'special:';

/** What the section below a header of that name is; undefined if it is none. */
export function headerRole(kind: 'lxc' | 'qemu', name: string): SectionRole | undefined {
  if (`[${name.toLowerCase()}]` === pendingHeader[kind].toLowerCase()) {
    return 'pending';
  }
  if (kind === 'qemu' && isSpecialName(name)) {
    return 'special';
  }
  return isSnapshotName(name) ? 'snapshot' : undefined;
}

function isSpecialName(name: string): boolean {
  return /^special:[a-z][a-z0-9-]*$/.test(name);
}

function isSnapshotName(name: string): boolean {
  return /^[a-z][a-z0-9_-]+$/i.test(name);
}
