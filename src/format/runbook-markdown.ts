import { compareText } from '../base/stable.js';
import type { Finding } from '../model/finding.js';
import type { Step, StepOf, StepTable } from '../model/step.js';
import { renderGraph } from './runbook-graph.js';
import type { RunbookHeader } from './runbook-shell.js';

/** The plan of a stack for reviewers: what will exist, in which order, with which privileges, and what to look at. */
export function renderPlan(header: RunbookHeader, steps: readonly Step[], findings: readonly Finding[]): string {
  return [
    `# Stack ${header.stack} on host ${header.host}`,
    `App \`${header.app}\`, made for Proxmox VE ${header.pveVersion}. Restarts of guests: ${header.restart}. ${count(steps.length, 'step')}.`,
    section('What will exist', resourceTable(steps)),
    section('Privileges', privileges(steps)),
    section('Findings', findings.map(findingLine)),
    section('Steps', stepLines(steps)),
    section('Order', graph(steps)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

/** What a step does, in a few words. */
export function summarize(step: Step): string {
  const describe = summaries[step.kind] as (step: Step) => string;
  return describe(step);
}

const summaries: StepTable<string> = {
  file: (step) => `file \`${step.file.target}\``,
  'zfs-pool': (step) =>
    step.create === undefined
      ? `pool \`${step.pool}\` is there and healthy`
      : `pool \`${step.pool}\` (created only if allowed by name)`,
  'zfs-dataset': (step) => `dataset \`${step.dataset}\`${settingsText(step)}`,
  folder: (step) => `folder \`${step.folder}\``,
  storage: (step) => `storage \`${step.storage}\` (${step.type})`,
  'os-template': (step) => `archive \`${step.storage}:vztmpl/${step.file}\``,
  'guest-create': (step) =>
    step.source.from === 'clone'
      ? `${step.source.mode} clone of ${step.source.vmid}`
      : `root disk from \`${step.source.volume}\``,
  'guest-config': (step) =>
    `${count(step.keys.length, 'key')}${(step.raw?.length ?? 0) > 0 ? ` and ${count(step.raw?.length ?? 0, 'raw line')}` : ''}`,
  'guest-state': (step) => `is ${step.state}`,
  'guest-file': (step) => `${count(step.files.length, 'file')} inside the guest`,
  'guest-run': (step) => `runs \`${step.script}\``,
  'guest-template': () => 'becomes a template, for good',
  health: (step) => `${step.url} answers ${step.status}`,
  run: (step) =>
    step.commands.length === 0 ? 'has to be so' : step.commands.map((argv) => `\`${argv.join(' ')}\``).join(', '),
  note: (step) => step.text,
};

function settingsText(step: StepOf<'zfs-dataset'>): string {
  if (!step.create) {
    return ' is there';
  }
  return step.properties.length === 0
    ? ''
    : ` with ${step.properties.map(({ name, value }) => `${name}=${value}`).join(', ')}`;
}

function resourceTable(steps: readonly Step[]): string[] {
  const rows = new Map<string, { path: string; steps: number }>();
  for (const step of steps) {
    rows.set(step.resource, { path: step.path, steps: (rows.get(step.resource)?.steps ?? 0) + 1 });
  }
  const lines = [...rows]
    .sort(([a], [b]) => compareText(a, b))
    .map(([resource, row]) => `| \`${resource}\` | ${row.path} | ${row.steps} |`);
  return lines.length === 0 ? [] : ['| what | construct | steps |', '| --- | --- | --- |', ...lines];
}

/** More resources than this make a picture that nobody can read, and that most viewers refuse. */
const drawable = 150;

function graph(steps: readonly Step[]): string[] {
  const resources = new Set(steps.map((step) => step.resource)).size;
  return resources > drawable
    ? [`${resources} resources are too many for a picture; \`needs\` of each step in runbook.json has the order.`]
    : ['```mermaid', renderGraph(steps), '```'];
}

/** What a guest is allowed beyond its own disk: what a reviewer has to agree to. */
function privileges(steps: readonly Step[]): string[] {
  return steps.filter((step) => step.kind === 'guest-config').flatMap(guestPrivileges);
}

function guestPrivileges(step: StepOf<'guest-config'>): string[] {
  const keys = step.keys.flatMap((requirement) =>
    requirement.is === 'exact' && grantsPrivilege(requirement.key, requirement.value)
      ? [`${requirement.key}: ${requirement.value}`]
      : [],
  );
  const raw = (step.raw ?? []).map((line) => `${line.key}: ${line.value}`);
  return [...keys, ...raw].map((text) => `- ${step.path} (${step.resource}): \`${text}\``);
}

function grantsPrivilege(key: string, value: string): boolean {
  return (
    /^dev\d+$/.test(key) ||
    (/^mp\d+$/.test(key) && value.startsWith('/')) ||
    (key === 'unprivileged' && value === '0') ||
    key === 'features'
  );
}

function findingLine(finding: Finding): string {
  const word = finding.acknowledged === undefined ? '' : ` (acknowledged: ${finding.acknowledged})`;
  return `- **${finding.severity}** \`${finding.code}\` ${finding.path}: ${finding.message}${word}`;
}

function stepLines(steps: readonly Step[]): string[] {
  return steps.map((step, index) => `${index + 1}. ${step.path} · ${step.title}: ${summarize(step)}`);
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `## ${title}\n\n${lines.join('\n')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
