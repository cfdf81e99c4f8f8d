import { expect, test } from 'vitest';
import { bash } from './bash.js';

const stubs = { tool: '', journal_intent: '' };

test('apply_zfs_pool writes down that it begins, then makes the pool once, without force', () => {
  const { calls } = bash('apply-zfs', ['apply_zfs_pool', 'zpool/tank'], {
    set: { arguments: ['-o', 'ashift=12', 'tank', 'mirror', '/dev/a b', '/dev/c'] },
    stubs,
  });
  expect(calls).toEqual(['journal_intent zpool/tank', `tool zpool create -o ashift=12 tank mirror '/dev/a b' /dev/c`]);
});

test.each([
  ['create', ['-o', 'compression=lz4', 'tank/a'], 'tool zfs create -o compression=lz4 tank/a'],
  ['set', ['quota=1G', 'tank/a'], 'tool zfs set quota=1G tank/a'],
])('apply_zfs_dataset, told to %s, calls zfs once', (doing, words, call) => {
  const { calls } = bash('apply-zfs', ['apply_zfs_dataset', 'zfs/a'], { set: { doing, arguments: words }, stubs });
  expect(calls).toEqual([call]);
});
