import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const applier = join(import.meta.dirname, '../../src/runtime/applier');

/** What `applier facts` prints of the host in a folder that stands for `/`; no assembly is beside it. */
export function applierFacts(root: string): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync('bash', [applier, 'facts'], { env: { ...process.env, PHOENIX_ROOT: root }, encoding: 'utf8' });
}
