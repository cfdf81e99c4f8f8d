import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { run } from './steps.js';

interface Told {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Codes of what was told as JSON, which is one document, and the same codes stand on standard error. */
function codes({ stdout, stderr }: Told): readonly string[] {
  const { problems } = JSON.parse(stdout) as { problems: readonly { code: string }[] };
  for (const { code } of problems) expect(stderr).toContain(`error  ${code}`);
  return problems.map(({ code }) => code);
}

test('a run that cannot go on tells what stopped its workers, in one document', () => {
  const bench = new Bench();
  const journal = bench.node.path('/var/lib/phoenix/phoenix/journal');
  const spoil = ['sh', '-c', `mv '${journal}' '${journal}.was' && mkdir '${journal}'`];
  bench.synthesize({
    steps: [run('spoil', [{ probe: 'argv', argv: ['test', '-d', journal], satisfied: [0], absent: [1] }], [spoil])],
  });
  const told = bench.run('apply', '--json');
  expect(told.status).toBe(1);
  expect(codes(told)).toEqual(['applier/stopped']);
  expect(told.stderr).toContain('cannot write the journal');
  expect(told.stderr).toContain('The run ends here.');
});
