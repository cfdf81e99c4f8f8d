import { expect, test } from 'vitest';
import { type HostFacts, journal, look, perl, step } from './given.js';
import { aboutContainer, container } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

type Said = Readonly<Record<string, unknown>>;
const told = (records: readonly unknown[]) =>
  (records as Said[]).map(({ direction, kind, text, held }) =>
    [direction, kind, text, held ? 'held' : ''].filter(Boolean).join(' '),
  );

const cluster = '/etc/pve/firewall/cluster.fw';
const fw = (...rules: readonly string[]) =>
  `[OPTIONS]\n\nenable: 1\n\n[RULES]\n\n${rules.map((line) => `${line}\n`).join('')}`;
const restore = (path: string, source: string) =>
  perl(`Chore::step('restore', 'restore', 'file${path}', '${path}', file => ['${path}', '${source}'])`);

/** Code about what was found about steps: $found. */
const found = (
  code: string,
  steps: readonly Said[],
  verdicts: Said,
  facts: HostFacts = {},
  ...rest: readonly unknown[]
) =>
  evaluate(
    `my ($look, $verdicts) = splice @_, 0, 2; my $found = { look => $look, steps => $look->{steps}, verdicts => $verdicts }; ${code}`,
    look(container('unprivileged: 1\n', { host: facts, steps })),
    verdicts,
    ...rest,
  );

const config = aboutContainer('guest-config', 'config');
const command = (name: string, ...words: readonly string[]) =>
  step('run', name, '--path', name, '--resource', name, '--command', words.length, ...words);
const device = { verdict: 'change', changes: [{ key: 'dev0', to: '/dev/x', value: '/dev/x', how: 'set' }] };

test('Privileges::table in the order of the steps, those about a guest as one', async () => {
  const steps = [command('one', 'apt', 'update'), config, command('two', 'reboot'), command('three', 'true')];
  const verdicts = {
    one: { verdict: 'change' },
    'guest/950/config': device,
    two: { verdict: 'held' },
    three: { verdict: 'satisfied' },
  };
  expect(await found('Privileges::table($found)', steps, verdicts)).toEqual([
    { path: 'one', resource: 'one', direction: 'broader', kind: 'root', text: 'apt update' },
    { path: 'ai/qwen', resource: 'guest/950', direction: 'broader', kind: 'device', text: '/dev/x (0660)' },
    { path: 'two', resource: 'two', direction: 'broader', kind: 'root', text: 'reboot', held: '1' },
  ]);
});

test('Privileges::table leaves what guests may have', async () => {
  const [leave] = await found('Privileges::table($found); $found->{leave}', [config], { 'guest/950/config': device });
  expect(leave).toMatchObject({ 950: [{ text: '/dev/x (0660)' }] });
});

test('Privileges::seen keeps in mind what could not be told of the first one', async () => {
  const of = { first: restore(cluster, '/kept'), now: [] };
  const code =
    'my ($of) = @_; no warnings "redefine"; local *Host::read = sub { Unknown::because("it is dark") }; my @is = Privileges::seen($found, $of->{first}{has}{file}[0], $of); (scalar @is, $found->{unseen})';
  expect(await found(code, [], {}, {}, of)).toEqual(['0', `it cannot be told what ${cluster} gets: it is dark`]);
  const failing =
    'my ($of) = @_; no warnings "redefine"; local *Host::read = sub { die "a bug\\n" }; Privileges::seen($found, $of->{first}{has}{file}[0], $of)';
  await expect(found(failing, [], {}, {}, of)).rejects.toThrow('a bug');
});

test('Privileges::broader is what needs a word', async () => {
  const broader = { direction: 'broader' };
  expect(await list('Privileges::broader', broader, { direction: 'narrower' }, { ...broader, held: 1 })).toEqual([
    broader,
  ]);
});

test.each<[string, Said, string | undefined]>([
  ['a config', config, 'guest/950'],
  ['rules of a guest', step('file', 'f', '--file', '/etc/pve/firewall/950.fw', 'x', 'y'), 'guest/950'],
  [
    'a config that is put back',
    perl(`Chore::step('restore', 'restore', 'x', 'x', config => ['lxc', 950], file => ['/x', '/y'])`),
    'guest/950',
  ],
  ['rules that are put back', restore('/etc/pve/firewall/950.fw', '/y'), 'guest/950'],
  ['a file', step('file', 'f', '--file', '/etc/x', 'x', 'y'), '/etc/x'],
  ['entries of a firewall', step('firewall-entries', 'f', '--file', cluster, 'entries'), cluster],
  ['a mapping', step('mapping', 'm', '--mapping', 'pci', 'gpu'), 'm'],
  ['commands', command('one', 'true'), 'one'],
  ['a guest', aboutContainer('guest-create', 'create'), undefined],
  ['a file inside of a guest', aboutContainer('guest-file', 'f'), undefined],
  ['a note', step('note', 'n'), undefined],
])('Privileges::scope of %s is %s', async (_, of, expected) => {
  expect(await call('Privileges::scope', of)).toBe(expected);
});

