import { expect, test } from 'vitest';
import { conf, look, perl, step } from './given.js';
import { aboutContainer, container, type Given } from './ours.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

type Found = {
  readonly kind: string;
  readonly text: string;
  readonly direction: string;
  readonly held?: string;
  readonly template?: string;
};
const told = (records: readonly unknown[]) =>
  (records as Found[]).map(({ direction, kind, text, held, template }) =>
    [direction, kind, text, held && 'held', template && 'template'].filter(Boolean).join(' '),
  );

const web = '[OPTIONS]\n\nenable: 1\n\n[RULES]\n\nIN ACCEPT -p tcp -dport 80\n';
const closed = '[OPTIONS]\n\nenable: 1\n';
const rulesPath = '/etc/pve/firewall/950.fw';
const config = aboutContainer('guest-config', 'config');
const create = aboutContainer('guest-create', 'create', '--unprivileged', 1);

/** A change of a config, as CompareConfig finds it. */
const set = (key: string, to: string, more: object = {}) => ({
  key,
  to,
  value: to,
  how: 'set',
  impact: 'live',
  from: '',
  ...more,
});

/** Code about a guest as GuestPrivileges::guest finds it, and the plan that it stands in. */
const about = (
  code: string,
  given: Given & { lines?: string; verdicts?: object; vmid?: number } = {},
  ...rest: readonly unknown[]
) => {
  const { lines = 'unprivileged: 1\n', verdicts = {}, vmid = 950, ...more } = given;
  return evaluate(
    `my ($look, $verdicts, $vmid) = splice @_, 0, 3; my $found = { look => $look, steps => $look->{steps}, verdicts => $verdicts };
     my $guest = GuestPrivileges::guest($look, $vmid, @{ $look->{steps} }); ${code}`,
    look(container(lines, { steps: [config], ...more })),
    verdicts,
    vmid,
    ...rest,
  );
};

test('GuestPrivileges::guest that is there: what is there is what the steps begin with', async () => {
  const [guest] = await about('$guest', {
    lines: 'unprivileged: 1\nmp0: /srv,mp=/x\n',
    host: { root: root({ [rulesPath]: web }) },
  });
  expect(guest).toMatchObject({
    type: 'lxc',
    vmid: '950',
    is_new: '',
    before: [{ keys: { unprivileged: '1', mp0: '/srv,mp=/x' } }, web],
    born: [{ keys: { mp0: '/srv,mp=/x' } }, web],
  });
});

test('GuestPrivileges::guest that is to be made has nothing before', async () => {
  const [guest] = await about('$guest', {
    vmid: 951,
    steps: [step('guest-create', 'guest/951/create', '--guest', 'lxc', 951, '--marker', 'm', '--hostname', 'h')],
  });
  expect(guest).toMatchObject({
    is_new: '1',
    before: null,
    conf: null,
    born: [{ keys: { unprivileged: '1' }, raw: [] }, null],
  });
});

test.each<[string, Parameters<typeof about>[1]]>([
  ['of another type', { host: { guests: { 950: { text: '', type: 'qemu' } } } }],
  [
    'on another node',
    { host: { guests: { 950: { text: '#phoenix-cdk app=phoenix path=ai/qwen vmid=950\n', node: 'pve2' } } } },
  ],
  ['of which nobody says what it is', { vmid: 951, steps: [] }],
])('GuestPrivileges::guest %s is nobody to tell of', async (_, given) => {
  expect(await about('$guest', given)).toEqual([null]);
});

