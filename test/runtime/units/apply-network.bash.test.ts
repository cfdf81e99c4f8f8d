import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const stubs = {
  ask: '',
  ask_into: '',
  tool: 'code=0',
  ifreload: '',
  ip: '',
  pause: '',
  sleep: '',
  progress: '',
  fail_step: 'reason=$1; return 1',
  guest_ports: '',
  router_answers: '',
  start_guard: '',
  reload_network: '',
  host_is_reached: '',
  take_back: 'reason=$1; return 1',
  wait_for_guard: '',
  guard_lives: 'return 1',
  guard_restore: '',
  fail_network: 'reason=$1; return 1',
  settle_network: '',
  change_network: '',
};

/** Calls a function on a host of its own whose guard folder holds these files; the function itself is no stub. */
function run(words: readonly (string | number)[], given: BashCall & { guard?: readonly string[] } = {}) {
  const folder = temporaryFolder();
  const guard = join(folder, 'var/lib/phoenix/.network-guard');
  mkdirSync(guard, { recursive: true });
  for (const file of given.guard ?? []) writeFileSync(join(guard, file), '');
  writeFileSync(join(folder, 'said'), '');
  const set = {
    said: join(folder, 'said'),
    trouble: 'why',
    code: 0,
    processes: 0,
    doing: '',
    field: { before: '10.0.0.1', after: '10.0.0.1', device: 'vmbr0' },
    ...given.set,
  };
  const answer = bash('network-guard', words, {
    ...given,
    with: ['apply-network'],
    set,
    env: { PHOENIX_ROOT: folder, PHOENIX_GUARD: '5', ...given.env },
    stubs: { ...Object.fromEntries(Object.entries(stubs).filter(([stub]) => stub !== words[0])), ...given.stubs },
    show: ['reason', 'route_router', 'guard_seconds'],
  });
  return { ...answer, folder, guard, names: answer.calls.map((call) => call.split(' ')[0]), left: existsSync(guard) };
}

test.each([
  ['settle', 'settle_network'],
  ['apply', 'change_network s'],
  ['reload', 'reload_network'],
])('apply_network, told to %s', (doing, call) => {
  expect(run(['apply_network', 's'], { set: { doing } })).toMatchObject({
    calls: [call],
    values: { guard_seconds: '5' },
  });
});

// ---- The change

const pending = ['pending'];

test('change_network stages, has it watched, writes, checks, brings it into force, and confirms once the host is reached', () => {
  const { calls, status, left } = run(['change_network', 's'], { guard: pending });
  expect(calls).toEqual([
    'guest_ports',
    'router_answers 10.0.0.1',
    'ask network stage s',
    'start_guard',
    'ask network write s',
    'tool ifreload -a -s',
    'reload_network',
    'host_is_reached 1',
    'guest_ports',
  ]);
  expect([status, left]).toEqual([0, false]);
});

test.each<[string, BashCall['stubs'] & object, string, string]>([
  ['nothing can be staged', { ask: 'return 1' }, 'fail_network why', 'start_guard'],
  [
    'nobody watches',
    { start_guard: 'return 1' },
    `fail_network 'the watch that would take the change back did not start'`,
    'tool',
  ],
  ['the file cannot be written', { ask: '[[ $2 == stage ]]' }, 'take_back why', 'tool'],
  [
    'ifreload does not understand it',
    { tool: 'code=1' },
    `take_back 'ifreload does not understand the new /etc/network/interfaces'`,
    'reload_network',
  ],
  [
    'the router is not reached any more',
    { host_is_reached: 'return 1' },
    `take_back 'the host did not reach its router 10.0.0.1 after the change'`,
    '',
  ],
])('change_network gives up when %s', (_, more, last, never) => {
  const { status, calls, names } = run(['change_network', 's'], { guard: pending, stubs: more });
  expect([status, calls.at(-1)]).toEqual([1, last]);
  expect(names).not.toContain(never);
});

test('change_network takes for lost what the watch has taken back meanwhile', () => {
  expect(run(['change_network', 's'], { guard: ['restoring'] }).calls.at(-1)).toBe(
    `take_back 'bringing the change into force took too long'`,
  );
});

test('change_network asks no router that never answered, and waits for none where no route is asked for', () => {
  expect(run(['change_network', 's'], { guard: pending, stubs: { router_answers: 'return 1' } }).calls).toContain(
    'host_is_reached 0',
  );
  expect(
    run(['change_network', 's'], { guard: pending, set: { field: { before: '', after: '', device: '' } } }).names,
  ).not.toContain('host_is_reached');
});

