import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host, look, step } from './given.js';
import { evaluate } from './perl.js';
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
