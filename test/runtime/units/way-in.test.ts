import { expect, test } from 'vitest';
import { host, perl } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const conf = (text: string) => perl(`FirewallConf::parse(${JSON.stringify(text)})`);

test.each([
  ['IN ACCEPT', true],
  ['IN SSH(ACCEPT)', true],
  ['in pmg(accept)', true],
  ['IN HTTP(ACCEPT)', false],
  ['IN ACCEPT -p tcp -dport 22', true],
  ['IN ACCEPT -p tcp -dport 80,8000:9000', true],
  ['IN ACCEPT -p tcp -dport ssh', true],
  ['IN ACCEPT -p tcp -dport 220', false],
  ['OUT ACCEPT', false],
  ['|IN ACCEPT', false],
  ['IN DROP', false],
  ['GROUP In -i vmbr0', true],
  ['GROUP other', false],
])('WayIn::lets_in of %s: %s', async (rule, expected) => {
  expect(await holds('WayIn::lets_in', rule, { in: ['IN SSH(ACCEPT)'], other: ['IN DROP'] })).toBe(expected);
});

test.each([
  ['IN DROP', true],
  ['IN SSH(REJECT) -log info', true],
  ['IN ACCEPT', false],
  ['OUT DROP', false],
  ['GROUP shut', true],
])('WayIn::stops of %s: %s', async (rule, expected) => {
  expect(await holds('WayIn::stops', rule, { shut: ['IN DROP'] })).toBe(expected);
});

test('WayIn::named has what ways in name, in files of hosts, in groups and in sets, too', async () => {
  const text =
    '[ALIASES]\ndesk 10.0.0.5\n[IPSET us]\ndesk\n[RULES]\nIN ACCEPT -source +dc/us -p tcp -dport 22\nIN DROP -source +bad\nGROUP in\n[group in]\nIN SSH(ACCEPT) -source home\n';
  const files = { '/etc/pve/nodes/pve/host.fw': '[RULES]\nIN ACCEPT -source dc/far\n' };
  expect(await call('WayIn::named', host({ root: root(files) }), cluster, text)).toEqual({
    'ipset management': { lets: '1' },
    'ipset blacklist': { stops: '1' },
    'ipset us': { lets: '1' },
    'ipset bad': { stops: '1' },
    'alias desk': { lets: '1' },
    'alias home': { lets: '1' },
    'alias far': { lets: '1' },
    'group in': { lets: '1' },
  });
});

test('WayIn::hosts are the files of all nodes, and WayIn::groups their rules by name', async () => {
  const given = host({ root: root({ '/etc/pve/nodes/a/host.fw': '[RULES]\nIN DROP\n', '/etc/pve/nodes/b/x': '' }) });
  expect(await list('WayIn::hosts', given)).toHaveLength(2);
  expect(await call('WayIn::groups', conf('[group Web] # x\n\nIN  DROP # y\n'))).toEqual({ web: ['IN DROP'] });
});

test('WayIn::names_in and WayIn::name_of tell sets and aliases, wherever they are', async () => {
  expect(await list('WayIn::names_in', 'IN ACCEPT -source +dc/a,B -dest c')).toEqual(['ipset a', 'alias b', 'alias c']);
  expect(await call('WayIn::name_of', '+Dc/x')).toBe('ipset x');
});

test('WayIn::name_members takes exceptions for members, and sets that nobody names for nothing', async () => {
  const code =
    'my ($conf) = @_; my $named = { "ipset a" => { lets => 1 } }; WayIn::name_members($named, FirewallConf::blocks($conf, "ipset")); sort keys %$named';
  expect(await evaluate(code, conf('[IPSET a]\nx # why\n! y\n[IPSET b]\nz\n'))).toEqual([
    'alias x',
    'alias y',
    'ipset a',
  ]);
});

test.each<[string, string[], string[], string | undefined]>([
  ['a way in that goes', ['IN SSH(ACCEPT)'], [], 'a rule that lets administrators in would go (IN SSH(ACCEPT))'],
  [
    'a rule that stops and is new',
    [],
    ['IN DROP'],
    'a new rule stands before others and lets nothing through (IN DROP)',
  ],
  [
    'one that stops and comes first',
    ['IN ACCEPT', 'IN DROP'],
    ['IN DROP', 'IN ACCEPT'],
    'a rule that lets nothing through would come before one that lets administrators in (IN ACCEPT)',
  ],
  ['one that stops and goes last', ['IN DROP', 'IN ACCEPT'], ['IN ACCEPT', 'IN DROP'], undefined],
  ['a rule that is new and lets in', ['IN DROP'], ['IN ACCEPT', 'IN DROP'], undefined],
])('WayIn::less_by_rules, and WayIn::overtaken: %s', async (_, from, to, expected) => {
  expect(await call('WayIn::less_by_rules', {}, from, to)).toBe(expected);
  const passed = expected?.includes('come before') ? 'IN ACCEPT' : undefined;
  expect(await call('WayIn::overtaken', {}, from, to)).toBe(passed);
});

test.each([
  ['lets', ['10.0.0.1', '10.0.0.2'], ['10.0.0.1'], true],
  ['lets', ['10.0.0.1'], ['10.0.0.0/24'], false],
  ['lets', ['10.0.0.0/24'], ['10.0.0.0/24', '!10.0.0.5'], true],
  ['stops', ['10.0.0.1'], ['10.0.0.1', '10.0.0.2'], true],
  ['stops', ['10.0.0.1', '10.0.0.2'], ['10.0.0.1'], false],
])('WayIn::less_by_addresses of what %s, from %j to %j: %s', async (role, from, to, expected) => {
  expect(await holds('WayIn::less_by_addresses', { [role]: 1 }, from, to)).toBe(expected);
  expect(await holds('WayIn::is_narrower', ...(role === 'lets' ? [from, to] : [to, from]))).toBe(expected);
});
