import { expect, test } from 'vitest';
import { about, conf, host, look } from './given.js';
import { aboutContainer, aboutMachine, container, type Given, machine } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';

const seal = aboutContainer('guest-template', 'template', '--digest', 'new');
const sealMachine = aboutMachine('guest-template', 'template', '--digest', 'new');
const template = (lines: string, given: Given = {}) =>
  about('CompareTemplate::template', container(lines, { steps: [seal], ...given }));
const known = (digest: string) => ['guest', 950, 'lxc', 7, 'local-zfs:subvol-950-disk-0', digest] as const;

test.each<[string, () => Promise<unknown>, object]>([
  [
    'an ordinary guest',
    () => template(''),
    { verdict: 'change', do: 'seal', arguments: ['950'], fields: { digest: 'new', type: 'lxc' } },
  ],
  [
    'a guest with devices',
    () => template('dev0: /dev/x\nmp0: /srv,mp=/x\nmp1: s:a,mp=/y\n'),
    { do: 'strip', arguments: ['950', '--delete', 'dev0,mp0'] },
  ],
  ['a guest that runs', () => template('', { host: { running: [950] } }), { do: 'stop', fields: { timeout: '120' } }],
  [
    'a guest that runs and was finished once',
    () => template('', { host: { running: [950] }, records: [['applied', 'guest/950/last', 7, '-']] }),
    { verdict: 'held', flag: '--allow-restart ai/qwen' },
  ],
  [
    'a guest with snapshots',
    () => template('[before]\n'),
    { verdict: 'refused', reason: expect.stringContaining('has snapshots (before)') },
  ],
  ['a locked guest', () => template('lock: backup\n', { mode: 'check' }), { do: 'wait' }],
  [
    'an adopted guest',
    () => template('', { records: [known('adopted')] }),
    { verdict: 'refused', reason: expect.stringContaining('was adopted as a template and is none') },
  ],
  [
    'a template that somebody made an ordinary guest',
    () => template('', { records: [['sealed', 950, 'new']] }),
    { verdict: 'refused', reason: expect.stringContaining('put the line back') },
  ],
  [
    'a template of this digest',
    () => template('template: 1\n', { records: [['sealed', 950, 'new']] }),
    { verdict: 'satisfied', notes: [] },
  ],
  [
    'a template of another digest',
    () => template('template: 1\n', { records: [['sealed', 950, 'old']] }),
    { verdict: 'satisfied', notes: [expect.stringContaining('template changed: 950 stays as it was made')] },
  ],
  ['somebody else’s guest', () => template('', { records: [['gone', 950]] }), { verdict: 'unknown' }],
])('CompareTemplate::template of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareTemplate::to_stop stops what was started for this alone', async () => {
  const given = (records: Given['records'] & object) =>
    about('CompareTemplate::to_stop', container('', { steps: [seal], records }), []);
  expect(await given([])).toMatchObject({ do: 'stop' });
  expect(await given([['applied', 'guest/950/last', 7, '-']])).toMatchObject({
    verdict: 'held',
    changes: [{ key: 'template', impact: 'stop', held: '1' }],
  });
});

/** What is still to be done about a machine whose template was begun. */
const finish = (lines: string, given: Given = {}) =>
  evaluate(
    'my $look = shift; CompareTemplate::to_finish($look->{steps}[0], $look, Ownership::of($look, 100, "qemu"))',
    look(
      machine(lines, { steps: [sealMachine], records: [['intent', 'guest/100/template', 'r', 1, 'new']], ...given }),
    ),
  );

test('CompareTemplate::to_finish makes up for a task that was killed: names first, then the disks that are none of a template yet', async () => {
  expect(await finish('template: 1\n')).toMatchObject([{ do: 'finish', arguments: ['100', 'scsi0'] }]);
  const named = {
    host: { datasets: { 'rpool/data/vm-100-disk-1': { guid: '6' }, 'rpool/data/base-100-disk-2': { guid: '8' } } },
  };
  expect(await finish('template: 1\nscsi2: local-zfs:vm-100-disk-2\n', named)).toMatchObject([
    { do: 'unname', arguments: ['rpool/data/base-100-disk-2', 'rpool/data/vm-100-disk-2'] },
  ]);
  expect(await finish('', { records: [] })).toEqual([null]);
});

