import { expect, test } from 'vitest';
import { SmallHost } from '../support/small-host.js';

test('guests are retained unless the program says that they may be destroyed', () => {
  const host = new SmallHost();
  host.container('kept', { vmid: 101, from: 'adopted' });
  host.container('gone', { vmid: 102, from: 'adopted', removalPolicy: 'destroy' });
  const synth = host.synth();
  const [kept] = synth.stepsOf('guest/101');
  expect(kept).not.toHaveProperty('removal');
  synth.hasStep('guest/102/create', { removal: 'destroy' });
});
