import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { container, dataset, exact, hostFile } from './steps.js';

const file = hostFile('/etc/motd', 'hello\n');
const guest = (...keys: Parameters<typeof exact>[]) =>
  container(950, 'qwen', { keys: keys.map((key) => exact(...key)), raw: [{ key: 'lxc.mount.auto', value: 'sys' }] })
    .steps;
const program = (...steps: ReturnType<typeof guest>) => ({
  steps: [dataset('rpool/a', { atime: 'off' }), file.step, ...steps],
  files: file.files,
});

function applied(): Bench {
  const bench = new Bench();
  bench.synthesize(program(...guest(['cores', '2'])));
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

const drift = (bench: Bench) => {
  const { steps } = JSON.parse(bench.run('drift', '--json').stdout) as {
    steps: { id: string; verdict: string; changes: { key: string }[] }[];
  };
  return steps
    .filter(({ verdict }) => verdict !== 'satisfied')
    .map(({ id, changes }) => `${id}: ${changes.map(({ key }) => key)}`);
};

test('nothing has drifted after an apply', () => {
  const bench = applied();
  expect(bench.run('drift', '--fail').status).toBe(0);
  expect(drift(bench)).toEqual([]);
});

test('drift is what others changed, not what the program changed', () => {
  const bench = applied();
  bench.node.setGuestKey(950, 'memory', '1024');
  bench.node.writeFile('/etc/motd', 'something else\n');
  bench.node.run(['zfs', 'set', 'atime=on', 'rpool/a']);
  bench.synthesize(program(...guest(['cores', '4']), dataset('rpool/b')));
  expect(drift(bench)).toEqual(['zfs/rpool/a: atime', 'file/etc/motd: content', 'guest/950/config: memory']);
  expect(bench.run('drift', '--fail').status).toBe(3);
  expect(bench.run('drift').status).toBe(0);
  const changed = hostFile('/etc/motd', 'good evening\n');
  bench.synthesize({ steps: [changed.step], files: changed.files });
  expect(drift(bench)).toEqual([]);
});

test('what was in place before the first apply drifts, too', () => {
  const bench = new Bench();
  bench.node.writeFile('/etc/motd', 'hello\n');
  bench.synthesize({ steps: [file.step], files: file.files });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  bench.node.writeFile('/etc/motd', 'something else\n');
  expect(drift(bench)).toEqual(['file/etc/motd: content']);
});

test('drift repaired is only drift: what the program wants anew waits for apply', () => {
  const bench = applied();
  bench.node.setGuestKey(950, 'memory', '1024');
  bench.synthesize(program(...guest(['cores', '2']), dataset('rpool/b')));
  const { status, stderr, stdout } = bench.run('drift', '--repair');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('1 changed');
  expect(bench.node.guestConfig(950)).toContain('memory: 512\n');
  expect(bench.node.run(['zfs', 'list', 'rpool/b']).status).not.toBe(0);
  expect(drift(bench)).toEqual([]);
});

test.each([['apply'], ['drift']])('%s --repair removes what others added to our guests, but no disk', (verb) => {
  const bench = applied();
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'set', '950', '--nameserver', '10.0.0.9', '--mp3', 'local-zfs:1,mp=/theirs']);
  bench.node.writeFile('/etc/pve/lxc/950.conf', `${bench.node.guestConfig(950)}lxc.cap.drop: mknod\n`);
  expect(bench.plan()['guest/950/config']?.notes).toContain('foreign key nameserver (10.0.0.9) stays');
  expect(drift(bench)).toContain('guest/950/config: nameserver,raw lines');
  const { status, stderr } = bench.run(verb, '--repair');
  expect(status, stderr).toBe(0);
  expect(bench.node.guestConfig(950)).not.toMatch(/nameserver|mknod/);
  expect(bench.node.guestConfig(950)).toMatch(/^mp3: /m);
  expect(bench.node.guestConfig(950)).toMatch(/^lxc.mount.auto: sys$/m);
});
