import { expect, test } from 'vitest';
import { Campaign } from '../../scripts/campaign/campaign.js';
import { containersOn } from '../../scripts/campaign/containers.js';
import { machinesOn } from '../../scripts/campaign/machines.js';
import type { Subject } from '../../scripts/campaign/subject.js';
import { temporaryFolder } from './bench.js';

// `npm run campaign` tries them all; these are one of a kind.
const sample: readonly (readonly [string, Subject, readonly RegExp[]])[] = [
  [
    'containers',
    containersOn('9.1'),
    [
      /^pct template 900: its worker killed in the middle$/,
      /^pct clone 901 950 .*: killed with the applier in the middle$/,
      /^pct set 951 .*--mp0 .*: fails after its work$/,
      /^lxc-attach .*bash -s: killed with the applier after$/,
    ],
  ],
  [
    'machines',
    machinesOn('9.1'),
    [
      /^qm clone 8000 8010 .*: killed with the applier in the middle$/,
      /^qm template 8000: killed with the applier in the middle$/,
      /^pvesh create \/cluster\/mapping\/dir .*: killed with the applier after$/,
      /^ifreload -a: killed with the applier before$/,
      /^qm set 8000 .* --boot .*: killed with the applier in the middle$/,
      /^qm set 8010 .* --onboot 1: killed alone in the middle$/,
    ],
  ],
];

test.each(sample)('an apply that is disturbed comes to the same host in the next runs: %s', (_, subject, patterns) => {
  const campaign = new Campaign(temporaryFolder(), subject);
  const chosen = patterns.map((pattern) => campaign.injections.find(({ name }) => pattern.test(name)));
  const verdicts = chosen.map((injection) => injection && campaign.try(injection));
  expect(verdicts.map((verdict) => verdict?.struck)).toEqual(patterns.map(() => true));
  expect(verdicts.flatMap((verdict) => verdict?.trouble)).toEqual([]);
});
