import { expect, test } from 'vitest';
import { call, evaluate, holds } from './perl.js';
import { change, changed, created, type Facts, found, row, satisfied, verdict } from './planned.js';

const inOther = row('d', verdict('create'), { stack: { name: 'other' } });

// ---- The parts of a plan

test('Report::plan is a head, a chapter a stack that has something to say, what left the program, and a sum', async () => {
  const facts = found([created, changed, satisfied], {
    stacks: [{ name: 'ai' }, { name: 'quiet' }],
    remarks: ['a remark'],
    left: { guests: [{ path: 'ai/old', type: 'lxc', vmid: 7, state: 'running', way: 'do it' }], things: [] },
  });
  expect(await call('Report::plan', facts)).toBe(
    [
      'host pve · PVE 9.1.4 · app phoenix · looked in 0.50 s, 1 process',
      '',
      'ai',
      '  + ai/a              guest/a',
      '      + ta                      qwen',
      '  ~ ai/b              guest/b',
      '      ~ memory                  512 MiB → 1024 MiB                            live',
      '',
      'Not in the program any more; it stays as it is',
      '  - ai/old            lxc 7, running: do it',
      '',
      'a remark',
      '',
      'Plan: 1 to create, 1 to change, 1 in place.   Nothing was changed.',
      '',
    ].join('\n'),
  );
});

test('Report::plan lines resources up by their paths, up to 40 characters', async () => {
  const widths = async (...paths: string[]) => {
    const rows = paths.map((path, at) => row(String(at), verdict('change'), { path, resource: 'RESOURCE' }));
    const lines = String(await call('Report::plan', found(rows))).split('\n');
    return lines.filter((line) => line.includes('RESOURCE')).map((line) => line.indexOf('RESOURCE') - 6);
  };
  expect(await widths('a')).toEqual([16]);
  expect(await widths('a', 'x'.repeat(30))).toEqual([30, 30]);
  expect(await widths('a', 'x'.repeat(50))).toEqual([40, 50]);
});

test('Report::left tells of guests and things, and nothing where there are none', async () => {
  const thing = { resource: 'dataset/tank', what: 'dataset', state: 'as we made it', way: 'zfs destroy tank' };
  expect(await call('Report::left', found())).toBe('');
  expect(await call('Report::left', found([], { left: { guests: [], things: [thing] } }))).toBe(
    '\nNot in the program any more; it stays as it is\n  - dataset/tank      dataset, as we made it: zfs destroy tank\n',
  );
});

test.each<[string, Facts, string]>([
  ['a release', {}, 'host pve · PVE 9.1.4 · app phoenix · looked in 0.50 s, 1 process\n'],
  [
    'no release',
    { version: null, processes: 2, seconds: 1.234 },
    'host pve · PVE release not known · app phoenix · looked in 1.23 s, 2 processes\n',
  ],
  ['no signature', { flags: { signature: 'none' } }, expect.stringContaining(' · app phoenix · unsigned · looked')],
  ['a signature', { flags: { signature: 'good' } }, expect.stringContaining(' · signature good · ')],
  [
    'stacks of other hosts',
    { skipped: [{ name: 'db', host: 'pve2' }] },
    expect.stringMatching(/1 process\nskipped: stack db belongs to host pve2\n$/),
  ],
])('Report::head with %s', async (_, more, expected) => {
  expect(await call('Report::head', found([], more))).toEqual(expected);
});

test('Report::resources joins the steps of a resource where its first one stands, and has those of one stack', async () => {
  const again = row('e', verdict('change'), { path: 'ai/a', resource: 'guest/a' });
  const code = 'map { join " ", map { $_->[0]{id} } @$_ } Report::resources(@_)';
  const facts = found([created, changed, satisfied, inOther, again]);
  expect(await evaluate(code, facts, 'ai')).toEqual(['a e', 'b']);
  expect(await evaluate(code, facts, 'other')).toEqual(['d']);
  expect(await evaluate(code, facts, 'none')).toEqual([]);
});

test.each([
  ['a change', verdict('change'), true],
  ['a note', verdict('note'), true],
  ['all well', verdict('satisfied'), false],
  ['all well, with something to know', verdict('satisfied', { notes: ['x'] }), true],
])('Report::speaks of %s', async (_, of, expected) => {
  expect(await holds('Report::speaks', found(), of)).toBe(expected);
});

const grant = { path: 'ai/a', resource: 'guest/1', kind: 'device', text: '/dev/kfd', direction: 'broader' };

test('Report::privileges is the table of what changes, and nothing where nothing does', async () => {
  expect(await call('Report::privileges', found())).toBe('');
  const code = `no warnings 'redefine'; require Privileges; local *Privileges::unfiltered = sub { $_[0]{unfiltered} }; Report::privileges($_[0])`;
  expect(await evaluate(code, found([], { privileges: [grant] }))).toEqual([
    '\nPrivileges that get broader\n  ai/a  device  /dev/kfd\n',
  ]);
  expect(await evaluate(code, found([], { privileges: [grant], unfiltered: 'the firewall is off' }))).toEqual([
    '\nPrivileges that get broader\n  ai/a  device  /dev/kfd\nthe firewall is off\n',
  ]);
});

// ---- The sum

