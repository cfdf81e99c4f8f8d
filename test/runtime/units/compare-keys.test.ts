import { expect, test } from 'vitest';
import { type State, state, type Words } from './config.js';
import { conf } from './given.js';
import { marker } from './ours.js';
import { call, holds, list } from './perl.js';

test.each<[string, string, Words, State, object[]]>([
  ['the value', 'memory: 512\n', ['memory', 'live', '512'], {}, []],
  ['the value that is not written', '', ['onboot', 'live', '0'], {}, []],
  ['the value that a container has', '', ['memory', 'live', '512'], {}, []],
  [
    'another value',
    'memory: 256\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'set', from: '256', to: '512', value: '512' }],
  ],
  [
    'the value, and another that waits',
    'memory: 512\n[pve:pending]\nmemory: 1\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'revert', from: '1' }],
  ],
  [
    'the value, to be deleted',
    'memory: 512\n[pve:pending]\ndelete: memory\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'revert', from: 'to be deleted' }],
  ],
  [
    'the value that waits for the restart it needs',
    'features: nesting=0\n[pve:pending]\nfeatures: nesting=1\n',
    ['features', 'restart', 'nesting=1'],
    { more: { running: 1 } },
    [],
  ],
  [
    'the value that waits, because the call that set it was killed',
    'memory: 1\n[pve:pending]\nmemory: 512\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'set', from: '1', to: '512' }],
  ],
  ['a key that cannot be set', 'template: 1\n', ['template', 'live', '0'], {}, [{ impact: 'impossible' }]],
  [
    'a key that can be added at once',
    '',
    ['dev0', 'restart', '/dev/x'],
    { more: { added: { dev0: 'live' } } },
    [{ impact: 'live' }],
  ],
  [
    'a card whose address Proxmox made up',
    'net0: name=eth0,hwaddr=AA,type=veth\n',
    ['net0', 'live', 'name=eth0,bridge=b'],
    {},
    [{ value: 'name=eth0,bridge=b,hwaddr=AA' }],
  ],
])('CompareKeys::exact where there is %s', async (_, text, words, given, expected) => {
  expect(await list('CompareKeys::exact', state(text, given), ...words)).toMatchObject(expected);
});

test('CompareKeys::value_in_force and CompareKeys::means_nothing know what a key is without being written', async () => {
  const value = (type: string, key: string, text = '') => call('CompareKeys::value_in_force', type, conf(text), key);
  expect(
    await Promise.all([
      value('lxc', 'memory'),
      value('qemu', 'cores'),
      value('lxc', 'onboot'),
      value('lxc', 'tags'),
      value('lxc', 'memory', 'memory: 1\n'),
    ]),
  ).toEqual(['512', '1', '0', undefined, '1']);
  expect(
    await Promise.all([
      holds('CompareKeys::means_nothing', 'onboot', 'no'),
      holds('CompareKeys::means_nothing', 'onboot', '1'),
      holds('CompareKeys::means_nothing', 'tags', '0'),
    ]),
  ).toEqual([true, false, false]);
});

test.each([
  ['tags: x\n', [{ how: 'delete', from: 'x', to: 'absent', impact: 'live' }]],
  ['tags: x\n[pve:pending]\ndelete: tags\n', [{ how: 'delete', from: 'x' }]],
  ['[pve:pending]\ntags: x\n', [{ how: 'revert' }]],
  ['', []],
])('CompareKeys::absent where there is %j', async (text, expected) => {
  expect(await list('CompareKeys::absent', state(text), 'tags', 'live')).toMatchObject(expected);
  expect(await list('CompareKeys::absent', state('onboot: 0\n'), 'onboot', 'live')).toEqual([]);
  const waiting = state('dev0: /dev/x\n[pve:pending]\ndelete: dev0\n', { more: { running: 1 } });
  expect(await list('CompareKeys::absent', waiting, 'dev0', 'restart')).toEqual([]);
});

test('CompareKeys::generated only asks that Proxmox made one', async () => {
  expect(await list('CompareKeys::generated', state('vmgenid: x\n'), 'vmgenid', 'live')).toEqual([]);
  expect(await list('CompareKeys::generated', state(''), 'vmgenid', 'live')).toMatchObject([
    { how: 'none', impact: 'impossible' },
  ]);
});

test('CompareKeys::marker compares our line, and keeps what people wrote', async () => {
  expect(await list('CompareKeys::marker', state(`#note\n#${marker}\n`), marker)).toEqual([]);
  expect(await list('CompareKeys::marker', state('#note\n'), marker)).toMatchObject([
    { key: 'description', from: '', value: `${marker}\nnote` },
  ]);
});

test('CompareKeys::change takes for its value what people are shown', async () => {
  expect(await call('CompareKeys::change', 'k', 'set', 'a', 'b', 'live')).toEqual({
    key: 'k',
    from: 'a',
    to: 'b',
    impact: 'live',
    how: 'set',
    value: 'b',
  });
  expect(await call('CompareKeys::change', 'k', 'set', 'a', 'b', 'live', 'c')).toMatchObject({ value: 'c' });
});
