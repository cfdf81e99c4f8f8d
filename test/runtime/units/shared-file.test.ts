import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host } from './given.js';
import { call, evaluate, holds } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const cfg = '/etc/pve/storage.cfg';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

test('SharedFile::digest is of the bytes', async () => {
  expect(await call('SharedFile::digest', 'ü')).toBe(sha1('ü'));
});

test.each([
  [cluster, true, 'firewall-cluster'],
  ['/etc/pve/nodes/pve/host.fw', true, 'firewall-host-pve'],
  [cfg, true, 'file-storage_cfg'],
  ['/etc/pve/mapping/pci.cfg', true, 'file-mapping_pci_cfg'],
  ['/etc/network/interfaces', true, undefined],
  ['/etc/pve/firewall/950.fw', false, undefined],
  ['/etc/motd', false, undefined],
])('SharedFile::is_one of %s: %s, and SharedFile::cluster_lock_name is %s', async (path, expected, lock) => {
  expect(await holds('SharedFile::is_one', path)).toBe(expected);
  if (lock !== undefined) expect(await call('SharedFile::cluster_lock_name', path)).toBe(lock);
});

test('SharedFile::locked holds the lock while it does something, and gives it back however that ends', async () => {
  const folder = root({ '/etc/pve/priv/lock/x': '' });
  const code = `my ($root, $path) = @_; my $lock = "$root/etc/pve/priv/lock/firewall-cluster"; my $is;
    SharedFile::locked($root, $path, sub { $is = -d $lock ? 1 : 0 }); eval { SharedFile::locked($root, $path, sub { die "no\\n" }) }; ($is, $@, -d $lock ? 1 : 0)`;
  expect(await evaluate(code, folder, cluster)).toEqual(['1', 'no\n', '0']);
});

test('SharedFile::cluster_lock asks for a lock that was left behind as Proxmox does, and does without a cluster', async () => {
  const folder = root({ '/etc/pve/priv/lock/x': '' });
  const place = join(folder, 'etc/pve/priv/lock/firewall-cluster');
  mkdirSync(place);
  const code = `my ($root, $path, $place) = @_; require Time::HiRes; my $asked;
    local $SIG{ALRM} = sub { $asked = (stat $place)[9]; rmdir $place }; Time::HiRes::ualarm(50_000); my $free = SharedFile::cluster_lock($root, $path); my $is = -d $place ? 1 : 0; $free->(); ($asked, $is)`;
  expect(await evaluate(code, folder, cluster, place)).toEqual(['0', '1']);
  expect(existsSync(place)).toBe(false);
  await evaluate('SharedFile::cluster_lock(@_)->(); 1', root(), cluster);
});

test('SharedFile::network_lock is the file that the web interface locks', async () => {
  const folder = root({ '/etc/network/interfaces': '' });
  const code = `my ($root) = @_; my $free = SharedFile::network_lock($root);
    my $is = sub { open my $other, '>>', "$root/etc/network/.pve-interfaces.lock" or die; flock($other, 2 | 4) ? 1 : 0 }; my $held = $is->(); $free->(); ($held, $is->())`;
  expect(await evaluate(code, folder)).toEqual(['0', '1']);
  expect(statSync(join(folder, 'etc/network/.pve-interfaces.lock')).isFile()).toBe(true);
});

test('SharedFile::attempts ends with the first that succeeds', async () => {
  expect(await evaluate(`my $n = 0; SharedFile::attempts('/a', sub { ++$n == 2 }); $n`)).toEqual(['2']);
});

/** What the log of a run has, after code on its session. */
async function logged(code: string, files: Readonly<Record<string, string>> = {}) {
  const folder = root(files);
  const session = `my $session = { root => $_[0], run => 'r1', plan => { app => 'phoenix', by_id => { s => { has => { storage => ['models', 'dir'] } } } } };`;
  await evaluate(`${session} ${code}; 1`, folder);
  return call('SharedFile::left_by', host({ root: folder }), 'phoenix', 'r1');
}

test('SharedFile::left, by SharedFile::note, has how a run left a file, unless others wrote it meanwhile', async () => {
  const first = `SharedFile::left($session, '${cluster}', 'a', 'b');`;
  expect(await logged(first)).toEqual({ [cluster]: sha1('b') });
  expect(await logged(`${first} SharedFile::left($session, '${cluster}', 'b', 'c')`)).toEqual({ [cluster]: sha1('c') });
  const others = `${first} SharedFile::left($session, '${cluster}', 'theirs', 'c')`;
  expect(await logged(`${others}; SharedFile::left($session, '${cluster}', 'c', 'd')`)).toEqual({
    [cluster]: 'others',
  });
  expect(await logged(`SharedFile::note($session, '/etc/motd', 1, 'x')`)).toEqual({});
});

test('SharedFile::left_by_tool looks past the entry of the step', async () => {
  const files = { [cfg]: 'dir: local\n\tpath /a\n\ndir: models\n\tpath /m\n' };
  const tool = (base: string) =>
    `$session->{base}{'${cfg}'} = ${JSON.stringify(base)}; SharedFile::left_by_tool($session, 's', '${cfg}')`;
  expect(await logged(tool('dir: local\n\tpath /a\n'), files)).toEqual({ [cfg]: sha1(files[cfg]) });
  expect(await logged(tool('dir: local\n\tpath /b\n'), files)).toEqual({ [cfg]: 'others' });
});

test('SharedFile::without is the same for files that say the same', async () => {
  const one = await call(
    'SharedFile::without',
    '# x\ndir: b\n\tp 1\n\tq 2\n\ndir: a\n\tp 1\n\ndir: mine\n\tp 3\n',
    'mine',
  );
  expect(await call('SharedFile::without', 'dir: a\n  p 1\ndir: b\n  q 2\n  p 1\n', 'mine')).toBe(one);
  expect(await call('SharedFile::without', 'mine\n\tmap x\nother\n\tmap y\n', 'mine')).toBe('other\nmap y');
});

test('SharedFile::left_by takes the last word of the log, and none of a run without one', async () => {
  expect(await call('SharedFile::left_by', host({ root: root() }), 'phoenix', 'r1')).toEqual({});
});
