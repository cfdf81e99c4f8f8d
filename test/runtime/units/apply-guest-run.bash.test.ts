import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const stubs = {
  fail_step: 'reason=$1; return 1',
  journal_applied: '',
  pause: '',
  ask: '',
  ask_into: '',
  private_file: 'printf %s "$folder/private"',
  wait_for_shell: '',
  verify_files: '',
  inside: 'code=0',
  'lxc-attach': '',
  timeout: '',
};

/** Calls a function in a folder of its own, with a file for what tools say; `only` are the stubs that are not wanted. */
function run(words: readonly string[], given: BashCall = {}, ...only: readonly (keyof typeof stubs)[]) {
  const folder = temporaryFolder();
  const kept = Object.fromEntries(Object.entries(stubs).filter(([name]) => !only.includes(name as keyof typeof stubs)));
  const set = {
    folder,
    said: join(folder, 'said'),
    run_folder: folder,
    run: 'r1',
    worker: 7,
    processes: 0,
    code: 0,
    trouble: 'why',
    arguments: ['/etc/a', '/etc/b'],
    sums: [],
    heard: '',
    field: { vmid: '950', timeout: '20' },
    ...given.set,
  };
  const answer = bash('apply-guest-run', words, {
    ...given,
    set,
    stubs: { ...kept, ...given.stubs },
    show: ['reason', 'code', 'processes', 'sums', 'heard'],
  });
  return { ...answer, folder, names: answer.calls.map((call) => call.split(' ')[0]) };
}

// ---- Files

test('apply_guest_file streams an archive into a guest that can be reached, looks at what arrived, and writes it down', () => {
  const { calls, folder, status } = run(['apply_guest_file', 's'], {
    stubs: { inside: 'code=0; _note tar "$(cat)"', ask_into: 'printf bytes >"$folder/private"' },
  });
  expect(status).toBe(0);
  expect(calls).toEqual([
    'private_file archive',
    `ask_into note_sent archive s ${folder}/private`,
    'wait_for_shell 950',
    'inside 950 tar -x --numeric-owner -C /',
    'tar bytes',
    'verify_files 950',
    'journal_applied s',
  ]);
  expect(existsSync(join(folder, 'private'))).toBe(false);
});

test.each([
  ['no place for the archive', { private_file: 'return 1' }, 'no place for a private file'],
  ['an archive that cannot be made', { ask_into: 'return 1' }, 'why'],
  [
    'a tar that fails',
    { inside: 'code=2; cat >/dev/null', ask_into: 'printf x >"$folder/private"' },
    'the files did not arrive in guest 950 (tar: exit 2)',
  ],
])('apply_guest_file writes nothing down after %s', (_, more, reason) => {
  const { status, values, names } = run(['apply_guest_file', 's'], { stubs: more });
  expect({ status, reason: values['reason'] }).toEqual({ status: 1, reason });
  expect(names).not.toContain('journal_applied');
});

test('apply_guest_file writes nothing down of a guest that cannot be reached, or that holds something else', () => {
  for (const name of ['wait_for_shell', 'verify_files']) {
    const { status, names } = run(['apply_guest_file', 's'], {
      stubs: { ask_into: 'printf x >"$folder/private"', inside: 'code=0; cat >/dev/null', [name]: 'return 1' },
    });
    expect([name, status, names.includes('journal_applied')]).toEqual([name, 1, false]);
  }
});

test('note_sent gathers sums in the order of the files, and no other record', () => {
  expect(run(['note_sent', 'sum', '/etc/a', 'abc'], { set: { sums: ['x'] } }).values['sums']).toEqual(['x', 'abc']);
  expect(run(['note_sent', 'stamp', 'abc', '/x'], { set: { sums: ['x'] } }).values['sums']).toEqual(['x']);
});

const verify = (said: string, code = 0) =>
  run(
    ['verify_files', '950'],
    {
      set: { sums: ['aa', 'bb'] },
      stubs: { inside_says: `heard=$folder/heard; printf '%b' '${said}' >"$heard"; code=${code}` },
    },
    'verify_files',
  );

test('verify_files believes the sums that the guest shows, also of names that sha256sum escapes', () => {
  const { status, calls, folder } = verify('aa  /etc/a\\n\\\\bb  /etc/b\\\\nx\\n');
  expect({ status, calls }).toEqual({ status: 0, calls: ['inside_says 950 sha256sum -- /etc/a /etc/b'] });
  expect(existsSync(join(folder, 'heard'))).toBe(false);
});

test.each([
  ['another sum', 'aa  /etc/a\\nbc  /etc/b\\n', '/etc/b in guest 950 is not what was sent'],
  ['a file less', 'aa  /etc/a\\n', 'guest 950 did not show all files (sha256sum: exit 1)'],
  ['a file more', 'aa  /etc/a\\nbb  /etc/b\\ncc  /x\\n', 'a file in guest 950 is not what was sent'],
  ['nothing', '', 'guest 950 did not show all files (sha256sum: exit 1)'],
])('verify_files does not believe %s', (_, said, reason) => {
  expect(verify(said, 1)).toMatchObject({ status: 1, values: { reason } });
});

