import { flag, integer, object } from '../../model/fields.js';

/** Which backups of a guest are kept when a job has made another. Each rule keeps the newest of as many periods as it says. */
export interface PruneBackups {
  /**
   * Whether all are kept. Excludes every other rule.
   * @default false
   */
  readonly keepAll?: boolean;
  /**
   * How many of the last ones, whenever they were made.
   * @default 0
   */
  readonly keepLast?: number;
  /** @default 0 */
  readonly keepHourly?: number;
  /** @default 0 */
  readonly keepDaily?: number;
  /** @default 0 */
  readonly keepWeekly?: number;
  /** @default 0 */
  readonly keepMonthly?: number;
  /** @default 0 */
  readonly keepYearly?: number;
}

export interface BackupStorageProps {
  /**
   * Which backups are kept. What no rule keeps is deleted after the next backup of its guest.
   * @default - all of them
   */
  readonly pruneBackups?: PruneBackups;
  /**
   * Most protected backups of one guest; -1 is no limit.
   * @default - no limit for those who may allocate on the storage, 5 for others
   */
  readonly maxProtectedBackups?: number;
}

const kept = (doc: string) => integer(doc, { min: 0 });

export const backupFields = {
  pruneBackups: object('Which backups of a guest are kept.', {
    keepAll: flag('Whether all are kept. Excludes every other rule.'),
    keepLast: kept('How many of the last ones.'),
    keepHourly: kept('Of how many hours.'),
    keepDaily: kept('Of how many days.'),
    keepWeekly: kept('Of how many weeks.'),
    keepMonthly: kept('Of how many months.'),
    keepYearly: kept('Of how many years.'),
  }),
  maxProtectedBackups: integer('Most protected backups of one guest; -1 is no limit.', { min: -1 }),
};
