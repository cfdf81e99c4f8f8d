import { expect, test } from 'vitest';
import { step, type Words, within } from './config.js';
import { container, type Given, marker } from './ours.js';
import { call } from './perl.js';

const raw = async (lines: string, words: Words, given: Given = {}) => {
  const [change, notes] = await within(
    container(lines, { steps: [step(...words)], ...given }),
    'my ($change) = CompareRaw::differences($step, $look, $state); ($change, $state->{notes})',
  );
  return { change, notes } as { change: Record<string, string> | null; notes: string[] };
};
const a = ['--raw', 'lxc.a', '1'] as const;
const applied = (text: string) => ({ records: [['applied', 'guest/950/config', 7, '-', `raw=${text}`]] });

test.each<[string, string, Words, Given, object | null, readonly string[]]>([
  ['lines of ours', 'lxc.a: 1\n', [...a, '--own-raw'], {}, null, []],
  [
    'a line that is missing',
    '',
    [...a, '--own-raw'],
    {},
    { from: '', to: 'lxc.a: 1', value: 'lxc.a: 1', impact: 'restart' },
    [],
  ],
  [
    'a line of others, which stays',
    'lxc.b: 2\n',
    [...a, '--own-raw'],
    {},
    { value: 'lxc.b: 2\nlxc.a: 1' },
    ['foreign line `lxc.b: 2` stays'],
  ],
  [
    'a line that we wrote once',
    'lxc.old: 1\n',
    [],
    applied('lxc.old: 1'),
    { from: 'lxc.old: 1', to: 'removed', value: '' },
    [],
  ],
  ['a line that came with a clone', 'lxc.b: 2\n', ['--clean-clone'], {}, { from: 'lxc.b: 2' }, []],
  [
    'a line of others, with --repair',
    'lxc.b: 2\n',
    ['--marker', marker],
    { flags: { repair: 1 } },
    { from: 'lxc.b: 2', foreign: '1' },
    [],
  ],
  ['lines that are nobody’s business', 'lxc.b: 2\n', [], {}, null, []],
  [
    'lines in another order',
    'lxc.b: 2\nlxc.a: 1\n',
    ['--own-raw', ...a, '--raw', 'lxc.b', '2'],
    {},
    { value: 'lxc.a: 1\nlxc.b: 2' },
    [],
  ],
  [
    'environment in another place',
    'lxc.a: 1\nlxc.environment: X=1\n',
    ['--own-raw', '--raw', 'lxc.environment', 'X=1', ...a],
    {},
    null,
    [],
  ],
])('CompareRaw::differences finds %s', async (_, lines, words, given, change, notes) => {
  const found = await raw(lines, words, given);
  if (change === null) expect(found.change).toBeNull();
  else expect(found.change).toMatchObject(change);
  expect(found.notes).toEqual(notes);
});

test('CompareRaw::in_order gives the environment an order of its own', async () => {
  expect(
    await call('CompareRaw::in_order', 'lxc.a: 1', 'lxc.environment: X=1', 'lxc.b: 2', 'lxc.environment.runtime: Y'),
  ).toBe('lxc.environment: X=1\nlxc.environment.runtime: Y\nlxc.a: 1\nlxc.b: 2');
});

// ---- From changes to a verdict

test('CompareRaw::waits for the next start only if the guest runs, and the lines need one', async () => {
  const waits = (running: number, how: string, impact: string) =>
    call('CompareRaw::waits', { running }, { how: 'set', impact: 'restart' }, { how, impact });
  expect(await waits(1, 'raw', 'restart')).toBe('1');
  expect(await waits(1, 'raw', 'live')).toBe('0');
  expect(await waits(1, 'set', 'restart')).toBe('0');
  expect(await waits(0, 'raw', 'restart')).toBe('0');
});
