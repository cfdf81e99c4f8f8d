import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SimulatedFault } from '../../src/testing/simulated-commands.js';
import { Bench, type BenchStack, sha256 } from './bench.js';
import { container, dataset, exact, hostFile, storage } from './steps.js';

const acting = /^(?:pct|pvesm|pveam|zfs (?:create|set)|lxc-attach) /;

function stack(): BenchStack {
  const digest = sha256('template 900');
  const base = container(900, 'base', {
    seal: digest,
    script: 'true\n',
    keys: [exact('onboot', '1'), exact('cores', '2')],
    needs: ['storage/models'],
  });
  const data = {
    is: 'volume',
    key: 'mp1',
    storage: 'local-zfs',
    bytes: 1024 ** 3,
    options: 'mp=/data',
    impact: 'restart',
  } as const;
  const qwen = container(950, 'qwen', {
    from: { template: 900, digest },
    needs: ['guest/900/template'],
    gib: 8,
    keys: [exact('features', 'nesting=1', 'restart'), exact('mp0', '/rpool/models,mp=/models'), data],
    raw: [{ key: 'lxc.cgroup2.devices.allow', value: 'a' }],
    file: { target: '/etc/x', text: 'x\n' },
    script: 'true\n',
    onboot: true,
  });
  const copy = container(951, 'copy', { from: { template: 900, digest, mode: 'full' }, needs: ['guest/900/template'] });
  const firewall = hostFile('/etc/pve/firewall/950.fw', '[OPTIONS]\nenable: 1\n', ['guest/950/create']);
  return {
    steps: [
      dataset('rpool/models', { recordsize: '1048576' }),
      storage('models', 'dir', { path: '/rpool/models', content: 'vztmpl' }, ['zfs/rpool/models']),
      ...base.steps,
      ...qwen.steps,
      firewall.step,
      ...copy.steps,
    ],
    files: { ...base.files, ...qwen.files, ...firewall.files },
  };
}

/** What a host holds in the end, without what chance decides. */
function outcome(bench: Bench): unknown {
  const configs = [900, 950, 951].map((vmid) =>
    // `size=` is a cache of Proxmox's, which a kill between storage and config leaves behind; the storage has the size.
    bench.node
      .guestConfig(vmid)
      .replaceAll(/hwaddr=[0-9A-F:]+/g, 'hwaddr=…')
      .replaceAll(/,size=\w+/g, ''),
  );
  const datasets = bench.node.run(['zfs', 'list', '-Hp', '-t', 'filesystem,volume', '-o', 'name']).stdout;
  return {
    configs,
    datasets,
    firewall: bench.node.readFile('/etc/pve/firewall/950.fw'),
    storages: bench.node.readFile('/etc/pve/storage.cfg'),
  };
}

function unbroken(): unknown {
  const bench = new Bench();
  bench.synthesize(stack());
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  return outcome(bench);
}

const faults: [string, SimulatedFault][] = [
  ['before a command', { argv: acting, mode: 'kill-before' }],
  ['after a command', { argv: acting, mode: 'kill-after' }],
];

// The first run dies at its first command, the second at its second, and so on: each command of the way is struck, and each run gets further.
test.each(faults)(
  'runs that are killed %s, wherever it is, are ended by the next, and the host is as if nothing had happened',
  { timeout: 120_000 },
  (_, fault) => {
    const bench = new Bench();
    bench.synthesize(stack());
    let last = bench.run('plan');
    let struck = 0;
    for (let nth = 1; nth < 60 && !last.stdout.startsWith('Nothing to do'); nth += 1) {
      bench.node.clearFaults();
      bench.node.fault({ ...fault, nth: 1 + (nth % 8) });
      last = bench.run('apply');
      struck += last.status > 128 ? 1 : 0;
    }
    expect(last).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^Nothing to do/) });
    expect(struck).toBeGreaterThan(1);
    expect(outcome(bench)).toEqual(unbroken());
  },
);

test.each([
  /^pct create 900/,
  /^pct template 900/,
  /^pct clone 900 950/,
  /^pct clone 900 951/,
  /^lxc-attach .* tar /,
  /^lxc-attach .*bash -s/,
])('a run that is killed in the middle of %s is ended by the next', { timeout: 60_000 }, (argv) => {
  const bench = new Bench();
  bench.synthesize(stack());
  bench.node.fault({ argv, mode: 'kill-middle' });
  expect(bench.run('apply').status).toBeGreaterThan(128);
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(outcome(bench)).toEqual(unbroken());
});

test('making a guest is not tried again and again when each time a disk of it is left', () => {
  const bench = new Bench();
  const real = join(bench.node.dir, 'bin/pct');
  bench.standIn(
    'pct',
    `[ "$1" = create ] || exec '${real}' "$@"; zfs create rpool/data/subvol-950-disk-0; echo no >&2; exit 255`,
  );
  bench.synthesize(container(950, 'qwen', {}));
  const { status, stderr } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('it was done and did not help');
  const made = bench.node.commands().filter(({ argv }) => argv.join(' ') === 'zfs create rpool/data/subvol-950-disk-0');
  expect(made).toHaveLength(2);
});

test('a clone whose worker alone is killed is cleared away by the same run', () => {
  const bench = new Bench();
  bench.synthesize(stack());
  bench.node.fault({ argv: /^pct create/, mode: 'kill-middle', victim: 'worker' });
  bench.node.fault({ argv: /^pct clone 900 951/, mode: 'kill-middle', victim: 'worker' });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(outcome(bench)).toEqual(unbroken());
});
