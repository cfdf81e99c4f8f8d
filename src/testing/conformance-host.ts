import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeFiles } from '../core/runtime-files.js';
import { writeAssembly } from '../core/writer.js';
import type { Step } from '../model/step.js';
import { assembled } from './assembled.js';
import type { ConformanceProgram, ConformanceSubject } from './conformance-subject.js';
import type { SimulatedRun } from './simulated-commands.js';
import { SimulatedNode } from './simulated-node.js';
import type { SimulatedOsTemplate } from './simulated-node-options.js';
import { unmet } from './unmet.js';

/** Applies a program to a simulated host, and once more. Throws if the second time anything is left to do. */
export function applyTwice(program: ConformanceProgram, subject: ConformanceSubject): void {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-conformance-'));
  try {
    const { files, synthesis } = assembled(program.app, { runtime: runtimeFiles() });
    writeAssembly(join(folder, 'cdk.out'), files);
    const node = hostFor(join(folder, 'node'), program, subject, synthesis.steps.get(program.resource.host) ?? []);
    const apply = (...flags: readonly string[]) =>
      node.run(['env', ...impatient, join(folder, 'cdk.out/applier'), 'apply', ...flags]);
    expectDone('the first apply fails', apply('--approve-privileges', ...(subject.flags ?? [])));
    node.clearCommands();
    const second = apply();
    expectDone('the second apply fails', second);
    expectNothing(node, second);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What would be waited for on a real host is there at once, or never. */
const impatient = ['PHOENIX_PAUSE=0.05', 'PHOENIX_PATIENCE=2'];

function hostFor(
  dir: string,
  { resource }: ConformanceProgram,
  subject: ConformanceSubject,
  steps: readonly Step[],
): SimulatedNode {
  const { hostName, pveVersion } = resource.host;
  const osTemplates = { ...archivesOf(steps), ...subject.node?.osTemplates };
  const node = SimulatedNode.create(dir, { node: hostName, pveVersion, ...subject.node, osTemplates });
  for (const step of steps) {
    if (step.kind === 'health') {
      node.onHttp(step.url, { status: step.status });
    }
  }
  subject.arrange?.(node);
  return node;
}

/** Archives that Proxmox's catalogue has to know. */
function archivesOf(steps: readonly Step[]): Readonly<Record<string, SimulatedOsTemplate>> {
  return Object.fromEntries(
    steps.flatMap((step) =>
      step.kind === 'download' && step.from === 'catalogue'
        ? [[`${step.storage}:vztmpl/${step.file}`, { available: true }]]
        : [],
    ),
  );
}

function expectDone(what: string, { status, stdout, stderr }: SimulatedRun): void {
  if (status !== 0) {
    throw unmet('apply', `${what} with exit code ${status}: ${stdout}${stderr}`);
  }
}

function expectNothing(node: SimulatedNode, { stdout }: SimulatedRun): void {
  const commands = node.commands().map(({ argv }) => argv.join(' '));
  const proxmox = commands.filter((line) => /^(pct|qm|pvesm|pveam|pvesh|ha-manager)( |$)/.test(line));
  if (!stdout.startsWith('Nothing to do') || proxmox.length > 0) {
    throw unmet('second-apply', `the second apply finds something to do: ${[...proxmox, stdout].join('\n')}`);
  }
}
