import { decimal, object } from '../../model/fields.js';
import { option } from '../option.js';

/** Limits of what one job may read or write, in KiB a second; 0 is no limit. */
export interface BandwidthLimits {
  /**
   * For jobs that have no limit of their own here.
   * @default - that of the data center
   */
  readonly default?: number;
  /**
   * For copies of guests.
   * @default - `default`
   */
  readonly clone?: number;
  /**
   * For guests that go to another node.
   * @default - `default`
   */
  readonly migration?: number;
  /**
   * For disks that go to another storage.
   * @default - `default`
   */
  readonly move?: number;
  /**
   * For guests that come back from a backup.
   * @default - `default`
   */
  readonly restore?: number;
}

export interface BandwidthProps {
  /**
   * Limits of what one job may read or write, in KiB a second.
   * @default - those of the data center
   */
  readonly bandwidthLimit?: BandwidthLimits;
}

const limit = (doc: string) => decimal(doc, { min: 0, unit: 'KiB/s' });

export const bandwidthFields = {
  bandwidthLimit: option(
    object('Limits of what one job may read or write; 0 is no limit.', {
      default: limit('For jobs without a limit of their own.'),
      clone: limit('For copies of guests.'),
      migration: limit('For guests that go to another node.'),
      move: limit('For disks that go to another storage.'),
      restore: limit('For guests that come back from a backup.'),
    }),
    { name: 'bwlimit' },
  ),
};
