import { expect, test } from 'vitest';
import { bash } from './bash.js';

const path = '/etc/pve/lxc/950.conf';
const firewall = '/etc/pve/firewall/950.fw';
const stubs = {
  keep_before: '',
  patiently: 'code=0',
  tool: '',
  ask: '',
  stop_run: 'exit 9',
  stop_guest: '',
  journal_intent: '',
  journal: '',
  forget_guest: '',
  zfs: 'return 1',
};
type Given = {
  readonly doing?: string;
  readonly args?: readonly string[];
  readonly field?: Readonly<Record<string, string>>;
  readonly stubs?: Readonly<Record<string, string>>;
};

const run = (words: readonly string[], { doing = '', args = [], field = {}, stubs: more = {} }: Given = {}) =>
  bash('apply-guest-create', words, {
    set: {
      doing,
      arguments: args,
      trouble: 'why',
      field: { type: 'lxc', path, firewall, digest: 'abc', guid: '7', ...field },
    },
    stubs: { ...stubs, guest_tool: '[[ ${field[type]} == qemu ]] && printf qm || printf pct', ...more },
  });
const calls = (...given: Parameters<typeof run>) => run(...given).calls.filter((call) => call !== 'guest_tool');

test.each<[string, Given, readonly string[]]>([
  [
    'create',
    { args: ['950', 'debian', '--rootfs', 'x:4'] },
    ['journal_intent s', 'patiently pct create 950 debian --rootfs x:4'],
  ],
  ['clone', { args: ['900', '950'], field: { type: 'qemu' } }, ['journal_intent s', 'patiently qm clone 900 950']],
  [
    'adopt',
    { args: ['950', 'our line\nnote'] },
    [`keep_before ${path}`, 'ask adopting 950 7', `patiently pct set 950 --digest abc --description 'our line\nnote'`],
  ],
  ['stop', { args: ['950'] }, ['stop_guest 950']],
  ['destroy', { args: ['950'], stubs: { make_way: '' } }, ['make_way s 950']],
  ['forget', { args: ['950'] }, ['forget_guest 950']],
  ['take', {}, ['ask adopted s']],
  ['record', { args: ['950', 'lxc', '7', 'v', '-'] }, ['journal guest 950 lxc 7 v -']],
  ['unname', { args: ['a', 'b'], stubs: { give_back_names: '' } }, ['give_back_names a b']],
  ['free', { args: ['s:a'], stubs: { free_volumes: '' } }, ['free_volumes s:a']],
  ['unlock', { args: ['900'] }, ['patiently pct unlock 900']],
  ['clear', { args: ['950', '900'], stubs: { clear_half_made: '' } }, ['clear_half_made 950 900']],
])('apply_guest_create, told to %s: %j', (doing, given, expected) => {
  expect(calls(['apply_guest_create', 's'], { doing, ...given })).toEqual(expected);
});

test('nothing is adopted or taken that cannot be written down', () => {
  for (const doing of ['adopt', 'take']) {
    const { status, calls } = run(['apply_guest_create', 's'], {
      doing,
      args: ['950', 'x'],
      stubs: { ask: 'return 1' },
    });
    expect({ status, last: calls.at(-1) }).toEqual({ status: 9, last: `stop_run 'cannot write the journal: why'` });
  }
});

test('make_way keeps config and rules, and writes down what is begun and which disks are meant, before the guest goes', () => {
  expect(calls(['make_way', 's', '950'])).toEqual([
    `keep_before ${path}`,
    `keep_before ${firewall}`,
    'journal_intent s',
    'ask destroying 950',
    'patiently pct destroy 950',
  ]);
  const { status, calls: made } = run(['make_way', 's', '950'], { stubs: { ask: 'return 1' } });
  expect(status).toBe(9);
  expect(made.join('\n')).not.toContain('patiently');
});

test('give_back_names renames pairs, and removes the snapshot of a template that was only begun', () => {
  expect(
    calls(['give_back_names', 'a/base', 'a/vm', 'b/base', 'b/vm'], { stubs: { zfs: '[[ $6 == a/base@__base__ ]]' } }),
  ).toEqual([
    'zfs list -H -t snapshot -- a/base@__base__',
    'tool zfs destroy a/base@__base__',
    'tool zfs rename a/base a/vm',
    'zfs list -H -t snapshot -- b/base@__base__',
    'tool zfs rename b/base b/vm',
  ]);
});

test('free_volumes frees one after the other', () => {
  expect(calls(['free_volumes', 's:a', 's:b'])).toEqual(['patiently pvesm free s:a', 'patiently pvesm free s:b']);
});

test.each([
  ['lxc', ['950', '950', '900'], ['patiently pct unlock 950', 'patiently pct unlock 900', 'patiently pct destroy 950']],
  ['lxc', ['950'], ['patiently pct destroy 950']],
  ['qemu', ['950', '950'], ['patiently qm unlock 950', 'patiently qm destroy 950']],
])('clear_half_made of a guest of type %s %j', (type, words, expected) => {
  expect(calls(['clear_half_made', ...words], { field: { type } })).toEqual([`keep_before ${path}`, ...expected]);
});
