import { describe, expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { Bench, type BenchStack, type PlannedStep, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact } from './steps.js';

interface Restartable {
  readonly type: 'lxc' | 'qemu';
  readonly path: string;
  /** What the guest is before and after, and the key that takes a restart. */
  readonly steps: (value: string) => Step[];
  readonly key: string;
  readonly values: readonly [string, string];
  readonly bench: () => Bench;
  readonly starts: RegExp;
}

const guests: readonly Restartable[] = [
  {
    type: 'lxc',
    path: 'ai/web',
    key: 'features',
    values: ['nesting=1', 'nesting=1,keyctl=1'],
    steps: (value) => container(950, 'web', { keys: [exact('features', value, 'restart')] }).steps,
    bench: () => new Bench(),
    starts: /^pct reboot 950/,
  },
  {
    type: 'qemu',
    path: 'vm/web',
    key: 'cores',
    values: ['2', '4'],
    steps: (value) => machine(950, 'web', { keys: [disk('scsi0', 1), exact('cores', value, 'restart')] }),
    bench: machineBench,
    starts: /^qm start 950/,
  },
];

describe.each(guests)('a $type guest', ({ type, path, key, values: [before, after], ...guest }) => {
  const tool = type === 'lxc' ? 'pct' : 'qm';
  const asking = (restart: BenchStack['restart'], value: string): BenchStack => ({
    ...(restart === undefined ? {} : { restart }),
    steps: guest.steps(value),
  });

  function running(): Bench {
    const bench = guest.bench();
    bench.synthesize(asking('never', before));
    expect(bench.run('apply')).toMatchObject({ status: 0 });
    bench.node.clearCommands();
    return bench;
  }

  test.each(['never', 'when-needed'] as const)('is restarted for a change, or not, by policy: %s', (policy) => {
    const bench = running();
    bench.synthesize(asking(policy, after));
    expect(bench.run('apply')).toMatchObject({ status: 0 });
    expect(bench.commands().some((line) => guest.starts.test(line))).toBe(policy !== 'never');
    expect(bench.node.guestConfig(950)).toContain(`${key}: ${policy === 'never' ? before : after}`);
  });

  test('shows what of ours waits for a restart, from what to what, and what others want', () => {
    const bench = running();
    bench.node.run([tool, 'set', '950', `--${key}`, after]);
    const theirs = type === 'lxc' ? 'timezone' : 'localtime';
    const value = type === 'lxc' ? 'host' : '1';
    bench.node.run([tool, 'set', '950', `--${theirs}`, value]);
    bench.synthesize(asking('never', after));
    const plan = bench.plan();
    expect(plan['guest/950/config'] as PlannedStep & { pending: unknown }).toMatchObject({
      verdict: 'satisfied',
      pending: [
        { key, from: before, to: after, ours: true },
        { key: theirs, from: 'absent', to: value, ours: false },
      ],
      notes: [`foreign key ${theirs} waits for a restart (absent → ${value}); it stays`],
    });
    expect(plan['guest/950/state']).toMatchObject({
      verdict: 'held',
      reason: `waits for a restart: ${key}`,
      flag: `--allow-restart ${path}`,
      changes: [{ key, from: before, to: after, impact: 'restart', held: true }],
    });
    bench.synthesize(asking('when-needed', after));
    expect(bench.plan()['guest/950/state']).toMatchObject({
      verdict: 'change',
      changes: [{ key: 'state' }, { key, from: before, to: after, impact: 'restart' }],
    });
  });
});

const plain: readonly KeyRequirement[] = [];

test.each([
  ['never', ['--allow-restart', 'ai/web'], true],
  ['when-needed', [], false],
  ['allowed', [], true],
] as const)('a limit in force that is not the config is put right by a restart: %s %j', (restart, words, expected) => {
  const bench = new Bench();
  const stack = { restart, steps: container(950, 'web', { keys: plain }).steps };
  bench.synthesize(stack);
  bench.run('apply');
  bench.node.writeFile('/sys/fs/cgroup/lxc/950/memory.max', '99614720\n');
  expect(bench.plan(...words)['guest/950/state']?.changes.map(({ key }) => key)).toEqual(
    expected ? ['state', 'memory in force'] : [],
  );
  bench.node.clearCommands();
  expect(bench.run('apply', ...words).status).toBe(0);
  expect(bench.commands()).toEqual(expected ? ['pct reboot 950 --timeout 5'] : []);
});

test('a guest at work is not stopped to become a template, unless that is allowed', () => {
  const bench = new Bench();
  const last = (step: Step): Step => (step.id.endsWith('/onboot') ? { ...step, id: 'guest/950/last' } : step);
  bench.synthesize({ steps: container(950, 'web', { onboot: true }).steps.map(last) });
  bench.run('apply');
  bench.synthesize(container(950, 'web', { seal: sha256('web') }));
  expect(bench.plan()['guest/950/template']).toMatchObject({
    verdict: 'held',
    flag: '--allow-restart ai/web',
    changes: [{ key: 'template', impact: 'stop', held: true }],
  });
  bench.run('apply');
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('apply', '--allow-restart', 'ai/web')).toMatchObject({ status: 0 });
  expect(bench.node.guestConfig(950)).toContain('template: 1');
});
