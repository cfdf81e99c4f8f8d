import type { Problem } from '../base/errors.js';

/** Sections that people will look for, and that no domain of this release reads. */
export const laterSections: readonly string[] = [
  'backup',
  'backups',
  'cluster',
  'ha',
  'modelStores',
  'nfs',
  'nfsExports',
  'replication',
  'samba',
  'sambaShares',
  'users',
];

/** For such a section, in host.json or in a file of its own. */
export function sectionNotYet(key: string): Problem {
  return {
    code: 'conf/not-yet',
    message: `nothing in this release reads the section \`${key}\``,
    value: key,
    fix: 'leave it out, or register a section of your own for it: ConfigDirectory.load(app, folder, { sections })',
  };
}
