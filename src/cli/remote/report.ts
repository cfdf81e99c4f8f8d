import type { Problem } from '../../base/errors.js';
import { exitCodes, type Outcome } from '../command.js';
import { problemsText } from '../print-problems.js';
import type { Style } from '../style.js';
import type { Sent } from './send.js';

/** What became of a host. */
export interface HostReport {
  readonly destination: string;
  /** What the host calls itself; undefined if it did not answer. */
  host: string | undefined;
  sent: Sent | undefined;
  readonly runs: RunReport[];
  /** What is wrong with the way to the host. */
  readonly problems: Problem[];
  /** Why something was not begun there. */
  notRun: string | undefined;
  /** Whether what was not begun had to wait for something that failed. */
  isHeldUp: boolean;
}

export interface RunReport {
  /** Stacks that it was about; undefined for all. */
  readonly stacks: readonly string[] | undefined;
  readonly code: number;
  /** What went to standard output, if it was kept. */
  readonly output: string;
}

export function newReport(destination: string): HostReport {
  return { destination, host: undefined, sent: undefined, runs: [], problems: [], notRun: undefined, isHeldUp: false };
}

/** Whether all is well with a host, as far as it was asked for something. */
export function codeOf({ runs, problems, isHeldUp }: HostReport): number {
  return worst([
    exitCodes.done,
    ...runs.map(({ code }) => code),
    ...(problems.length > 0 || isHeldUp ? [exitCodes.failed] : []),
  ]);
}

/** Ends with the worst of all exit codes. `live`: their output was shown already. */
export function outcomeOf(verb: string, reports: readonly HostReport[], isLive: boolean): Outcome {
  return {
    code: worst(reports.map(codeOf)),
    data: { verb, hosts: reports.map(plain) },
    notes: (style) =>
      problemsText(
        reports.flatMap(({ problems }) => problems),
        style,
      ),
    text: (style) => (reports.length === 1 ? '' : reports.map((report) => hostText(report, isLive, style)).join('\n')),
  };
}

/** Killed by a signal, failed, used wrongly, differences, done. */
function worst(codes: readonly number[]): number {
  const order: readonly number[] = [exitCodes.done, exitCodes.differences, exitCodes.usage, exitCodes.failed];
  const weight = (code: number) => (order.includes(code) ? order.indexOf(code) : order.length);
  return codes.reduce((most, code) => (weight(code) > weight(most) ? code : most), exitCodes.done as number);
}

function plain(report: HostReport): object {
  const { destination, host, sent, runs, problems, notRun } = report;
  return {
    destination,
    host: host ?? null,
    code: codeOf(report),
    ...(sent === undefined ? {} : { sent: { files: sent.files, bytes: sent.bytes } }),
    runs: runs.map(({ stacks, code, output }) => ({
      ...(stacks === undefined ? {} : { stacks }),
      code,
      result: resultOf(output),
    })),
    ...(notRun === undefined ? {} : { notRun }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

/** The applier's own document; null if it left none. */
function resultOf(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

function hostText(report: HostReport, isLive: boolean, style: Style): string {
  const { destination, host, runs } = report;
  const name = style.strong(host ?? destination);
  if (isLive) {
    return `${name}  ${stateText(report, style)}`;
  }
  const output = runs.map((run) => run.output.trimEnd()).join('\n');
  const state = runs.length === 0 ? `${stateText(report, style)}\n` : '';
  return `── ${name} (${destination})\n${state}${output}\n`;
}

function stateText({ runs, problems, notRun }: HostReport, style: Style): string {
  const failed = runs.filter(({ code }) => code !== exitCodes.done).map(({ code }) => `exit ${code}`);
  const parts = [
    ...problems.map(({ code }) => style.bad(code)),
    ...failed.map((text) => style.bad(text)),
    ...(notRun === undefined ? [] : [style.careful(notRun)]),
  ];
  return parts.length === 0 ? style.good('done') : parts.join(', ');
}