test('change_network tells of ports of guests that fell off their bridges', () => {
  const before =
    "if [[ -d $guard_folder ]]; then printf '%s\\n' vmbr0/tap1 vmbr0/tap2 vmbr1/veth3; else echo vmbr0/tap1; fi";
  const { status, values } = run(['change_network', 's'], { guard: pending, stubs: { guest_ports: before } });
  expect({ status, reason: values['reason'] }).toEqual({
    status: 1,
    reason: 'the change is in force, and these ports of guests are no longer on their bridges: vmbr0/tap2 vmbr1/veth3',
  });
});

test('guest_ports are the ports of guests on bridges, and no cards', () => {
  const given = {
    before:
      'for port in vmbr1/brif/veth950i0 vmbr0/brif/tap100i0 vmbr0/brif/fwpr101p0 vmbr0/brif/eno1; do mkdir -p "$PHOENIX_ROOT/sys/class/net/$port"; done',
  };
  expect(run(['guest_ports'], given).stdout).toBe('vmbr0/fwpr101p0\nvmbr0/tap100i0\nvmbr1/veth950i0\n');
  expect(run(['guest_ports']).stdout).toBe('');
});

test('reload_network reloads once, and again while another ifreload is at work', () => {
  const once = run(['reload_network']);
  expect(once.calls).toEqual(['tool timeout --foreground -k 5 120 ifreload -a']);
  const busy = run(['reload_network'], {
    set: { n: 0 },
    stubs: { tool: `((n += 1)); ((n > 2)) || echo 'Another instance of this program is already running.' >>"$said"` },
  });
  expect(busy.names).toEqual(['tool', 'pause', 'tool', 'pause', 'tool']);
  const never = run(['reload_network'], { stubs: { tool: `echo 'Another instance' >>"$said"; ((SECONDS += 40))` } });
  expect([never.status, never.names]).toEqual([0, ['tool', 'pause', 'tool']]);
});

test('start_guard starts the watch from a copy, in a session of its own, and returns once it lives', () => {
  const { calls, status, guard } = run(['start_guard'], {
    set: { n: 0 },
    stubs: { guard_lives: '((n += 1)); ((n > 1))' },
  });
  expect([status, calls]).toEqual([
    0,
    [`tool setsid -f bash ${guard}/watch.bash 5`, 'guard_lives', 'sleep 0.05', 'guard_lives'],
  ]);
  expect(readFileSync(join(guard, 'watch.bash'), 'utf8')).toContain('guard_watch');
  expect(run(['start_guard']).status).toBe(1);
});

// ---- Is the host reached?

test.each([
  ['the route is there and the router answers', 1, 'note_route route 10.0.0.1', '', 0, ['ask_into', 'router_answers']],
  ['the router never answered, the route has to do', 0, 'note_route route 10.0.0.1', 'return 1', 0, ['ask_into']],
] as const)('host_is_reached when %s', (_, answered, ask_into, router_answers, status, names) => {
  expect(run(['host_is_reached', answered], { stubs: { ask_into, router_answers } })).toMatchObject({ status, names });
});

test.each([
  ['another router', 1, 'note_route route 10.0.0.2', ''],
  ['no route', 0, 'return 1', ''],
  ['a router that does not answer any more', 1, 'note_route route 10.0.0.1', 'return 1'],
])('host_is_reached waits for a while, and then gives up on %s', (_, answered, ask_into, router_answers) => {
  const { status, names } = run(['host_is_reached', answered], { stubs: { ask_into, router_answers } });
  expect([status, names.filter((name) => name === 'pause')]).toEqual([1, Array(15).fill('pause')]);
});

test('note_route takes the router of the answer', () => {
  expect(run(['note_route', 'route', '10.0.0.1', 'vmbr0']).values['route_router']).toBe('10.0.0.1');
});

test.each([
  ['a ping that is answered', '10.0.0.1', 'code=0', '', 0, ['tool ping -n -c 1 -W 1 10.0.0.1']],
  [
    'a hardware address that is known',
    '10.0.0.1',
    'code=1',
    'echo "10.0.0.1 dev vmbr0 lladdr aa REACHABLE"',
    0,
    ['tool ping -n -c 1 -W 1 10.0.0.1', 'ip neigh show to 10.0.0.1'],
  ],
  [
    'neither',
    '10.0.0.1',
    'code=1',
    'echo "10.0.0.1 dev vmbr0 FAILED"',
    1,
    ['tool ping -n -c 1 -W 1 10.0.0.1', 'ip neigh show to 10.0.0.1'],
  ],
  [
    'an address that is of a device',
    'fe80:0:0:0:0:0:0:1',
    'code=0',
    '',
    0,
    ['tool ping -n -c 1 -W 1 fe80:0:0:0:0:0:0:1%vmbr0'],
  ],
  ['no router', '', 'code=0', '', 1, []],
])('router_answers by %s', (_, address, tool, ip, status, calls) => {
  expect(run(['router_answers', address], { stubs: { tool, ip } })).toMatchObject({ status, calls });
});

