import { expect, test } from 'vitest';
import { type HostFacts, host } from './given.js';
import { evaluate } from './perl.js';
import { blind, root } from './root.js';

const prelude = `my ($host, @words) = @_; delete @$host{qw(guests sockets storages mounts packages)}; my $self = bless { host => $host, unknown => [], withheld => {} }, 'Facts';`;

/** What a section is on a host with these files, what stayed unknown, and what was withheld. */
const section = (
  name: string,
  files: Readonly<Record<string, string>>,
  facts: HostFacts = {},
  ...words: readonly unknown[]
) =>
  evaluate(
    `${prelude} my @value = ${name}($self, @words); (scalar(@value) == 1 ? $value[0] : \\@value, $self->{unknown}, $self->{withheld})`,
    host({ ...facts, root: root(files) }),
    ...words,
  );
const literal = (text: string | number) => ({ literal: String(text) });

test.each([
  [undefined, { members: [{ name: 'pve' }] }],
  [
    '{ "nodelist": { "pve": { "ip": "10.0.0.1", "online": 1 }, "b": { "online": 0 } } }',
    {
      members: [
        { name: 'b', online: literal('false') },
        { name: 'pve', address: '10.0.0.1', online: literal('true') },
      ],
    },
  ],
  ['{ "cluster": { "name": "c", "quorate": 1 } }', { name: 'c', quorate: literal('true'), members: [{ name: 'pve' }] }],
])('Facts::cluster of %j', async (members, expected) => {
  expect((await section('Facts::cluster', members === undefined ? {} : { '/etc/pve/.members': members }))[0]).toEqual(
    expected,
  );
});

test('Facts::cluster of what is no JSON is unknown', async () => {
  await expect(section('Facts::cluster', { '/etc/pve/.members': 'x' })).rejects.toThrow(
    'Unknown: /etc/pve/.members is no JSON',
  );
});

const guests = {
  '/etc/pve/nodes/pve/lxc/950.conf': '#phoenix-cdk app=phoenix path=ai/qwen vmid=950\nhostname: qwen\nlock: backup\n',
  '/etc/pve/nodes/pve/lxc/951.conf': 'template: 1\n',
  '/etc/pve/nodes/pve2/qemu-server/100.conf': 'name: docker\n',
  '/proc/net/unix': '@/var/lib/lxc/950/command',
};

test('Facts::guests and Facts::guest tell of every guest of the cluster, and of those here whether they run', async () => {
  const [found, unknown] = await section('Facts::guests', guests);
  expect(found).toEqual([
    { vmid: literal(100), node: 'pve2', type: 'qemu', name: 'docker' },
    {
      vmid: literal(950),
      node: 'pve',
      type: 'lxc',
      running: literal('true'),
      name: 'qwen',
      lock: 'backup',
      mark: { app: 'phoenix', path: 'ai/qwen', vmid: literal(950) },
    },
    { vmid: literal(951), node: 'pve', type: 'lxc', running: literal('false'), template: literal('true') },
  ]);
  expect(unknown).toEqual([]);
});

test('a guest whose config cannot be read is there all the same', async () => {
  const [guest, unknown] = await section(
    'Facts::guest',
    { '/etc/pve/nodes/pve/lxc/950.conf': blind('950.conf') },
    {},
    950,
  );
  expect(guest).toEqual({ vmid: literal(950), node: 'pve', type: 'lxc' });
  expect(unknown).toMatchObject([
    { what: 'whether guest 950 runs' },
    { what: 'guest 950', why: expect.stringMatching(/^cannot look at /) },
  ]);
});

const journal = [
  'phoenix-journal 1',
  'guest\t950\tlxc\t7\tv\t-',
  'guest\t951\tlxc\t8\tw\tadopted',
  'applied\tguest/950/config\t7\t-\tmemory=512\tprotection=1\traw=lxc.a: TOKEN=x\tsecret:t=s',
  'applied\tguest/950/state\t7\t-',
  'applied\tzfs/a\t-\t-\tx=1',
  '',
].join('\n');

