import { expect, test } from 'vitest';
import { host } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const hostFile = '/etc/pve/nodes/pve/host.fw';
const always = { 'ipset management': { lets: '1' }, 'ipset blacklist': { stops: '1' } };

const named = (path: string, text: string, files: Readonly<Record<string, string>> = {}) =>
  call('WayIn::named', host({ root: root(files) }), path, text);

test.each<[string, string, object]>([
  ['no file', '', {}],
  [
    'a rule that lets administrators in',
    '[RULES]\nIN SSH(ACCEPT) -source dc/office\n',
    { 'alias office': { lets: '1' } },
  ],
  ['a rule that lets nobody in', '[RULES]\nIN DROP -source +bad\n', { 'ipset bad': { stops: '1' } }],
  ['a name of both', '[RULES]\nIN ACCEPT -source a\nIN DROP -source a\n', { 'alias a': { lets: '1', stops: '1' } }],
  ['a rule about something else', '[RULES]\nIN HTTP(ACCEPT) -source web\nOUT ACCEPT -dest out\n', {}],
  [
    'a group that a rule uses',
    '[group Ops]\nIN ACCEPT -p tcp -dport 22 -source +admins\n[RULES]\nGROUP ops\n',
    { 'group ops': { lets: '1' }, 'ipset admins': { lets: '1' } },
  ],
  ['a group that nobody uses', '[group ops]\nIN ACCEPT -source +admins\n', {}],
  [
    'an alias in a set that lets in',
    '[IPSET management]\noffice # theirs\n!guests\n10.0.0.1\n',
    { 'alias office': { lets: '1' }, 'alias guests': { lets: '1' }, 'alias 10.0.0.1': { lets: '1' } },
  ],
  ['an alias in a set that nothing names', '[IPSET web]\noffice\n', {}],
])('WayIn::named of %s', async (_, text, expected) => {
  expect(await named(cluster, text)).toEqual({ ...always, ...expected });
});

test('WayIn::named of the file of the cluster sees the rules of all hosts, too', async () => {
  const files = {
    [hostFile]: '[RULES]\nIN ACCEPT -source +dc/admins\n',
    [cluster]: '[RULES]\nIN ACCEPT -source old\n',
  };
  expect(await named(cluster, '[IPSET admins]\nboss\n', files)).toEqual({
    ...always,
    'ipset admins': { lets: '1' },
    'alias boss': { lets: '1' },
  });
});

test('WayIn::named of the file of a host has groups and sets from that of the cluster', async () => {
  const files = {
    [cluster]: '[RULES]\nIN ACCEPT -source old\n[group ops]\nIN ACCEPT -source +admins\n[IPSET admins]\nboss\n',
  };
  expect(await named(hostFile, '[RULES]\nGROUP ops\n', files)).toEqual({
    ...always,
    'group ops': { lets: '1' },
    'ipset admins': { lets: '1' },
    'alias boss': { lets: '1' },
  });
});

test('WayIn::hosts reads the file of each node, also of one without', async () => {
  const given = host({ root: root({ [hostFile]: '[RULES]\nIN DROP\n', '/etc/pve/nodes/b/lxc/x': '' }) });
  const texts = await evaluate('map { FirewallConf::text($_) } WayIn::hosts(shift)', given);
  expect(texts.toSorted()).toEqual(['', '[RULES]\nIN DROP\n']);
  expect(await list('WayIn::hosts', host({ root: root() }))).toEqual([]);
});

test('WayIn::groups has the rules of each group, without comments', async () => {
  const text = '[group A] # ours\nIN  ACCEPT # x\n# nothing\n\nIN DROP\n[group b]\n[RULES]\nOUT DROP\n';
  expect(await evaluate('WayIn::groups(FirewallConf::parse(shift))', text)).toEqual([
    { a: ['IN ACCEPT', 'IN DROP'], b: [] },
  ]);
});

test.each([
  ['IN ACCEPT -source +dc/A,b -dest 10.0.0.1 -p tcp', ['ipset a', 'alias b', 'alias 10.0.0.1']],
  ['IN ACCEPT -p tcp -dport 22', []],
])('WayIn::names_in the rule %s', async (rule, expected) => {
  expect(await list('WayIn::names_in', rule)).toEqual(expected);
});

test.each([
  ['+ai', 'ipset ai'],
  ['+Dc/AI', 'ipset ai'],
  ['Office', 'alias office'],
  ['dc/office', 'alias office'],
])('WayIn::name_of %s', async (name, expected) => {
  expect(await call('WayIn::name_of', name)).toBe(expected);
});

test('WayIn::name_members gives aliases the roles of the sets that they are in', async () => {
  const code = `my $named = shift; WayIn::name_members($named, FirewallConf::blocks(FirewallConf::parse(shift), 'ipset')); $named`;
  const text = '[IPSET a]\nx\n! y # not these\n[IPSET b]\nx\n[IPSET c]\nz\n';
  expect(await evaluate(code, { 'ipset a': { lets: 1 }, 'ipset b': { stops: 1 } }, text)).toEqual([
    {
      'ipset a': { lets: '1' },
      'ipset b': { stops: '1' },
      'alias x': { lets: '1', stops: '1' },
      'alias y': { lets: '1' },
    },
  ]);
});

