import * as z from 'zod';
import { choice, custom, flag, integer, list, map, object, required, size, text } from '../../model/fields.js';
import { absolutePath, line } from './words-schema.js';

/** Disks, file systems, and what is mounted where. */
export const disksFields = {
  growpart: object('Growing of partitions into the space behind them.', {
    mode: choice('How; `off` does nothing.', ['auto', 'growpart', 'gpart', 'off']),
    devices: list('Mount points or devices.', text('A mount point or device.', absolutePath)),
    ignoreGrowrootDisabled: flag('Whether /etc/growroot-disabled is passed over.'),
  }),
  resizeRootfs: custom<boolean | 'noblock'>(
    "Whether the root file system grows with its partition; 'noblock' lets the boot go on meanwhile.",
    "true, false or 'noblock'",
    () => z.union([z.boolean(), z.literal('noblock')]),
  ),
  diskSetup: map(
    'Partition tables, by disk.',
    object('A partition table.', {
      tableType: choice('Kind.', ['mbr', 'gpt']),
      layout: custom<
        boolean | 'remove' | readonly (number | { readonly percent: number; readonly type: number | string })[]
      >(
        'One partition over all, none, none any more, or shares of the disk in percent.',
        "true, false, 'remove', or a list of percentages and { percent, type }",
        () =>
          z.union([
            z.boolean(),
            z.literal('remove'),
            z
              .array(
                z.union([
                  percentage(),
                  z.strictObject({ percent: percentage(), type: z.union([z.int(), z.string().min(1)]) }),
                ]),
              )
              .min(1)
              .readonly(),
          ]),
      ),
      overwrite: flag('Whether what is on the disk is overwritten unseen. Loses data.'),
    }),
  ),
  fsSetup: list(
    'File systems to be made.',
    object('A file system.', {
      label: text('Label.', line),
      filesystem: required(text('Kind.', { pattern: /^[a-z0-9_]+$/, expects: 'a kind such as ext4' })),
      device: required(text('Disk or partition.', line)),
      partition: choice(
        'Whether a file system that is there is looked for by label (`auto`), by kind alone (`any`), or not at all (`none`).',
        ['auto', 'any', 'none'],
      ),
      overwrite: flag('Whether a file system that is there is overwritten. Loses data.'),
      extraOpts: list('Options of mkfs.', text('An option.', line)),
    }),
    'append',
  ),
  mounts: list(
    'What is mounted, as lines of /etc/fstab.',
    object('A mount.', {
      device: required(text('Device, label, UUID or export.', { pattern: /^\S+$/, expects: 'text without blanks' })),
      path: required(
        text('Mount point; `none` for swap.', {
          pattern: /^(none|(?!.*\/\.\.?(\/|$))\/[^\s\p{Cc}]*)$/u,
          expects: 'an absolute path without blanks, or none',
        }),
      ),
      type: text('Kind of file system.', { pattern: /^[\w.,-]+$/, expects: 'a kind such as ext4' }),
      options: list(
        'Options of the mount.',
        text('An option.', { pattern: /^[^\s,]+$/, expects: 'text without blanks and commas' }),
      ),
      dump: integer('Whether dump takes it.', { min: 0, max: 1 }),
      pass: integer('When fsck checks it; 0 is never.', { min: 0, max: 2 }),
    }),
    { by: 'path' },
  ),
  swap: object('A swap file.', {
    filename: text('Where it lies.', absolutePath),
    size: size('Size.'),
    maxsize: size('Most that it takes.'),
  }),
};

function percentage(): z.ZodType<number> {
  return z.int().min(1).max(100);
}
