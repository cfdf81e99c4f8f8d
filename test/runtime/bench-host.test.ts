import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtimeFolder } from '../support/runtime.js';
import { temporaryFolder } from './bench.js';

interface Fleet {
  fleet(guests: number, folder: string, shape: 'plain'): { synth(): void };
}

interface AppliedHost {
  appliedHost(assembly: string, folder: string): Readonly<Record<string, string>>;
}

const ofBench = (name: string): Promise<unknown> => import(join(runtimeFolder, '../../bench', name));

test('the host of bench:no-op is as the applier leaves one: nothing is to be done, now and again', async () => {
  const { fleet } = (await ofBench('fleet.mjs')) as Fleet;
  const { appliedHost } = (await ofBench('applied-host.mjs')) as AppliedHost;
  const folder = temporaryFolder();
  fleet(3, folder, 'plain').synth();
  const assembly = join(folder, 'cdk.out');
  const env = { ...process.env, ...appliedHost(assembly, join(folder, 'host')) };
  const apply = () => execFileSync(join(assembly, 'applier'), ['apply'], { env, encoding: 'utf8' });
  expect([apply(), apply()]).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^Nothing to do: /)));
});
