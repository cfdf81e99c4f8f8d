import { expect, test } from 'vitest';
import { Campaign } from '../../scripts/campaign/campaign.js';
import { temporaryFolder } from './bench.js';

// `npm run campaign` tries them all; these are one of a kind.
const sample = [
  /^pct template 900: its worker killed in the middle$/,
  /^pct clone 901 950 .*: killed with the applier in the middle$/,
  /^pct set 951 .*--mp0 .*: fails after its work$/,
  /^lxc-attach .*bash -s: killed with the applier after$/,
];

test('an apply that is disturbed at any of its commands comes to the same host in the next runs', () => {
  const campaign = new Campaign(temporaryFolder());
  const chosen = sample.map((pattern) => campaign.injections.find(({ name }) => pattern.test(name)));
  const verdicts = chosen.map((injection) => injection && campaign.try(injection));
  expect(verdicts.map((verdict) => verdict?.struck)).toEqual(sample.map(() => true));
  expect(verdicts.flatMap((verdict) => verdict?.trouble)).toEqual([]);
});