test.each<[string, Said, string]>([
  ['guest/950', config, 'GuestPrivileges::changes'],
  [cluster, step('firewall-entries', 'f', '--file', cluster, 'entries'), 'Privileges::of_firewall'],
  ['/etc/pve/nodes/pve/host.fw', restore('/etc/pve/nodes/pve/host.fw', '/y'), 'Privileges::of_firewall'],
  ['/etc/x', restore('/etc/x', '/y'), 'Privileges::of_file'],
  ['m', step('mapping', 'm', '--mapping', 'pci', 'gpu'), 'Privileges::of_mapping'],
  ['one', command('one', 'true'), 'Privileges::of_commands'],
])('Privileges::reader of %s', async (scope, of, name) => {
  expect(await evaluate(`Privileges::reader(@_) == \\&${name} ? 1 : 0`, scope, of)).toEqual(['1']);
});

test('Privileges::in_order: by kind, then by text, each once', async () => {
  const grant = (kind: string, text: string, more: object = {}) => ({ kind, text, direction: 'broader', ...more });
  const first = { path: 'p', resource: 'r', id: 'i' };
  const given = [
    grant('root', 'b'),
    grant('device', 'z'),
    grant('root', 'a'),
    grant('device', 'z', { held: 1 }),
    grant('device', 'z', { direction: 'narrower' }),
  ];
  expect(await list('Privileges::in_order', first, ...given)).toEqual(
    [given[1], given[4], given[2], given[0]].map((one) => ({ path: 'p', resource: 'r', ...one })),
  );
});

/** What changes for a file of the firewall that steps put back. */
const firewall = (
  path: string,
  files: Readonly<Record<string, string>>,
  now: readonly Said[],
  held: readonly Said[] = [],
) => found('Privileges::of_firewall($found, @_)', [], {}, { root: root(files) }, path, now, held).then(told);

test('Privileges::of_firewall: what is open now, then, and if all were allowed', async () => {
  const web = 'IN ACCEPT -p tcp -dport 80';
  const files = { [cluster]: fw(web), '/wide': fw(web, 'IN ACCEPT -p udp'), '/narrow': fw() };
  expect(await firewall(cluster, files, [restore(cluster, '/wide')])).toEqual(['broader port udp from anywhere']);
  expect(await firewall(cluster, files, [restore(cluster, '/narrow')])).toEqual(['narrower port tcp 80 from anywhere']);
  expect(await firewall(cluster, files, [], [restore(cluster, '/wide')])).toEqual([
    'broader port udp from anywhere held',
  ]);
});

test('Privileges::of_firewall: while nothing filters, names are nobody’s', async () => {
  const named = (enable: number, address: string) =>
    `[OPTIONS]\n\nenable: ${enable}\n\n[ALIASES]\n\noffice ${address}\n\n[RULES]\n`;
  const files = { [cluster]: named(0, '10.0.0.5'), '/wide': named(0, '10.0.0.0/24'), '/on': named(1, '10.0.0.5') };
  expect(await firewall(cluster, files, [restore(cluster, '/wide')])).toEqual([]);
  expect(
    await firewall(cluster, { ...files, [cluster]: named(1, '10.0.0.5'), '/wide': named(1, '10.0.0.0/24') }, [
      restore(cluster, '/wide'),
    ]),
  ).toEqual(['broader filter alias office 10.0.0.5 → 10.0.0.0/24']);
  expect(await firewall(cluster, files, [restore(cluster, '/on')])).toEqual([
    'narrower port every port from anywhere (the firewall is off)',
  ]);
});

test('Privileges::is_open where the switch is off', async () => {
  expect(await call('Privileges::is_open', [{ off: 1 }, {}])).toBe('1');
  expect(await call('Privileges::is_open', [{}])).toBe('0');
});

test('Privileges::with_steps: what is put back, and entries of the program', async () => {
  const entries = step('firewall-entries', 'f', '--file', cluster, 'entries', '--rule', 'IN ACCEPT -p tcp -dport 80');
  const code = 'my ($text, @steps) = @_; Privileges::with_steps($look, $text, @steps)';
  const [text] = await found(code, [], {}, { root: root({ '/kept': 'kept\n' }) }, 'text\n', restore(cluster, '/kept'));
  expect(text).toBe('kept\n');
  const [stays] = await found(code, [], {}, { root: root() }, 'text\n', restore(cluster, '/gone'));
  expect(stays).toBe('text\n');
  const [more] = await found(code, [], {}, { root: root() }, fw(), entries);
  expect(more).toContain('IN ACCEPT -p tcp -dport 80');
});

