import { expect, test } from 'vitest';
import { call, holds, list } from './perl.js';

test('SectionConf::parse reads sections with their options, and nothing between them', async () => {
  const text =
    'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n\tdisable\n\n\tlost 1\n# note\nzfspool: local-zfs\n  pool rpool/data \n\nct: 950\n';
  expect(await call('SectionConf::parse', text)).toEqual({
    local: { type: 'dir', options: { path: '/var/lib/vz', content: 'iso,vztmpl', disable: '1' } },
    'local-zfs': { type: 'zfspool', options: { pool: 'rpool/data' } },
    950: { type: 'ct', options: {} },
  });
});

test.each([
  ['content', 'iso,vztmpl', 'vztmpl; iso', true],
  ['content', 'iso', 'iso,vztmpl', false],
  ['nodes', 'a b', 'b,a', true],
  ['path', '/srv/x/', '/srv/x', true],
  ['path', '/', '/', true],
  ['path', '/srv/x', '/srv/y', false],
  ['shared', 'yes', '1', true],
  ['shared', '0', 'off', true],
  ['prune-backups', 'keep-last=03,keep-daily=7', 'keep-daily=7,keep-last=3,keep-weekly=0', true],
  ['prune-backups', 'keep-all=yes', 'keep-all=1', true],
  ['prune-backups', 'keep-all=1', 'keep-last=1', false],
  ['bwlimit', 'clone=0', '', false],
  ['comment', 'a, b', 'b, a', false],
])('SectionConf::same compares %s %j and %j', async (name, one, other, same) => {
  expect(await holds('SectionConf::same', name, one, other)).toBe(same);
});

test.each([
  ['content', 'b;a', 'a,b'],
  ['prune-backups', 'keep-weekly=0,keep-last=1', 'keep-last=1'],
  ['path', '/a//', '/a'],
  ['shared', 'TRUE', '1'],
  ['server', '10.0.0.1', '10.0.0.1'],
])('SectionConf::plain has one spelling of %s %j', async (name, value, expected) => {
  expect(await call('SectionConf::plain', name, value)).toBe(expected);
});

test.each([
  ['prune-backups', 'keep-last=007', ['keep-last=7']],
  ['prune-backups', 'keep-last=0', []],
  ['bwlimit', 'clone=0', ['clone=0']],
  ['prune-backups', 'keep-all=no', []],
  ['content-dirs', 'iso=isos', ['iso=isos']],
  ['bwlimit', '1000', ['1000']],
])('SectionConf::part reads of %s the property %s', async (name, text, expected) => {
  expect(await list('SectionConf::part', name, text)).toEqual(expected);
});
