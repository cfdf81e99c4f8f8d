import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type HostFacts, host, type LookFacts, look, perl, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const hostFile = '/etc/pve/nodes/pve/host.fw';
const interfaces = '/etc/network/interfaces';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const on = '[OPTIONS]\nenable: 1\n';

/** A step that puts a file back which the run left so. */
const restoring = (path: string, left?: string) =>
  perl(
    `{ id => 'x', kind => 'restore', has => { file => ['${path}', '/k'], left => [${left === undefined ? '' : `'${left}'`}] }, options => [] }`,
  );

const network = (address: string, more = '') =>
  `auto lo\niface lo inet loopback\nauto vmbr0\niface vmbr0 inet static\n\taddress ${address}/24\n\tgateway 10.0.0.1\n\tbridge-ports eno1\niface eno1 inet manual\n${more}`;
const vmbr1 = 'auto vmbr1\niface vmbr1 inet static\n\taddress 10.1.0.1/24\n\tbridge-ports none\n';

interface Case extends Omit<LookFacts, 'host'> {
  readonly path?: string;
  readonly left?: string;
  readonly now?: string;
  readonly kept?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly host?: HostFacts;
}

/** What keeps a file that is now so from being put back as it was kept. */
async function obstacle({ path = cluster, now = '[RULES]\nIN DROP\n', kept = '', ...given }: Case) {
  const facts = look({ ...given, host: host({ root: root({ [path]: now, ...given.files }), ...given.host }) });
  const args = [facts, restoring(path, 'left' in given ? given.left : sha1(now)), now, kept, { key: path }];
  return (await list('RestoreShared::obstacle', ...args))[0];
}

const risky = { path: interfaces, now: network('10.0.0.9'), kept: network('10.0.0.2') };

test.each<[string, Case, object | undefined]>([
  ['a file that is as the run left it', {}, undefined],
  [
    'a file that was written since',
    { left: sha1('other') },
    {
      verdict: 'refused',
      reason: 'it was written since that run, and that would be lost; take over by hand what you want of /k',
      changes: [{ key: cluster }],
    },
  ],
  ['a file of which nothing is known', { left: undefined } as unknown as Case, { verdict: 'refused' }],
  [
    'a file of a firewall that is on',
    { now: on },
    {
      verdict: 'held',
      reason: 'it may cut off whoever is connected',
      flag: '--allow-firewall',
      changes: [{ key: cluster, held: '1' }],
    },
  ],
  ['the same file, allowed', { now: on, flags: { 'allow-firewall': 1 } }, undefined],
  ['a firewall that would be on', { kept: on }, { verdict: 'held' }],
  ['a storage while the firewall is on', { path: '/etc/pve/storage.cfg', files: { [cluster]: on } }, undefined],
  [
    'the network that the host is reached by',
    risky,
    {
      verdict: 'held',
      reason: 'the host is reached by vmbr0',
      flag: '--allow-network vmbr0',
      changes: [{ held: '1' }],
    },
  ],
  ['the same network, allowed', { ...risky, flags: { 'allow-network': { vmbr0: 1 } } }, undefined],
  ['another network that is allowed', { ...risky, flags: { 'allow-network': { vmbr1: 1 } } }, { verdict: 'held' }],
  ['a network that nobody comes by', { ...risky, kept: network('10.0.0.9', vmbr1) }, undefined],
  [
    'a network of which changes wait',
    { ...risky, kept: network('10.0.0.9', vmbr1), files: { [`${interfaces}.new`]: '' } },
    { verdict: 'refused', reason: expect.stringContaining('wait in /etc/network/interfaces.new; take over by hand') },
  ],
])('RestoreShared::obstacle to putting back %s', async (_, given, expected) => {
  const is = await obstacle(given);
  if (expected) expect(is).toMatchObject(expected);
  else expect(is).toBeUndefined();
});

test('RestoreShared::obstacle is unknown without a quorum, of files of the cluster alone', async () => {
  const files = { '/etc/pve/.members': '"quorate": 0' };
  await expect(obstacle({ files })).rejects.toThrow('Unknown: the cluster has no quorum');
  expect(await obstacle({ ...risky, kept: network('10.0.0.9', vmbr1), files })).toBeUndefined();
});

