import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { machine, machineBench } from './machines.js';
import { container, exact } from './steps.js';

function applied(steps = container(950, 'qwen', {}).steps): Bench {
  const bench = new Bench();
  bench.synthesize({ steps });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

test('a guest that is let go keeps everything but our line', () => {
  const bench = applied();
  const before = bench.node.guestConfig(950);
  const { status, stdout, stderr } = bench.run('orphan', 'ai/qwen');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Applied: 1 orphaned, 0 created');
  expect(bench.commands()).toEqual([expect.stringMatching(/^pct set 950 --digest \w+ --delete description$/)]);
  expect(bench.node.guestConfig(950)).toBe(before.replace(/^#phoenix-cdk.*\n/m, ''));
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('orphan', 'ai/qwen').status).toBe(2);
  expect(bench.plan()['guest/950/create']).toMatchObject({ verdict: 'foreign', flag: '--adopt ai/qwen' });
});

test('what people wrote below our line stays', () => {
  const bench = applied();
  const description = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950\nmine: 100 %\nsecond';
  bench.node.run(['pct', 'set', '950', '--description', description]);
  expect(bench.run('orphan', '950').status).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^#mine%3A 100 %25\n#second\n/);
});

test('all guests are let go, those that left the program among them, and machines', () => {
  const bench = machineBench();
  bench.synthesize({ steps: [...container(950, 'qwen', {}).steps, ...machine(951, 'web', { state: 'stopped' })] });
  expect(bench.run('apply').status).toBe(0);
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  expect(bench.run('orphan', '--all').stdout).toContain('2 orphaned');
  for (const text of [bench.node.guestConfig(950), bench.node.readFile('/etc/pve/qemu-server/951.conf')]) {
    expect(text).not.toContain('phoenix-cdk');
  }
  expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).not.toMatch(/^(?:guest|applied)\t/m);
});

test('a guest that was let go and taken back is as it was', () => {
  const bench = applied(container(950, 'qwen', { keys: [exact('cores', '2')] }).steps);
  const before = bench.node.guestConfig(950);
  bench.run('orphan', '--all');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(bench.node.guestConfig(950)).toBe(before);
});

test('a run that is killed between line and journal is finished by the next', () => {
  const bench = applied();
  bench.node.fault({ argv: ['pct', 'set'], mode: 'kill-after' });
  bench.run('orphan', 'ai/qwen');
  expect(bench.run('orphan', '950').status).toBe(0);
  expect(bench.plan()['guest/950/create']?.verdict).toBe('foreign');
});

test('nobody is let go by mistake: no name, a wrong name, a guest of others', () => {
  const bench = applied();
  for (const words of [['orphan'], ['orphan', 'ai/nosuch'], ['orphan', '951'], ['orphan', 'ai/qwen', '--all']]) {
    expect(bench.run(...words).status).toBe(2);
  }
  expect(bench.commands()).toEqual([]);
});
