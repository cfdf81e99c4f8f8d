import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const stubs = {
  said_file: '',
  publish_said: '',
  ask: '',
  ask_into: '',
  since: 'seconds=1.5',
  progress: '',
  progress_step: '',
  show_said: '',
  stop_run: 'exit 9',
  journal: '',
  journal_applied: '',
  pause: '',
  bring_about: 'result=done acted=1',
  tell_failure: '',
  look_at: '',
  ask_endpoint: '',
  wait_because: '',
  apply_file: '',
  apply_guest_create: '',
};
const show = ['result', 'reason', 'acted', 'flag', 'verdict', 'doing', 'arguments', 'field', 'changes', 'number', 'of'];

const run = (words: readonly string[], given: BashCall = {}) =>
  bash('worker', words, {
    ...given,
    set: {
      result: 'failed',
      reason: '',
      acted: 0,
      flag: '',
      kind: 'file',
      verdict: '',
      doing: '',
      trouble: 'why',
      processes: 3,
      seconds: '1.5',
      ...given.set,
    },
    stubs: { ...Object.fromEntries(Object.entries(stubs).filter(([name]) => name !== words[0])), ...given.stubs },
    show,
  });
const names = (calls: readonly string[]) => calls.map((call) => call.split(' ')[0]);

// ---- A step in its worker

const work = (bring_about: string, more: BashCall['stubs'] & object = {}) =>
  run(['work_on', 's', 'file', 'host/x', 'a title', '/dev/null', '/dev/null'], {
    stubs: { bring_about, ask_into: 'note_number number 2 7', ...more },
  });

test.each([
  ['done', 'result=done acted=1', `progress_step 2 7 host/x 'a title' '1.5 s'`],
  [
    'held back',
    `result=held reason='needs a restart' flag=--x`,
    `progress_step 2 7 host/x 'a title' 'held back: needs a restart'`,
  ],
  ['failed', `reason=why`, `tell_failure 2 7 host/x 'a title'`],
])('work_on tells of a step that was %s, after the engine knows it', (_, bring_about, told) => {
  const { calls } = work(bring_about);
  expect(names(calls)).toEqual(['said_file', 'bring_about', 'publish_said', 'since', 'ask_into', expect.any(String)]);
  expect(calls.at(-1)).toBe(told);
});

test('work_on says of a step how it ended, why, and what it took', () => {
  expect(work(`result=held reason='needs a restart' flag=--x`).calls).toContain(
    `ask_into note_number outcome id s result held reason 'needs a restart' acted 0 flag --x seconds 1.5 processes 3`,
  );
});

test('work_on ends the run where the engine cannot be told', () => {
  expect(work('result=done', { ask_into: 'return 1' })).toMatchObject({
    status: 9,
    calls: expect.arrayContaining(['stop_run why']),
  });
});

test('work_on is not ended by what asks the run to stop', () => {
  expect(work('kill -INT $BASHPID; kill -TERM $BASHPID; kill -HUP $BASHPID; result=done').calls.at(-1)).toContain(
    '1.5 s',
  );
});

test('note_number takes the place of this end among all', () => {
  expect(run(['note_number', 'number', '2', '7']).values).toMatchObject({ number: '2', of: '7' });
});

test('tell_failure says why, what was said, and how to go on', () => {
  const { calls } = run(['tell_failure', '2', '7', "host/it's", 'a title'], { set: { reason: 'it broke' } });
  expect(calls).toEqual([
    `progress_step 2 7 'host/it'\\''s' 'a title' 'FAILED after 1.5 s'`,
    `progress '        %s\\n' 'it broke'`,
    'show_said',
    `progress '        again   applier apply --from %q\\n' 'host/it'\\''s'`,
  ]);
});

// ---- Looking and acting

/** Brings a step about whose looks say these, one after the other. */
function bring(looks: readonly string[], given: BashCall = {}) {
  const cases = looks.map((look, at) => `${at + 1}) ${look} ;;`).join(' ');
  return run(['bring_about', 's'], {
    ...given,
    set: { n: 0, ...given.set },
    stubs: {
      look_at: `flag=''; changes=(x) arguments=(); case $((n += 1)) in ${cases} *) verdict=satisfied ;; esac`,
      ...given.stubs,
    },
  });
}
const change = 'verdict=change doing=write arguments=(a)';