test('Facts::apps and Facts::app tell which guests are whose, and which keys their steps have set', async () => {
  const files = {
    '/var/lib/phoenix/phoenix/journal': journal,
    '/var/lib/phoenix/gnupg/x': '',
    '/var/lib/phoenix/odd/journal': 'what?\n',
  };
  const app = {
    name: 'phoenix',
    guests: [literal(950), literal(951)],
    adopted: [literal(951)],
    applied: {
      'guest/950/config': {
        keys: ['memory', 'protection'],
        protection: literal('true'),
        raw: ['lxc.a: TOKEN=**********'],
      },
    },
  };
  expect(await section('Facts::apps', files)).toEqual([
    [app],
    [{ what: 'app odd', why: expect.stringContaining('is no journal of ours') }],
    {},
  ]);
  expect((await section('Facts::app', files, {}, 'phoenix'))[0]).toEqual(app);
  expect((await section('Facts::app', files, {}, 'gnupg'))[0]).toBeNull();
  expect((await section('Facts::apps', {}))[0]).toEqual([]);
});

test('Facts::applied of a step that set no key is nothing', async () => {
  expect(
    await evaluate(
      'map { Facts::applied($_) } @_',
      { seal: 'x', 'secret:t': 'y', removal: 'destroy' },
      { memory: '1' },
    ),
  ).toEqual([{}, { keys: ['memory'] }]);
});

test('Facts::files tells configs without what may be secret, and by name what was withheld', async () => {
  const files = {
    ...guests,
    '/etc/network/interfaces': '# note\nauto lo\n',
    '/etc/network/interfaces.d/a~': 'x',
    '/etc/pve/firewall/950.fw': '[RULES]\n',
    '/etc/pve/firewall/notes': 'x',
    '/etc/pve/ha/resources.cfg': 'ct: 950\n',
    '/etc/pve/nodes/pve/host.fw': '[OPTIONS]\n',
    '/etc/pve/jobs.cfg': 'TOKEN=x\n',
  };
  const [found, unknown, withheld] = (await section('Facts::files', files)) as [
    Record<string, unknown>,
    unknown,
    unknown,
  ];
  expect(Object.keys(found).toSorted()).toEqual([
    '/etc/network/interfaces',
    '/etc/pve/firewall/950.fw',
    '/etc/pve/ha/resources.cfg',
    '/etc/pve/jobs.cfg',
    '/etc/pve/nodes/pve/host.fw',
    '/etc/pve/nodes/pve/lxc/950.conf',
    '/etc/pve/nodes/pve/lxc/951.conf',
    '/etc/pve/nodes/pve2/qemu-server/100.conf',
  ]);
  expect([found['/etc/network/interfaces'], unknown, withheld]).toEqual([
    ['auto lo'],
    [],
    { '/etc/network/interfaces': ['notes'], '/etc/pve/jobs.cfg': ['TOKEN'] },
  ]);
});

test('Facts::below names the files of a folder that are of a kind', async () => {
  expect(
    (
      await section('Facts::below', { '/f/b.fw': '', '/f/a.fw': '', '/f/c.txt': '' }, {}, '/f', { $code: 'qr/\\.fw$/' })
    )[0],
  ).toEqual(['/f/a.fw', '/f/b.fw']);
  expect((await section('Facts::below', { '/f': blind('/f') }, {}, '/f', { $code: 'qr/x/' }))[1]).toMatchObject([
    { what: '/f' },
  ]);
});

test('Facts::other_files names files that say more, and tells nothing of what they say', async () => {
  expect((await section('Facts::other_files', { '/etc/pve/user.cfg': 'x', '/etc/pve/datacenter.cfg': '' }))[0]).toEqual(
    ['/etc/pve/user.cfg'],
  );
});
