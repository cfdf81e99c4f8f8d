import { expect, test } from 'vitest';
import { inStack, journal, look, step } from './given.js';
import { aboutContainer } from './ours.js';
import { call, holds, list } from './perl.js';

const words = ['zfs-dataset', 'zfs/a', '--dataset', 'a', '--create', 1] as const;
const retained = step(...words);
const disposable = step(...words, '--removal', 'destroy');
const protectedOne = inStack({ protect: 1 }, ...words, '--removal', 'destroy');

test.each([
  ['a step that says nothing', retained, 'retain', []],
  ['a step that says so', disposable, 'destroy', ['removal=destroy']],
  ['a step of a protected stack', protectedOne, 'retain', []],
])('Removal::wanted and Removal::values_of %s', async (_, of, policy, values) => {
  expect(await call('Removal::wanted', of)).toBe(policy);
  expect(await list('Removal::values_of', of)).toEqual(values);
});

test.each([
  [[], 'retain'],
  [[['applied', 'zfs/a', '-', 'd']], 'retain'],
  [[['applied', 'zfs/a', '-', 'd', 'removal=destroy']], 'destroy'],
  [[['applied', 'zfs/a', '-', 'd', 'removal=later']], 'retain'],
])('Removal::applied by %j: %s', async (records, expected) => {
  expect(await call('Removal::applied', journal(...records), 'zfs/a')).toBe(expected);
});

test('Removal::policy is the program’s, and once it left the program, what was applied', async () => {
  const known = journal(['applied', 'zfs/a', '-', 'd', 'removal=destroy']);
  const policy = (facts: Parameters<typeof look>[0]) => call('Removal::policy', look(facts), 'zfs/a');
  expect(await policy({ steps: [retained], journal: known })).toBe('retain');
  expect(await policy({ steps: [disposable] })).toBe('destroy');
  expect(await policy({ journal: known })).toBe('destroy');
  expect(await policy({})).toBe('retain');
});

test('Removal::is_news of what is ours', async () => {
  const made = ['made', 'zfs/a', 'zfs-dataset', '7', 'zfs/a', 'a'];
  const applied = ['applied', 'zfs/a', '-', 'd', 'removal=destroy'];
  const isNews = (of: object, ...records: readonly string[][]) => holds('Removal::is_news', of, journal(...records));
  expect(await isNews(disposable)).toBe(false);
  expect(await isNews(disposable, made)).toBe(true);
  expect(await isNews(disposable, made, applied)).toBe(false);
  expect(await isNews(retained, made, applied)).toBe(true);
  expect(await isNews(protectedOne, made, applied)).toBe(true);
  const create = aboutContainer('guest-create', 'create', '--removal', 'destroy');
  expect(await isNews(create)).toBe(false);
  expect(await isNews(create, ['guest', '950', 'lxc', '7', 'v', '-'])).toBe(true);
});
