import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { renderRunbookShell } from '../../src/format/runbook-shell.js';
import { type Step, stepSchema } from '../../src/model/step.js';

const runtime = join(dirname(fileURLToPath(import.meta.url)), '../../src/runtime');

/** A stack as the tests state it; everything but its steps has a default. */
export interface BenchStack {
  readonly name?: string;
  readonly app?: string;
  readonly host?: string;
  readonly pveVersion?: string;
  readonly order?: number;
  readonly restart?: 'never' | 'when-needed' | 'allowed';
  readonly steps: readonly Step[];
  /** Files of the stack's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes an assembly with the applier into a folder. */
export function writeAssembly(folder: string, ...stacks: readonly BenchStack[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'runtime'), { recursive: true });
  for (const name of readdirSync(runtime)) {
    cpSync(join(runtime, name), name === 'applier' ? join(folder, name) : join(folder, 'runtime', name));
  }
  for (const [order, stack] of stacks.entries()) {
    const header = {
      app: stack.app ?? 'phoenix',
      host: stack.host ?? 'pve',
      pveVersion: stack.pveVersion ?? '9.1',
      stack: stack.name ?? 'ai',
      order: stack.order ?? order,
      restart: stack.restart ?? ('never' as const),
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
}

/** A folder of its own below the system's place for temporary files. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'phoenix-runtime-'));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