test('Privileges::unfiltered says that nothing filters, where openings are told', async () => {
  const unfiltered = async (
    text: string | undefined,
    record: object,
    steps: readonly Said[] = [],
    verdicts: Said = {},
  ) =>
    (
      await found(
        'Privileges::unfiltered($found, @_)',
        steps,
        verdicts,
        { root: root(text === undefined ? {} : { [cluster]: text }) },
        record,
      )
    )[0];
  const port = { kind: 'port', resource: 'guest/950' };
  expect(await unfiltered(undefined, port)).toBe(
    `The firewall of the datacenter is off (${cluster}): until it is switched on nothing filters, and every port is open.`,
  );
  expect(await unfiltered(fw(), port)).toBeNull();
  expect(await unfiltered(undefined, { ...port, kind: 'device' })).toBeNull();
  expect(await unfiltered(undefined, { ...port, resource: 'firewall/cluster' })).toBeNull();
  const on = step('firewall-entries', 'f', '--file', cluster, 'options', '--option', 'enable', '1');
  expect(await unfiltered(undefined, port, [on], { f: { verdict: 'change' } })).toBeNull();
  expect(await unfiltered(undefined, port, [on], { f: { verdict: 'held' } })).toMatch(/is off/);
});

test('Privileges::of_mapping: the maps of this host', async () => {
  const cfg = 'gpu\n\tmap node=pve2,path=0000:02:00\n\tmap node=pve,path=0000:01:00\n';
  const files = { root: root({ '/etc/pve/mapping/pci.cfg': cfg }) };
  const mapping = step('mapping', 'm', '--mapping', 'pci', 'gpu', '--map', 'node=pve,path=0000:03:00');
  const code = 'Privileges::of_mapping($found, "m", @_)';
  expect(told(await found(code, [], {}, files, [mapping], []))).toEqual([
    'broader device PCI 03:00 (mapping gpu)',
    'narrower device PCI 01:00 (mapping gpu)',
  ]);
  expect(told(await found(code, [], {}, files, [], [mapping]))[0]).toBe('broader device PCI 03:00 (mapping gpu) held');
  expect(told(await found(code, [], {}, { root: root() }, [mapping], []))).toEqual([
    'broader device PCI 03:00 (mapping gpu)',
  ]);
});

test('Privileges::of_commands: what has not run on this host before', async () => {
  const one = command('one', 'modprobe', 'vfio');
  const [digest] = await evaluate('Drift::digest(shift)', one);
  const commands = async (
    records: readonly (readonly string[])[],
    now: readonly Said[] = [one],
    held: readonly Said[] = [],
  ) =>
    told(
      await evaluate(
        'my ($look, @words) = @_; Privileges::of_commands({ look => $look }, "one", @words)',
        { journal: journal(...records) },
        now,
        held,
      ),
    );
  expect(await commands([])).toEqual(['broader root modprobe vfio']);
  expect(await commands([], [], [one])).toEqual(['broader root modprobe vfio held']);
  expect(await commands([['applied', 'one', 'r1', String(digest)]])).toEqual([]);
  expect(await commands([['applied', 'one', 'r1', 'other']])).toEqual(['broader root modprobe vfio']);
});

test.each<[string, readonly string[], boolean]>([
  ['/etc/x', [], false],
  ['/etc/x', ['--mode', '0755'], true],
  ['/etc/x', ['--mode', '0644'], false],
  ['/usr/local/bin/there', [], true],
  ['/usr/local/bin/there', ['--mode', '0600'], false],
  ['/etc/systemd/system/x.service', [], true],
  ['/lib/systemd/system/x.service', [], true],
  ['/etc/cron.d/x', [], true],
  ['/etc/crontab', [], true],
  ['/etc/sudoers', [], true],
  ['/etc/sudoers.d/x', [], true],
  ['/etc/sudoersd', [], false],
  ['/etc/udev/rules.d/x', [], true],
  ['/srv/etc/cron.d/x', [], false],
])('Privileges::of_file %s with %j is run by the host: %s', async (path, mode, runs) => {
  const file = step('file', 'f', '--file', path, 'x', 'y', ...mode);
  const code =
    'my ($path, $file) = @_; chmod 0755, "$look->{host}{root}/usr/local/bin/there"; Privileges::of_file($found, $path, [$file], [])';
  const records = await found(code, [], {}, { root: root({ '/usr/local/bin/there': 'x' }) }, path, file);
  expect(told(records)).toEqual(runs ? [`broader root ${path}`] : []);
});

test('Privileges::root', async () => {
  expect(await call('Privileges::root', 'x')).toEqual({ direction: 'broader', kind: 'root', text: 'x' });
  expect(await call('Privileges::root', 'x', step('note', 'n'))).toHaveProperty('held', '1');
});
