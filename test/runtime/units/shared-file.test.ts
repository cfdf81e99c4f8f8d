import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host } from './given.js';
import { call, evaluate, holds } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const storages = '/etc/pve/storage.cfg';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const log = '/var/lib/phoenix/phoenix/runs/r1.jsonl';

test.each([
  [cluster, true],
  ['/etc/pve/nodes/pve/host.fw', true],
  [storages, true],
  ['/etc/pve/mapping/pci.cfg', true],
  ['/etc/network/interfaces', true],
  ['/etc/network/interfaces.new', false],
  ['/etc/pve/firewall/950.fw', false],
  ['/etc/pve/nodes/pve/lxc/950.conf', false],
  ['/srv/etc/pve/storage.cfg', false],
  [`${storages}\n`, false],
])('SharedFile::is_one of %j: %s', async (path, expected) => {
  expect(await holds('SharedFile::is_one', path)).toBe(expected);
});

test('SharedFile::digest is of the bytes', async () => {
  expect(await call('SharedFile::digest', '')).toBe(sha1(''));
  expect(await call('SharedFile::digest', 'ü')).toBe(sha1('ü'));
});

// ---- The lock

const lockFolder = { '/etc/pve/priv/lock/x': '' };

test.each([
  [cluster, 'firewall-cluster'],
  ['/etc/pve/nodes/pve/host.fw', 'firewall-host-pve'],
  [storages, 'file-storage_cfg'],
  ['/etc/pve/mapping/pci.cfg', 'file-mapping_pci_cfg'],
])('SharedFile::cluster_lock_name of %s is that of Proxmox', async (path, expected) => {
  expect(await call('SharedFile::cluster_lock_name', path)).toBe(expected);
});

test('SharedFile::cluster_lock makes the folder that is the lock, and takes it away again', async () => {
  const folder = root(lockFolder);
  const code = `my ($root, $path, $lock) = @_; my $free = SharedFile::cluster_lock($root, $path); my $is = -d "$root$lock" ? 1 : 0; $free->(); ($is, -d "$root$lock" ? 1 : 0)`;
  expect(await evaluate(code, folder, cluster, '/etc/pve/priv/lock/firewall-cluster')).toEqual(['1', '0']);
});

test('SharedFile::cluster_lock locks nothing where there is no cluster file system', async () => {
  const folder = root();
  expect(await evaluate('SharedFile::cluster_lock(@_)->(); 1', folder, cluster)).toEqual(['1']);
  expect(existsSync(join(folder, 'etc/pve'))).toBe(false);
});

test('SharedFile::cluster_lock has a lock that was left behind taken away, by asking for it as Proxmox does', async () => {
  const folder = root(lockFolder);
  const place = join(folder, 'etc/pve/priv/lock/firewall-host-a');
  mkdirSync(place);
  const code = `my ($root, $place) = @_; require Time::HiRes; my $asked;
    local $SIG{ALRM} = sub { $asked = (stat $place)[9]; rmdir $place }; Time::HiRes::ualarm(50_000); SharedFile::cluster_lock($root, '/etc/pve/nodes/a/host.fw'); $asked`;
  expect(await evaluate(code, folder, place)).toEqual(['0']);
  expect(statSync(place).isDirectory()).toBe(true);
});

test('SharedFile::cluster_lock says why it cannot lock', async () => {
  const code = `my ($root, $path) = @_; no warnings 'redefine'; local *SharedFile::cluster_lock_name = sub { 'no/where' }; SharedFile::cluster_lock($root, $path)`;
  await expect(evaluate(code, root(lockFolder), cluster)).rejects.toThrow(
    `cannot lock ${cluster}: No such file or directory\n`,
  );
});

test('SharedFile::network_lock is a file lock, held until it is given back', async () => {
  const folder = root({ '/etc/network/interfaces': '' });
  const code = `my ($root) = @_; my $is_free = sub { open my $other, '>>', "$root/etc/network/.pve-interfaces.lock" or die; flock($other, 2 | 4) ? 1 : 0 };
    my $free = SharedFile::network_lock($root); my $held = $is_free->(); $free->(); ($held, $is_free->())`;
  expect(await evaluate(code, folder)).toEqual(['0', '1']);
  await expect(call('SharedFile::network_lock', root())).rejects.toThrow(
    'cannot open /etc/network/.pve-interfaces.lock: No such file or directory\n',
  );
});

