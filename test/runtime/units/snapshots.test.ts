import { expect, test } from 'vitest';
import { type HostFacts, look, step } from './given.js';
import { aboutContainer, container, machine } from './ours.js';
import { evaluate, holds } from './perl.js';

const storages: HostFacts['storages'] = {
  local: ['dir', { path: '/var/lib/vz' }],
  'local-zfs': ['zfspool', { pool: 'rpool/data' }],
  thick: ['lvm', { vgname: 'v' }],
  far: ['rbd', { pool: 'x' }],
};

const open = { verdict: 'change' };
const run = aboutContainer('guest-run', 'run');

test.each<[string, object, object, boolean]>([
  ['a script', run, open, true],
  ['a file inside', aboutContainer('guest-file', 'f'), open, true],
  ['a script that ran', run, { verdict: 'satisfied' }, false],
  [
    'a change that takes a restart',
    aboutContainer('guest-config', 'c'),
    { ...open, changes: [{ impact: 'restart' }] },
    true,
  ],
  [
    'a change that takes a stop',
    aboutContainer('guest-config', 'c'),
    { ...open, changes: [{ impact: 'live' }, { impact: 'stop' }] },
    true,
  ],
  ['a change that takes none', aboutContainer('guest-config', 'c'), { ...open, changes: [{ impact: 'live' }] }, false],
  [
    'a change that is held back',
    aboutContainer('guest-config', 'c'),
    { ...open, changes: [{ impact: 'restart', held: 1 }] },
    false,
  ],
  [
    'a change that is refused',
    aboutContainer('guest-config', 'c'),
    { ...open, changes: [{ impact: 'stop', refused: 1 }] },
    false,
  ],
])('Snapshots::wants_one: %s', async (_, of, verdict, expected) => {
  expect(await holds('Snapshots::wants_one', of, verdict)).toBe(expected);
});

const obstacles = async (facts: Parameters<typeof look>[0], type: string, vmid: number) =>
  evaluate('Snapshots::obstacles(@_)', look(facts), type, vmid);

test('Snapshots::obstacles of a container: folders of the host, and storages that have no snapshots', async () => {
  const of = (lines: string) => obstacles(container(lines, { host: { storages } }), 'lxc', 950);
  expect(await of('mp0: local-zfs:x,mp=/x\nmp1: far:y,mp=/y\nmp2: gone:z,mp=/z\nunused0: local:u\n')).toEqual([]);
  expect(await of('mp0: /srv/data,mp=/x\nmp1: volume=local:950/x.raw,mp=/y\n')).toEqual([
    'mp0 is /srv/data of the host',
    'mp1 lies on local, of type dir',
  ]);
});

test('Snapshots::obstacles of a machine: images in a folder have some where their format has', async () => {
  const of = (lines: string) => obstacles(machine(lines, { host: { storages } }), 'qemu', 100);
  expect(await of('scsi1: local:100/x.qcow2\nide2: local:iso/x.iso,media=cdrom\nsata0: none\n')).toEqual([]);
  expect(await of('scsi1: local:100/x.raw\nefidisk0: file=thick:vm-100-disk-1,size=4M\n')).toEqual([
    'efidisk0 lies on thick, of type lvm',
    'scsi1 lies on local, of type dir',
  ]);
});

test('Snapshots::obstacles of a guest that is not there are none', async () => {
  expect(await obstacles({}, 'lxc', 951)).toEqual([]);
});

/** The notes of each step, after the note of a plan. */
const noted = async (
  verdicts: Readonly<Record<string, object>>,
  steps: readonly object[],
  lines = 'mp0: /srv,mp=/x\n',
) =>
  (await evaluate(
    'my ($look, $verdicts) = @_; my $found = { look => $look, steps => $look->{steps}, verdicts => $verdicts }; Snapshots::note($found); map { $_->{notes} } map { $verdicts->{ $_->{id} } } @{ $look->{steps} }',
    look(container(lines, { steps: steps as never })),
    verdicts,
  )) as (string[] | null)[];
const told = 'no snapshot can be taken before: mp0 is /srv of the host';

test('Snapshots::note tells it once of a guest, and of none that is made or needs none', async () => {
  const steps = [step('note', 'n'), aboutContainer('guest-run', 'one'), aboutContainer('guest-run', 'two')];
  const verdicts = { n: open, 'guest/950/one': { ...open }, 'guest/950/two': { ...open } };
  expect(await noted(verdicts, steps)).toEqual([null, [told], null]);
  expect(await noted({ ...verdicts, 'guest/950/one': { verdict: 'satisfied' } }, steps)).toEqual([null, null, [told]]);
  expect(await noted(verdicts, steps, '')).toEqual([null, null, null]);
  const make = aboutContainer('guest-create', 'create');
  const made = (verdict: object) =>
    noted({ 'guest/950/create': verdict, 'guest/950/one': { ...open } }, [make, steps[1] as object]);
  expect(await made({ verdict: 'create', do: 'create' })).toEqual([null, null]);
  expect(await made({ verdict: 'create', do: 'adopt' })).toEqual([null, [told]]);
  expect(await made({ verdict: 'satisfied' })).toEqual([null, [told]]);
});