test.each([
  [
    'scsi0: local-zfs:vm-100-disk-0\nvirtio1: file=local-zfs:base-100-disk-1\nide2: local:iso/x.iso,media=cdrom\nefidisk0: odd:vm-100-disk-2\nnet0: virtio\n',
    ['scsi0'],
  ],
  [
    'sata0: local:100/vm-100-disk-0.qcow2\nscsi0: local:900/base-900-disk-0.qcow2/100/vm-100-disk-1.qcow2\n',
    ['sata0', 'scsi0'],
  ],
  ['cores: 1\n', []],
])('CompareTemplate::unsealed_disks of %j are %j', async (text, keys) => {
  const storages = {
    local: ['dir', { path: '/x' }],
    'local-zfs': ['zfspool', { pool: 'p' }],
    odd: ['iscsi', {}],
  } as const;
  expect(
    await list('CompareTemplate::unsealed_disks', host({ storages }), { type: 'qemu', conf: conf(text, 'qemu') }),
  ).toEqual(keys);
  expect(await list('CompareTemplate::unsealed_disks', host({ storages }), { type: 'lxc', conf: conf(text) })).toEqual(
    [],
  );
});

test.each([
  ['protection: 1\ndev0: x\n', ['--delete', 'protection']],
  [
    'onboot: 1\nhostpci0: x\nusb1: y\nvirtiofs0: z\nhookscript: s\nmp0: volume=/a,mp=/x\nmp1: s:b,mp=/y\n',
    ['--onboot', '0', '--delete', 'hookscript,hostpci0,mp0,usb1,virtiofs0'],
  ],
  ['onboot: no\nmemory: 1\n', []],
])('CompareTemplate::strippings of %j', async (text, expected) => {
  expect(await list('CompareTemplate::strippings', conf(text), 'lxc')).toEqual(expected);
});

test('CompareTemplate::sealed writes down what a killed run has made, believes an adopted one, and no other', async () => {
  const sealed = (records: Given['records'] & object) =>
    about('CompareTemplate::sealed', container('template: 1\n', { steps: [seal], records }), 950, 'new');
  expect(await sealed([['intent', 'guest/950/template', 'r', 1, 'old']])).toMatchObject({
    do: 'remember',
    arguments: ['950', 'old'],
  });
  expect(await sealed([known('adopted')])).toMatchObject({ verdict: 'satisfied', remember: ['sealed', '950', 'new'] });
  expect(await sealed([])).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('the journal does not know what went into it'),
  });
});

test('CompareTemplate::or_replaced names the option that makes a guest anew, where one does', async () => {
  const code = (way: string) =>
    `no warnings 'redefine'; require Rebuild; local *Rebuild::way = sub { ${way} }; map { CompareTemplate::or_replaced({}, { is => $_ }, 'template') } qw(ours foreign)`;
  expect(await evaluate(code(`{ flag => '--allow-replace ai/x' }`))).toEqual([
    ', or have it made anew (--allow-replace ai/x)',
    '',
  ]);
  expect(await evaluate(code(`{ trouble => 'no' }`))).toEqual(['', '']);
});

test.each<[string, string, Given, boolean]>([
  ['sealed by us', 'template: 1\n', { records: [['sealed', 950, 'd']] }, true],
  ['sealed by us, and made ordinary by somebody', '', { records: [['sealed', 950, 'd']] }, true],
  ['adopted', 'template: 1\n', { records: [known('adopted')] }, true],
  ['begun by us', 'template: 1\n', { records: [['intent', 'guest/950/template', 'r', 1, 'd']] }, true],
  ['of nobody', 'template: 1\n', {}, false],
  ['no template', '', {}, false],
  [
    'not ours',
    'template: 1\n',
    {
      records: [
        ['sealed', 950, 'd'],
        ['gone', 950],
      ],
    },
    false,
  ],
])('CompareTemplate::is_final_template of a guest that is %s', async (_, lines, given, expected) => {
  expect(
    await holds('CompareTemplate::is_final_template', look(container(lines, { steps: [seal], ...given })), 950),
  ).toBe(expected);
  expect(await call('CompareTemplate::is_final_template', look(container(lines, given)), 951)).toBe('0');
});
