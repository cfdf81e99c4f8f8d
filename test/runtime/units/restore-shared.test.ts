import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { host, look, perl } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const cluster = '/etc/pve/firewall/cluster.fw';
const interfaces = '/etc/network/interfaces';
const on = '[OPTIONS]\nenable: 1\n';
const at = (path: string, left: string) => perl(`{ has => { file => ['${path}', '/kept'], left => ['${left}'] } }`);
const uplink = (mtu: string) =>
  `auto vmbr0\niface vmbr0 inet static\n\taddress 10.0.0.13/24\n\tgateway 10.0.0.1\n\tmtu ${mtu}\n`;
const looked = (files: Readonly<Record<string, string>> = {}, flags: object = {}) =>
  look({ host: host({ root: root(files) }), flags: flags as Record<string, unknown> });

const obstacle = (given: object, path: string, left: string, now: string, kept: string) =>
  call('RestoreShared::obstacle', given, at(path, left), now, kept);

test('RestoreShared::obstacle refuses what was written since, and holds what may cut somebody off', async () => {
  expect(await obstacle(looked(), cluster, 'other', 'a', 'b')).toMatchObject({
    verdict: 'refused',
    reason: 'it was written since that run, and that would be lost; take over by hand what you want of /kept',
  });
  expect(await obstacle(looked(), cluster, sha1('a'), 'a', on)).toMatchObject({
    verdict: 'held',
    flag: '--allow-firewall',
  });
  expect(await obstacle(looked({}, { 'allow-firewall': 1 }), cluster, sha1('a'), 'a', on)).toBeUndefined();
  expect(await obstacle(looked(), interfaces, sha1(uplink('9000')), uplink('9000'), uplink('1500'))).toMatchObject({
    verdict: 'held',
    flag: '--allow-network vmbr0',
  });
  const quorum = looked({ '/etc/pve/.members': '{"cluster":{"quorate":0}}' });
  await expect(obstacle(quorum, cluster, sha1('a'), 'a', 'b')).rejects.toThrow('no quorum');
});

test('RestoreShared::held marks what is held', async () => {
  expect(await call('RestoreShared::held', 'why', '--flag', { key: 'a' })).toMatchObject({
    verdict: 'held',
    flag: '--flag',
    changes: [{ key: 'a', held: '1' }],
  });
});

test.each([
  ['others', /^others wrote it while that run did$/],
  [sha1('x'), /^$/],
  [sha1('y'), /^it was written since/],
])('RestoreShared::written_since of a file that was left as %s', async (left, expected) => {
  expect((await call('RestoreShared::written_since', at(cluster, left), 'x')) ?? '').toMatch(expected);
});

test('RestoreShared::written_since knows nothing of older runs', async () => {
  expect(await call('RestoreShared::written_since', perl('{ has => { left => [undef] } }'), 'x')).toMatch(
    /^nothing says/,
  );
});

test('RestoreShared::network_waits for a change that has not ended, here or in the web interface', async () => {
  const waits = (files: Readonly<Record<string, string>>) =>
    call('RestoreShared::network_waits', host({ root: root(files) }));
  expect(await waits({ '/var/lib/phoenix/.network-guard/pending': '' })).toMatch(/has not ended/);
  expect(await waits({ [`${interfaces}.new`]: '' })).toMatch(/web interface/);
  expect(await waits({})).toBeUndefined();
});

test('RestoreShared::firewall_is_on now, or with the file of the cluster that comes back', async () => {
  const is = (files: Readonly<Record<string, string>>, path: string, kept: string) =>
    holds('RestoreShared::firewall_is_on', looked(files), path, kept);
  expect(await is({ [cluster]: on }, '/etc/pve/nodes/pve/host.fw', '')).toBe(true);
  expect(await is({}, cluster, on)).toBe(true);
  expect(await is({}, '/etc/pve/nodes/pve/host.fw', on)).toBe(false);
});

test('RestoreShared::at_risk are interfaces that differ and that the host is reached by', async () => {
  const other = `${uplink('1500')}\nauto vmbr1\niface vmbr1 inet manual\n`;
  expect(await list('RestoreShared::at_risk', looked(), uplink('1500'), uplink('9000'))).toEqual(['vmbr0']);
  expect(await list('RestoreShared::at_risk', looked(), uplink('1500'), other)).toEqual([]);
});

test('RestoreShared::said is the same of entries that mean the same, and nothing of none', async () => {
  const code = `map { RestoreShared::said(NetworkFile::entries(NetworkFile::parse($_))->{vmbr0}) } @_`;
  const [one, same, none] = await evaluate(code, uplink('1500'), uplink('1500').replaceAll('\t', '  '), '');
  expect([one === same, none]).toEqual([true, '']);
});