test('GuestPrivileges::born: privileged or not, as its maker says, or its template is', async () => {
  const born = async (type: string, maker: object | null, rules: string | null = null) =>
    (
      await evaluate(
        'my $look = shift; GuestPrivileges::born($look, @_)',
        look(
          container('', {
            host: { root: root({ '/etc/pve/firewall/900.fw': web }), guests: { 900: 'unprivileged: 0\n', 901: '' } },
          }),
        ),
        maker,
        type,
        rules,
      )
    )[0];
  const clone = (vmid: number, ...more: readonly (string | number)[]) =>
    aboutContainer('guest-create', 'create', '--clone', vmid, 'full', '-', ...more);
  expect(await born('lxc', create, 'rules')).toEqual([{ keys: { unprivileged: '1' }, raw: [] }, 'rules']);
  expect(await born('lxc', clone(900))).toEqual([{ keys: { unprivileged: '0' }, raw: [] }, web]);
  expect(await born('lxc', clone(901))).toEqual([{ keys: { unprivileged: '0' }, raw: [] }, null]);
  expect(await born('lxc', clone(902), 'rules')).toEqual([{ keys: { unprivileged: '1' }, raw: [] }, null]);
  expect(await born('qemu', null)).toEqual([{ keys: {}, raw: [] }, null]);
});

test('GuestPrivileges::next_config takes what waits for the next start as being there', async () => {
  const text = 'memory: 1\ncores: 2\nlxc.a: b\n[pve:pending]\nmemory: 3\ndelete: cores\n';
  expect(await call('GuestPrivileges::next_config', conf(text))).toEqual({
    keys: { memory: '3' },
    raw: [['lxc.a', 'b']],
  });
});

test('GuestPrivileges::state_of: config and firewall, and cards that are behind none', async () => {
  const keys = { unprivileged: '1', dev0: '/dev/x', net0: 'name=eth0,firewall=1', net1: 'name=eth1' };
  const state = (await call('GuestPrivileges::state_of', { type: 'lxc' }, { keys, raw: [] }, web)) as {
    grants: Found[];
    config: Found[];
    rules: string;
  };
  expect(state.config.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'device /dev/x (0660)',
    'port no firewall on net1',
  ]);
  expect(state.grants.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['/dev/x (0660)', 'every port from anywhere (no firewall on net1)', 'tcp 80 from anywhere']),
  );
  expect(state.rules).toBe(web);
});

test('GuestPrivileges::with_steps brings configs and rules together', async () => {
  const after = async (given: Parameters<typeof about>[1], held = 0) => {
    const [state] = await about('GuestPrivileges::with_steps($found, $guest, shift, @{ $look->{steps} })', given, held);
    return (state as { config: Found[] }).config.map(({ text }) => text);
  };
  const verdicts = {
    'guest/950/config': {
      changes: [set('dev0', '/dev/a'), set('dev1', '/dev/b', { held: 1 }), set('dev2', '/dev/c', { refused: 1 })],
    },
  };
  expect(await after({ verdicts })).toEqual(['/dev/a (0660)']);
  expect(await after({ verdicts }, 1)).toEqual(['/dev/a (0660)', '/dev/b (0660)']);
});

test('GuestPrivileges::with_steps of a guest that is to be made takes what is asked for', async () => {
  const steps = [
    step('guest-create', 'c', '--guest', 'lxc', 951, '--unprivileged', 0),
    step(
      'guest-config',
      'k',
      '--guest',
      'lxc',
      951,
      '--key',
      'dev0',
      'live',
      '/dev/w',
      '--raw',
      'lxc.idmap',
      'u 0 0 1',
    ),
  ];
  const [state] = await about('GuestPrivileges::with_steps($found, $guest, 0, $look->{steps}[1])', {
    vmid: 951,
    steps,
  });
  expect((state as { config: Found[] }).config.map(({ text }) => text)).toEqual([
    '/dev/w (0660)',
    'root in it is root of the host',
    'user 0 of the host',
  ]);
});