// ---- Scripts

/** Runs a script whose other end says this. */
const script = (says: string, more: BashCall = {}) =>
  run(['apply_guest_run', 's'], {
    ...more,
    stubs: { inside_for: `cat >/dev/null; ${says} >>"$said"`, send_script: 'nonce_sent=$1; echo words', ...more.stubs },
  });

test('apply_guest_run believes a script that came to its end, by the mark of this run', () => {
  const { status, names, calls } = script(`printf 'phoenix-end:%s:0\\n' "$nonce"`);
  expect(status).toBe(0);
  expect(names).toEqual(
    expect.arrayContaining(['wait_for_shell', 'ask_into', 'send_script', 'inside_for', 'journal_applied']),
  );
  expect(calls).toContain('inside_for 20 950 /bin/bash -s');
});

test.each([
  ['that failed', `printf 'phoenix-end:%s:3\\n' "$nonce"`, 'the script ended with exit 3'],
  [
    'that could not leave its stamp',
    `printf 'phoenix-end:%s:0, and left no stamp\\n' "$nonce"`,
    'the script ended with exit 0, and left no stamp',
  ],
  [
    'that prints the mark of another run',
    `printf 'phoenix-end:0000:0\\n'`,
    /^the script did not come to its end within 20 s/,
  ],
  ['of which nothing was heard', ':', /^the script did not come to its end within 20 s/],
  [
    'whose last word counts',
    `printf 'phoenix-end:%s:0\\nphoenix-end:%s:1\\n' "$nonce" "$nonce"`,
    'the script ended with exit 1',
  ],
])('apply_guest_run writes no script down %s', (_, says, reason) => {
  const { status, values, names } = script(says);
  expect(status).toBe(1);
  expect(values['reason']).toEqual(typeof reason === 'string' ? reason : expect.stringMatching(reason));
  expect(names).not.toContain('journal_applied');
});

test('apply_guest_run starts nothing without its script, or in a guest that cannot be reached', () => {
  const exchanged = script(':', { stubs: { ask: 'return 1' } });
  expect(exchanged).toMatchObject({ status: 1, values: { reason: 'why' } });
  expect(exchanged.names).toEqual(['private_file', 'ask', 'fail_step']);
  expect(script(':', { stubs: { private_file: 'return 1' } })).toMatchObject({
    status: 1,
    values: { reason: 'no place for a private file' },
  });
  const unstamped = script(':', { stubs: { ask_into: 'return 1' } });
  expect([unstamped.status, unstamped.values['reason'], unstamped.names.includes('inside_for')]).toEqual([
    1,
    'why',
    false,
  ]);
  const lost = script(':', { stubs: { wait_for_shell: 'return 1' } });
  expect([lost.status, lost.names]).toEqual([1, ['private_file', 'ask', 'wait_for_shell']]);
});

test('note_stamp takes the stamp and its place of the answer', () => {
  const { values } = bash('apply-guest-run', ['note_stamp', 'stamp', 'abc', '/x'], { show: ['stamp', 'stamp_place'] });
  expect(values).toEqual({ stamp: 'abc', stamp_place: '/x' });
});

