import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { answering, ask, fresh } from './fresh.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

test('Host::new has looked at nothing', async () => {
  expect(await call('Host::new', 'Host', 'root', '/r')).toEqual({
    root: '/r',
    properties: [],
    every: '0',
    processes: '0',
  });
});

test.each([
  [{ '/etc/pve/local': '-> nodes/pve1', '/etc/hostname': 'other\n' }, 'pve1'],
  [{ '/etc/hostname': 'pve1.example.org\n' }, 'pve1'],
])('Host::node_name of %j is %s', async (files, name) => {
  expect(await ask(files, 'Host::node_name')).toBe(name);
});

test('Host::node_name is unknown where nothing names the node', async () => {
  await expect(ask({}, 'Host::node_name')).rejects.toThrow(
    'Unknown: neither /etc/pve/local nor /etc/hostname names this node',
  );
});

test.each([
  ['{ "cluster": { "quorate": 1 } }', undefined],
  ['{ "cluster": { "quorate": 0 } }', 'the cluster has no quorum (/etc/pve/.members)'],
  ['{ "quorate":"0" }', 'the cluster has no quorum (/etc/pve/.members)'],
  ['{}', undefined],
])('Host::cluster_trouble reads %s', async (members, trouble) => {
  expect(await ask({ '/etc/pve/.members': members }, 'Host::cluster_trouble')).toBe(trouble);
  expect(await call('Host::cluster_trouble', { $host: { unmounted: 1 } })).toContain('/etc/pve is not mounted');
});

const status = `Package: pve-manager
Status: install ok installed
Version: 9.1.4

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok unpacked

Package: last
Status: hold ok installed
Depends: Package: x
Version: 2:1.0-3
`;

test('Host::package knows what is installed, and Host::pve_version the release', async () => {
  const files = { '/var/lib/dpkg/status': status };
  expect(
    await evaluate(
      'my $h = shift; map { Host::package($h, $_) } qw(pve-manager gone half last none)',
      fresh(root(files)),
    ),
  ).toEqual(['9.1.4', null, null, '2:1.0-3', null]);
  expect(await ask(files, 'Host::pve_version')).toBe('9.1.4');
  expect(await ask({}, 'Host::pve_version')).toBeUndefined();
});

test('Host::unit asks once for all units that will be wanted', async () => {
  const code = `my $h = shift; (Host::unit($h, 'a.service'), Host::unit($h, 'b.timer'), scalar @{ $h->{called} }, $h->{called}[0] =~ /^systemctl show .* -- /)`;
  const lines = [
    'LoadState=loaded',
    'ActiveState=active',
    'UnitFileState=enabled',
    '',
    'LoadState=not-found',
    'ActiveState=inactive',
    'UnitFileState=',
  ] as const;
  const [a, b, ...rest] = await evaluate(code, answering([0, ...lines], `unit_names => ['a.service', 'b.timer']`));
  expect(rest).toEqual(['1', '1']);
  expect([a, b]).toEqual(
    expect.arrayContaining([{ LoadState: 'loaded', ActiveState: 'active', UnitFileState: 'enabled' }]),
  );
});

test.each([
  [[1, 'Failed to connect to bus'], /^Unknown: systemctl show failed \(exit 1\): Failed to connect to bus/],
  [[0, 'LoadState=loaded', '', 'LoadState=loaded'], /^Unknown: systemctl show answered for 2 of 1 units/],
] as const)('Host::unit believes no answer such as %j', async (answer, why) => {
  await expect(call('Host::unit', answering(answer), 'a.service')).rejects.toThrow(why);
});

test('Host::output gives exit code and lines, messages among them, in the language of this program, and counts the process', async () => {
  const code = `my $h = Host->new; my ($exit, $lines) = Host::output($h, @_); ($exit, $lines, $h->{processes})`;
  expect(await evaluate(code, 'sh', '-c', 'read x; echo "[$x] $LC_ALL"; echo oops >&2; exit 3')).toEqual([
    '3',
    ['[] C', 'oops'],
    '1',
  ]);
  expect(await evaluate(code, 'sh', '-c', 'kill -9 $$')).toEqual(['137', [], '1']);
  expect(await evaluate(code, '/nonexistent/tool', 'x')).toEqual([
    '127',
    ['cannot run /nonexistent/tool: No such file or directory'],
    '1',
  ]);
});

test('Host::output says why nothing was run also where standard error was opened anew, and has a buffer', async () => {
  const anew = `open my $former, '>&', \\*STDERR; close STDERR; open STDERR, '>&', $former;`;
  const [lines] = await evaluate(`${anew} (Host->new->output('/nonexistent/tool'))[1]`);
  expect(lines).toEqual(['cannot run /nonexistent/tool: No such file or directory']);
});

test('Host::output hands words to no shell', async () => {
  const folder = root();
  await evaluate('Host::output(Host->new, @_); 1', `touch ${join(folder, 'x')}`);
  expect(existsSync(join(folder, 'x'))).toBe(false);
});
