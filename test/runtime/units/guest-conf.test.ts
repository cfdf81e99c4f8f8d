import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conf } from './given.js';
import { call, evaluate, list } from './perl.js';

const text = `#phoenix-cdk app=phoenix path=ai/qwen vmid=950
#a note of Anna's%3A 100%25
arch: amd64
memory: 512
lxc.cgroup2.devices.allow: c 195:* rwm
lxc.apparmor.profile = unconfined
not a key
tags: ai;gpu

[pve:pending]
lxc.b = c
memory: 1024
delete: tags,!net0

[before-update]
memory: 256
snaptime: 1700000000
lxc.mount.entry: /x y
`;

test('GuestConf::parse tells values in force from waiting ones, raw lines, notes and snapshots', async () => {
  expect(await call('GuestConf::parse', text, 'lxc')).toEqual({
    text,
    keys: { arch: 'amd64', memory: '512', tags: 'ai;gpu' },
    raw: [
      ['lxc.cgroup2.devices.allow', 'c 195:* rwm'],
      ['lxc.apparmor.profile', 'unconfined'],
    ],
    waiting_raw: ['lxc.b: c'],
    pending: { memory: '1024' },
    deleting: { tags: '1', net0: '1' },
    snapshots: ['before-update'],
    snaptimes: { 'before-update': '1700000000' },
    description: "phoenix-cdk app=phoenix path=ai/qwen vmid=950\na note of Anna's: 100%",
  });
});

test('GuestConf::parse reads notes in the form of old configs, too, and not those of snapshots', async () => {
  const old = '#above\ndescription: call%20Anna first%0Athen Bob\ncores: 1\n[snap]\ndescription: of the snapshot\n';
  expect(await call('GuestConf::parse', old, 'qemu')).toMatchObject({
    description: 'above\ncall Anna first\nthen Bob',
    keys: { cores: '1' },
  });
});

test.each([
  ['qemu', '[PENDING]', { pending: { cores: '2' }, snapshots: [] }],
  ['qemu', '[pve:pending]', { pending: {}, snapshots: [] }],
  ['lxc', '[PENDING]', { pending: {}, snapshots: ['PENDING'] }],
  ['qemu', '[special:cloudinit]', { pending: {}, snapshots: [] }],
])('GuestConf::parse reads of a %s guest the section %s', async (type, section, expected) => {
  expect(await call('GuestConf::parse', `cores: 1\n${section}\ncores: 2\n`, type)).toMatchObject({
    keys: { cores: '1' },
    ...expected,
  });
});

test('GuestConf::waiting names what waits for a restart, in order', async () => {
  expect(await list('GuestConf::waiting', conf(text))).toEqual([
    { key: 'memory', from: '512', to: '1024' },
    { key: 'net0', from: 'absent', to: 'absent' },
    { key: 'tags', from: 'ai;gpu', to: 'absent' },
  ]);
  expect(await list('GuestConf::waiting', conf('memory: 1\n'))).toEqual([]);
});

test('GuestConf::volume_ids finds volumes wherever the file names them, and no folder', async () => {
  const config =
    '#see s:not\nrootfs: s:a,size=1G\nmp0: volume=s:b/c,mp=/x\nmp1: /srv,mp=/y\nscsi0: file=s:d\n[pve:pending]\nmp2: s:e,mp=/z\n[snap]\nrootfs: s:a@snap\nvmstate: s:f\n';
  const ids = (await list('GuestConf::volume_ids', conf(config))) as string[];
  expect(ids.toSorted()).toEqual(expect.arrayContaining(['s:a', 's:b/c', 's:d', 's:e', 's:f']));
  expect(ids).not.toContain('/srv');
});

