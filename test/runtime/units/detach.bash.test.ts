import { expect, test } from 'vitest';
import { bash } from './bash.js';

const run = (body: string) => bash('detach', ['detached', 'work'], { stubs: { work: body } });

test.each([0, 1, 3])('detached returns the exit code %d of what it ran', (code) => {
  expect(run(`exit ${code}`)).toMatchObject({ status: code, ended: false });
});

test('detached runs in a process group of its own', () => {
  const { stdout } = run('ps -o pgid= -p "$BASHPID"; ps -o pgid= -p "$$"; exit 0');
  const [own, waiting] = stdout.trim().split(/\s+/);
  expect(own).not.toBe(waiting);
});

test.each(['INT', 'TERM'])('detached passes %s on, waits for the end, and gives its exit code', (signal) => {
  const { status, stdout } = run(
    `trap 'printf "heard "; asked=1' ${signal}; asked=0; kill -${signal} "$$"; for ((n = 0; n < 500 && !asked; n += 1)); do sleep 0.01; done; printf ended; exit 7`,
  );
  expect({ status, stdout }).toEqual({ status: 7, stdout: 'heard ended' });
});

test('pass_on keeps what is told before there is a run', () => {
  const told = (runner: string) =>
    bash('detach', ['pass_on', 'INT'], {
      set: { runner, early: '' },
      show: ['early'],
      stubs: { kill: 'printf "%s " "$@"' },
    });
  expect(told('')).toMatchObject({ stdout: '', values: { early: 'INT' } });
  expect(told('4711').stdout).toBe('-INT 4711 ');
});
