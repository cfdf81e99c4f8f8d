import type { PveVersion } from 'phoenix-cdk';
import { expect, test } from 'vitest';
import { containersOn } from '../../scripts/campaign/containers.js';
import { machinesOn } from '../../scripts/campaign/machines.js';
import { Trial } from '../../scripts/campaign/trial.js';
import { temporaryFolder } from './bench.js';

// 9.1 is what all other tests run on.
const releases: readonly PveVersion[] = ['8.4', '9.0', '9.2'];
const cases = releases.flatMap((release) =>
  [containersOn(release), machinesOn(release)].map((subject) => [release, subject.name, subject] as const),
);

test.each(cases)('PVE %s: %s come into being as they were asked for, and a second apply does nothing', (...words) => {
  const [, , subject] = words;
  const folder = temporaryFolder();
  Trial.prepare(folder, subject);
  const trial = Trial.begin(folder, subject, 'node');
  const first = trial.apply();
  expect(first.stdout, first.stderr).toMatch(/^Applied: \d+ created, \d+ changed, 0 failed/m);
  expect(trial.apply().stdout).toMatch(/^Nothing to do/m);
});