// ---- Taking back

test.each([
  ['', 'no; the former file is in force again'],
  ['return 1', 'no; the former file is in force again, and its router 10.0.0.1 does not answer'],
])('take_back hurries the watch, and tells that the former file is back', (router_answers, reason) => {
  const answer = run(['take_back', 'no'], {
    stubs: { router_answers, wait_for_guard: '[[ -e $guard_folder/hurry ]] && guard_end=restored' },
  });
  expect(answer).toMatchObject({ status: 1, left: false, values: { reason } });
});

test('take_back tells that somebody wrote the file meanwhile, and leaves it to them', () => {
  expect(run(['take_back', 'no'], { stubs: { wait_for_guard: 'guard_end=overtaken' } })).toMatchObject({
    status: 1,
    left: false,
    values: { reason: 'no; somebody wrote /etc/network/interfaces meanwhile, and it stays as it is' },
  });
});

test.each(['failed', ''])('take_back leaves everything where it is when taking back ended as %j', (end) => {
  expect(run(['take_back', 'no'], { stubs: { wait_for_guard: `guard_end='${end}'` } })).toMatchObject({
    status: 1,
    left: true,
    values: {
      reason: expect.stringContaining(
        'no; taking it back FAILED: run apply again, or put /var/lib/phoenix/.network-guard/former back',
      ),
    },
  });
});

test('by_hand says how a change is taken back that nobody can take back here', () => {
  expect(run(['by_hand']).stdout).toBe(
    'run apply again, or put /var/lib/phoenix/.network-guard/former back as /etc/network/interfaces, run ifreload -a and remove that folder',
  );
});

test('wait_for_guard waits as long as the watch lives and has not ended', () => {
  const { names } = run(['wait_for_guard'], {
    set: { n: 0 },
    stubs: { guard_lives: '((n += 1)); ((n < 3)) || : >"$guard_folder/restored"' },
  });
  expect(names.filter((name) => name === 'sleep')).toHaveLength(2);
  expect(names).not.toContain('guard_restore');
});

test('wait_for_guard does the work itself where the watch is gone', () => {
  const answer = run(['wait_for_guard'], { guard: ['restoring'] });
  expect(answer.names).toEqual(['guard_lives', 'guard_lives', 'guard_restore']);
  expect(existsSync(join(answer.guard, 'pending'))).toBe(true);
});

test('fail_network leaves nothing of a change that was not begun', () => {
  expect(run(['fail_network', 'no'], { guard: pending })).toMatchObject({
    status: 1,
    left: false,
    values: { reason: 'no' },
  });
});

test.each<[string, readonly string[], string, object]>([
  ['nothing left', [], '', { status: 0, left: false, calls: [] }],
  ['a change that the watch took back', ['restored'], '', { status: 0, left: false, names: ['progress'] }],
  [
    'a change that waits',
    ['pending'],
    '[[ -e $guard_folder/hurry ]] && mv "$guard_folder/pending" "$guard_folder/restored" && guard_has_ended',
    { status: 0, left: false, names: ['wait_for_guard', 'progress'] },
  ],
  [
    'a change that somebody else wrote over',
    ['overtaken'],
    '',
    {
      status: 0,
      left: false,
      calls: [
        `progress 'an earlier change of the network was not confirmed and is %s\\n' 'not in the file any more: somebody wrote it since'`,
      ],
    },
  ],
  [
    'a change that could not be taken back, and is tried again',
    ['failed'],
    'mv "$guard_folder/pending" "$guard_folder/restored" && guard_has_ended',
    { status: 0, left: false, names: ['wait_for_guard', 'progress'] },
  ],
  [
    'a change that fails again',
    ['failed'],
    'mv "$guard_folder/pending" "$guard_folder/failed" && guard_has_ended',
    { status: 1, left: true, names: ['wait_for_guard', 'fail_step'] },
  ],
  [
    'a change that cannot be taken back',
    ['restoring'],
    '',
    {
      status: 1,
      left: true,
      values: {
        reason: expect.stringContaining(
          'cannot be taken back: run apply again, or put /var/lib/phoenix/.network-guard/former',
        ),
      },
    },
  ],
])('settle_network with %s', (_, guard, wait_for_guard, expected) => {
  expect(run(['settle_network'], { guard, stubs: { wait_for_guard } })).toMatchObject(expected);
});
