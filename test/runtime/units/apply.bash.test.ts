import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const stubs = {
  usage: 'exit 2',
  complain: '',
  detached: '',
  let_ask: '',
  approval_is_there: '',
  ask_for_approval: '',
  open_lock: '',
  start_engine: '',
  take_lock: '',
  ask: '',
  ask_into: '',
  refuse_run: 'exit 8',
  stop_run: 'exit 9',
  run_steps: '',
  show_summary: '',
  clear_private_files: '',
  trap: '',
  progress: '',
  progress_step: '',
  open_log: '',
  start_worker: '',
  wait_for_worker: '',
  work_on: '',
  keep_told: '',
  since: 'seconds=1.5',
  sleep: '',
  tell: '',
};
const show = [
  'stops',
  'todo',
  'path_width',
  'app',
  'host',
  'private_folder',
  'run',
  'step_of',
  'halted',
  'code',
  'unheard',
  'unapproved',
];

const run = (words: readonly string[], given: BashCall = {}) =>
  bash('progress', words, {
    ...given,
    with: ['apply'],
    show,
    set: {
      trouble: 'why',
      problems: ['applier/failed', 'why'],
      run: 'r1',
      said_flag: {},
      worker_halts: 75,
      code: 0,
      run_folder: '/runs',
      private_folder: '',
      app: '',
      host: '',
      ...given.set,
    },
    stubs: { ...Object.fromEntries(Object.entries(stubs).filter(([name]) => name !== words[0])), ...given.stubs },
  });

test('verb_apply goes on behind the terminal, as root', () => {
  const { status, ended, calls } = run(['verb_apply'], { env: { PHOENIX_ROOT: '/x' } });
  expect({ status, ended, calls }).toEqual({ status: 0, ended: true, calls: ['let_ask', 'detached run_apply'] });
});

test('verb_apply asks about a run that did not end well, and begins another one after a yes', () => {
  const given = {
    set: { times: 0 },
    env: { PHOENIX_ROOT: '/x' },
    stubs: { detached: '((times += 1)); return $((times < 2 ? 76 : 0))' },
  };
  expect(run(['verb_apply'], given).calls).toEqual([
    'let_ask',
    'detached run_apply',
    'ask_for_approval 76',
    'detached run_apply',
  ]);
});

const whole = { ask_into: '[[ $2 == work ]] && { note_work about phoenix pve; note_work work 2 1 20; }' };

test('run_apply locks the host, asks what is to be done, writes down what was forgotten, and does it', () => {
  const { calls, values } = run(['run_apply'], { stubs: whole });
  expect(
    calls.filter((call) => !call.startsWith('trap')).map((call) => call.replace(/[\d-]{15}-[0-9a-f]{4}|\d+\.\d+/, 'X')),
  ).toEqual([
    'open_lock',
    'start_engine',
    'take_lock',
    'ask_into note_work work',
    'approval_is_there',
    'ask remember',
    'run_steps',
    'show_summary X',
  ]);
  expect(calls.filter((call) => call.startsWith('trap'))).toEqual([
    'trap : HUP PIPE',
    'trap interrupted=1 INT TERM',
    `trap 'leave_end "$?"; clear_private_files' EXIT`,
  ]);
  expect(values).toMatchObject({
    app: 'phoenix',
    host: 'pve',
    todo: '2',
    path_width: '20',
    run: expect.stringMatching(/^\d{8}-\d{6}-[0-9a-f]{4}$/),
  });
});

test.each([
  ['the host cannot be looked at', { ask_into: 'return 1' }, 'refuse_run applier/failed why'],
  [
    'something stops it',
    { ask_into: `note_work stop applier/foreign 'guest 950 is on node pve2'` },
    `refuse_run applier/foreign 'guest 950 is on node pve2'`,
  ],
  ['the journal cannot be written', { ask: '[[ $1 != remember ]]' }, 'refuse_run applier/failed why'],
])('run_apply changes nothing when %s', (_, more, last) => {
  const { status, calls } = run(['run_apply'], { stubs: more });
  expect([status, calls.at(-1)]).toEqual([8, last]);
});

test('run_apply has nothing to do where nothing is to be done', () => {
  expect(run(['run_apply'], { stubs: { ask_into: 'note_work work 0 0 16' } }).calls).not.toContain('run_steps');
});

test.each([
  [['note_work', 'about', 'phoenix', 'pve'], { app: 'phoenix', host: 'pve' }],
  [['note_work', 'stop', 'applier/foreign', 'a reason'], { stops: ['applier/foreign', 'a reason'] }],
  [['note_work', 'private', '/run/phoenix/r1'], { private_folder: '/run/phoenix/r1' }],
  [['note_work', 'work', '7', '2', '30'], { todo: '7', path_width: '30' }],
  [['note_work', 'unapproved', '2', 'mark', 'a\tb'], { unapproved: ['2', 'mark', 'a\tb'] }],
])('note_work takes %j', (words, expected) => {
  expect(run(words).values).toMatchObject(expected);
});

