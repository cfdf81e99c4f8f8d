import type { StepKind } from '../../../src/model/step.js';
import { hasWayOut } from './batches.js';
import type { Row } from './row.js';

const titles: Readonly<Record<StepKind, string>> = {
  file: 'Files',
  'zfs-pool': 'Pools',
  'zfs-dataset': 'Datasets',
  folder: 'Folders of datasets',
  storage: 'Storages',
  mapping: 'Resource mappings',
  download: 'Archives and images',
  'firewall-entries': 'Firewall of cluster and host',
  network: "The host's network",
  'guest-create': 'Guests',
  'guest-config': 'Configs of guests',
  'guest-state': 'Guests that run',
  'guest-file': 'Files inside containers',
  'guest-run': 'Scripts inside containers',
  'guest-template': 'Templates',
  health: 'Endpoints',
  run: 'Commands of the program',
  note: 'Notes',
};

const head = `# What people do behind our back

and what the applier does about it. Each line is a test of the repository (\`test/runtime/drift-matrix\`, which writes this page): a node to which a program was applied is
changed so, then planned, applied, and applied again. Everything else on it keeps every byte.

| the next \`apply\` | |
| --- | --- |
| repairs | the plan shows it, and the node becomes what it was |
| waits | the plan shows it, and names the flag without which it stays |
| tells | nothing is changed; plan and apply say what they saw |
| leaves | nothing is changed: it means the same, or the program does not ask for it |
| stops | nothing is changed until somebody has looked: the plan says why. Where it says UNKNOWN, nothing else is done either |

What stands behind *well again after* is done by the test, too; with the next \`apply\` the node is then what it was.

Where somebody gets more by it than he has now, it takes \`--approve-privileges\`, too ([privileges](privileges.md)).

\`drift\` lists what is repaired, waits or stops. \`drift --repair\` repairs it with the same flags, and takes away what others added to guests, but no disks.
`;

const words: Readonly<Record<Row['outcome'], string>> = {
  repaired: 'repairs',
  held: 'waits',
  told: 'tells',
  left: 'leaves',
  stops: 'stops',
};

/** The rows for people, as Markdown. */
export function page(rows: Readonly<Record<StepKind, readonly Row[] | string>>): string {
  const kinds = Object.entries(rows) as [StepKind, readonly Row[] | string][];
  return [head, ...kinds.map(([kind, of]) => chapter(titles[kind], of))].join('\n');
}

function chapter(title: string, of: readonly Row[] | string): string {
  if (typeof of === 'string') {
    return `## ${title}\n\nNothing: ${of}.\n`;
  }
  const lines = of.map((row) => `| ${sentence(row.what)} | ${says(row)} |`);
  return `## ${title}\n\n| what happened | \`apply\` |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`.replaceAll('|', '\\|');
}

function says(row: Row): string {
  const { outcome, flags, options, plan, drift } = row;
  const approval = plan.some((line) => line.startsWith('broader ')) ? ['--approve-privileges'] : [];
  const given = [...options, ...flags, ...approval].join(' ');
  if (outcome === 'held') {
    return `${words.held} for \`${given}\``;
  }
  if (outcome === 'repaired') {
    return given === '' ? words.repaired : `${words.repaired} with \`${given}\``;
  }
  if (outcome === 'left') {
    return words.left;
  }
  const gone = drift.length > 0 && outcome === 'told' ? '; `drift --repair` takes it away' : '';
  const reason = plan.find((line) => !line.startsWith('change ')) ?? '';
  return `${words[outcome]}: ${reasonOf(reason)}${gone}${back(row)}`;
}

/** The way out that the test has gone. */
function back(row: Row): string {
  if (!hasWayOut(row)) {
    return '';
  }
  const apply = row.flags.length > 0 ? [`apply ${row.flags.join(' ')}`] : [];
  return `. *Well again after* ${[...row.wayOut.map(({ how }) => how), ...apply].join(', ')}`;
}

/** What stands behind the step in a line of a plan. */
function reasonOf(line: string): string {
  return line.replace(/^\w+ \S+: /, '').replaceAll('|', '\\|');
}
