import { expect, test } from 'vitest';
import {
  address,
  changes,
  config,
  configured,
  create,
  type Facts,
  type Given,
  gives,
  has,
  its,
  others,
  running,
  satisfied,
  state,
  within,
} from './giving.js';

/** How container 951, which has the address, parts with it. */
const gift = (given: Given, held: Facts = {}, taken: Facts = {}) =>
  within(
    { guests: { 951: has(5) }, ...given },
    'scalar Giver::gift($plan, $look, $verdicts, @_)',
    { name: address(5), alone: 1, ...taken },
    { name: address(5), alone: 1, key: 'net0', vmid: 951, waiting: 0, ...held },
  ).then(([one]) => one);

test.each<[string, Given, object]>([
  [
    'by being destroyed in this plan',
    { running, verdicts: { 'guest/951/destroy': { verdict: 'change' } } },
    { steps: ['guest/951/destroy'] },
  ],
  ['not, being in no program and running', { running }, { reason: `${others}, which is not in the program and runs` }],
  ['in no program, but it does not run', {}, { note: `${others}, too, which is not in the program and does not run` }],
  [
    'not, since the program goes on asking for it',
    { running, steps: [create(951), config(951, 5)] },
    { reason: `${its}, which runs` },
  ],
  [
    'by being stopped in this plan',
    {
      running,
      steps: [config(951, 5), state(951, 'stopped')],
      verdicts: { 'guest/951/state': { verdict: 'change', do: 'stop' } },
    },
    { steps: ['guest/951/state'] },
  ],
  ['not in this run', { running, steps: gives }, { reason: `${its}, and its giving it up is not part of this run` }],
  [
    'by a change of its config',
    { running, steps: gives, verdicts: configured(changes()) },
    { steps: ['guest/951/config'] },
  ],
  [
    'by a change of its config that needs a restart',
    { running, steps: gives, verdicts: configured(changes({ impact: 'restart' })) },
    { steps: ['guest/951/config', 'guest/951/state'] },
  ],
  [
    'by a change that needs a restart, where it does not run',
    { steps: gives, verdicts: configured(changes({ impact: 'restart' })) },
    { steps: ['guest/951/config'] },
  ],
  [
    'by a change that is held back',
    { running, steps: gives, verdicts: configured({ ...changes({ held: 1 }), flag: '--allow-restart x' }) },
    { reason: `${its}, where giving it up is held back`, flag: '--allow-restart x' },
  ],
  [
    'by a change that is refused',
    { running, steps: gives, verdicts: configured(changes({ refused: 1 })) },
    { reason: `${its}, where giving it up is refused`, flag: null },
  ],
  [
    'with its restart, for which its config waits',
    {
      guests: { 951: has(5, '[pve:pending]\ndelete: net0\n') },
      running,
      steps: gives,
      verdicts: configured(satisfied),
    },
    { steps: ['guest/951/state'] },
  ],
  [
    'with a restart that nothing makes',
    {
      guests: { 951: has(5, '[pve:pending]\ndelete: net0\n') },
      running,
      steps: gives.slice(0, 2),
      verdicts: configured(satisfied),
    },
    { reason: `${its} until it is restarted` },
  ],
  [
    'without a restart, since it does not run',
    { guests: { 951: has(5, '[pve:pending]\ndelete: net0\n') }, steps: gives, verdicts: configured(satisfied) },
    {},
  ],
  [
    'not, since nothing changes it',
    { running, steps: gives, verdicts: configured(satisfied) },
    { reason: `${its}, which runs` },
  ],
])('Giver::gift: the holder gives it %s', async (_, given, expected) => {
  expect(await gift(given)).toEqual(expected);
});

test('Giver::gift: what both may have is in nobody’s way, what only comes with a start not yet', async () => {
  expect(await gift({ running }, { alone: 0 }, { alone: 0 })).toEqual({});
  expect(await gift({ running }, { alone: 0 })).toEqual({ reason: `${others}, which is not in the program and runs` });
  expect(await gift({ running }, { waiting: 1 })).toMatchObject({ note: expect.stringContaining(others) });
});