// ---- Rules

const groups = { ops: ['IN ACCEPT -p tcp -dport 22'], web: ['IN HTTP(ACCEPT)'], wall: ['OUT DROP', 'IN REJECT'] };

test.each([
  ['IN ACCEPT', true],
  ['in accept', true],
  ['IN SSH(ACCEPT)', true],
  ['in pmg(accept) -source x', true],
  ['|IN ACCEPT', false],
  ['IN HTTP(ACCEPT)', false],
  ['IN HTTP(ACCEPT) -p tcp -dport 8006', true],
  ['IN ACCEPT -p tcp -dport 22', true],
  ['IN ACCEPT -p tcp -dport ssh', true],
  ['IN ACCEPT -p tcp -dport 8000:8010', true],
  ['IN ACCEPT -p tcp -dport 9000,8006', true],
  ['IN ACCEPT -p tcp -dport 220', false],
  ['OUT ACCEPT', false],
  ['IN DROP', false],
  ['GROUP Ops', true],
  ['GROUP ops -i vmbr0', true],
  ['GROUP web', false],
  ['GROUP unknown', false],
])('WayIn::lets_in of %s: %s', async (rule, expected) => {
  expect(await holds('WayIn::lets_in', rule, groups)).toBe(expected);
});

test.each([
  ['IN DROP', true],
  ['IN REJECT -p tcp -dport 80', true],
  ['IN SSH(DROP)', true],
  ['IN ACCEPT', false],
  ['OUT DROP', false],
  ['GROUP wall', true],
  ['GROUP ops', false],
  ['GROUP unknown', false],
])('WayIn::stops of %s: %s', async (rule, expected) => {
  expect(await holds('WayIn::stops', rule, groups)).toBe(expected);
});

test.each<[string, string[], string[], string | undefined]>([
  ['nothing new', ['IN ACCEPT', 'IN DROP'], ['IN ACCEPT', 'IN DROP'], undefined],
  ['one more that lets in', ['IN DROP'], ['IN ACCEPT', 'IN DROP'], undefined],
  ['one less that stops', ['IN DROP'], [], undefined],
  [
    'one less that let in',
    ['IN ACCEPT', 'IN DROP'],
    ['IN DROP'],
    'a rule that lets administrators in would go (IN ACCEPT)',
  ],
  ['a group less that let in', ['GROUP ops'], ['GROUP web'], 'a rule that lets administrators in would go (GROUP ops)'],
  [
    'one more that stops',
    ['IN ACCEPT'],
    ['IN ACCEPT', 'GROUP wall'],
    'a new rule stands before others and lets nothing through (GROUP wall)',
  ],
  [
    'another order',
    ['IN ACCEPT', 'IN DROP'],
    ['IN DROP', 'IN ACCEPT'],
    'a rule that lets nothing through would come before one that lets administrators in (IN ACCEPT)',
  ],
])('WayIn::less_by_rules with %s', async (_, from, to, expected) => {
  expect(await call('WayIn::less_by_rules', groups, from, to)).toBe(expected);
});

test.each([
  [['IN ACCEPT', 'IN DROP'], ['IN DROP', 'IN ACCEPT'], 'IN ACCEPT'],
  [['IN DROP', 'IN ACCEPT'], ['IN ACCEPT', 'IN DROP'], undefined],
  [['IN DROP', 'IN ACCEPT'], ['IN DROP', 'IN ACCEPT'], undefined],
  [['IN HTTP(ACCEPT)', 'IN DROP'], ['IN DROP', 'IN HTTP(ACCEPT)'], undefined],
  [['IN DROP'], ['IN DROP', 'IN ACCEPT'], undefined],
  [['GROUP ops', 'OUT DROP', 'GROUP wall'], ['OUT DROP', 'GROUP wall', 'GROUP ops'], 'GROUP ops'],
])('WayIn::overtaken from %j to %j', async (from, to, expected) => {
  expect(await call('WayIn::overtaken', groups, from, to)).toBe(expected);
});

// ---- Addresses

test.each([
  [['a', 'b'], ['a'], true],
  [['a'], ['a', 'b'], false],
  [['a'], ['a', '!b'], true],
  [['a', '!b'], ['a'], false],
  [['a', '!b'], ['a', '!b'], false],
  [['10.0.0.5'], ['10.0.0.0/24'], false],
  [['10.0.0.0/24'], ['10.0.0.0/25'], true],
  [['10.0.0.0/24'], [], true],
  [[], [], false],
])('WayIn::is_narrower from %j to %j: %s', async (from, to, expected) => {
  expect(await holds('WayIn::is_narrower', from, to)).toBe(expected);
});

test.each([
  [{ lets: 1 }, ['a', 'b'], ['a'], true],
  [{ lets: 1 }, ['a'], ['a', 'b'], false],
  [{ stops: 1 }, ['a'], ['a', 'b'], true],
  [{ stops: 1 }, ['a', 'b'], ['a'], false],
  [{ lets: 1, stops: 1 }, ['a'], ['a', 'b'], true],
  [{}, ['a'], [], false],
])('WayIn::less_by_addresses of %j from %j to %j: %s', async (roles, from, to, expected) => {
  expect(await holds('WayIn::less_by_addresses', roles, from, to)).toBe(expected);
});