test('GuestConf::digest is the SHA-1 of the bytes, as pct and qm compute it', async () => {
  const bytes = 'description: ümläut\n';
  expect(await call('GuestConf::digest', conf(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'));
});

test.each([
  ['#phoenix-cdk app=a path=x y/z vmid=7\n', { app: 'a', path: 'x y/z', vmid: '7' }],
  ['#note\n#phoenix-cdk app=a path=b vmid=7 \n', { app: 'a', path: 'b', vmid: '7' }],
  ['#phoenix-cdk app=a path=b\n', undefined],
  ['# phoenix-cdk app=a path=b vmid=7\n', undefined],
  ['memory: 1\n', undefined],
])('GuestConf::marker finds the owner in %j', async (config, expected) => {
  const marker = await call('GuestConf::marker', conf(config));
  if (expected === undefined) expect(marker).toBeUndefined();
  else expect(marker).toMatchObject(expected);
});

const line = 'phoenix-cdk app=a path=b vmid=7';

test.each([
  ['', line, ''],
  ['#note\n#second\n', `${line}\nnote\nsecond`, 'note\nsecond'],
  [`#note\n#phoenix-cdk app=old path=x vmid=7\n#second\n`, `${line}\nnote\nsecond`, 'note\nsecond'],
])(
  'GuestConf::description_with puts our line in front of what people wrote, GuestConf::description_without takes it away: %j',
  async (notes, withLine, without) => {
    expect(await call('GuestConf::description_with', conf(notes), line)).toBe(withLine);
    expect(await call('GuestConf::description_without', conf(notes))).toBe(without);
  },
);

test.each([
  ['memory: 1\n', [['lxc.a', 'b']], 'memory: 1\nlxc.a: b\n'],
  ['lxc.x: y\nmemory: 1\n\n', [], 'memory: 1\n'],
  ['lxc.x: y\n\n[snap]\nlxc.x: y\n', [['lxc.a', 'b']], 'lxc.a: b\n\n[snap]\nlxc.x: y\n'],
  ['[pve:pending]\nlxc.x: y\ntags: x\n', [['lxc.a', 'b']], 'lxc.a: b\n\n[pve:pending]\ntags: x\n'],
  ['memory: 1', [['lxc.a', 'b']], 'memory: 1\nlxc.a: b\n'],
])('GuestConf::text_with_raw puts raw lines at the end of the main section of %j', async (config, raw, expected) => {
  expect(await call('GuestConf::text_with_raw', conf(config), ...raw)).toBe(expected);
});

test('whatever a config holds, GuestConf::text_with_raw exchanges the raw lines, those that wait too, and nothing else', async () => {
  const lines = fc.array(
    fc.constantFrom(
      'memory: 512',
      '#note',
      'lxc.a: b',
      'lxc.b = c',
      'mp0: /x,mp=/y',
      '',
      'odd line',
      '[snap]',
      '[pve:pending]',
      'delete: net0',
    ),
    { maxLength: 12 },
  );
  const raw = fc.array(
    fc.tuple(fc.stringMatching(/^lxc\.[a-z]{1,6}$/), fc.stringMatching(/^[a-z/]{1,6}( [a-z]{1,3})?$/)),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(lines, raw, async (given, wanted) => {
      const config = given.map((one) => `${one}\n`).join('');
      const [before, now] = (await evaluate(
        'my $is = GuestConf::parse(shift); ($is, GuestConf::parse(GuestConf::text_with_raw($is, @_)))',
        config,
        ...wanted,
      )) as [Record<string, unknown>, Record<string, unknown>];
      expect({ ...now, text: '' }).toEqual({ ...before, raw: wanted, waiting_raw: [], text: '' });
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['lxc.x: y\ntags: x\n', '[pve:pending]\ntags: x\n'],
  ['tags: x\nlxc.x = y', '[pve:pending]\ntags: x\n'],
  ['lxc.x: y\n\n', ''],
])('GuestConf::waiting_without_raw of a section with %j', async (body, expected) => {
  expect(await call('GuestConf::waiting_without_raw', '[pve:pending]\n', body)).toBe(expected);
});

test('GuestConf::decoded reads what Proxmox escapes in notes', async () => {
  expect(await call('GuestConf::decoded', '%C3%A4%3a %zz')).toBe('ä: %zz');
});
