import { expect, test } from 'vitest';
import { bash } from './bash.js';

type Set = Parameters<typeof bash>[2];
const stubs = {
  keep_before: '',
  note_left: '',
  patiently: 'code=0',
  ask: '',
  stop_run: 'exit 9',
  stop_guest: '',
  free_volumes: '',
  guest_tool: 'printf pct',
  apply_firewall_entries: '',
  journal: '',
  fail_step: 'reason=$1; return 1',
};

/** Calls a function with what the engine said about the step. */
const run = (
  words: readonly string[],
  doing: string,
  args: readonly string[],
  more: Set & { field?: Record<string, string> } = {},
) =>
  bash('apply-chores', words, {
    set: {
      doing,
      arguments: args,
      trouble: 'no disk',
      field: { path: '/etc/pve/lxc/950.conf', digest: 'abc', ...more.field },
    },
    stubs: { ...stubs, ...more.stubs },
    show: ['reason'],
  });

const calls = (...given: Parameters<typeof run>) => run(...given).calls.filter((call) => call !== 'guest_tool');

test('apply_guest_orphan takes our line out of the notes, if the config is the one that was compared, or lets the journal forget', () => {
  expect(calls(['apply_guest_orphan', 's'], 'unmark', ['950', '--description', "Anna's box"])).toEqual([
    'keep_before /etc/pve/lxc/950.conf',
    `patiently pct set 950 --digest abc --description 'Anna'\\''s box'`,
  ]);
  expect(calls(['apply_guest_orphan', 's'], 'forget', ['950'])).toEqual(['ask forget 950']);
});

test.each([
  ['stop', ['stop_guest 950']],
  ['destroy', ['keep_before /etc/pve/lxc/950.conf', 'ask destroying 950', 'patiently pct destroy 950']],
  ['resume', ['patiently pct unlock 950', 'patiently pct destroy 950']],
  ['free', ['free_volumes 950 local-zfs:x']],
  ['forget', ['ask forget 950']],
])('apply_guest_destroy, told to %s', (doing, expected) => {
  expect(calls(['apply_guest_destroy', 's'], doing, doing === 'free' ? ['950', 'local-zfs:x'] : ['950'])).toEqual(
    expected,
  );
});

test('apply_guest_destroy destroys nothing whose disks are not written down', () => {
  const { status, calls } = run(['apply_guest_destroy', 's'], 'destroy', ['950'], { stubs: { ask: 'return 1' } });
  expect(status).toBe(9);
  expect(calls.filter((call) => call.startsWith('patiently'))).toEqual([]);
  expect(calls.at(-1)).toBe(`stop_run 'cannot write the journal: no disk'`);
});

test('forget_guest ends the run where the journal cannot be written', () => {
  expect(run(['forget_guest', '950'], '', [], { stubs: { ask: 'return 1' } }).status).toBe(9);
});

test.each([
  ['a file', {}, ['ask restore s abc']],
  [
    'the config of a container that runs',
    { type: 'lxc', running: '1', vmid: '950' },
    ['ask restore s abc', 'ask restart 950'],
  ],
  ['the config of a container that is stopped', { type: 'lxc', running: '0', vmid: '950' }, ['ask restore s abc']],
  ['the config of a machine', { type: 'qemu', running: '1', vmid: '950' }, ['ask restore s abc']],
])('apply_restore puts back %s', (_, field, expected) => {
  expect(calls(['apply_restore', 's'], '', [], { field })).toEqual(['keep_before /etc/pve/lxc/950.conf', ...expected]);
});

test('apply_restore says why a file was not put back', () => {
  const { status, values, calls } = run(['apply_restore', 's'], '', [], {
    stubs: { ask: 'return 1' },
    field: { type: 'lxc', running: '1' },
  });
  expect({ status, values, calls: calls.length }).toEqual({ status: 1, values: { reason: 'no disk' }, calls: 3 });
});

test('remove_files keeps a copy of each, and ends with the first one that stays', () => {
  expect(calls(['apply_guest_destroy', 's'], 'sweep', ['/a', '/b c'])).toEqual([
    'keep_before /a',
    'ask remove unlink /a',
    `keep_before '/b c'`,
    `ask remove unlink '/b c'`,
  ]);
  const failing = run(['remove_files', '/a', '/b'], '', [], { stubs: { ask: 'return 1' } });
  expect(failing).toMatchObject({
    status: 1,
    values: { reason: 'no disk' },
    calls: ['keep_before /a', 'ask remove unlink /a', `fail_step 'no disk'`],
  });
});

test.each([
  ['run', ['zfs', 'destroy', 'a b'], {}, [`patiently zfs destroy 'a b'`]],
  [
    'run',
    ['pvesm', 'remove', 'x'],
    { file: '/etc/pve/storage.cfg' },
    ['keep_before /etc/pve/storage.cfg', 'patiently pvesm remove x', 'note_left s /etc/pve/storage.cfg'],
  ],
  ['unlink', ['/etc/x'], { file: '/etc/x' }, ['keep_before /etc/x', 'ask remove unlink /etc/x']],
  ['rmdir', ['/srv/a/b', '/srv/a'], {}, ['ask remove rmdir /srv/a/b /srv/a']],
  ['write', [], {}, ['apply_firewall_entries s']],
  ['forget', ['file/x'], {}, ['journal gone file/x']],
])('apply_removal, told to %s %j', (doing, args, field, expected) => {
  expect(calls(['apply_removal', 's'], doing, args, { field })).toEqual(expected);
});

test.each(['unlink', 'rmdir'])('apply_removal says why something stays, told to %s', (doing) => {
  expect(run(['apply_removal', 's'], doing, ['/a'], { stubs: { ask: 'return 1' } })).toMatchObject({
    status: 1,
    values: { reason: 'no disk' },
  });
});

test('apply_record_orphan and apply_journal_orphan forget, and change nothing else', () => {
  expect(calls(['apply_record_orphan', 's'], 'write', [])).toEqual(['apply_firewall_entries s']);
  expect(calls(['apply_record_orphan', 's'], 'forget', ['file/x'])).toEqual(['journal gone file/x']);
  expect(calls(['apply_journal_orphan', 's'], 'forget', ['file/x', '950'])).toEqual(['ask gone file/x 950']);
  expect(run(['apply_journal_orphan', 's'], 'forget', ['950'], { stubs: { ask: 'return 1' } }).status).toBe(9);
});