test.each<[string, object, object]>([
  ['a key', set('memory', '2'), { keys: { memory: '2', cores: '1' }, raw: [['lxc.a', 'b']] }],
  ['a key that goes', { key: 'cores', how: 'delete' }, { keys: { memory: '1' }, raw: [['lxc.a', 'b']] }],
  [
    'a pending change that is taken back',
    { key: 'cores', how: 'revert' },
    { keys: { memory: '1', cores: '9' }, raw: [['lxc.a', 'b']] },
  ],
  [
    'a pending key that is taken back',
    { key: 'memory', how: 'revert' },
    { keys: { cores: '1' }, raw: [['lxc.a', 'b']] },
  ],
  [
    'raw lines',
    { key: 'raw lines', how: 'raw', value: 'lxc.c: d: e\nlxc.f: g' },
    {
      keys: { memory: '1', cores: '1' },
      raw: [
        ['lxc.c', 'd: e'],
        ['lxc.f', 'g'],
      ],
    },
  ],
  ['a wish', { key: 'swap', to: '0' }, { keys: { memory: '1', cores: '1', swap: '0' }, raw: [['lxc.a', 'b']] }],
  [
    'a raw wish',
    { key: 'lxc.x', to: 'y' },
    {
      keys: { memory: '1', cores: '1' },
      raw: [
        ['lxc.a', 'b'],
        ['lxc.x', 'y'],
      ],
    },
  ],
  [
    'what changes nothing here',
    { key: 'rootfs', how: 'resize' },
    { keys: { memory: '1', cores: '1' }, raw: [['lxc.a', 'b']] },
  ],
])('GuestPrivileges::changed by %s', async (_, change, expected) => {
  const now = { keys: { memory: '1', cores: '1' }, raw: [['lxc.a', 'b']] };
  expect(await call('GuestPrivileges::changed', now, { keys: { cores: '9' } }, change)).toEqual(expected);
});

test('GuestPrivileges::restored and GuestPrivileges::text_of read what was kept', async () => {
  const folder = root({ '/kept': 'unprivileged: 0\ndev0: /dev/x\n', '/rules': web });
  const restore = (source: string) =>
    perl(`Chore::step('restore', 'restore', 'x', 'ai/qwen', file => ['/x', '${source}'])`);
  const given = { host: { root: folder } };
  expect(await about('GuestPrivileges::restored($look, shift, $guest)', given, restore('/kept'))).toMatchObject([
    { keys: { unprivileged: '0', dev0: '/dev/x' } },
  ]);
  expect(await about('GuestPrivileges::text_of($look, shift)', given, restore('/rules'))).toEqual([web]);
});

test('GuestPrivileges::text_of a file of the program is what it will be', async () => {
  const folder = root({ '/stack/files/abc': web });
  const file = { $step: [{ folder: `${folder}/stack/files` }, 'file', 'f', '--file', rulesPath, 'abc', 'abc'] };
  expect(await about('GuestPrivileges::text_of($look, shift)', {}, file)).toEqual([web]);
  const gone = { $step: [{ folder }, 'file', 'f', '--file', rulesPath, 'abc', 'abc'] };
  await expect(about('GuestPrivileges::text_of($look, shift)', {}, gone)).rejects.toThrow(
    /^Unknown: cannot read .*abc/,
  );
});

/** What changes for guest 950 by steps that are done now, and by such that are held back. */
const changes = async (given: Parameters<typeof about>[1] & { held?: readonly object[] }) => {
  const code =
    'my ($held) = @_; my @is = GuestPrivileges::changes($found, "guest/$vmid", $look->{steps}, $held); (@is, { leave => $found->{leave} })';
  const answer = [...(await about(code, given, given.held ?? []))];
  const { leave } = answer.pop() as { leave: Readonly<Record<string, Found[]>> };
  return { told: told(answer), leave: (leave?.[given.vmid ?? 950] ?? []).map(({ text }) => text) };
};

test('GuestPrivileges::changes of a guest that is there, and what it may have from now on', async () => {
  const verdicts = { 'guest/950/config': { changes: [set('dev0', '/dev/new')] } };
  const { told, leave } = await changes({ verdicts, lines: 'unprivileged: 1\ndev0: /dev/old\n' });
  expect(told).toEqual(['broader device /dev/new (0660)', 'narrower device /dev/old (0660)']);
  expect(leave).toEqual(['/dev/old (0660)', '/dev/new (0660)']);
});

