import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const stubs = {
  keep_before: '',
  patiently: 'code=0',
  ask: '',
  ask_into: '',
  stop_run: 'exit 9',
  stop_guest: '',
  shut_down_machine: '',
  free_volumes: '',
  note_unnamed_volumes: '',
  fail_step: 'reason=$1; return 1',
};
type Field = Readonly<Record<string, string>>;

const run = (
  words: readonly string[],
  doing = '',
  args: readonly string[] = [],
  field: Field = {},
  more: BashCall['stubs'] = {},
) =>
  bash('apply-guest-move', words, {
    set: {
      doing,
      arguments: args,
      run: 'r1',
      trouble: 'why',
      field: { vmid: '950', type: 'lxc', path: '/conf', digest: 'abc', ...field },
    },
    stubs: { ...stubs, ...more },
    show: ['reason'],
  });

test.each<[string, readonly string[], Field, string]>([
  ['stop', [], {}, 'stop_guest 950'],
  ['stop', [], { type: 'qemu' }, 'shut_down_machine 950'],
  ['unlock', [], {}, 'patiently pct unlock 950'],
  ['free', ['s:a', 's:b'], {}, 'free_volumes s:a s:b'],
  ['move', ['950', 'mp0', 'fast', 's:a'], {}, 'move_volume s 950 mp0 fast s:a'],
  ['settle', [], {}, 'ask_into note_moved moved s'],
])('apply_guest_move, told to %s %j of %j, keeps the config and does one thing', (doing, args, field, expected) => {
  expect(run(['apply_guest_move', 's'], doing, args, field, { move_volume: '' }).calls).toEqual([
    'keep_before /conf',
    expected,
  ]);
});

test('apply_guest_move fails where the new disk is not as it should be', () => {
  expect(run(['apply_guest_move', 's'], 'settle', [], {}, { ask_into: 'return 1' })).toMatchObject({
    status: 1,
    values: { reason: 'why' },
  });
});

test.each([
  ['lxc', 'patiently pct move-volume 950 mp0 fast --digest abc'],
  ['qemu', 'patiently qm disk move 950 mp0 fast --digest abc'],
])('move_volume of a guest of type %s deletes nothing, and is written down before', (type, call) => {
  expect(run(['move_volume', 's', '950', 'mp0', 'fast', 's:a'], '', [], { type }).calls).toEqual([
    'ask intent s s:a',
    call,
  ]);
});

test('move_volume tells of what a former run may have left, and moves nothing that is not written down', () => {
  expect(run(['move_volume', 's', '950', 'mp0', 'fast', 's:a'], '', [], { begun: 'r0' }).calls[0]).toBe(
    'note_unnamed_volumes s',
  );
  const stopped = run(['move_volume', 's', '950', 'mp0', 'fast', 's:a'], '', [], { begun: 'r1' }, { ask: 'return 1' });
  expect(stopped).toMatchObject({ status: 9, calls: ['ask intent s s:a', `stop_run 'cannot write the journal: why'`] });
});

test('note_moved takes what was seen', () => {
  expect(run(['note_moved', 'moved', 'mp0 lies at fast:b now']).values).toEqual({ reason: 'mp0 lies at fast:b now' });
});
