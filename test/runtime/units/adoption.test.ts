import { expect, test } from 'vitest';
import { about, conf, host, journal, type LookFacts, look, step } from './given.js';
import { call, holds, list } from './perl.js';
import { root } from './root.js';

const line = (app = 'phoenix') => `phoenix-cdk app=${app} path=ai/qwen vmid=950`;
const create = step(
  'guest-create',
  'guest/950/create',
  '--guest',
  'lxc',
  950,
  '--path',
  'ai/qwen',
  '--resource',
  'guest/950',
  '--marker',
  line(),
);
const config = step(
  'guest-config',
  'guest/950/config',
  '--guest',
  'lxc',
  950,
  '--path',
  'ai/qwen',
  '--key',
  'memory',
  'live',
  '512',
);
const guest = (text = '') => ({
  vmid: '950',
  type: 'lxc',
  path: '/etc/pve/nodes/pve/lxc/950.conf',
  node: 'pve',
  conf: conf(text),
});
const stranger = (more: object = {}) => ({
  is: 'foreign',
  reason: 'guest 950 exists and is not ours',
  guid: '7',
  volume: 's:v',
  guest: guest(),
  ...more,
});

const adopt = (...names: readonly string[]): LookFacts => ({
  steps: [create],
  flags: { adopt: Object.fromEntries(names.map((name) => [name, 1])) },
});
const judged = (facts: LookFacts, answer: object) => call('Adoption::judged', look(facts), 950, answer);

test.each<[string, LookFacts, object, object]>([
  ['ours is ours', adopt('ai/qwen'), { is: 'ours' }, { is: 'ours' }],
  ['nobody makes it', {}, stranger(), { is: 'foreign' }],
  ['named by its path', adopt('ai/qwen'), stranger(), { is: 'adopting' }],
  ['named by the beginning of it', adopt('ai'), stranger(), { is: 'adopting' }],
  ['not named', adopt(), stranger(), { is: 'foreign', adoptable: '--adopt ai/qwen' }],
  [
    'two of three agree, named by its path',
    adopt('ai/qwen'),
    stranger({ is: 'unknown', apart: 1 }),
    { is: 'adopting' },
  ],
  [
    'two of three agree, named by the beginning',
    adopt('ai'),
    stranger({ is: 'unknown', apart: 1 }),
    { is: 'unknown', adoptable: '--adopt ai/qwen' },
  ],
  [
    'its disk cannot be seen',
    adopt('ai/qwen'),
    stranger({ unseen: 'there is no dataset' }),
    { is: 'foreign', reason: expect.stringContaining('it cannot be adopted: there is no dataset') },
  ],
  ['on another node', adopt('ai/qwen'), { is: 'moved' }, { is: 'moved' }],
])('Adoption::judged when %s', async (_, facts, answer, expected) => {
  expect(await judged(facts, answer)).toMatchObject(expected);
});

test.each([
  ['foreign', ['ai'], true],
  ['foreign', ['guest/950'], true],
  ['foreign', ['ax'], false],
  ['unknown', ['ai'], false],
  ['unknown', ['guest/950'], true],
  ['unknown', ['guest/950/create'], true],
])('Adoption::is_named of a guest that is %s by %j: %s', async (is, names, expected) => {
  const code = 'sub { my ($step, $look, $answer) = @_; Adoption::is_named($look, $step, $answer) }->';
  expect(await holds(code, create, look(adopt(...names)), { is })).toBe(expected);
});

const notes = (app: string) => stranger({ guest: guest(`#${line(app)}\n`) });

test.each<[string, object, RegExp | undefined]>([
  ['a guest with a disk', stranger(), undefined],
  ['a disk that cannot be seen', stranger({ unseen: 'why' }), /^why$/],
  ['nothing to know it by', stranger({ guid: '-', volume: '-' }), /it has neither a disk nor UUIDs/],
  ['our own line', notes('phoenix'), undefined],
  ['another app’s line', notes('other'), /this host has no journal of other/],
])('Adoption::obstacle_to %s', async (_, answer, expected) => {
  const why = await call('Adoption::obstacle_to', look({ host: host({ root: root() }) }), 950, answer);
  if (expected) expect(why).toMatch(expected);
  else expect(why).toBeUndefined();
});

test.each([
  ['other', {}, /^this host has no journal of other that says it was let go$/],
  [
    'other',
    { '/var/lib/phoenix/other/journal': 'phoenix-journal 1\nguest\t950\tlxc\t7\tv\t-\n' },
    /^other looks after it; its own applier lets it go/,
  ],
  [
    'other',
    { '/var/lib/phoenix/other/journal': 'phoenix-journal 1\nguest\t950\tlxc\t7\tv\t-\ngone\t950\n' },
    undefined,
  ],
  ['../x', {}, /^`\.\.\/x` is no name of an app$/],
  ['..', {}, /^`\.\.` is no name of an app$/],
])('Adoption::held_by_app asks the journal of %s %j', async (app, files, expected) => {
  const why = await call('Adoption::held_by_app', look({ host: host({ root: root(files) }) }), 950, app);
  if (expected) expect(why).toMatch(expected);
  else expect(why).toBeUndefined();
});

