import { expect, test } from 'vitest';
import { memory, step, type Words, within } from './config.js';
import { conf, type LookFacts } from './given.js';
import { aboutContainer, container, type Given, marker } from './ours.js';
import { call, holds } from './perl.js';

test('CompareUnasked::is_kept and CompareUnasked::is_disk are never ours to remove', async () => {
  expect(
    await Promise.all(['rootfs', 'unused3', 'smbios1', 'tags'].map((key) => holds('CompareUnasked::is_kept', key))),
  ).toEqual([true, true, true, false]);
  expect(
    await Promise.all(
      [
        ['scsi0', 's:a'],
        ['ide2', 's:iso,media=cdrom'],
        ['mp0', 's:a'],
      ].map((words) => holds('CompareUnasked::is_disk', ...words)),
    ),
  ).toEqual([true, false, false]);
});

const removals = async (lines: string, words: Words, given: Given = {}) => {
  const facts = container(lines, { ...given, steps: [step(...words), ...(given.steps ?? [])] });
  const [changes, notes] = await within(
    facts,
    '([ map { $_->{key} } CompareUnasked::removals($step, $look, $state) ], $state->{notes})',
  );
  return { changes, notes };
};
const applied = (...values: readonly string[]) => ({ records: [['applied', 'guest/950/config', 7, '-', ...values]] });

test.each<[string, string, Words, Given, object]>([
  [
    'what came with a clone',
    'tags: x\nscsi0: s:a\n',
    [...memory, '--clean-clone'],
    {},
    { changes: ['tags'], notes: ['scsi0 (s:a) came with the clone, and nobody asks for it; it stays'] },
  ],
  ['what we set once', 'tags: x\n', memory, applied('tags=x'), { changes: ['tags'], notes: [] }],
  [
    'what others added',
    'tags: x\n',
    [...memory, '--marker', marker],
    applied('memory=512'),
    { changes: [], notes: ['foreign key tags (x) stays'] },
  ],
  [
    'what another step asks for',
    'onboot: 1\n',
    memory,
    { ...applied('onboot=1'), steps: [aboutContainer('guest-config', 'last', '--key', 'onboot', 'live', '1')] },
    { changes: [], notes: [] },
  ],
  [
    'what is always there',
    'arch: amd64\nhostname: x\n',
    [...memory, '--marker', marker],
    applied(),
    { changes: [], notes: [] },
  ],
])('CompareUnasked::removals of %s', async (_, lines, words, given, expected) => {
  expect(await removals(lines, words, given)).toEqual(expected);
});

test('CompareUnasked::foreign keys go with --repair, disks never', async () => {
  const foreign = (key: string, lines: string, flags: object, code = '') =>
    within(
      container(lines, { steps: [step(...memory)], flags: flags as LookFacts['flags'] & object }),
      `${code} (map({ "$_->{key} $_->{foreign}" } CompareUnasked::foreign($look, $state, '${key}')), @{ $state->{notes} })`,
    );
  expect(await foreign('tags', 'tags: x\n', {})).toEqual(['foreign key tags (x) stays']);
  expect(await foreign('tags', 'tags: x\n', { repair: 1 })).toEqual(['tags 1']);
  expect(await foreign('tags', 'tags: x\n', { repair: 1 }, '$owner->{taken} = 1;')).toEqual([
    'foreign key tags (x) stays',
  ]);
  expect(await foreign('mp0', 'mp0: s:a,mp=/x\n', { repair: 1 })).toEqual(['foreign key mp0 (s:a,mp=/x) stays']);
  expect(await foreign('mp0', 'mp0: /srv,mp=/x\n', { repair: 1 })).toEqual(['mp0 1']);
});

test.each([
  ['mp0', 'local-zfs:subvol-950-disk-1,mp=/x', true],
  ['mp0', '/srv,mp=/x', false],
  ['mp0', 'volume=/srv,mp=/x', false],
  ['scsi1', 'local-zfs:vm-950-disk-1', true],
  ['ide2', 'none,media=cdrom', false],
  ['net0', 'name=eth0', false],
])('CompareUnasked::holds_data %s=%s: %s', async (key, value, expected) => {
  expect(await holds('CompareUnasked::holds_data', key, value)).toBe(expected);
});

test.each([
  ['dev0', 'restart'],
  ['tags', 'live'],
])('CompareUnasked::impact_of_removal of %s: %s', async (key, impact) => {
  expect(await call('CompareUnasked::impact_of_removal', { type: 'lxc', conf: conf('') }, key)).toBe(impact);
});