test.each<[string, readonly ReturnType<typeof row>[], Facts, string]>([
  ['nothing', [], {}, '\nPlan: 0 to create, 0 to change, 0 in place.   Nothing was changed.\n'],
  [
    'steps of all kinds, and the flags that are missing',
    [
      created,
      row('h', verdict('held', { flag: '--allow-move x --allow-restart x' })),
      row('r', verdict('refused')),
      row('f', verdict('foreign', { flag: '--adopt f' })),
      row('u', verdict('unknown')),
      row('w', verdict('blocked', { flag: '--adopt f' })),
      row('t', verdict('change', { do: 'adopt' })),
      satisfied,
    ],
    {},
    '\nPlan: 1 to create, 1 to adopt, 0 to change, 1 held back, 1 refused, 1 blocked, 1 foreign, 1 unknown, 1 in place.   Nothing was changed.\nNot allowed yet: --adopt f, --allow-move x, --allow-restart x\n',
  ],
  [
    'a restart',
    [
      row('s', verdict('change', { changes: [change('state', '', '', { impact: 'restart' })] }), {
        kind: 'guest-state',
      }),
    ],
    {},
    expect.stringContaining(' 1 to change (1 with a restart), '),
  ],
  [
    'privileges that nobody approved',
    [],
    { privileges: [grant] },
    expect.stringContaining('\nNot allowed yet: --approve-privileges\n'),
  ],
  [
    'privileges that somebody approved',
    [],
    { privileges: [grant], flags: { yes: 1 } },
    expect.not.stringContaining('Not allowed'),
  ],
  [
    'privileges that get narrower',
    [],
    { privileges: [{ ...grant, direction: 'narrower' }] },
    expect.not.stringContaining('Not allowed'),
  ],
  [
    'what it leaves and what it stops at',
    [],
    { notes: ['vmbr9 stays'], stop: 'no quorum' },
    expect.stringMatching(/changed\.\nLeft: vmbr9 stays\nStops here: no quorum\n$/),
  ],
])('Report::foot tells of %s', async (_, rows, more, expected) => {
  expect(await call('Report::foot', found(rows, more))).toEqual(expected);
});

test('Report::counts counts verdicts, adoptions, restarts, endpoints and guests', async () => {
  const guest = (vmid: string) => ({ has: { guest: ['lxc', vmid] } });
  const restart = (more: Facts) =>
    verdict('change', { changes: [change('state', '', '', { impact: 'restart', ...more })] });
  const rows = [
    row('a', verdict('create'), guest('1')),
    row('b', verdict('waiting'), guest('1')),
    row('c', verdict('change', { do: 'take' }), guest('2')),
    row('d', restart({}), { kind: 'guest-state', ...guest('2') }),
    row('e', restart({ held: 1 }), { kind: 'guest-state', ...guest('3') }),
    row('f', restart({})),
    row('g', verdict('satisfied', { asks: 1 })),
    row('h', verdict('note')),
  ];
  expect(await call('Report::counts', found(rows))).toEqual({
    ...Object.fromEntries(['held', 'refused', 'blocked', 'foreign', 'unknown'].map((name) => [name, '0'])),
    create: '2',
    adopt: '1',
    change: '3',
    satisfied: '1',
    restart: '1',
    note: '1',
    health: '1',
    guests: '3',
  });
});

// ---- As JSON

test('Report::plan_json has the steps, with whatever is known of them, and the numbers as numbers', async () => {
  const rows = [
    row(
      'a',
      verdict('held', {
        reason: 'why',
        flag: '--f',
        changes: [change('memory', '1', '2', { held: 1 }), change('swap', '1', '2')],
        pending: [
          { key: 'memory', from: '1', to: '2', ours: 0 },
          { key: 'swap', from: '1', to: '2', ours: 1 },
        ],
      }),
    ),
    satisfied,
  ];
  const facts = found(rows, {
    stop: 'no quorum',
    seconds: 0.12345,
    skipped: [{ name: 'db', host: 'b', order: '1' }],
    privileges: [grant],
  });
  const [text] = await evaluate('require Json; Report::plan_json(@_)', facts);
  const plan = JSON.parse(String(text));
  expect(plan).toMatchObject({
    app: 'phoenix',
    host: 'pve',
    version: '9.1.4',
    stop: 'no quorum',
    processes: 1,
    seconds: 0.123,
    counts: { held: 1, satisfied: 1 },
    skipped: [{ stack: 'db', host: 'b' }],
    privileges: [grant],
    left: { guests: [], things: [] },
  });
  expect(plan.steps).toEqual([
    {
      id: 'a',
      kind: 'guest-config',
      path: 'ai/a',
      resource: 'guest/a',
      title: 'ta',
      stack: 'ai',
      verdict: 'held',
      reason: 'why',
      flag: '--f',
      notes: [],
      changes: [
        { key: 'memory', from: '1', to: '2', impact: 'live', held: true },
        { key: 'swap', from: '1', to: '2', impact: 'live' },
      ],
      pending: [
        { key: 'memory', from: '1', to: '2', ours: false },
        { key: 'swap', from: '1', to: '2', ours: true },
      ],
    },
    expect.not.objectContaining({ pending: expect.anything(), reason: expect.anything() }),
  ]);
  expect(String(text).endsWith('}\n')).toBe(true);
});

// ---- Status

test('Report::status lines columns up, and says so where there are no guests', async () => {
  const guest = {
    path: 'ai/ü',
    type: 'lxc',
    state: 'running',
    owner: 'ours',
    template: '',
    lock: '',
    pending: '',
    ha: '',
  };
  expect(await call('Report::status', [])).toBe('No guests.\n');
  expect(
    await call('Report::status', [
      { ...guest, vmid: '950' },
      { ...guest, vmid: '1000000', state: 'stopped', ha: 'started' },
    ]),
  ).toBe(
    [
      'VMID     PATH  TYPE  STATE    OWNER  TEMPLATE  LOCK  PENDING  HA',
      '950      ai/ü  lxc   running  ours',
      '1000000  ai/ü  lxc   stopped  ours                            started',
      '',
    ].join('\n'),
  );
});