test('SharedFile::attempts tries until it works', async () => {
  const code = `my ($path, $at) = @_; my $tries = 0; SharedFile::attempts($path, sub { ++$tries >= $at }); $tries`;
  expect(await evaluate(code, cluster, 1)).toEqual(['1']);
  expect(await evaluate(code, cluster, 3)).toEqual(['3']);
});

test('SharedFile::attempts gives up after a hundred tries', async () => {
  // a signal ends each pause
  const code = `my ($path) = @_; require Time::HiRes; my $tries = 0; local $SIG{ALRM} = sub { }; Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0.001, 0.001);
    eval { SharedFile::attempts($path, sub { $tries++; 0 }) }; my $why = $@; Time::HiRes::setitimer(Time::HiRes::ITIMER_REAL(), 0); ($tries, $why)`;
  expect(await evaluate(code, cluster)).toEqual(['100', `can't lock ${cluster}: somebody holds it\n`]);
});

test.each([
  [cluster, '/etc/pve/priv/lock/firewall-cluster'],
  [storages, '/etc/pve/priv/lock/file-storage_cfg'],
])('SharedFile::locked holds the lock of %s while it works, and gives it back whatever happens', async (path, lock) => {
  const folder = root(lockFolder);
  const code = `my ($root, $path, $lock, $word) = @_; my @is; eval { SharedFile::locked($root, $path, sub { push @is, -d "$root$lock" ? 1 : 0; die $word if $word ne '' }) }; (@is, "$@", -d "$root$lock" ? 1 : 0)`;
  expect(await evaluate(code, folder, path, lock, '')).toEqual(['1', '', '0']);
  expect(await evaluate(code, folder, path, lock, 'no space\n')).toEqual(['1', 'no space\n', '0']);
});

test('SharedFile::locked takes the lock of the web interface for the file of the network', async () => {
  const folder = root({ '/etc/network/interfaces': '' });
  const code = `my ($root) = @_; my $held; SharedFile::locked($root, '/etc/network/interfaces', sub { open my $other, '>>', "$root/etc/network/.pve-interfaces.lock" or die; $held = flock($other, 2 | 4) ? 0 : 1 }); $held`;
  expect(await evaluate(code, folder)).toEqual(['1']);
});

// ---- How a run leaves such a file

/** What the log has after code on $session, a run on a host with these files. */
async function logged(code: string, files: Readonly<Record<string, string>> = {}, more: object = {}) {
  const folder = root(files);
  const [base, others] = await evaluate(
    `my ($root, $more) = @_; my $session = { root => $root, run => 'r1', plan => { app => 'phoenix', by_id => {}, journal => {} }, %$more }; ${code}; ($session->{base}, $session->{others_wrote})`,
    folder,
    more,
  );
  const text = existsSync(join(folder, log)) ? readFileSync(join(folder, log), 'utf8') : '';
  const lines = text.split('\n').filter((line) => line !== '');
  return { base, others, left: lines.map((line) => JSON.parse(line)).map(({ path, digest }) => [path, digest]) };
}

test('SharedFile::left notes how we leave a file that was found as we know it', async () => {
  expect(await logged(`SharedFile::left($session, '${cluster}', 'a', 'b')`)).toEqual({
    base: { [cluster]: 'b' },
    others: {},
    left: [[cluster, sha1('b')]],
  });
  const twice = `SharedFile::left($session, '${cluster}', 'a', 'b'); SharedFile::left($session, '${cluster}', 'b', 'c')`;
  expect(await logged(twice)).toMatchObject({
    left: [
      [cluster, sha1('b')],
      [cluster, sha1('c')],
    ],
  });
});

test('SharedFile::left notes for good that others wrote a file during the run', async () => {
  const twice = `SharedFile::left($session, '${cluster}', 'theirs', 'b'); SharedFile::left($session, '${cluster}', 'b', 'c')`;
  expect(await logged(twice, {}, { base: { [cluster]: 'a' } })).toEqual({
    base: { [cluster]: 'c' },
    others: { [cluster]: '1' },
    left: [
      [cluster, 'others'],
      [cluster, 'others'],
    ],
  });
});

test('SharedFile::note writes nothing of a file that nobody shares', async () => {
  expect(await logged(`SharedFile::note($session, '/etc/a', 1, 'x')`)).toEqual({ base: null, others: null, left: [] });
  expect(await logged(`SharedFile::note($session, '${cluster}', 1, 'x')`)).toMatchObject({
    left: [[cluster, sha1('x')]],
  });
  expect(await logged(`SharedFile::note($session, '${cluster}', 0, 'x')`)).toMatchObject({
    left: [[cluster, 'others']],
  });
});