/** What a real bash prints that gets a script in the way a guest gets it. */
function inBash(text: string, folder = temporaryFolder()): string {
  writeFileSync(join(folder, 'script'), text);
  const words = bash('apply-guest-run', ['send_script', 'abc', join(folder, 'script')], {
    set: { stamp: '5ta3p', stamp_place: join(folder, 'stamps/s') },
  }).stdout.replaceAll('/run/phoenix-cdk.lock', `${folder}/lock`);
  const { stdout, stderr } = spawnSync('sh', ['-c', 'umask 077; exec bash --norc -s'], {
    input: words,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  return stdout + stderr;
}

test.each([
  ['ends well', 'echo one\n', 'one\nphoenix-end:abc:0\n'],
  ['has no newline at its end', 'echo one', 'one\nphoenix-end:abc:0\n'],
  ['exits', 'exit 3\necho never\n', 'phoenix-end:abc:3\n'],
  ['reads its standard input', 'cat\nread -r x\necho "[$x]"\n', '[]\nphoenix-end:abc:0\n'],
  ['holds documents and quotes', "cat <<'EOF'\n$HOME ')\nEOF\necho \"it's\"\n", "$HOME ')\nit's\nphoenix-end:abc:0\n"],
  ['wants a home', 'echo "$HOME $PWD"\n', '/root /\nphoenix-end:abc:0\n'],
  ['makes files', 'umask\n', '0022\nphoenix-end:abc:0\n'],
  ['is empty', '', 'phoenix-end:abc:0\n'],
])('send_script: the end of a script that %s is told by the shell around it', (_, text, expected) => {
  expect(inBash(text)).toBe(expected);
});

test('a script that does not parse, kills itself or replaces its shell is no success', () => {
  expect(inBash('if true\n')).toMatch(/phoenix-end:abc:2\n/);
  expect(inBash('kill -9 $$\n')).toContain('phoenix-end:abc:137\n');
  expect(inBash('exec false\n')).toBe('phoenix-end:abc:1\n');
});

test('a script that ends well leaves its stamp, and no other does', () => {
  const folder = temporaryFolder();
  inBash('exit 3\n', folder);
  expect(existsSync(join(folder, 'stamps/s'))).toBe(false);
  inBash('true\n', folder);
  expect(readFileSync(join(folder, 'stamps/s'), 'utf8')).toBe('5ta3p\n');
});

test('a stamp that cannot be left is a failure', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stamps/s'), { recursive: true });
  expect(inBash('true\n', folder)).toContain('phoenix-end:abc:0, and left no stamp\n');
});

// ---- Reaching a guest

test('wait_for_shell tries until a command can be run', () => {
  const { status, names } = run(
    ['wait_for_shell', '950'],
    { set: { tries: 0 }, stubs: { inside: '((tries += 1)); code=$((tries < 3))' } },
    'wait_for_shell',
  );
  expect([status, names]).toEqual([0, ['inside', 'pause', 'inside', 'pause', 'inside']]);
});

test('wait_for_shell gives up after a minute', () => {
  const answer = run(['wait_for_shell', '950'], { stubs: { inside: 'code=1; ((SECONDS += 40))' } }, 'wait_for_shell');
  expect(answer).toMatchObject({ status: 1, values: { reason: 'no command can be run in guest 950' } });
  expect(answer.names).toEqual(['inside', 'pause', 'inside', 'fail_step']);
});

const attach = { 'lxc-attach': 'printf "said\\n"; printf "wrong\\n" >&2; return 3' };

test('inside runs a command without a word of our environment, and keeps its exit code and all it says', () => {
  const { calls, values, folder, stdout } = run(['inside', '950', 'tar', '-x'], { stubs: attach }, 'inside');
  expect({ calls, code: values['code'], processes: values['processes'], stdout }).toEqual({
    calls: ['lxc-attach -n 950 --clear-env -- tar -x'],
    code: '3',
    processes: '1',
    stdout: '',
  });
  expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('said\nwrong\n');
});

test('inside_for ends a command that takes too long, by force in the end', () => {
  const { calls, status } = run(['inside_for', '20', '950', '/bin/bash', '-s'], { stubs: { timeout: 'return 124' } });
  expect({ calls, status }).toEqual({
    calls: ['timeout --foreground --signal=TERM --kill-after=10 20 lxc-attach -n 950 --clear-env -- /bin/bash -s'],
    status: 124,
  });
});

test('inside_says keeps what a command prints in a private file, and its messages with those of others', () => {
  const { values, folder } = run(['inside_says', '950', 'sha256sum'], { stubs: attach });
  expect(values).toMatchObject({ heard: join(folder, 'private'), code: '3' });
  expect([readFileSync(join(folder, 'private'), 'utf8'), readFileSync(join(folder, 'said'), 'utf8')]).toEqual([
    'said\n',
    'wrong\n',
  ]);
  expect(run(['inside_says', '950', 'x'], { stubs: { ...attach, private_file: 'return 1' } }).values['heard']).toMatch(
    /\/heard-7$/,
  );
});

// ---- Private files

test('private_file names a file of this worker in a folder that only root can enter', () => {
  const folder = temporaryFolder();
  const { stdout, status } = run(['private_file', 'keys'], { env: { PHOENIX_ROOT: folder } }, 'private_file');
  expect({ stdout, status }).toEqual({ stdout: join(folder, 'run/phoenix/r1/keys-7'), status: 0 });
  expect(['run/phoenix', 'run/phoenix/r1'].map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([
    0o700, 0o700,
  ]);
  expect(
    run(
      ['private_file', 'keys'],
      { env: { PHOENIX_ROOT: join(folder, 'run/phoenix/r1/file') }, before: 'printf x >"$PHOENIX_ROOT"' },
      'private_file',
    ).status,
  ).toBe(1);
});

test('clear_private_files removes the folder of this run, if there is one', () => {
  const folder = temporaryFolder();
  const given = {
    env: { PHOENIX_ROOT: folder },
    before:
      'mkdir -p "$PHOENIX_ROOT/run/phoenix/r1" "$PHOENIX_ROOT/run/phoenix/r2"; : >"$PHOENIX_ROOT/run/phoenix/r1/x"',
  };
  expect(run(['clear_private_files'], given).status).toBe(0);
  expect(['r1', 'r2'].map((name) => existsSync(join(folder, 'run/phoenix', name)))).toEqual([false, true]);
  expect(run(['clear_private_files'], { env: { PHOENIX_ROOT: folder } }).status).toBe(0);
});
