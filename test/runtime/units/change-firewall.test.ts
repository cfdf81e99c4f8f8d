import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host, look, step } from './given.js';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const rule = 'IN ACCEPT # (phoenix-cdk app=phoenix)';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

/** Writes our rule into the file of a host, if it has this digest; what is locked meanwhile. */
const write = (folder: string, digest: string) =>
  evaluate(
    `no warnings 'redefine'; my ($root, $look, $digest) = @_; my $lock = "$root/etc/pve/priv/lock/firewall-cluster"; my @locked;
     my $whole = \\&Write::whole; local *Write::whole = sub { push @locked, -d $lock ? 'locked' : 'free'; $whole->(@_) };
     ChangeFirewall::write_file({ root => $root, run => 'r1', plan => bless({ app => 'phoenix', by_id => $look->{by_id}, look => $look }, 'LookedPlan') }, 'fw', $digest);
     (@locked, -d $lock ? 'locked' : 'free')`,
    folder,
    look({
      steps: [step('firewall-entries', 'fw', '--file', cluster, 'entries', '--rule', rule)],
      host: host({ root: folder }),
    }),
    digest,
  );

test('ChangeFirewall::write_file writes under Proxmox’s lock what was compared, after a copy', async () => {
  const folder = root({ [cluster]: '[RULES]\nIN DROP\n', '/etc/pve/priv/lock/x': '' });
  expect(await write(folder, sha1('[RULES]\nIN DROP\n'))).toEqual(['locked', 'locked', 'free']);
  expect(readFileSync(join(folder, cluster), 'utf8')).toBe(`[RULES]\n\n${rule}\nIN DROP\n`);
  expect(readFileSync(join(folder, 'var/lib/phoenix/phoenix/before/r1', cluster), 'utf8')).toBe('[RULES]\nIN DROP\n');
});

test('ChangeFirewall::write_file makes a file that was not there, and writes nothing over what somebody changed', async () => {
  const folder = root({ '/etc/pve/priv/lock/x': '' });
  await write(folder, sha1(''));
  expect(readFileSync(join(folder, cluster), 'utf8')).toBe(`[RULES]\n\n${rule}\n\n`);
  await expect(write(folder, sha1(''))).rejects.toThrow(`${cluster} was changed by somebody in between`);
  expect(existsSync(join(folder, 'etc/pve/priv/lock/firewall-cluster'))).toBe(false);
});

test('ChangeFirewall::lock_of takes the lock of the cluster or of a host', async () => {
  const folder = root({ '/etc/pve/priv/lock/x': '' });
  const place = (name: string) => join(folder, 'etc/pve/priv/lock', name);
  expect(await call('ChangeFirewall::lock_of', cluster, folder)).toBe(place('firewall-cluster'));
  expect(await call('ChangeFirewall::lock_of', '/etc/pve/nodes/pve/host.fw', folder)).toBe(place('firewall-host-pve'));
  expect(await call('ChangeFirewall::lock_of', '/etc/pve/firewall/950.fw', folder)).toBeUndefined();
  expect(await call('ChangeFirewall::lock_of', cluster, root())).toBeUndefined();
});

test('ChangeFirewall::lock_of has a lock that was left behind taken away, by asking for it as Proxmox does', async () => {
  const folder = root({ '/etc/pve/priv/lock/x': '' });
  const place = join(folder, 'etc/pve/priv/lock/firewall-host-a');
  mkdirSync(place);
  const code = `my ($root, $place) = @_; require Time::HiRes; my $asked;
    local $SIG{ALRM} = sub { $asked = (stat $place)[9]; rmdir $place }; Time::HiRes::ualarm(50_000); (ChangeFirewall::lock_of('/etc/pve/nodes/a/host.fw', $root), $asked)`;
  expect(await evaluate(code, folder, place)).toEqual([place, '0']);
  expect(statSync(place).isDirectory()).toBe(true);
});
