import { expect, test } from 'vitest';
import { bash } from './bash.js';

const words = ['3', 'sh', '-c', 'echo "a b"', '1', 'true'];
const run = (tool: string) =>
  bash('apply-run', ['apply_run', 's'], {
    set: { arguments: words },
    stubs: { tool, journal_intent: '', fail_step: 'reason=$1; return 1' },
    show: ['reason'],
  });

test('apply_run starts one command after the other, each with its own words', () => {
  expect(run('code=0')).toMatchObject({
    status: 0,
    calls: ['journal_intent s', `tool sh -c 'echo "a b"'`, 'tool true'],
  });
});

test('apply_run ends with the first command that fails', () => {
  expect(run('code=7')).toMatchObject({ status: 1, values: { reason: '`sh -c echo "a b"` ended with exit 7' } });
  expect(run('code=7').calls).toHaveLength(3);
});