const was = 'dir: local\n\tpath /var/lib/vz\n\tcontent iso\n\nzfspool: tank\n\tpool tank\n';
const models = '\ndir: models\n\tpath /tank/models\n';
const storageStep = { has: { storage: ['models', 'dir'] } };
const mapped = 'gpu\n\tmap id=1,node=pve\n';
const pci = '/etc/pve/mapping/pci.cfg';

test.each<[string, string, object, string, string, string, boolean]>([
  ['an entry that a tool added', storages, storageStep, '', was, was + models, true],
  ['the first file', storages, storageStep, '', '', models, true],
  [
    'all written in another order',
    storages,
    storageStep,
    '',
    was,
    `zfspool: tank\n\tpool tank\n${models}\ndir: local\n\tcontent iso\n\tpath /var/lib/vz\n`,
    true,
  ],
  [
    'an entry that somebody else added',
    storages,
    storageStep,
    '',
    was,
    `${was}${models}\ndir: theirs\n\tpath /x\n`,
    false,
  ],
  ['an entry that somebody else changed', storages, storageStep, '', was, was.replace('iso', 'vztmpl') + models, false],
  [
    'an entry of a mapping',
    pci,
    { has: { mapping: ['pci', 'npu'] } },
    '',
    mapped,
    `${mapped}\nnpu\n\tmap id=2,node=pve\n`,
    true,
  ],
  [
    'a mapping that somebody else took out',
    pci,
    { has: { mapping: ['pci', 'npu'] } },
    '',
    mapped,
    'npu\n\tmap id=2,node=pve\n',
    false,
  ],
  ['an entry that a tool took out', storages, { of: 'old', has: {} }, 'models', was + models, was, true],
  [
    'an entry that a tool and somebody else took out',
    storages,
    { of: 'old', has: {} },
    'models',
    was + models,
    '',
    false,
  ],
])('SharedFile::left_by_tool of %s', async (_, path, step, made, base, now, ours) => {
  const plan = { app: 'phoenix', by_id: { s: step }, journal: { made: { old: { words: [made] } } } };
  const answer = await logged(`SharedFile::left_by_tool($session, 's', '${path}')`, now === '' ? {} : { [path]: now }, {
    plan,
    base: { [path]: base },
  });
  expect(answer).toMatchObject({ left: [[path, ours ? sha1(now) : 'others']], base: { [path]: now } });
});

test.each([
  [was, 'none', 'dir: local\ncontent iso\npath /var/lib/vz\nzfspool: tank\npool tank'],
  [was, 'local', 'zfspool: tank\npool tank'],
  [was, 'loc', 'dir: local\ncontent iso\npath /var/lib/vz\nzfspool: tank\npool tank'],
  [`# theirs\n\n${mapped}`, 'gpu', ''],
  ['gpu\n\tmap a\ngpu2\n\tmap b\n', 'gpu', 'gpu2\nmap b'],
  ['', 'gpu', ''],
])('SharedFile::without: %j without %s', async (text, entry, expected) => {
  expect(await call('SharedFile::without', text, entry)).toBe(expected);
});

test('SharedFile::left_by reads from the log of a run how it left files last', async () => {
  const lines = [
    `{"digest":"a1","event":"left","path":"${cluster}","run":"r1"}`,
    `{"digest":"b2","event":"left","path":"${cluster}","run":"r1"}`,
    `{"digest":"others","event":"left","path":"${storages}","run":"r1"}`,
    '{"event":"step","outcome":"done","step":"file/a"}',
  ];
  const given = host({ root: root({ [log]: `${lines.join('\n')}\n` }) });
  expect(await call('SharedFile::left_by', given, 'phoenix', 'r1')).toEqual({ [cluster]: 'b2', [storages]: 'others' });
  expect(await call('SharedFile::left_by', given, 'phoenix', 'r2')).toEqual({});
});

test('SharedFile::left_by reads what SharedFile::left wrote', async () => {
  const code = `my ($root, $path) = @_; my $session = { root => $root, run => 'r1', plan => { app => 'phoenix' } }; SharedFile::left($session, $path, 'a', 'b');
    SharedFile::left_by(Host->new(root => $root), 'phoenix', 'r1')`;
  expect(await evaluate(code, root(), cluster)).toEqual([{ [cluster]: sha1('b') }]);
});
