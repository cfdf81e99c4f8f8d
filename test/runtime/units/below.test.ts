import { expect, test } from 'vitest';
import { conf, type HostFacts, host, look } from './given.js';
import { call, evaluate, list } from './perl.js';

const disk = 'rpool/data/subvol-950-disk-0';
const datasets = { [disk]: {}, 'rpool/data/subvol-951-disk-0': {} };
const guest = (lines = '') => ({ vmid: 950, type: 'lxc', conf: conf(lines) });
const trouble = (facts: HostFacts) =>
  call('Below::trouble', look({ host: host({ datasets, answers: { zfs: [0] }, ...facts }) }), guest());

test.each<[string, HostFacts, string | undefined]>([
  ['nothing', {}, undefined],
  ['a snapshot that nobody holds', { answers: { zfs: [0, `${disk}@daily\t0`] } }, undefined],
  [
    'a dataset',
    { datasets: { ...datasets, [`${disk}/db`]: {} } },
    `${disk}/db: below a disk of guest 950, and would go with it; move that away first (zfs rename)`,
  ],
  [
    'a clone that is no guest’s disk',
    { datasets: { ...datasets, 'rpool/copy': { origin: `${disk}@daily` } } },
    'rpool/copy: made of snapshots of guest 950, which cannot go before; promote or destroy that first (zfs promote)',
  ],
  [
    'a snapshot that somebody holds',
    { answers: { zfs: [0, `${disk}@daily\t0`, `${disk}@zrepl\t1`] } },
    `${disk}@zrepl: held by somebody (zfs holds), and no disk goes without its snapshots; release them first (zfs release)`,
  ],
])('Below::trouble of a guest with %s', async (_, facts, expected) => {
  expect(await trouble(facts)).toBe(expected);
});

test('Below::unknown_to_proxmox are snapshots that are neither a template’s nor named in the config', async () => {
  const said = ['__base__', 'before', 'autosnap_daily'].map((name) => `${disk}@${name}\t0`);
  const given = look({ host: host({ datasets, answers: { zfs: [0, ...said] } }) });
  expect(await list('Below::unknown_to_proxmox', given, guest('[before]\nsnaptime: 1\n'))).toEqual([
    `${disk}@autosnap_daily`,
  ]);
});

test('Below::datasets lie below a disk of the guest, however deep', async () => {
  const more = { [`${disk}/db`]: {}, [`${disk}/db/log`]: {}, 'rpool/data/subvol-951-disk-0/db': {} };
  expect(await list('Below::datasets', host({ datasets: { ...datasets, ...more } }), 950)).toEqual([
    `${disk}/db`,
    `${disk}/db/log`,
  ]);
  expect(await list('Below::datasets', host({ datasets }), 952)).toEqual([]);
});

test('Below::clones are datasets made of a snapshot of its disks that carry no number of a guest', async () => {
  const more = {
    'rpool/copy': { origin: `${disk}@a` },
    'rpool/other': { origin: 'rpool/data/subvol-951-disk-0@a' },
    'rpool/data/subvol-960-disk-0': { origin: `${disk}@a` },
  };
  expect(await list('Below::clones', host({ datasets: { ...datasets, ...more } }), 950)).toEqual(['rpool/copy']);
  expect(await list('Below::clones', host({ datasets: more }), 950)).toEqual([]);
});

test('Below::snapshots asks once for all disks of a guest, and for none where it has none', async () => {
  const code =
    'my ($host) = @_; (map({ $_->{name} } map { Below::snapshots($host, $_) } 950, 950, 952), scalar @{ $host->{called} })';
  const given = host({ datasets, answers: { zfs: [0, `${disk}@a\t0`] } });
  expect(await evaluate(code, given)).toEqual([`${disk}@a`, `${disk}@a`, '1']);
});
