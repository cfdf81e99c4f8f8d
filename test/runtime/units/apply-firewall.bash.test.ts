import { expect, test } from 'vitest';
import { bash } from './bash.js';

test('apply_firewall_entries has the engine write what was compared', () => {
  const given = { set: { field: { digest: 'abc' }, trouble: 'it was changed' } };
  expect(bash('apply-firewall', ['apply_firewall_entries', 's'], { ...given, stubs: { ask: '' } })).toMatchObject({
    status: 0,
    calls: ['ask firewall s abc'],
  });
  expect(
    bash('apply-firewall', ['apply_firewall_entries', 's'], {
      ...given,
      stubs: { ask: 'return 1', fail_step: 'return 1' },
    }),
  ).toMatchObject({ status: 1, calls: ['ask firewall s abc', `fail_step 'it was changed'`] });
});
