import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { stableJson } from '../../src/base/stable.js';
import { renderRunbookShell } from '../../src/format/runbook-shell.js';
import type { PveVersion } from '../../src/model/pve-version.js';
import { type Step, stepSchema } from '../../src/model/step.js';
import type { SimulatedRun } from '../../src/testing/simulated-commands.js';
import { SimulatedNode } from '../../src/testing/simulated-node.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { runtimeFolder, runtimePaths } from '../support/runtime.js';

// Every test here starts dozens of processes; on a busy machine that takes its time and proves nothing.
vi.setConfig({ testTimeout: 120_000 });

/** The runtime's own folder. */

/** The archive that lies on every bench. */
export const archive = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';

/** A stack as the tests state it; everything but its steps has a default. */
export interface BenchStack {
  readonly name?: string;
  readonly app?: string;
  readonly host?: string;
  readonly pveVersion?: PveVersion;
  readonly restart?: 'never' | 'when-needed' | 'allowed';
  readonly protect?: true;
  readonly steps: readonly Step[];
  /** Files of the stack's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A simulated node and an assembly beside it. */
export class Bench {
  readonly folder = temporaryFolder();
  readonly node: SimulatedNode;

  constructor(options: SimulatedNodeOptions = {}) {
    this.node = SimulatedNode.create(join(this.folder, 'node'), { osTemplates: { [archive]: {} }, ...options });
  }

  /** Replaces the assembly. */
  synthesize(...stacks: readonly BenchStack[]): void {
    writeAssembly(join(this.folder, 'cdk.out'), ...stacks);
  }

  /** Puts a shell script before the node's own tool of this name. */
  standIn(tool: string, script: string): void {
    mkdirSync(join(this.node.dir, 'front'), { recursive: true });
    writeFileSync(join(this.node.dir, 'front', tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Runs the applier; waits are short. Whatever gets broader is approved: `applier` is for tests of what is not. */
  run(...words: string[]): SimulatedRun {
    const acts = words[0] === 'apply' || words.includes('--repair');
    return this.applier(...words, ...(acts ? ['--approve-privileges'] : []));
  }

  /** Runs the applier with these words and no others. */
  applier(...words: string[]): SimulatedRun {
    return this.node.run([
      'env',
      'PHOENIX_PAUSE=0.05',
      'PHOENIX_PATIENCE=2',
      `PATH=${join(this.node.dir, 'front')}${delimiter}${this.node.env.PATH}`,
      join(this.folder, 'cdk.out/applier'),
      ...words,
    ]);
  }

  /** Verdicts by step id, as `plan --json` tells them. */
  plan(...words: string[]): Record<string, PlannedStep> {
    const { stdout, stderr } = this.run('plan', '--json', ...words);
    if (stdout === '') {
      throw new Error(stderr);
    }
    const steps = (JSON.parse(stdout) as { steps: PlannedStep[] }).steps;
    return Object.fromEntries(steps.map((step) => [step.id, step]));
  }

  /** The command lines of Proxmox's own tools, in order. */
  commands(): string[] {
    return this.node
      .commands()
      .map(({ argv }) => argv.join(' '))
      .filter((line) => /^(pct|qm|pvesm|pveam|pvesh|ha-manager) /.test(line));
  }
}

export interface PlannedStep {
  readonly id: string;
  readonly verdict: string;
  readonly reason?: string;
  readonly flag?: string;
  readonly notes: readonly string[];
  readonly changes: readonly {
    key: string;
    from: string;
    to: string;
    impact: string;
    held?: boolean;
    refused?: boolean;
  }[];
}

/** Writes an assembly with the applier into a folder. */
export function writeAssembly(folder: string, ...stacks: readonly BenchStack[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'runtime'), { recursive: true });
  for (const name of runtimePaths) {
    cpSync(join(runtimeFolder, name), name === 'applier' ? join(folder, name) : join(folder, 'runtime', name));
  }
  for (const [order, stack] of stacks.entries()) {
    const header = {
      app: stack.app ?? 'phoenix',
      host: stack.host ?? 'pve',
      pveVersion: stack.pveVersion ?? ('9.1' as const),
      stack: stack.name ?? 'ai',
      order,
      restart: stack.restart ?? ('never' as const),
      ...(stack.protect === undefined ? {} : { protect: stack.protect }),
    };
    const place = join(folder, 'stacks', header.stack);
    mkdirSync(place, { recursive: true });
    const steps = stack.steps.map((step) => stepSchema.parse(step));
    writeFileSync(join(place, 'runbook.sh'), renderRunbookShell(header, steps));
    for (const [name, text] of Object.entries(stack.files ?? {})) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), text);
    }
  }
  listFiles(folder);
}

/** Writes the manifest of an assembly as far as the applier reads it, which refuses to run where a file is not as listed. */
export function listFiles(folder: string): void {
  rmSync(join(folder, 'manifest.json'), { force: true });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      path: relative(folder, file),
      sha256: sha256(readFileSync(file)),
      mode: relative(folder, file) === 'applier' ? '0755' : '0644',
    }));
  writeFileSync(join(folder, 'manifest.json'), stableJson({ files }, { levels: 2 }));
}

/** A folder of its own below the system's place for temporary files; it goes with the test that asked for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-runtime-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
