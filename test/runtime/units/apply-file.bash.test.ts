import { expect, test } from 'vitest';
import { bash } from './bash.js';

test.each([
  [['apply_file', 's'], 'ask put s'],
  [['apply_folder', 's'], 'ask folder s'],
])('%j has the engine write', (words, call) => {
  expect(bash('apply-file', words, { stubs: { ask: '' } })).toMatchObject({ status: 0, calls: [call] });
  expect(
    bash('apply-file', words, { stubs: { ask: 'return 1' }, set: { trouble: 'no space' }, show: ['reason'] }),
  ).toMatchObject({ status: 1, values: { reason: 'no space' } });
});

test('fail_step fails, and says why', () => {
  expect(bash('apply-file', ['fail_step', 'a "reason"'], { show: ['reason'] })).toMatchObject({
    status: 1,
    values: { reason: 'a "reason"' },
  });
});
