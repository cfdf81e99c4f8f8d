import { expect, test } from 'vitest';
import { inStack, step } from './given.js';
import { call, list } from './perl.js';

const stack = { name: 'ai', folder: '/a' };
const read = (...words: readonly string[]) => call('Words::step', stack, ...words);

test('Words::step reads the words that every kind has, and keeps those of its own in their order', async () => {
  expect(
    await read(
      ...[
        'guest-run',
        'guest/950/run',
        '--resource',
        'guest/950',
        '--path',
        'ai/qwen',
        '--title',
        'set-up script',
        '--need',
        'a',
        '--need',
        'b',
      ],
      ...[
        '--exclusive',
        'file/x',
        '--exclusive',
        'y',
        '--until-template',
        '900',
        '--why',
        'w',
        '--guest',
        'lxc',
        '950',
        '--script',
        's',
      ],
    ),
  ).toMatchObject({
    kind: 'guest-run',
    id: 'guest/950/run',
    stack,
    resource: 'guest/950',
    path: 'ai/qwen',
    title: 'set-up script',
    needs: ['a', 'b'],
    exclusive: ['file/x', 'y'],
    until: '900',
    why: 'w',
    options: [
      ['guest', 'lxc', '950'],
      ['script', 's'],
    ],
    has: { guest: ['lxc', '950'], script: ['s'], title: ['set-up script'] },
  });
});

test('Words::step calls a step that says nothing of itself by its id and kind', async () => {
  expect(await read('note', 'n1')).toMatchObject({
    resource: 'n1',
    path: 'n1',
    title: 'note',
    until: null,
    why: null,
    needs: [],
    options: [],
  });
});

test('Words::step takes as many words as an option says that it has', async () => {
  expect(await read('run', 'r', '--command', '3', 'sh', '-c', '--fix', '--probe', '1', 'x')).toMatchObject({
    options: [
      ['command', 'sh', '-c', '--fix'],
      ['probe', 'x'],
    ],
  });
});

test.each([
  [['guest-dance', 'g'], 'this applier knows no step kind `guest-dance` (step g)'],
  [['note', 'n', '--colour', 'red'], 'this applier knows no option --colour of a note step (step n)'],
  [['note', 'n', 'x'], 'this applier knows no option x of a note step (step n)'],
  [['note', 'n', '--text'], 'option --text of step n lacks words'],
  [['run', 'r', '--command', '2', 'a'], 'option --command of step r lacks words'],
])('Words::step refuses %j', async (words, why) => {
  await expect(read(...words)).rejects.toThrow(why);
});

test('Words::stack reads the line of a stack, with what it does not say', async () => {
  expect(await call('Words::stack', '/a', 'ai', '--app', 'phoenix', '--host', 'pve', '--order', '2')).toEqual({
    folder: '/a',
    name: 'ai',
    app: 'phoenix',
    host: 'pve',
    pve: '',
    order: '2',
    restart: 'never',
    protect: '0',
  });
  await expect(call('Words::stack', '/a', 'ai', '--folder', '/b', '--colour', 'red')).rejects.toThrow(
    'this applier knows no option --colour of a stack',
  );
});

test('Words::files gives each file the mode, owner and secrets that follow it', async () => {
  const words = [
    '--guest',
    'lxc',
    950,
    '--file',
    '/a',
    'src/a',
    'aa',
    '--mode',
    '0640',
    '--owner',
    1,
    2,
    '--file',
    '/b',
    'src/b',
    'bb',
    '--secret',
    'x',
    '--secret',
    'y',
  ];
  expect(await list('Words::files', inStack({ folder: '/s' }, 'guest-file', 'f', ...words))).toEqual([
    { target: '/a', source: '/s/src/a', sha256: 'aa', mode: '0640', uid: '1', gid: '2' },
    { target: '/b', source: '/s/src/b', sha256: 'bb', secrets: ['x', 'y'], mode: '0600', uid: '0', gid: '0' },
  ]);
});

test('Words::files leaves a file with secrets to whom the step names', async () => {
  const words = ['--file', '/b', 'b', 'bb', '--secret', 'x', '--mode', '0640', '--owner', 5, 6];
  expect(await list('Words::files', step('file', 'f', ...words))).toMatchObject([{ mode: '0640', uid: '5', gid: '6' }]);
});