test('note_work tells of stacks of other hosts', () => {
  expect(run(['note_work', 'skipped', 'ai', 'pve2']).calls).toEqual([
    `progress 'skipped: stack %s belongs to host %s\\n' ai pve2`,
  ]);
});

// ---- The steps

test('run_steps begins as many as there are free hands, until no worker is left', () => {
  const given = {
    set: { n: 0, said_flag: { jobs: '2' } },
    stubs: {
      ask_into: '((n += 1)); case $n in 1) step_of[11]=a step_of[12]=b ;; 2) step_of[13]=c ;; esac',
      wait_for_worker: 'for pid in "${!step_of[@]}"; do unset "step_of[$pid]"; break; done',
    },
  };
  const { calls } = run(['run_steps'], given);
  expect(calls.filter((call) => call.startsWith('ask_into')).map((call) => call.split(' ')[3])).toEqual([
    '2',
    '1',
    '1',
    '2',
  ]);
  expect(calls.at(-1)).toBe('ask compact');
});

test('run_steps has nothing more begin when it was asked to stop, and waits for those at work', () => {
  const given = { set: { step_of: { 11: 'a' } }, before: 'interrupted=1', stubs: { wait_for_worker: 'step_of=()' } };
  expect(run(['run_steps'], given).calls.map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
    'open_log',
    'ask interrupt',
    'ask_into start_worker',
    'wait_for_worker',
    'ask interrupt',
    'ask_into start_worker',
    'ask compact',
  ]);
});

test('run_steps ends the run after a worker that could not go on', () => {
  expect(run(['run_steps'], { before: 'halted=1' })).toMatchObject({ status: 1, ended: true });
  expect(run(['run_steps'], { stubs: { ask_into: 'return 1' } })).toMatchObject({ status: 9 });
});

test('run_steps minds no journal that cannot be compacted', () => {
  const { status, calls } = run(['run_steps'], { stubs: { ask: '[[ $1 != compact ]]' } });
  expect([status, calls.at(-1)]).toEqual([0, `progress 'the journal was not compacted: %s\\n' why`]);
});

test('start_worker begins a step in a process of its own, and knows whose it is', () => {
  const { values, stdout } = run(['start_worker', 'begin', 's', 'file', 'p', 't', '/to', '/from'], {
    stubs: { work_on: 'printf "%s|" "$@"' },
    after: 'wait',
  });
  expect(Object.values(values['step_of'] as object)).toEqual(['s']);
  expect(stdout).toBe('s|file|p|t|/to|/from|');
});

/** Waits with a worker at work that ends with this, or goes on. */
const wait = (work: string, more: BashCall = {}) =>
  run(['wait_for_worker'], {
    stubs: { sleep: 'exec sleep 5 3>&- >/dev/null 2>&1' },
    before: `declare -A step_of=(); { ${work}; } 3>&- >/dev/null 2>&1 & step_of[$!]=s`,
    ...more,
  });
const lost = 'ask_into tell_of_lost_step ended s';

test.each([
  [0, '0'],
  [1, '0'],
  [75, '1'],
])('wait_for_worker tells the engine of a worker that ended with %d', (exit, halted) => {
  const { calls, values } = wait(`command sleep 0.1; exit ${exit}`);
  expect(calls).toContain(lost);
  expect(values).toMatchObject({ step_of: {}, halted });
});

test('wait_for_worker tells now and then of steps that take long, and forgets none', () => {
  // not over at once: bash may forget one that ends before it is waited for
  const { calls, values } = wait('command sleep 5', {
    stubs: { sleep: 'command sleep 0.5' },
    env: { PHOENIX_TICK: '7' },
    after: 'kill "${!step_of[@]}"',
  });
  expect(calls.at(-1)).toBe('ask_into tell_of_waiting at-work 7');
  expect(Object.values(values['step_of'] as object)).toEqual(['s']);
});

test('wait_for_worker comes back when somebody asks the run to stop', () => {
  const asked = {
    stubs: { sleep: 'command sleep 0.2; kill -INT $$; exec sleep 5 3>&- >/dev/null 2>&1' },
    after: 'kill "${!step_of[@]}"',
  };
  const { calls } = wait('command sleep 5', {
    ...asked,
    before: `builtin trap : INT; declare -A step_of=(); command sleep 5 3>&- >/dev/null 2>&1 & step_of[$!]=s`,
  });
  expect(calls).toEqual(['sleep 30']);
});

