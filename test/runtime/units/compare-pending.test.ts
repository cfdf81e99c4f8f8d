import { expect, test } from 'vitest';
import { memory, step, within } from './config.js';
import { look } from './given.js';
import { container, type Given } from './ours.js';
import { evaluate, holds } from './perl.js';

test('ComparePending::of tells our waiting values from those of others', async () => {
  const facts = container('[pve:pending]\nmemory: 1\ntags: x\n', { steps: [step(...memory)] });
  expect(await within(facts, 'ComparePending::of($look, $state)')).toMatchObject([
    { key: 'memory', ours: '1' },
    { key: 'tags', ours: '0' },
  ]);
});

test.each([
  ['was set just now', { acted: 1 }, 'live', true],
  ['needs a restart', { running: 1 }, 'restart', true],
  ['is in force at once', { running: 1 }, 'live', false],
  ['needs a restart, and its guest does not run', {}, 'restart', false],
  ['was applied', { applied: { values: { memory: '512' } } }, 'live', true],
  ['was applied with another value', { applied: { values: { memory: '256' } } }, 'live', false],
  ['waited before its guest was adopted', { adopted: 1, applied: { values: {} } }, 'live', true],
  ['waits since after its guest was adopted', { adopted: 1, applied: { values: { tags: 'x' } } }, 'live', false],
])('ComparePending::may_wait of a value that %s', async (_, known, impact, expected) => {
  expect(await holds('ComparePending::may_wait', known, 'memory', impact, '512')).toBe(expected);
});

test('ComparePending::is_left_over of what waits because a call was killed, and only of what a step asks for', async () => {
  const isLeftOver = async (impact: string, records: Given['records'] = [], key = 'memory') => {
    const given = { host: { running: [950] }, records, steps: [step('--key', 'memory', impact, '512')] };
    const [is] = await evaluate(
      'my ($look, $key) = @_; ComparePending::is_left_over($look, Ownership::of($look, 950, "lxc"), $key) ? 1 : 0',
      look(container('memory: 1\n[pve:pending]\nmemory: 512\n', given)),
      key,
    );
    return is === '1';
  };
  expect(await isLeftOver('live')).toBe(true);
  expect(await isLeftOver('restart')).toBe(false);
  expect(await isLeftOver('live', [['applied', 'guest/950/config', 7, '-', 'memory=512']])).toBe(false);
  expect(await isLeftOver('live', [], 'tags')).toBe(false);
});