test('GuestPrivileges::changes of what is held back are told as such', async () => {
  const verdicts = { 'guest/950/config': { changes: [set('dev0', '/dev/a'), set('dev1', '/dev/b', { held: 1 })] } };
  expect((await changes({ verdicts })).told).toEqual([
    'broader device /dev/a (0660)',
    'broader device /dev/b (0660) held',
  ]);
  const held = { verdicts: { 'guest/950/config': { changes: [set('dev0', '/dev/a')] } }, steps: [], held: [config] };
  expect((await changes(held)).told).toEqual(['broader device /dev/a (0660) held']);
});

test('GuestPrivileges::changes of the rules of a guest, and of the names in them', async () => {
  const rules = (address: string) =>
    `[OPTIONS]\n\nenable: 1\n\n[ALIASES]\n\noffice ${address}\n\n[RULES]\n\nIN ACCEPT -source office\n`;
  const folder = root({ [rulesPath]: rules('10.0.0.5'), '/kept': rules('10.0.0.0/24'), '/closed': closed });
  const restore = (source: string) =>
    perl(`Chore::step('restore', 'restore', 'x', 'ai/qwen', file => ['${rulesPath}', '${source}'])`);
  const given = {
    lines: 'unprivileged: 1\nnet0: name=eth0,firewall=1\n',
    host: { root: folder },
    verdicts: { 'x/restore': { changes: [] }, 'guest/950/create': { changes: [] } },
  };
  expect((await changes({ ...given, steps: [create, restore('/kept')] })).told).toEqual([
    'broader filter alias office 10.0.0.5 → 10.0.0.0/24',
  ]);
  expect((await changes({ ...given, steps: [create, restore('/closed')] })).told).toEqual([
    'narrower port every port from office',
  ]);
});

test('GuestPrivileges::changes of a guest that is made, and while a template is made of it', async () => {
  const steps = [
    step('guest-create', 'c', '--guest', 'lxc', 951, '--unprivileged', 1),
    step('guest-config', 'k', '--guest', 'lxc', 951, '--until-template', 'abc', '--key', 'dev0', 'live', '/dev/w'),
  ];
  const given = { vmid: 951, steps, verdicts: { k: { changes: [] }, c: { changes: [] } } };
  const { told, leave } = await changes(given);
  expect({ told, leave }).toEqual({ told: ['broader device /dev/w (0660) template'], leave: ['/dev/w (0660)'] });
});

test('GuestPrivileges::changes of a guest that is elsewhere are none', async () => {
  expect(await changes({ host: { guests: { 950: { text: '', node: 'pve2' } } } })).toEqual({ told: [], leave: [] });
});

test('GuestPrivileges::beyond: what nobody was told of', async () => {
  const beyond = (verdict: object, leave: object = {}, lines = 'unprivileged: 1\nmp0: /srv,mp=/x\n') =>
    about('GuestPrivileges::beyond($look->{steps}[0], $look, @_)', { lines }, verdict, leave);
  const verdict = { changes: [set('mp1', '/srv/a,mp=/y'), set('dev0', '/dev/x'), set('net0', 'name=eth0')] };
  expect(await beyond(verdict)).toEqual(['/dev/x (0660)', 'no firewall on net0']);
  const device = { kind: 'device', form: 'node', path: '/dev/x', uid: 0, gid: 0, only: 0, mode: '0666', text: '' };
  expect(await beyond(verdict, { 950: [device, { kind: 'port', text: 'no firewall on net0' }] })).toEqual([]);
  expect(await beyond(verdict, { 951: [device] })).toHaveLength(2);
  expect(
    await beyond({ changes: [set('dev0', '/dev/x', { held: 1 }), set('dev1', '/dev/x', { refused: 1 })] }),
  ).toEqual([]);
});