test('find_ended_worker finds workers that `wait -n` tells of no more, however they ended', () => {
  const killed = 'declare -A step_of=(); (kill -9 $BASHPID) & step_of[$!]=s; command sleep 0.2; wait -n; wait -n';
  const { status, calls, values } = run(['wait_for_worker'], { before: `${killed} || :` });
  expect({ status, calls, left: values['step_of'] }).toEqual({ status: 0, calls: [lost], left: {} });
  expect(
    run(['find_ended_worker'], { set: { ended: 'x', status: 0 }, before: 'declare -A step_of=([$$]=s)' }),
  ).toMatchObject({ status: 1 });
  expect(
    run(['find_ended_worker'], {
      set: { status: 0 },
      before: 'declare -A step_of=(); (exit 75) & step_of[$!]=s; command sleep 0.2',
      after: 'code=$status',
    }),
  ).toMatchObject({ status: 0, values: { code: '75' } });
});

test('tell_of_lost_step and tell_of_waiting are for people', () => {
  expect(run(['tell_of_lost_step', 'lost', '2', '7', 'p', 't', 'killed']).calls).toEqual([
    `progress_step 2 7 p t 'FAILED: killed'`,
  ]);
  expect(run(['tell_of_waiting', 'at-work', 'p', 't', '31', 'a lock']).calls).toEqual([
    `progress '        %-*s  %-40s at work for %d s%s\\n' 16 p t 31 ': a lock'`,
  ]);
  expect(run(['tell_of_waiting', 'at-work', 'p', 't', '31', '']).calls[0]).toMatch(/ 31 ''$/);
});

// ---- How it ended

test('show_summary prints, and ends with the exit code of the engine, or 1 if nobody could be told', () => {
  expect(run(['show_summary', '1.0'], { stubs: { ask_into: 'print_summary summary 3 text' } })).toMatchObject({
    status: 3,
    ended: true,
    calls: expect.arrayContaining([`ask_into print_summary summary 1.5`, 'tell %s text']),
  });
  expect(run(['show_summary', '1.0'], { stubs: { ask_into: 'unheard=1 code=0' } }).status).toBe(1);
  expect(run(['show_summary', '1.0'], { stubs: { ask_into: 'return 1' } }).status).toBe(9);
});

test('print_summary takes the exit code, and tells the text', () => {
  expect(run(['print_summary', 'summary', '1', 'a %s b']).values['code']).toBe('1');
  expect(run(['print_summary', 'summary', '1', 'a %s b']).calls).toEqual([`tell %s 'a %s b'`]);
});

test('tell prints the result and keeps it; a reader that went away is no failure, a full disk is one', () => {
  expect(run(['tell', '%s!\\n', 'a b'])).toMatchObject({
    stdout: 'a b!\n',
    calls: [`keep_told 'a b!\n'`],
    values: { unheard: '0' },
  });
  const full = run(['tell', '%s', 'x'], { before: 'exec 4>&1 >/dev/full', after: 'exec >&4' });
  expect(full).toMatchObject({
    calls: expect.arrayContaining([expect.stringContaining('complain applier/unheard')]),
    values: { unheard: '1' },
  });
  expect(run(['tell', '%s', 'x'], { before: 'exec 4>&1; exec 1>&-', after: 'exec >&4' }).values['unheard']).toBe('0');
});

test.each([
  ['a mistake of the command line', ['usage/unknown-name', 'm', 'v', '', ''], 2],
  ['two of them', ['usage/unknown-name', 'm', 'v', '', '', 'usage/unknown-run', 'm', 'v', '', ''], 2],
  ['what is wrong on the host', ['applier/busy', 'm', '', '', ''], 1],
  ['one of each', ['usage/unknown-name', 'm', 'v', '', '', 'applier/busy', 'm', '', '', ''], 1],
])('refuse_run of %s', (_, words, status) => {
  expect(run(['refuse_run', ...words])).toMatchObject({
    status,
    ended: true,
    stderr: 'Nothing was changed.\n',
    calls: [expect.stringMatching(/^complain /)],
  });
});

test('stop_run ends a run with 1, and a worker so that the run ends, too, and can say why', () => {
  const complaint = expect.stringMatching(/^complain applier\/stopped 'no space' /);
  expect(run(['stop_run', 'no space'])).toMatchObject({
    status: 1,
    ended: true,
    stderr: 'The run ends here.\n',
    calls: [complaint],
  });
  expect(run(['stop_run', 'no space'], { set: { worker: 7 } })).toMatchObject({
    status: 75,
    ended: true,
    calls: [complaint, `ask halted 'no space'`],
  });
});

test('end_halted says as JSON what workers said, where that is wanted', () => {
  expect(run(['end_halted'])).toMatchObject({ status: 1, ended: true, calls: [] });
  const set = { said_flag: { json: '1' } };
  expect(run(['end_halted'], { set }).calls).toEqual(['ask_into repeat_as_json halted']);
  expect(run(['repeat_as_json', 'halted', 'no space', 'no log']).calls).toEqual([
    expect.stringMatching(/^complain applier\/stopped 'no space' .* applier\/stopped 'no log' /),
  ]);
});
