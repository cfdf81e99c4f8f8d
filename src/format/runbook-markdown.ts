import { addTo } from '../base/group.js';
import { compareText } from '../base/stable.js';
import { Size } from '../base/units.js';
import type { Finding } from '../model/finding.js';
import type { PlacedFile, Setting, Step, StepKind, StepOf, StepTable } from '../model/step.js';
import { type Privilege, privilegesOf } from './privileges.js';
import { mermaidText, resourceGraph } from './runbook-graph.js';
import type { RunbookHeader } from './runbook-shell.js';

/**
 * The plan of a stack for reviewers: what will exist, in which order, with which privileges, and what to look at. `textOf` gives the text of a
 * file of the stack by its path.
 */
export function renderPlan(
  header: RunbookHeader,
  steps: readonly Step[],
  findings: readonly Finding[],
  textOf: (source: string) => string | undefined,
): string {
  return [
    `# Stack ${header.stack} on host ${header.host}`,
    `App \`${header.app}\`, made for Proxmox VE ${header.pveVersion}. Restarts of guests: ${header.restart}. ${count(steps.length, 'step')}.${header.protect === true ? ' Protected: nothing of it is ever destroyed or replaced.' : ''}${waits(header)}`,
    section('What will exist', resourceTable(steps)),
    section('Privileges', privilegeLines(privilegesOf(steps, textOf))),
    section('Findings', findings.map(findingLine)),
    section('Steps', stepLines(steps)),
    section('Order', graph(steps)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function waits({ after = [] }: RunbookHeader): string {
  return after.length === 0 ? '' : ` Begun after what other hosts do in ${after.map(code).join(', ')}.`;
}

/** What a step does, in a few words. */
export function summarize(step: Step): string {
  const describe = summaries[step.kind] as (step: Step) => string;
  return `${describe(step)}${removalText(step)}`;
}

/** What may become of it one day. */
function removalText(step: Step): string {
  if (!('removal' in step) || step.removal === undefined) {
    return '';
  }
  return `; it may be destroyed${whatGoesToo[step.kind] ?? ''}`;
}

const whatGoesToo: { readonly [K in StepKind]?: string } = {
  'guest-create': ' with its disks',
  'zfs-dataset': ' with all that is on it',
};

const mappingNames = { pci: 'PCI', usb: 'USB', dir: 'directory' } as const;

const summaries: StepTable<string> = {
  file: (step) => `file ${placed(step.file)}`,
  'zfs-pool': (step) =>
    `pool ${code(step.pool)} ${step.create === undefined ? 'is there and healthy' : '(created only if allowed by name)'}`,
  'zfs-dataset': (step) => `dataset ${code(step.dataset)}${step.create ? settingsText(step.properties) : ' is there'}`,
  folder: (step) => `folder ${code(step.folder)}${ownerText(step)}`,
  storage: (step) =>
    `storage ${code(step.storage)} (${step.type})${step.create ? settingsText(step.options) : ' is there'}`,
  mapping: (step) => {
    const maps = step.maps.map((map) => code(map.replace(/(^|,)node=[^,]*(,|$)/, '$2').replace(/^,/, '')));
    return `${mappingNames[step.mapping]} mapping ${code(step.entry)}${step.create ? ` to ${maps.join(' or ')}` : ' is there'}`;
  },
  download: (step) =>
    `file ${code(`${step.storage}:${step.content}/${step.file}`)}${step.from === 'nowhere' ? ' is there' : ''}`,
  'firewall-entries': (step) => {
    const entries = step.aliases.length + step.ipsets.length + step.groups.length;
    const parts =
      step.part === 'options'
        ? step.options.map(({ name, value }) => code(`${name}: ${value}`)).join(', ') || 'no options'
        : `${count(entries, 'name')} and ${count(step.rules.length, 'rule')}`;
    return `${parts} in ${code(step.target)}`;
  },
  network: (step) =>
    `${step.interfaces.map((one) => code(one.name)).join(', ')} of ${link('/etc/network/interfaces', 'network/interfaces')}, taken back if the host loses its router`,
  'guest-create': ({ source }) => sourceText(source),
  'guest-config': (step) => {
    const raw = step.raw?.length ?? 0;
    const lines = raw === 0 ? '' : ` and ${count(raw, 'raw line')}`;
    return `${count(step.keys.length, 'key')}${lines} of [config.conf](guests/${step.vmid}/config.conf)`;
  },
  'guest-state': (step) => `is ${step.state}`,
  'guest-file': (step) => `inside the guest ${step.files.map(placed).join(', ')}`,
  'guest-run': (step) => `runs ${link(step.script.slice(step.script.lastIndexOf('/') + 1), step.script)}`,
  'guest-template': () => 'becomes a template, for good',
  health: (step) => `${step.url} answers ${step.status}`,
  run: (step) =>
    step.commands.length === 0 ? 'has to be so' : step.commands.map((argv) => code(argv.join(' '))).join(', '),
  note: (step) => step.text,
};

/** A file by its place on the host or in the guest, with a link to its content, and the secrets that go into it. */
function placed(file: PlacedFile): string {
  const secrets = file.secrets === undefined ? '' : ` with secrets ${file.secrets.join(', ')}`;
  return `${link(file.target, file.source)}${ownerText(file)}${secrets}`;
}

function ownerText({ uid, gid }: { readonly uid?: number | undefined; readonly gid?: number | undefined }): string {
  return uid === undefined || (uid === 0 && gid === 0) ? '' : ` of ${uid}:${gid ?? uid}`;
}

/** Sizes come in bytes, which nobody reads. */
const sizes = new Set(['recordsize', 'quota', 'refquota', 'reservation']);

function settingsText(settings: readonly Setting[]): string {
  const texts = settings.map(({ name, value }) => `${name}=${sizes.has(name) ? sizeText(value) : value}`);
  return texts.length === 0 ? '' : ` with ${code(texts.join(', '))}`;
}

function sizeText(value: string): string {
  return /^[1-9]\d*$/.test(value) ? Size.bytes(Number(value)).toString() : value;
}

function link(text: string, target: string): string {
  return `[${code(text)}](<${target}>)`;
}

/** As code whatever is in it: a text with backticks needs more of them around it. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function resourceTable(steps: readonly Step[]): string[] {
  const rows = new Map<string, { path: string; steps: number }>();
  for (const step of steps) {
    rows.set(step.resource, { path: step.path, steps: (rows.get(step.resource)?.steps ?? 0) + 1 });
  }
  const lines = [...rows]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([resource, row]) => `| \`${resource}\` | ${row.path} | ${row.steps} |`);
  return lines.length === 0 ? [] : ['| what | construct | steps |', '| --- | --- | --- |', ...lines];
}

/** More resources than this make a picture that nobody can read, and that most viewers refuse. */
const drawable = 150;

function graph(steps: readonly Step[]): string[] {
  const resources = new Set(steps.map((step) => step.resource)).size;
  return resources > drawable
    ? [`${resources} resources are too many for a picture; \`needs\` of each step in runbook.json has the order.`]
    : ['```mermaid', mermaidText(resourceGraph(steps)), '```'];
}

/** What a reviewer has to agree to, a line for each construct and kind: the words are those of `plan` on the host. */
function privilegeLines(privileges: readonly Privilege[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { path, resource, kind, text, template } of privileges) {
    addTo(lines, `- ${path} (${resource}) ${kind}${template ? ', while the template is made' : ''}: `, code(text));
  }
  return [...lines].map(([head, texts]) => head + texts.join(', '));
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

function sourceText(source: StepOf<'guest-create'>['source']): string {
  switch (source.from) {
    case 'archive':
      return `root disk from ${code(source.volume)}`;
    case 'clone':
      return `${source.mode} clone of ${source.vmid}`;
    case 'nothing':
      return 'a machine without disks';
    case 'adopted':
      return 'a guest that exists; never made anew';
  }
}
