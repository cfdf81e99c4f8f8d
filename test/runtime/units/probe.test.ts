import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { type HostFacts, host, journal, look } from './given.js';
import { call } from './perl.js';
import { blind, root } from './root.js';

const answer = (facts: HostFacts, ...words: readonly (string | number)[]) =>
  call('Probe::answer', look({ host: host(facts) }), ...words);

const files = {
  '/etc/x': 'a\nkey=1\n',
  '/etc/subuid': 'root:100000:65536\nanna:200000:10\n0:300000:5\n',
  '/loop': blind('/loop'),
};
const unit = { ActiveState: 'failed', UnitFileState: 'enabled' };
const facts: HostFacts = {
  guests: { 950: 'memory: 512\n', 951: { text: '', node: 'pve2' } },
  running: [950],
  datasets: { 'tank/a': { compression: 'lz4', quota: '0' } },
  packages: { zfs: '2.3' },
  units: { 'a.service': unit, 'b.service': { ActiveState: 'active', UnitFileState: '' }, 'c.service': {} },
};

test.each<readonly [string, ...(string | number)[]]>([
  ['yes', 'file', '/etc/x'],
  ['no', 'file', '/etc/y'],
  ['yes', 'file', '/etc/x', 'sha256', sha256('a\nkey=1\n')],
  ['no', 'file', '/etc/x', 'sha256', sha256('b')],
  ['yes', 'file', '/etc/x', 'matches', '^key=\\d$'],
  ['no', 'file', '/etc/x', 'matches', '^key=2$'],
  ['unknown', 'file', '/etc/x', 'matches', '('],
  ['yes', 'zfs-property', 'tank/a', 'compression', 'lz4'],
  ['yes', 'zfs-property', 'tank/a', 'quota', 'none'],
  ['no', 'zfs-property', 'tank/a', 'compression', 'off'],
  ['no', 'zfs-property', 'tank/a', 'atime', 'off'],
  ['no', 'zfs-property', 'tank/b', 'compression', 'lz4'],
  ['yes', 'config-key', 950, 'memory', '512'],
  ['no', 'config-key', 950, 'memory', '513'],
  ['no', 'config-key', 950, 'swap', '0'],
  ['no', 'config-key', 952, 'memory', '512'],
  ['yes', 'guest-state', 950, 'running'],
  ['no', 'guest-state', 950, 'stopped'],
  ['yes', 'guest-state', 951, 'stopped'],
  ['no', 'guest-state', 952, 'stopped'],
  ['yes', 'package', 'zfs'],
  ['yes', 'package', 'zfs', 'version', '2.3'],
  ['no', 'package', 'zfs', 'version', '2.4'],
  ['no', 'package', 'none'],
  ['no', 'unit', 'a.service', 'active'],
  ['yes', 'unit', 'a.service', 'inactive'],
  ['yes', 'unit', 'a.service', 'enabled'],
  ['yes', 'unit', 'b.service', 'active'],
  ['yes', 'unit', 'b.service', 'disabled'],
  ['unknown', 'unit', 'c.service', 'active'],
  ['yes', 'sub-ids', '/etc/subuid', 100_000, 65_536],
  ['yes', 'sub-ids', '/etc/subuid', 300_001, 4],
  ['no', 'sub-ids', '/etc/subuid', 100_001, 65_536],
  ['no', 'sub-ids', '/etc/subuid', 200_000, 1],
  ['no', 'sub-ids', '/etc/subgid', 100_000, 1],
  ['unknown', 'weather', 'today'],
])('Probe::answer is %s to %s %s %s %s', async (is, ...words) => {
  expect(await answer({ ...facts, root: root(files) }, ...words)).toMatchObject({ is });
});

test('Probe::answer leaves unknown what cannot be seen', async () => {
  await expect(answer({ root: root(files) }, 'file', '/loop')).rejects.toThrow(/^Unknown: cannot look at \/loop/);
  await expect(answer({ root: root(files) }, 'sub-ids', join('/loop', 'x'), 1, 1)).rejects.toThrow(/^Unknown: /);
});

test.each([
  [[0], { is: 'yes' }],
  [[1], { is: 'no' }],
  [[2, 'usage', 'last word'], { is: 'unknown', reason: 'exit 2: last word', soft: '1' }],
  [[127], { is: 'unknown', reason: 'exit 127', soft: '1' }],
] as const)('Probe::answer believes of a command the exit codes that the program names: %j', async (said, expected) => {
  expect(await answer({ answers: { test: said } }, 'argv', '0,3', '1', 'test', '-e', '/x')).toMatchObject({
    text: 'test -e /x',
    ...expected,
  });
});

test('Probe::answer knows what the journal has done', async () => {
  const known = look({ journal: journal(['applied', 's', '-', 'abc']) });
  expect(await call('Probe::answer', known, 'journal', 'abc')).toMatchObject({ is: 'yes' });
  expect(await call('Probe::answer', known, 'journal', 'abd')).toMatchObject({ is: 'no' });
});

test('Probe::no_if and Probe::unknown are the answers', async () => {
  expect(await call('Probe::no_if', '', 'x')).toEqual({ is: 'yes', text: 'x' });
  expect(await call('Probe::no_if', 1, 'x')).toEqual({ is: 'no', text: 'x' });
  expect(await call('Probe::unknown', 'x', 'why')).toEqual({ is: 'unknown', text: 'x', reason: 'why' });
});
