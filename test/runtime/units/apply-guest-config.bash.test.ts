import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { bash } from './bash.js';

const path = '/etc/pve/lxc/950.conf';
const stubs = {
  keep_before: '',
  patiently: 'code=0',
  ask: '',
  free_volumes: '',
  journal_intent: '',
  fail_step: 'reason=$1; return 1',
  private_file: '',
};
type Given = {
  readonly doing?: string;
  readonly args?: readonly string[];
  readonly field?: Readonly<Record<string, string>>;
  readonly stubs?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
};

const run = (
  words: readonly string[],
  { doing = '', args = [], field = {}, stubs: more = {}, set = {}, env = {} }: Given = {},
) =>
  bash('apply-guest-config', words, {
    set: {
      doing,
      arguments: args,
      run: 'r1',
      code: 0,
      trouble: 'why',
      processes: 0,
      said: '/dev/null',
      field: { vmid: '950', type: 'lxc', path, digest: 'abc', ...field },
      ...set,
    },
    stubs: { ...stubs, ...more },
    env,
    show: ['reason', 'processes'],
  });
const calls = (...given: Parameters<typeof run>) => run(...given).calls;

test.each<[string, Given, readonly string[]]>([
  ['set', { args: ['--memory', '512'], stubs: { set_keys: '' } }, ['set_keys 950']],
  ['free', { args: ['local-zfs:x', 'local-zfs:y'] }, ['free_volumes local-zfs:x local-zfs:y']],
  ['revert', { args: ['memory'] }, ['patiently pct set 950 --revert memory']],
  ['resize', { args: ['rootfs', '8G'] }, ['patiently pct resize 950 rootfs 8G']],
  ['options', { args: ['mp0', '/a,mp=/b c'] }, [`patiently pct set 950 --digest abc --mp0 '/a,mp=/b c'`]],
  ['raw', { args: ['lxc.a: b'], stubs: { edit_raw_lines: '' } }, ['edit_raw_lines 950']],
  [
    'allocate',
    { args: ['mp0', 'local-zfs:8'] },
    ['journal_intent s', 'patiently pct set 950 --digest abc --mp0 local-zfs:8'],
  ],
  [
    'allocate',
    { args: ['scsi0', 'x:8'], field: { type: 'qemu' } },
    ['journal_intent s', 'patiently qm set 950 --digest abc --scsi0 x:8'],
  ],
])('apply_guest_config, told to %s, keeps the config and does one thing: %j', (doing, given, expected) => {
  expect(calls(['apply_guest_config', 's'], { doing, ...given })).toEqual([`keep_before ${path}`, ...expected]);
});

test('apply_guest_config tells of volumes that a former run, or a call that failed, may have left', () => {
  const note = { note_unnamed_volumes: '' };
  const allocate = (field: Readonly<Record<string, string>>, patiently: string) =>
    calls(['apply_guest_config', 's'], {
      doing: 'allocate',
      args: ['mp0', 'x:8'],
      field,
      stubs: { ...note, patiently },
    }).map((call) => call.split(' ')[0]);
  expect(allocate({ begun: 'r0' }, 'code=0')).toEqual([
    'keep_before',
    'note_unnamed_volumes',
    'journal_intent',
    'patiently',
  ]);
  expect(allocate({ begun: 'r1' }, 'code=0')).toEqual(['keep_before', 'journal_intent', 'patiently']);
  expect(allocate({}, 'code=255')).toEqual(['keep_before', 'journal_intent', 'patiently', 'note_unnamed_volumes']);
});

test('note_unnamed_volumes tells of volumes that no config names, and of no others', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'conf'), 'mp0: lvm:vm-950-disk-0,mp=/x\n');
  const list = `echo 'Volid Format'; echo 'lvm:vm-950-disk-0 raw'; echo 'lvm:vm-950-disk-1 raw'`;
  const given = {
    field: { unseen: 'lvm', path: 'conf' },
    env: { PHOENIX_ROOT: `${folder}/` },
    stubs: { timeout: list },
  };
  const answer = run(['note_unnamed_volumes', 's'], given);
  expect(answer.calls).toEqual([
    'timeout --foreground -k 5 60 pvesm list lvm --vmid 950',
    expect.stringMatching(/^ask note s 'lvm:vm-950-disk-1 carries the number of guest 950 and is not in its config/),
  ]);
  expect(answer.values['processes']).toBe('1');
  expect(run(['note_unnamed_volumes', 's']).calls).toEqual([]);
});

test('set_keys gives all keys in one call, if the config is the one that was compared', () => {
  expect(calls(['set_keys', '950'], { args: ['--memory', '512', '--delete', 'tags'] })).toEqual([
    'patiently pct set 950 --digest abc --memory 512 --delete tags',
  ]);
});

test('set_keys gives keys for ssh in a file, as they are, and removes it', () => {
  const file = join(temporaryFolder(), 'keys');
  const given = {
    args: ['--sshkeys', 'ssh-ed25519%20AA%2Fx%0Assh-rsa%20a%5Cb', '--cores', '2'],
    field: { type: 'qemu' },
    stubs: { private_file: `printf %s '${file}'`, patiently: `_note file "$(<"$7")" "$(stat -c %a "$7")"` },
  };
  const answer = run(['set_keys', '100'], given);
  expect(answer.calls.at(-1)).toBe(`file 'ssh-ed25519 AA/x\nssh-rsa a\\b' 600`);
  expect(answer.calls).toContain(`patiently qm set 100 --digest abc --sshkeys ${file} --cores 2`);
  expect(existsSync(file)).toBe(false);
});

test('set_keys sets nothing without a place for a private file', () => {
  const answer = run(['set_keys', '100'], { args: ['--sshkeys', 'x'], stubs: { private_file: 'return 1' } });
  expect(answer).toMatchObject({ status: 1, values: { reason: 'no place for a private file' } });
  expect(answer.calls).not.toContainEqual(expect.stringContaining('patiently'));
});

test('edit_raw_lines has the engine write them, and notes that the guest waits for a restart if it does', () => {
  const args = ['lxc.a: b\nlxc.c: d'];
  expect(calls(['edit_raw_lines', '950'], { args, field: { waits: '0' } })).toEqual([
    `ask raw 950 ${path} abc 'lxc.a: b\nlxc.c: d'`,
  ]);
  expect(calls(['edit_raw_lines', '950'], { args, field: { waits: '1' } })).toEqual([
    'ask restart 950',
    expect.stringMatching(/^ask raw /),
  ]);
  expect(run(['edit_raw_lines', '950'], { args, field: { waits: '1' }, stubs: { ask: 'return 1' } })).toMatchObject({
    status: 1,
    values: { reason: 'why' },
  });
});

test.each([
  ['lxc', 'pct'],
  ['qemu', 'qm'],
])('guest_tool of a guest of type %s is %s', (type, tool) => {
  expect(run(['guest_tool'], { field: { type } }).stdout).toBe(tool);
});
