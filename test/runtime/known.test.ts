import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtimeFolder, runtimePaths } from '../support/runtime.js';
import { Bench } from './bench.js';
import { container, dataset, hostFile } from './steps.js';

const known = '/var/lib/phoenix/phoenix/known';
const stack = { steps: [dataset('rpool/a'), ...container(950, 'qwen', { onboot: true }).steps] };

/** A host on which all is in place, and a run has found so. */
function settled(): Bench {
  const bench = new Bench();
  bench.synthesize(stack);
  for (let run = 0; run < 2; run += 1) bench.run('apply');
  expect(existsSync(bench.node.path(known))).toBe(true);
  return bench;
}

test('a run that sees what the run before saw says the same, and compares nothing', () => {
  const bench = settled();
  const said = () => bench.run('apply').stdout.replace(/ · [\d.]+ s \(\d+ processes/, '');
  const again = said();
  bench.node.run(['rm', bench.node.path(known)]);
  expect(said()).toBe(again);
});

test('a run that did something forgets what was known', () => {
  const bench = settled();
  bench.synthesize({ steps: [...stack.steps, dataset('rpool/b')] });
  bench.run('apply');
  expect(existsSync(bench.node.path(known))).toBe(false);
});

const move = 'mkdir -p "$0/pve2/lxc" && mv "$0/pve/lxc/950.conf" "$0/pve2/lxc"';

test.each<[string, (bench: Bench) => void]>([
  ['a key of a config', (bench) => bench.node.run(['pct', 'set', '950', '--onboot', '0'])],
  ['a guest that was stopped', (bench) => bench.node.run(['pct', 'stop', '950'])],
  ['a property of a dataset', (bench) => bench.node.run(['zfs', 'destroy', 'rpool/a'])],
  ['the program', (bench) => bench.synthesize({ steps: [...stack.steps, dataset('rpool/b')] })],
  ['the journal', (bench) => writeFileSync(bench.node.path('/var/lib/phoenix/phoenix/journal'), 'phoenix-journal 1\n')],
  ['the node of a guest', (bench) => bench.node.run(['sh', '-c', move, bench.node.path('/etc/pve/nodes')])],
])('%s that is another one is seen', (_, change) => {
  const bench = settled();
  change(bench);
  expect(bench.run('apply').stdout).not.toMatch(/^Nothing to do/);
});

test('a file of another mode is seen', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [hostFile('/etc/x', 'x\n', []).step], files: hostFile('/etc/x', 'x\n', []).files });
  for (let run = 0; run < 2; run += 1) bench.run('apply');
  bench.node.run(['sh', '-c', `echo y > ${bench.node.path('/etc/x')}`]);
  expect(bench.run('apply').stdout).toContain('1 changed');
});

test('what was kept in another form, or cut short, is not believed', () => {
  const bench = settled();
  const place = bench.node.path(known);
  const text = readFileSync(place, 'utf8');
  for (const other of ['', 'phoenix-known 2\n', text.slice(0, text.length / 2), `${text}new\tx\n`]) {
    writeFileSync(place, other);
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do: /);
  }
});

test('nothing that compares looks at the host but by Host: what else it saw would not be known', () => {
  const compares =
    /\/(?:Adoption|Compare\w+|Config\w+|Destroy|Drift|Giver|Inside|Left|Order|Orphan|Ownership|Plan|Probe|Rebuild|Restore)\.pm$/;
  for (const name of runtimePaths.filter((path) => compares.test(path))) {
    const lines = readFileSync(join(runtimeFolder, name), 'utf8').split('\n');
    const looking = lines.filter((line) =>
      /\b(?:opendir|readlink|lstat|glob|readdir)\b|\bstat\b \$|(?:^|[ (!])-[defl] [$"]|\bopen (?:my|our)\b/.test(line),
    );
    const assembly = looking.filter((line) => !line.includes('{source}'));
    expect(
      assembly.filter((line) => !line.trimStart().startsWith('#')),
      name,
    ).toEqual([]);
  }
});
