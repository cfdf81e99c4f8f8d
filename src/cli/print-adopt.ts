import type { Remark } from '../toolkit/adopt/draft.js';
import type { AdoptReport, GuestReport, NodeReport } from '../toolkit/adopt/report.js';
import { count } from './print-problems.js';
import { nextText, type ProjectFrame } from './project-frame.js';
import type { Style } from './style.js';

/** The frame of a project around a program that was adopted, in a folder as people write it. */
export interface AdoptedProject extends ProjectFrame {
  readonly folder: string;
}

/** What became of the host's files: each guest, and what is said past the props or stays outside, with the reason. */
export function adoptedText(
  report: AdoptReport,
  file: string | undefined,
  isQuiet: boolean,
  /** What was made around the program, if it stood in no project. */
  project: AdoptedProject | undefined,
): (style: Style) => string {
  return (style) => {
    const guests = report.nodes.flatMap((node) => node.guests);
    const taken = guests.filter(({ leftOut }) => leftOut === undefined).length;
    const left = guests.length - taken;
    const summary = `${style.strong(file ?? report.app)}: ${count(taken, 'guest')}${left === 0 ? '' : `, ${left} left out`}`;
    const lines = [...report.nodes.flatMap((node) => nodeLines(node, style)), ...otherLines(report, style)];
    return [
      ...(isQuiet ? [] : lines),
      `${summary}. Adoption adds one line to the notes of each and changes nothing else.`,
      ...(project === undefined
        ? []
        : [`Beside it: ${project.written.join(', ')}`, nextText(project.folder, project.commands)]),
    ].join('\n');
  };
}

function nodeLines(node: NodeReport, style: Style): string[] {
  const { name, pveVersion, address, guessed, networks, storages, guests } = node;
  const mark = (what: 'pveVersion' | 'address', text: string) => (guessed.includes(what) ? `${text} (guessed)` : text);
  const facts = [
    mark('pveVersion', `Proxmox VE ${pveVersion}`),
    mark('address', address),
    count(networks.length, 'network'),
    count(storages.length, 'storage'),
    count(guests.length, 'guest'),
  ];
  return [
    `${style.strong(name)}: ${facts.join(', ')}`,
    ...guests.flatMap((guest) => guestLines(guest, style)),
    ...firewallLines(node, style),
    '',
  ];
}

function firewallLines({ firewallLeft }: NodeReport, style: Style): string[] {
  return firewallLeft.length === 0 ? [] : [`  cluster.fw  ${style.dim('on the host')}  ${firewallLeft.join(', ')}`];
}

function guestLines({ vmid, id, leftOut, remarks }: GuestReport, style: Style): string[] {
  const head = `  ${String(vmid).padEnd(9)} ${id}`;
  return [
    leftOut === undefined ? head : `${head}  ${style.bad(`left out: ${leftOut}`)}`,
    ...remarks.map(({ is, key, why }) => `    ${style.dim(words[is])}  ${key === undefined ? '' : `${key}: `}${why}`),
  ];
}

const words: Readonly<Record<Remark['is'], string>> = {
  override: 'override',
  raw: 'raw line',
  host: 'on the host',
  pending: 'pending ',
  note: 'note    ',
};

function otherLines({ others }: AdoptReport, style: Style): string[] {
  return others.length === 0
    ? []
    : [
        style.strong('Not in the program, and as it is on the host'),
        ...others.map(({ path, about }) => `  ${path}  ${style.dim(about)}`),
        '',
      ];
}
