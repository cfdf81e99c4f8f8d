import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { type Bench, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { exact } from './steps.js';

const acting = /^(?:qm|pvesm|zfs (?:rename|destroy)) /;
const digest = sha256('template 900');
const image = { filled: { import: 'local:import/debian.qcow2' } };
const efi = disk('efidisk0', 0, 'efitype=4m');
const net = (vmid: number) => exact('net0', `virtio=52:54:00:00:09:${vmid % 100},bridge=vmbr0`);

function steps(): Step[] {
  const from = (mode: 'linked' | 'full') => ({ from: { template: 900, digest, mode }, needs: ['guest/900/template'] });
  return [
    ...machine(900, 'base', { seal: digest, keys: [disk('scsi0', 3, '', image), efi, exact('onboot', '1')] }),
    ...machine(950, 'linked', { ...from('linked'), keys: [net(950), disk('scsi0', 3), efi, disk('scsi1', 1)] }),
    ...machine(951, 'full', { ...from('full'), keys: [net(951), disk('scsi0', 4), efi] }),
    ...machine(952, 'made', {
      keys: [net(952), disk('scsi0', 3, '', image), disk('ide2', 0, '', { filled: 'cloudinit' })],
    }),
  ];
}

/** What a host holds in the end, without what chance decides. */
function outcome(bench: Bench): unknown {
  const chance = /uuid=\S+|vmgenid: \S+|ctime=\d+|,size=\w+|^boot: *$/gm;
  return {
    configs: [900, 950, 951, 952].map((vmid) => bench.node.guestConfig(vmid).replaceAll(chance, '')),
    running: [900, 950, 951, 952].map((vmid) => bench.node.isRunning(vmid)),
    datasets: bench.node.run(['zfs', 'list', '-Hp', '-t', 'filesystem,volume', '-o', 'name,volsize']).stdout,
  };
}

let whole: unknown;
function unbroken(): unknown {
  if (whole === undefined) {
    const bench = machineBench();
    bench.synthesize({ steps: steps() });
    const { status, stderr } = bench.run('apply');
    expect(status, stderr).toBe(0);
    whole = outcome(bench);
  }
  return whole;
}

const middles = [
  /^qm set 952 .*import-from/,
  /^qm set 950 .*scsi1/,
  /^qm set 900 .*efidisk0/,
  /^qm resize 952/,
  /^qm clone 900 950/,
  /^qm clone 900 951/,
  /^qm template 900/,
  /^qm start 952/,
];

test.each(middles)('a run that is killed in the middle of %s is ended by the next', { timeout: 90_000 }, (argv) => {
  const bench = machineBench();
  bench.synthesize({ steps: steps() });
  bench.node.fault({ argv, mode: 'kill-middle' });
  expect(bench.run('apply').status).toBeGreaterThan(128);
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(outcome(bench)).toEqual(unbroken());
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('clones whose workers alone are killed are made good by the same run', {
  timeout: 90_000,
}, () => {
  const bench = machineBench();
  bench.synthesize({ steps: steps() });
  for (const argv of [/^qm clone 900 950/, /^qm clone 900 951/]) {
    bench.node.fault({ argv, mode: 'kill-middle', victim: 'worker' });
  }
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(outcome(bench)).toEqual(unbroken());
});

// The first run dies at one of its first commands, the second a little later, and so on: each run gets further.
test.each(['kill-before', 'kill-after'] as const)(
  'runs that are struck by %s, wherever it is, are ended by the next, and the host is as if nothing had happened',
  { timeout: 300_000 },
  (mode) => {
    const bench = machineBench();
    bench.synthesize({ steps: steps() });
    let last = bench.run('plan');
    let struck = 0;
    for (let nth = 1; nth < 60 && !last.stdout.startsWith('Nothing to do'); nth += 1) {
      bench.node.clearFaults();
      bench.node.fault({ argv: acting, mode, nth: 1 + (nth % 7) });
      last = bench.run('apply');
      struck += last.status > 128 ? 1 : 0;
    }
    expect(last).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Nothing to do/) });
    expect(struck).toBeGreaterThan(1);
    expect(outcome(bench)).toEqual(unbroken());
  },
);