const there = { datasets: { 'rpool/data/subvol-950-disk-0': { guid: '7' } } };
const onHost = (text: string) => host({ ...there, guests: { 950: `rootfs: local-zfs:subvol-950-disk-0\n${text}` } });
const compared = (facts: LookFacts, verdict: object) =>
  about('Adoption::compared', facts, {
    $code: `sub { +{ ${Object.entries(verdict)
      .map(([key, value]) => `${key} => ${value}`)
      .join(', ')} } }`,
  });
const own = { verdict: '"change"', changes: '["c"]', notes: '["n"]', remember: '[1]' };

test.each<[string, LookFacts, object]>([
  ['a guest that is named, made', { ...adopt('ai/qwen'), host: onHost('') }, { do: 'adopt' }],
  [
    'a guest that is named, configured',
    { ...adopt('ai/qwen'), steps: [config, create], host: onHost('') },
    { verdict: 'change', changes: ['c'] },
  ],
  [
    'a guest that could be adopted',
    { ...adopt(), steps: [config, create], host: onHost('') },
    { verdict: 'foreign', changes: ['c'], notes: ['n'], flag: '--adopt ai/qwen' },
  ],
  [
    'a guest that could be adopted, in a run',
    { ...adopt(), mode: 'check', steps: [config, create], host: onHost('') },
    { verdict: 'change', remember: ['1'] },
  ],
  ['a step about no guest', { steps: [step('note', 'n')] }, { verdict: 'change', remember: ['1'] }],
])('Adoption::compared about %s', async (_, facts, expected) => {
  const verdict = (await compared(facts, own)) as Record<string, unknown>;
  expect(verdict).toMatchObject(expected);
  expect('remember' in verdict).toBe('remember' in expected);
});

test.each<[string, string, 'plan' | 'check', object]>([
  [
    'a guest with notes',
    '#note\n',
    'plan',
    {
      do: 'adopt',
      arguments: ['950', `${line()}\nnote`],
      changes: [{ from: 'nobody', to: 'app phoenix' }],
      fields: { type: 'lxc', guid: '7' },
    },
  ],
  ['another app’s former guest', `#${line('other')}\n`, 'plan', { do: 'adopt', changes: [{ from: 'app other' }] }],
  [
    'a protected guest',
    'protection: 1\n',
    'plan',
    { verdict: 'refused', reason: expect.stringContaining('guest 950 is protected') },
  ],
  ['a locked guest', 'lock: backup\n', 'check', { do: 'wait' }],
  [
    'a locked guest, in a plan',
    'lock: backup\n',
    'plan',
    { do: 'adopt', notes: expect.arrayContaining(['locked (backup)']) },
  ],
])('Adoption::adopt %s', async (_, text, mode, expected) => {
  const owner = stranger({ guest: guest(text) });
  expect(await about('Adoption::adopt', { steps: [create], mode }, owner)).toMatchObject(expected);
});

test('Adoption::kept tells that the root disk stays, where the program says what it is made from', async () => {
  expect(await list('Adoption::kept', create, { volume: 's:v' })).toEqual([
    's:v is kept; what the program makes this guest from is not looked at',
  ]);
  expect(await list('Adoption::kept', create, { volume: '-' })).toEqual([]);
  expect(
    await list('Adoption::kept', step('guest-create', 'c', '--guest', 'lxc', 950, '--adopted'), { volume: 's:v' }),
  ).toEqual([]);
});

test.each([
  [['intent', 'adopt/950', 'r', '1', '7'], true],
  [['intent', 'adopt/950', 'r', '1', '8'], false],
  [['intent', 'guest/950/create', 'r', '1', '7'], false],
])('Adoption::was_begun with the record %j: %s', async (record, expected) => {
  expect(await holds('Adoption::was_begun', journal(record), 950, { guid: '7', volume: 's:v' })).toBe(expected);
});

test('Adoption::identity is the guid, or off ZFS the name of the volume', async () => {
  expect(await call('Adoption::identity', { guid: '7', volume: 's:v' })).toBe('7');
  expect(await call('Adoption::identity', { guid: '-', volume: 'local-lvm:vm-950-disk-0' })).toBe(
    'local-lvm:vm-950-disk-0',
  );
});

test('Adoption::records of a template seal it as it is', async () => {
  const sealer = step('guest-template', 'guest/950/template', '--guest', 'lxc', 950, '--digest', 'd');
  const owner = { guid: '7', volume: 's:v', guest: guest('template: 1\n') };
  expect(await list('Adoption::records', look({ steps: [config, sealer] }), owner)).toEqual([
    ['guest', '950', 'lxc', '7', 's:v', 'adopted'],
    ['applied', 'guest/950/config', '7', '-'],
    ['sealed', '950', 'd'],
    ['gone', 'adopt/950'],
  ]);
});

test.each<[string, LookFacts, boolean]>([
  ['the program says so', { steps: [step('guest-create', 'c', '--guest', 'lxc', 950, '--adopted')] }, true],
  ['the journal says so', { journal: journal(['guest', 950, 'lxc', '7', 'v', 'adopted']) }, true],
  ['this plan adopts it', { more: { owner: { 'lxc 950': { taken: 1 } } } }, true],
  ['we made it', { steps: [create], journal: journal(['guest', 950, 'lxc', '7', 'v', '-']) }, false],
])('Adoption::is_adopted when %s', async (_, facts, expected) => {
  expect(await holds('Adoption::is_adopted', look(facts), 950)).toBe(expected);
});
