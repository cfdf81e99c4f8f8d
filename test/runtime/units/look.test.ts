import { expect, test } from 'vitest';
import { conf, type LookFacts, look, plan, step } from './given.js';
import { container } from './ours.js';
import { call, evaluate } from './perl.js';
import { type Facts, folder, printed, session } from './planned.js';
import { blind } from './root.js';

const here = { '/srv/a/x': '' };

test.each<[string, () => ReturnType<typeof session>, string]>([
  ['nothing to do', () => session(here, [folder('a')]), '0'],
  ['something to do', () => session({}, [folder('a')]), '0'],
  ['something to do, which is to be a failure', () => session({}, [folder('a')], { flags: { fail: 1 } }), '3'],
  [
    'nothing to do, of which only something would be a failure',
    () => session(here, [folder('a')], { flags: { fail: 1 } }),
    '0',
  ],
  ['a stop', () => session({ '/srv/a': blind('/srv/a') }, [folder('a')], { flags: { fail: 1 } }), '1'],
])('Look::plan with %s', async (_, given, exit) => {
  const [value, text] = await evaluate(printed('Look::plan($_[0])'), given());
  expect(value).toBe(exit);
  expect(text).toMatch(/^host pve · [\s\S]*\nPlan: /);
});

test('Look::plan of a verb that was not said yes to fails, for nothing was done', async () => {
  const known = { '/var/lib/phoenix/phoenix/journal': 'phoenix-journal 1\nguest\t7\tlxc\t1\tv\t-\n' };
  const given = session(known, [], { verb: 'orphan', operands: ['guest/7'] });
  expect((await evaluate(printed('Look::plan($_[0])'), given))[0]).toBe('3');
});

test('Look::plan says of what no snapshot can be taken, where something is to be done', async () => {
  const noted = `no warnings 'redefine'; require Snapshots; local *Snapshots::note = sub { print "noted\\n" }; ${printed('Look::plan($_[0])')}`;
  expect((await evaluate(noted, session({}, [folder('a')])))[1]).toMatch(/^noted\nhost pve/);
  expect((await evaluate(noted, session(here, [folder('a')])))[1]).toMatch(/^host pve/);
});

test('Look::plan as JSON has the same steps', async () => {
  const [, text] = await evaluate(printed('Look::plan($_[0])'), session({}, [folder('a')], { flags: { json: 1 } }));
  expect(JSON.parse(String(text)).steps).toMatchObject([{ id: 'a', verdict: 'create' }]);
});

// ---- The guests of an app

const create = step('guest-create', 'c', '--guest', 'lxc', 951, '--path', 'ai/new');
const status = (flags: Facts) =>
  evaluate(printed('Look::status($_[0])'), { flags, plan: plan(container('', { steps: [create] }), { here: 'pve' }) });

test('Look::status has a row for each guest that the program or the journal knows', async () => {
  const [exit, text] = await status({});
  expect(exit).toBe('0');
  expect(
    String(text)
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(0, 4)),
  ).toEqual([
    ['VMID', 'PATH', 'TYPE', 'STATE'],
    ['100', '(not in the program)', 'qemu', 'absent'],
    ['950', '(not in the program)', 'lxc', 'stopped'],
    ['951', 'ai/new', 'lxc', 'absent'],
    [''],
  ]);
  const [, json] = await status({ json: 1 });
  expect(JSON.parse(String(json))).toMatchObject({
    app: 'phoenix',
    host: 'pve',
    guests: [{ vmid: '100' }, { vmid: '950', owner: 'ours' }, {}],
  });
});

const rowOf = (facts: LookFacts, vmid = 950) =>
  call('Look::row', plan(facts, { here: 'pve' }), look(facts), vmid) as Promise<Record<string, string>>;

test.each<[string, LookFacts, Facts]>([
  [
    'that is ours',
    container(''),
    { owner: 'ours', state: 'stopped', node: 'pve', type: 'lxc', lock: '', pending: '', template: '', ha: '' },
  ],
  ['that is locked', container('lock: backup\n'), { lock: 'backup' }],
  [
    'that waits for a restart',
    container('memory: 1\nswap: 1\n[pve:pending]\nmemory: 2\ncores: 2\ndelete: swap\n', { host: { running: [950] } }),
    { pending: '-swap,cores,memory', state: 'running' },
  ],
  ['that is a template', container('template: 1\n'), { template: 'template' }],
  [
    'that is a template of ours',
    container('template: 1\n', { records: [['sealed', 950, 'd']] }),
    { template: 'sealed' },
  ],
  ['that HA manages', container('', { host: { ha: { 950: 'started' } } }), { ha: 'started' }],
  [
    'that the program names',
    container('', { steps: [step('guest-create', 'c', '--guest', 'lxc', 950, '--path', 'ai/qwen')] }),
    { path: 'ai/qwen' },
  ],
])('Look::row of a guest %s', async (_, facts, expected) => {
  expect(await rowOf(facts)).toMatchObject({ vmid: '950', ...expected });
});

test('Look::row says of a guest that nobody can look at that it is not known', async () => {
  const code = `my ($plan, $look) = @_; my $row = do { no warnings 'redefine'; local *Ownership::of = sub { Unknown::because('no look') }; Look::row($plan, $look, 950) }; $row`;
  const facts = container('');
  expect(await evaluate(code, plan(facts, { here: 'pve' }), look(facts))).toMatchObject([
    { owner: 'unknown', state: 'unknown', node: '' },
  ]);
});

const guest = (node: string) => ({ vmid: 950, node, type: 'lxc', path: '/x', conf: conf('') });
test.each<[string, Facts, string]>([
  ['is absent', { is: 'absent' }, 'absent'],
  ['is absent, as this plan has it', { is: 'absent', guest: guest('pve') }, 'absent'],
  ['cannot be seen', { is: 'unknown' }, 'unknown'],
  ['is on another node', { is: 'moved', guest: guest('pve2') }, 'on pve2'],
  ['runs', { is: 'ours', guest: guest('pve') }, 'running'],
])('Look::state of a guest that %s', async (_, owner, expected) => {
  const facts = container('', { host: { running: [950] } });
  expect(await call('Look::state', plan(facts, { here: 'pve' }), look(facts), owner)).toBe(expected);
});
