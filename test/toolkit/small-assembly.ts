import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sha256, stableJson } from '../../src/base/stable.js';
import type { Finding } from '../../src/model/finding.js';
import type { Manifest, Runbook } from '../../src/model/manifest.js';
import type { Step, StepOf } from '../../src/model/step.js';
import type { AssemblyContent } from '../../src/toolkit/assembly.js';

export interface SmallAssembly {
  /** Steps by stack. */
  readonly stacks?: Readonly<Record<string, readonly Step[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly findings?: readonly Finding[];
  readonly restart?: 'never' | 'allowed';
}

/** An assembly as a synth would make it, with no more in it than a test is about. */
export function smallAssembly({
  stacks = {},
  files = {},
  findings = [],
  restart = 'never',
}: SmallAssembly): AssemblyContent {
  const header = { host: 'pve', pveVersion: '9.1', restart } as const;
  const runbooks = Object.entries(stacks).map(
    ([stack, steps]): Runbook => ({ version: 1, app: 'small', stack, ...header, steps }),
  );
  const texts = new Map([
    ...Object.entries(files),
    ...runbooks.map((runbook) => [`stacks/${runbook.stack}/runbook.json`, stableJson(runbook)] as const),
    ['tree.json', stableJson({ version: 1, tree: { id: '', path: '', type: 'App' } })],
  ]);
  const manifest: Manifest = {
    version: 1,
    app: 'small',
    generator: { name: 'phoenix-cdk', version: '0.0.0' },
    stacks: runbooks.map(({ stack, steps }) => ({
      name: stack,
      ...header,
      runbook: `stacks/${stack}/runbook.json`,
      steps: steps.length,
    })),
    files: [...texts].map(([path, text]) => ({ path, sha256: sha256(text), mode: '0644' })),
    findings,
    inputs: { lock: null, facts: null },
  };
  return { manifest, runbooks, text: (path) => texts.get(path) ?? '' };
}

/** The assembly in a folder of its own; the caller removes it. */
export function writeSmallAssembly(small: SmallAssembly): string {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-assembly-'));
  const { manifest, text } = smallAssembly(small);
  for (const { path } of manifest.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text(path));
  }
  writeFileSync(join(folder, 'manifest.json'), stableJson(manifest));
  return folder;
}

export function configStep(vmid: number, memory: string, more: Partial<StepOf<'guest-config'>> = {}): Step {
  return {
    kind: 'guest-config',
    id: `guest/${vmid}/config`,
    resource: `guest/${vmid}`,
    path: `ai/guest-${vmid}`,
    title: 'config',
    needs: [],
    vmid,
    type: 'lxc',
    keys: [{ is: 'exact', key: 'memory', value: memory, impact: 'live' }],
    ...more,
  };
}
