import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { Bench } from './bench.js';
import { container } from './steps.js';

const url = 'http://10.0.0.50:8000/health';
const health: Step = {
  kind: 'health',
  id: 'guest/950/health/api',
  resource: 'guest/950',
  path: 'ai/qwen',
  title: 'api answers',
  needs: ['guest/950/state'],
  url,
  status: 200,
  retries: 30,
  intervalSeconds: 10,
};

/** A guest whose server answers, and then no more. */
function silent(): Bench {
  const bench = new Bench();
  bench.node.onHttp(url, {});
  bench.synthesize({ steps: [...container(950, 'qwen', {}).steps, health] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  return bench;
}

const verify = (bench: Bench, ...words: string[]) =>
  bench.node.run(['env', 'PHOENIX_PAUSE=0.2', 'PHOENIX_TICK=0', `${bench.folder}/cdk.out/applier`, 'verify', ...words]);

const endpoints = (bench: Bench, ...words: string[]) =>
  (JSON.parse(verify(bench, '--json', ...words).stdout) as { endpoints: object[] }).endpoints;

test('a server that was started a moment ago is told apart from one that had its time', () => {
  const bench = silent();
  bench.node.onHttp(url, { status: 503 });
  const { status, stdout } = bench.node.run(['env', 'PHOENIX_PAUSE=30', `${bench.folder}/cdk.out/applier`, 'verify']);
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /^! ai\/qwen {2}api answers {2}GET http:\S+ = 200 {2}answered 503; guest 950 was started \d+ s ago and may take 300 s: --wait \d+$/m,
  );
  bench.node.run(['touch', '-d', '1 hour ago', bench.node.path('/sys/fs/cgroup/lxc/950')]);
  expect(endpoints(bench)).toMatchObject([{ is: 'wrong-answer', condition: `GET ${url} = 200`, text: 'answered 503' }]);
});

test('--wait asks until it answers, and says what it waits for', () => {
  const bench = silent();
  bench.node.onCommand({ match: /^curl .*health$/, exit: 7, stdout: '000', stderr: 'curl: (7) refused\n', times: 3 });
  const { status, stdout, stderr } = verify(bench, '--wait', '60');
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(
    /^= ai\/qwen {2}api answers {2}GET http:\S+ = 200\nVerified: 4 steps in place, 1 endpoint answers\.$/m,
  );
  expect(stderr).toContain(`s of 60: ai/qwen  api answers  GET ${url} = 200: curl: (7) refused`);
  expect(verify(bench, '--wait', '60', '--quiet').stderr).toBe('');
});

test('--wait looks again at guests that are still to be started, and its time has an end', () => {
  const bench = silent();
  bench.node.run(['pct', 'stop', '950']);
  const begun = Date.now();
  expect(verify(bench, '--wait', '1')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('ai/qwen  running'),
  });
  expect(Date.now() - begun).toBeLessThan(30_000);
  spawn('bash', ['-c', 'sleep 0.5; exec pct start 950'], {
    env: { ...process.env, ...bench.node.env },
    stdio: 'ignore',
  });
  expect(verify(bench, '--wait', '60').stdout).toContain('Verified');
});

test('--wait takes a number of seconds, and only verify waits', () => {
  const bench = silent();
  for (const words of [
    ['verify', '--wait', 'long'],
    ['verify', '--wait', '0'],
    ['plan', '--wait', '5'],
  ]) {
    expect(bench.run(...words).status).toBe(2);
  }
});