test('RestoreShared::held holds all changes, and leaves those that it was given', async () => {
  const code = `my $change = { key => 'a' }; (RestoreShared::held('why', '--flag x', $change), $change)`;
  expect(await evaluate(code)).toMatchObject([
    { verdict: 'held', reason: 'why', flag: '--flag x', changes: [{ key: 'a', held: '1' }] },
    { key: 'a' },
  ]);
  expect((await evaluate(code))[1]).toEqual({ key: 'a' });
});

test.each([
  [sha1('now'), undefined],
  [sha1('then'), 'it was written since that run, and that would be lost'],
  ['others', 'others wrote it while that run did'],
  [undefined, 'nothing says how that run left it, and others write it, too'],
])('RestoreShared::written_since a run left it as %s', async (left, expected) => {
  expect(await call('RestoreShared::written_since', restoring(cluster, left), 'now')).toBe(expected);
});

test.each([
  [{}, undefined],
  [{ '/var/lib/phoenix/.network-guard/pending': '' }, 'a change of the network has not ended; apply ends it'],
  [{ [`${interfaces}.new`]: '' }, `changes made in the web interface wait in ${interfaces}.new`],
])('RestoreShared::network_waits with %j', async (files, expected) => {
  expect(await call('RestoreShared::network_waits', host({ root: root(files) }))).toBe(expected);
});

test.each([
  ['it is on', cluster, on, '', true],
  ['it would be on', cluster, '', on, true],
  ['it is off and stays so', cluster, '', '[RULES]\n', false],
  ['a host would say so, and the cluster does not', hostFile, '', on, false],
  ['a host has its own, and the cluster is on', hostFile, on, '', true],
])('RestoreShared::firewall_is_on where %s', async (_, path, now, kept, expected) => {
  const given = look({ host: host({ root: root({ [cluster]: now }) }) });
  expect(await holds('RestoreShared::firewall_is_on', given, path, kept)).toBe(expected);
});

test.each<[string, string, string, readonly string[]]>([
  ['an address', network('10.0.0.9'), network('10.0.0.2'), ['vmbr0']],
  ['nothing', network('10.0.0.9'), network('10.0.0.9'), []],
  ['nothing but the form', network('10.0.0.9'), network('10.0.0.9').replaceAll('\t', '    '), []],
  ['a bridge that nobody comes by', network('10.0.0.9', vmbr1), network('10.0.0.9'), []],
  [
    'the card below the bridge',
    network('10.0.0.9'),
    network('10.0.0.9').replace('eno1 inet manual', 'eno1 inet manual\n\tmtu 9000'),
    ['eno1'],
  ],
  ['all of it', network('10.0.0.9'), '', ['eno1', 'vmbr0']],
  ['all of it, which was not there', '', network('10.0.0.9'), ['eno1', 'vmbr0']],
])('RestoreShared::at_risk where there would be others: %s', async (_, now, kept, expected) => {
  expect(await list('RestoreShared::at_risk', look(), now, kept)).toEqual(expected);
});

test('RestoreShared::at_risk knows the address by which the program reaches the host', async () => {
  const now = network('10.0.0.9', vmbr1);
  const kept = network('10.0.0.9', vmbr1.replace('10.1.0.1', '10.1.0.2'));
  const facts = (management: string) =>
    look({ steps: [step('network', 'network', '--management', management, '--title', 'network')] });
  expect(await list('RestoreShared::at_risk', facts('10.1.0.1'), now, kept)).toEqual(['vmbr1']);
  expect(await list('RestoreShared::at_risk', facts('-'), now, kept)).toEqual([]);
});

test('RestoreShared::said is what an interface says, in one form', async () => {
  const said = async (text: string) =>
    (await evaluate('RestoreShared::said(NetworkFile::entries(NetworkFile::parse(shift))->{vmbr0})', text))[0];
  const one = await said(network('10.0.0.9'));
  expect(one).toContain('inet address 10.0.0.9/24');
  expect(await said(network('10.0.0.9').replaceAll('\t', '  '))).toBe(one);
  expect(await said(network('10.0.0.2'))).not.toBe(one);
  expect(await said('')).toBe('');
});
