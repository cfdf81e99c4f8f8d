import { expect, test } from 'vitest';
import { call, list } from './perl.js';

const record = (more: object = {}) => ({
  path: 'ai/qwen',
  resource: 'guest/950',
  kind: 'device',
  text: '/dev/x (rw)',
  direction: 'broader',
  ...more,
});

test('PrivilegeTable::text has a line for each construct and kind', async () => {
  const text = await call(
    'PrivilegeTable::text',
    record(),
    record({ text: '/dev/y (ro)' }),
    record({ kind: 'port', text: 'tcp 80 from anywhere' }),
    record({ direction: 'narrower', path: 'ai/ü', text: '/dev/z (rw)' }),
    record({ held: 1, template: 1, text: '/dev/h' }),
  );
  expect(text).toBe(`
Privileges that get broader
  ai/qwen  device  /dev/x (rw), /dev/y (ro)
  ai/qwen  port    tcp 80 from anywhere
  ai/qwen  device  while the template is made, held back: /dev/h

Privileges that get narrower
  ai/ü     device  /dev/z (rw)
`);
  expect(await call('PrivilegeTable::text')).toBe('');
});

test('PrivilegeTable::rows keep constructs of one path apart', async () => {
  expect(
    await list(
      'PrivilegeTable::rows',
      record(),
      record({ resource: 'guest/951', text: 'a\nb' }),
      record({ text: 'c' }),
    ),
  ).toEqual([
    ['ai/qwen', 'device', ['/dev/x (rw)', 'c'], ''],
    ['ai/qwen', 'device', ['a b'], ''],
  ]);
});

test('PrivilegeTable::line is broken between privileges, and nowhere else', async () => {
  const long = (letter: string) => letter.repeat(30);
  expect(
    await call('PrivilegeTable::line', 4, 6, [
      'ai',
      'port',
      [long('a'), long('b'), long('c'), 'd'.repeat(90), 'e'],
      'held back',
    ]),
  ).toBe(
    `  ai    port    held back: ${long('a')},
                ${long('b')}, ${long('c')},
                ${'d'.repeat(90)},
                e
`,
  );
});

test('PrivilegeTable::clean keeps to one line, and cuts nothing off', async () => {
  expect(await call('PrivilegeTable::clean', `a\n\tb\x1b[31m${'x'.repeat(200)}`)).toBe(`a b [31m${'x'.repeat(200)}`);
});

test('PrivilegeTable::json', async () => {
  expect(await call('PrivilegeTable::json', { ...record({ held: 1 }), form: 'path' }, record({ template: 1 }))).toEqual(
    [record({ held: { literal: 'true' } }), record({ template: { literal: 'true' } })],
  );
});
