import { expect, test } from 'vitest';
import { bash } from './bash.js';

const stubs = {
  patiently: 'code=0',
  pause: '',
  ask_into: '',
  journal: '',
  journal_intent: '',
  look_at: '',
  give_back_names: '',
  fail_step: 'reason=$1; return 1',
};
type Given = {
  readonly doing?: string;
  readonly args?: readonly string[];
  readonly field?: Readonly<Record<string, string>>;
  readonly stubs?: Readonly<Record<string, string>>;
  readonly code?: number;
};

const run = (
  words: readonly string[],
  { doing = '', args = ['950'], field = {}, stubs: more = {}, code = 0 }: Given = {},
) =>
  bash('apply-guest-state', words, {
    set: { doing, arguments: args, code, field: { type: 'lxc', timeout: '60', digest: 'abc', ...field } },
    stubs: { ...stubs, guest_tool: '[[ ${field[type]} == qemu ]] && printf qm || printf pct', ...more },
    show: ['reason', 'is_running'],
  });
const calls = (...given: Parameters<typeof run>) => run(...given).calls.filter((call) => call !== 'guest_tool');

test.each<[string, Given, string]>([
  ['start', {}, 'start_guest 950'],
  ['stop', {}, 'stop_guest 950'],
  ['reboot', {}, 'reboot_container 950'],
  ['reboot', { field: { type: 'qemu' } }, 'restart_machine 950'],
])('apply_guest_state, told to %s: %j', (doing, given, expected) => {
  const acts = { start_guest: '', stop_guest: '', reboot_container: '', restart_machine: '' };
  expect(calls(['apply_guest_state', 's'], { doing, ...given, stubs: acts })).toEqual([expected]);
});

test('start_guest believes the state and no exit code, and then forgets that a restart was due', () => {
  const settles = (answer: string) =>
    calls(['start_guest', '950'], { stubs: { settle_after_start: answer, forget_restart: '' } });
  expect(settles('')).toEqual(['patiently pct start 950', 'settle_after_start 950', 'forget_restart 950']);
  expect(settles('return 1')).toEqual(['patiently pct start 950', 'settle_after_start 950']);
});

test.each([
  ['pct is well', 'code=0', '', ['wait_for_state 950 1 60', 'forget_restart 950']],
  ['pct fails', 'code=1', '', []],
  ['the guest does not come up', 'code=0', 'return 1', ['wait_for_state 950 1 60']],
])('reboot_container when %s', (_, patiently, waits, expected) => {
  expect(
    calls(['reboot_container', '950'], { stubs: { patiently, wait_for_state: waits, forget_restart: '' } }),
  ).toEqual(['patiently pct reboot 950 --timeout 60', ...expected]);
});

test('restart_machine starts a machine again that is down, and no other', () => {
  expect(calls(['restart_machine', '100'], { stubs: { shut_down_machine: '', start_guest: '' } })).toEqual([
    'shut_down_machine 100',
    'start_guest 100',
  ]);
  expect(calls(['restart_machine', '100'], { stubs: { shut_down_machine: 'return 1', start_guest: '' } })).toEqual([
    'shut_down_machine 100',
  ]);
});

test('shut_down_machine pulls no plug', () => {
  expect(calls(['shut_down_machine', '100'], { stubs: { wait_for_state: '' } })).toEqual([
    'patiently qm shutdown 100 --timeout 60',
    'wait_for_state 100 0 5',
  ]);
  const deaf = run(['shut_down_machine', '100'], { stubs: { wait_for_state: 'return 1' } });
  expect(deaf).toMatchObject({
    status: 1,
    values: { reason: 'machine 100 did not shut down within 60 s; it goes on running' },
  });
  expect(deaf.calls.join('\n')).not.toContain('qm stop');
});

test.each<[string, Given, readonly string[]]>([
  ['stop', {}, ['stop_guest 950']],
  ['strip', { args: ['950', '--delete', 'dev0,mp1'] }, ['patiently pct set 950 --digest abc --delete dev0,mp1']],
  ['seal', {}, ['journal_intent s', 'patiently pct template 950', 'seal_if_template s 950']],
  ['unname', { args: ['a', 'b'] }, ['give_back_names a b']],
  ['finish', { args: ['100', 'scsi0'] }, ['patiently qm template 100 --disk scsi0']],
  ['remember', { args: ['950', 'd'] }, ['journal sealed 950 d']],
])('apply_guest_template, told to %s: %j', (doing, given, expected) => {
  expect(
    calls(['apply_guest_template', 's'], { doing, ...given, stubs: { stop_guest: '', seal_if_template: '' } }),
  ).toEqual(expected);
});

test('seal_if_template writes down a template that it has seen, with the digest of what went into it', () => {
  expect(calls(['seal_if_template', 's', '950'], { stubs: { look_at: 'doing=remember field=()' } })).toEqual([
    'look_at s',
    'journal sealed 950 abc',
  ]);
  expect(calls(['seal_if_template', 's', '950'], { stubs: { look_at: 'doing=seal' } })).toEqual(['look_at s']);
});

test('stop_guest asks first, waits, and pulls the plug only when the time is up', () => {
  expect(calls(['stop_guest', '950'], { stubs: { wait_for_state: '' } })).toEqual([
    'patiently pct shutdown 950 --timeout 60',
    'wait_for_state 950 0 5',
  ]);
  expect(calls(['stop_guest', '950'], { stubs: { wait_for_state: 'return 1' } })).toEqual([
    'patiently pct shutdown 950 --timeout 60',
    'wait_for_state 950 0 5',
    'patiently pct stop 950',
    'wait_for_state 950 0 30',
  ]);
});

test('wait_for_state asks until the state is there', () => {
  const later = { ask_into: '((asked += 1)); note_running running "$((asked >= 3))"' };
  const answer = bash('apply-guest-state', ['wait_for_state', '950', '1', '60'], {
    set: { asked: 0, field: { type: 'lxc' } },
    stubs: { ...later, pause: '' },
  });
  expect(answer.status).toBe(0);
  expect(answer.calls).toEqual(
    Array.from({ length: 5 }, (_, at) => (at % 2 === 0 ? 'ask_into note_running running 950 lxc' : 'pause 0.5')),
  );
});

test('wait_for_state gives up when the time is over, also where nobody can say the state', () => {
  expect(run(['wait_for_state', '950', '1', '0'], { stubs: { ask_into: 'note_running running 0' } }).status).toBe(1);
  expect(run(['wait_for_state', '950', '0', '0'], { stubs: { ask_into: 'return 1' } }).status).toBe(1);
});

test('note_running takes the state of the answer', () => {
  expect(run(['note_running', 'running', '1']).values['is_running']).toBe('1');
});

test('settle_after_start gives a guest on its way up its time, and one that failed a moment', () => {
  expect(calls(['settle_after_start', '950'], { stubs: { wait_for_state: '' } })).toEqual(['wait_for_state 950 1 30']);
  expect(calls(['settle_after_start', '950'], { code: 1, stubs: { wait_for_state: '' } })).toEqual(['pause 2']);
});

test('forget_restart writes it down', () => {
  expect(calls(['forget_restart', '950'])).toEqual(['journal restarted 950']);
});
