import { expect, test } from 'vitest';
import { memory, step, within } from './config.js';
import { conf, host } from './given.js';
import { container } from './ours.js';
import { call, list } from './perl.js';
import { root } from './root.js';

test('ConfigNotes::of is all that a plan tells, ConfigNotes::waiting_for_others a lock and what others have set', async () => {
  const facts = container('lock: backup\nunused0: s:x\n[pve:pending]\nmemory: 1\ntags: x\n', {
    steps: [step(...memory)],
  });
  const told = (code: string) => within(facts, `$state->{pending} = [ ComparePending::of($look, $state) ]; ${code}`);
  const waiting = ['locked (backup)', 'foreign key tags waits for a restart (absent → x); it stays'];
  expect(await told('ConfigNotes::waiting_for_others($state)')).toEqual(waiting);
  expect(await told('ConfigNotes::of($step, $look, $state)')).toEqual([...waiting, expect.stringMatching(/^unused0 /)]);
});

test('ConfigNotes::apart tells of limits that are not those of the config', async () => {
  const facts = container('memory: 512\n', {
    steps: [step(...memory)],
    host: { running: [950], root: root({ '/sys/fs/cgroup/lxc/950/memory.max': '1\n' }) },
  });
  expect(await within(facts, 'ConfigNotes::apart($step, $look, $state)')).toEqual([
    'memory in force is 1, by the config it should be 536870912: restart the guest (--allow-restart ai/qwen)',
  ]);
});

test('ConfigNotes::out_of_use, ConfigNotes::removal_of and ConfigNotes::strays tell of disks, and how they would go', async () => {
  expect(await call('ConfigNotes::removal_of', 'qemu', 100, 'unused1')).toBe('qm set 100 --delete unused1 destroys it');
  expect(
    await list('ConfigNotes::out_of_use', { type: 'lxc', vmid: 950, conf: conf('unused1: s:b\nunused0: s:a\n') }),
  ).toMatchObject([/^unused0 \(s:a\)/, /^unused1/].map((text) => expect.stringMatching(text)));
  const folder = root({ '/var/lib/vz/images/950/vm-950-disk-1.raw': '' });
  const given = {
    vmid: '950',
    conf: conf('mp0: local:950/vm-950-disk-0.raw\n'),
    host: host({ root: folder, datasets: { 'rpool/data/subvol-950-disk-0': {} } }),
  };
  expect(await list('ConfigNotes::strays', given)).toEqual([
    'dataset rpool/data/subvol-950-disk-0 carries the number of guest 950 and is not in its config; it stays',
    '/var/lib/vz/images/950/vm-950-disk-1.raw carries the number of guest 950 and is not in its config; it stays',
  ]);
});