test.each<[string, readonly string[], BashCall, readonly string[], object]>([
  ['is as it should be', ['verdict=satisfied'], {}, ['look_at', 'journal_applied'], { result: 'done', acted: '0' }],
  ['only says something', ['verdict=note'], {}, ['look_at', 'journal_applied'], { result: 'done' }],
  [
    'asks an endpoint',
    ['verdict=satisfied'],
    { set: { kind: 'health' } },
    ['look_at', 'ask_endpoint'],
    { result: 'done' },
  ],
  ['is held back', ['verdict=held'], {}, ['look_at'], { result: 'held', acted: '0' }],
  [
    'is held back after something was done',
    [change, 'verdict=held'],
    {},
    ['look_at', 'apply_file', 'look_at', 'journal_applied'],
    { result: 'held', acted: '1' },
  ],
  ['is refused', ['verdict=refused reason=no'], {}, ['look_at'], { result: 'failed', reason: 'no' }],
  [
    'is changed, and looked at again',
    [change],
    {},
    ['look_at', 'apply_file', 'look_at', 'journal_applied'],
    { result: 'done', acted: '1' },
  ],
  [
    'takes several acts',
    [change, 'verdict=change doing=own'],
    {},
    ['look_at', 'apply_file', 'look_at', 'apply_file', 'look_at', 'journal_applied'],
    { result: 'done' },
  ],
  [
    'has an act that fails',
    [change],
    { stubs: { apply_file: 'reason=broken; return 1' } },
    ['look_at', 'apply_file'],
    { result: 'failed', reason: 'broken' },
  ],
  [
    'has an act that does not help',
    [change, change],
    {},
    ['look_at', 'apply_file', 'look_at'],
    { result: 'failed', reason: 'it was done and did not help: x' },
  ],
  [
    'could not be made',
    ['verdict=create doing=create', 'verdict=create doing=create'],
    { set: { kind: 'guest-create' } },
    ['look_at', 'apply_guest_create', 'look_at', 'journal'],
    { result: 'failed' },
  ],
])('bring_about a step that %s', (_, looks, given, expected, values) => {
  const answer = bring(looks, given);
  expect(names(answer.calls)).toEqual(expected);
  expect(answer.values).toMatchObject(values);
});

test('bring_about forgets what it began and could not make', () => {
  expect(bring(Array(2).fill('verdict=create doing=clone'), { set: { kind: 'guest-create' } }).calls.at(-1)).toBe(
    'journal gone s',
  );
});

test('bring_about waits while somebody else is at work, however often, and not for ever', () => {
  const wait = 'verdict=change doing=wait reason=locked';
  expect(names(bring(Array(70).fill(wait)).calls).filter((name) => name === 'pause')).toHaveLength(70);
  const over = bring(Array(9).fill(`${wait}; ((SECONDS += 70))`));
  expect(names(over.calls)).toEqual(['look_at', 'wait_because', 'pause', 'look_at']);
  expect(over.values).toMatchObject({ result: 'failed', reason: 'locked' });
});

test('bring_about gives up on what does not come to rest', () => {
  const { values, calls } = bring(Array.from({ length: 60 }, (_, at) => `verdict=change doing=act${at}`));
  expect(values).toMatchObject({ result: 'failed', reason: 'it does not come to rest: x' });
  expect(names(calls).filter((name) => name === 'apply_file')).toHaveLength(60);
});

test('bring_about gives up on what did not help twice, whatever was done in between', () => {
  const { values, calls } = bring(
    Array.from({ length: 60 }, (_, at) => `verdict=change doing=${at % 2 ? 'free' : 'create'}`),
  );
  expect(values).toMatchObject({ result: 'failed', reason: 'it was done and did not help: x' });
  expect(names(calls).filter((name) => name === 'apply_file')).toHaveLength(4);
});

// ---- Looking

test('look_at begins anew, and keeps the trouble of a look that failed', () => {
  const given = { set: { field: { old: '1' }, arguments: ['old'], changes: ['old'], doing: 'old' } };
  expect(run(['look_at', 's'], given)).toMatchObject({
    calls: ['ask_into note_look check s 0'],
    values: { field: {}, arguments: [], changes: [], doing: '', verdict: 'unknown' },
  });
  expect(run(['look_at', 's'], { stubs: { ask_into: 'return 1' } }).values).toMatchObject({
    reason: 'why',
    verdict: 'unknown',
  });
});

test.each([
  [
    ['note_look', 'verdict', 'held', 'a reason', 'act', '--flag'],
    { verdict: 'held', doing: 'act', flag: '--flag', reason: 'a reason' },
  ],
  [['note_look', 'verdict', 'satisfied', '', '', ''], { verdict: 'satisfied', reason: 'former' }],
  [['note_look', 'arguments', 'a b', '', 'c'], { arguments: ['a b', '', 'c'] }],
  [['note_look', 'field', 'path', '/x y'], { field: { path: '/x y' } }],
  [['note_look', 'change', 'memory', '1', '2', 'live', ''], { changes: ['memory'] }],
])('note_look takes %j', (words, expected) => {
  expect(run(words, { set: { reason: 'former' } }).values).toMatchObject(expected);
});

test('wait_because is told, and minds no engine that does not listen', () => {
  expect(run(['wait_because', 'a lock'], { stubs: { ask: 'return 1' } })).toMatchObject({
    status: 0,
    calls: [`ask waiting 'a lock'`],
  });
});
