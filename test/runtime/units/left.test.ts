import { expect, test } from 'vitest';
import { host, journal, look, plan, step } from './given.js';
import { container, type Given, machine } from './ours.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const destroyable = ['applied', 'guest/950/create', 7, '-', 'removal=destroy'] as const;
const guests = (facts: Parameters<typeof plan>[0], more: object = {}) =>
  evaluate('my ($plan) = @_; Left::guests($plan, $plan->{look})', plan(facts, { about: {}, ...more }));

test.each<[string, string, Given, object]>([
  [
    'retained',
    '',
    {},
    { vmid: '950', type: 'lxc', path: 'ai/qwen', state: 'stopped', policy: 'retain', way: 'applier orphan ai/qwen' },
  ],
  [
    'said to go',
    '',
    { records: [destroyable] },
    { policy: 'destroy', way: 'applier destroy ai/qwen --yes, or applier apply --prune' },
  ],
  ['running', '', { host: { running: [950] } }, { state: 'running' }],
])('Left::guests has a guest that is %s', async (_, lines, given, expected) => {
  const left = (await guests(container(lines, given))) as { vmid: string }[];
  expect(left.find(({ vmid }) => vmid === '950')).toMatchObject(expected);
});

test('Left::guests has what is gone from the host and what is on another node, each with its way out', async () => {
  const left = await guests({
    host: host({ guests: { 951: { text: '#phoenix-cdk app=phoenix path=ai/b vmid=951\n', node: 'pve2' } } }),
    journal: journal(['guest', 950, 'lxc', 7, 'v', '-'], destroyable),
  });
  expect(left).toMatchObject([
    { vmid: '950', state: 'absent', path: 'guest/950', way: 'applier orphan guest/950' },
    { vmid: '951', state: 'on node pve2', path: 'ai/b', way: 'applier orphan ai/b' },
  ]);
});

test('Left::guests has none that the program is about, or that this plan destroys', async () => {
  const vmids = async (facts: Parameters<typeof plan>[0], more: object = {}) =>
    ((await guests(facts, more)) as { vmid: string }[]).map(({ vmid }) => vmid);
  expect(await vmids(machine(''))).toEqual(['100', '950']);
  expect(await vmids(container(''), { about: { 950: 1 } })).toEqual(['100']);
  expect(await vmids(container('', { steps: [step('note', 'guest/950/destroy')] }))).toEqual(['100']);
  expect(await vmids(container(''), { about: { 950: 1, 100: 1 } })).toEqual([]);
});

const file = ['made', 'file/a', 'file', '3.1000', 'file/a', '/a'];
const folder = ['made', 'f', 'folder', '5', 'folder/f', '/srv/f', '', '', '/srv/f'];
const dataset = ['made', 'zfs/a', 'zfs-dataset', '7', 'zfs/a', 'tank/a'];
const entries = ['made', 'fw', 'firewall-entries', '-', 'fw', '/etc/pve/firewall/cluster.fw', 'x'];

test('Left::things tells what was made in the order in which it goes, then what was only looked after', async () => {
  const known = journal(dataset, folder, file, ['applied', 'note/n', '-', 'd'], ['applied', 'run/r', '-', 'd']);
  const things = (steps: readonly object[] = [], said: object = {}) =>
    evaluate(
      'my ($plan) = @_; map { "$_->{resource}: $_->{what}" } Left::things($plan, $plan->{look})',
      plan({ host: host({ root: root() }), journal: known, steps: steps as never }, { said, about: {} }),
    );
  const made = ['file/a: file', 'folder/f: folder', 'zfs/a: dataset'];
  expect(await things()).toEqual([...made, 'note/n: not made by us', 'run/r: not made by us']);
  expect(await things([], { 'note/n': 1 })).toEqual([...made, 'run/r: not made by us']);
  expect(await things([step('note', 'zfs/a/destroy')], { 'note/n': 1, 'run/r': 1 })).toEqual(made.slice(0, 2));
});

test('Left::things says of what we only looked after how it is forgotten, and nothing of what guests have', async () => {
  const known = journal(['applied', 'run/r', '-', 'd'], ['applied', 'guest/950/x', '7', '-']);
  expect(
    await evaluate(
      'my ($plan) = @_; Left::things($plan, $plan->{look})',
      plan({ journal: known }, { said: {}, about: {} }),
    ),
  ).toEqual([
    {
      resource: 'run/r',
      what: 'not made by us',
      state: 'as it is',
      policy: 'retain',
      way: 'applier orphan run/r forgets it',
    },
  ]);
});

/** What is told of the dataset tank/a, which has this guid now. */
const made = (guid: string | undefined, ...records: readonly string[][]) =>
  call(
    'Left::made',
    look({
      host: host({ datasets: guid === undefined ? {} : { 'tank/a': { guid } } }),
      journal: journal(dataset, ...records),
    }),
    { id: 'zfs/a', kind: 'zfs-dataset', known: '7', resource: 'zfs/a', words: ['tank/a'] },
  );
const goes = ['applied', 'zfs/a', '-', 'd', 'removal=destroy'];

test.each([
  ['retained', '7', [], { state: 'as we made it', policy: 'retain', way: 'zfs destroy tank/a' }],
  [
    'said to go',
    '7',
    [goes],
    { state: 'as we made it', policy: 'destroy', way: 'applier destroy zfs/a --yes, or applier apply --prune' },
  ],
  ['another one by now', '8', [goes], { state: 'changed since', way: 'zfs destroy tank/a' }],
  ['gone', undefined, [], { state: 'absent', way: 'applier orphan zfs/a' }],
])('Left::made of a dataset that is %s', async (_, guid, records, expected) => {
  expect(await made(guid, ...records)).toMatchObject({ resource: 'zfs/a', what: 'dataset', ...expected });
});

test('Left::made of what cannot be seen, and of what no command removes', async () => {
  const download = { id: 'dl', kind: 'download', known: '1', resource: 'dl', words: ['none', 'iso', 'x'] };
  expect(await call('Left::made', look(), download)).toMatchObject({ state: 'not to be seen', policy: 'retain' });
  const [id, kind, known, resource, ...words] = entries.slice(1);
  expect(await call('Left::made', look(), { id, kind, known, resource, words })).toMatchObject({
    way: 'edit /etc/pve/firewall/cluster.fw',
  });
});
