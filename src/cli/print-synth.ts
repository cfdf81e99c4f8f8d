import type { Finding } from '../model/finding.js';
import { ageText } from './age.js';
import type { GlobalOptions } from './command.js';
import { count, findingsText, problemsText } from './print-problems.js';
import type { RefusedRun, WrittenRun } from './run-app.js';
import type { Style } from './style.js';

/** What was synthesized, for which hosts, and how old what is known of those is. The only place where a synth knows the time. */
export function headText({ app, stacks, facts, findings }: WrittenRun, version: string, now: Date): string {
  const hosts = new Map(stacks.map(({ host, pveVersion }) => [host, `${host} (PVE ${pveVersion})`]));
  const ages = facts.map(({ file, takenAt }) => `${file} (${ageText(takenAt, now.getTime())} by its own stamp)`);
  const empty = findings.filter(({ code }) => code === 'stack/empty').length;
  return [
    `phoenix ${version}`,
    `app ${app}`,
    `${count(stacks.length, 'stack')}${empty === 0 ? '' : ` and ${empty} empty`}`,
    ...(hosts.size === 0 ? [] : [`${hosts.size === 1 ? 'host' : 'hosts'} ${[...hosts.values()].join(', ')}`]),
    ...(ages.length === 0 ? [] : [`facts ${ages.join(', ')}`]),
  ].join(' · ');
}

/** What a synth found, and one line about what it wrote. */
export function writtenText(run: WrittenRun, output: string, globals: GlobalOptions, style: Style): string {
  const findings = findingsText(worthShowing(run.findings, globals), style);
  const parts = [
    ...(findings === '' ? [] : [findings, '']),
    ...(globals.quiet ? [] : summary(run, output, globals, style)),
  ];
  return parts.join('\n').trimEnd();
}

/** Why there is no new assembly, all of it, and what that means for the one that is there. */
export function refusalText(run: RefusedRun, output: string | undefined, style: Style): string {
  return [
    problemsText(run.problems, style),
    '',
    `${style.bad(count(run.problems.length, 'error'))}. ${whatIsThere(run, output)}`,
    ...(run.reportPath === undefined ? [] : [style.dim(`Report  ${run.reportPath}`)]),
  ].join('\n');
}

function whatIsThere({ afterSynth }: RefusedRun, output: string | undefined): string {
  if (afterSynth === true) {
    return `${output} was written before that: do not apply it until the program ends well`;
  }
  return `Nothing was written${output === undefined ? '' : `; ${output} is as before (stale)`}`;
}

/** What nobody acknowledged; everything if somebody asked for more, warnings alone if for less. */
export function worthShowing(findings: readonly Finding[], globals: GlobalOptions): Finding[] {
  return findings.filter(
    (finding) =>
      globals.verbose || (finding.acknowledged === undefined && !(globals.quiet && finding.severity === 'info')),
  );
}

/** `0 errors, 1 warning`, and what was acknowledged. */
export function findingsSummary(findings: readonly Finding[]): string {
  const open = findings.filter((finding) => finding.acknowledged === undefined);
  const of = (severity: Finding['severity']) => open.filter((finding) => finding.severity === severity).length;
  const acknowledged = findings.length - open.length;
  const counts = [count(of('error'), 'error'), count(of('warning'), 'warning')];
  return [...counts, ...(acknowledged === 0 ? [] : [`${acknowledged} acknowledged`])].join(', ');
}

function summary(run: WrittenRun, output: string, globals: GlobalOptions, style: Style): string[] {
  const files = `${style.strong(output)}: ${count(run.files, 'file')}`;
  if (run.changed.length + run.removed.length === 0) {
    return [`${files}, unchanged`];
  }
  const parts = [
    `${files}, ${run.changed.length} changed, ${run.removed.length} removed`,
    count(run.steps, 'step'),
    findingsSummary(run.findings),
    `${run.seconds.toFixed(2)} s`,
  ];
  const [first] = run.stacks;
  const hint = `Review  ${output}/stacks/*/PLAN.md        Next  npx phoenix plan --host root@${first?.host}`;
  const paths = globals.verbose ? changes(run) : [];
  return [...paths, parts.join(' · '), ...(run.steps === 0 ? [] : [style.dim(hint)])];
}

function changes(run: WrittenRun): string[] {
  return [...run.changed.map((path) => `[~] ${path}`), ...run.removed.map((path) => `[-] ${path}`)];
}
