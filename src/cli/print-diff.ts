import type {
  AssemblyDifference,
  FileDifference,
  FindingDifference,
  ResourceDifference,
  StackDifference,
  StepDifference,
} from '../toolkit/diff.js';
import type { Change, FieldDifference } from '../toolkit/field-difference.js';
import type { LineDifference } from '../toolkit/line-difference.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

/** Differences for people, by stack and resource; the last line counts. */
export function differenceText(difference: AssemblyDifference, style: Style): string {
  if (difference.isEmpty) {
    return 'No differences.';
  }
  const stacks = new Set([...difference.stacks, ...difference.resources].map((entry) => entry.stack));
  const parts = [
    ...[...stacks].sort().flatMap((stack) => stackLines(stack, difference, style)),
    ...section(
      'files',
      difference.files.flatMap((file) => fileLines(file, style)),
      style,
    ),
    ...section(
      'findings',
      difference.findings.map((finding) => findingLine(finding, style)),
      style,
    ),
    ...restLines(difference),
    summary(difference),
  ];
  return parts.join('\n');
}

function stackLines(stack: string, difference: AssemblyDifference, style: Style): string[] {
  const own = difference.stacks.filter((entry) => entry.stack === stack);
  const resources = difference.resources.filter((entry) => entry.stack === stack);
  const lines = [
    ...own.flatMap((entry) => headerLines(entry, style)),
    ...resources.flatMap((entry) => resourceLines(entry, style)),
  ];
  return section(stack, lines, style);
}

function headerLines({ stack, host, change, fields }: StackDifference, style: Style): string[] {
  return [`  ${glyph(change, style)} stack ${stack} on ${host}`, ...fields.map((field) => fieldLine(field, style))];
}

/** A resource and its steps; what is wholly new or gone is one line. */
export function resourceLines({ resource, path, change, steps }: ResourceDifference, style: Style): string[] {
  const head = `  ${glyph(change, style)} ${resource}  ${style.dim(path)}`;
  return change === 'changed'
    ? [head, ...steps.flatMap((step) => stepLines(step, style))]
    : [`${head}  ${count(steps.length, 'step')}`];
}

function stepLines({ title, change, fields }: StepDifference, style: Style): string[] {
  return change === 'changed'
    ? fields.map((field) => fieldLine(field, style, title))
    : [`      ${glyph(change, style)} ${title}`];
}

/** A field and what became of it; `owner` is what has it. */
export function fieldLine(field: FieldDifference, style: Style, owner?: string): string {
  const name = [owner, field.field].filter((part) => part !== undefined && part !== '').join(': ');
  const impact = field.impact === undefined ? '' : `  ${style.careful(field.impact)}`;
  const values =
    field.change === 'changed'
      ? `${valueText(field.before)} → ${valueText(field.after)}`
      : valueText(field.after ?? field.before);
  return `      ${[glyph(field.change, style), name].join(' ').trimEnd()}  ${values}${impact}`;
}

/** Hashes are told apart by their first digits. A member of a list shows what is besides its name. */
function valueText(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { key: _key, name: _name, is: _is, impact: _impact, ...rest } = value as Readonly<Record<string, unknown>>;
    const [only, ...others] = Object.values(rest);
    return typeof only === 'string' && others.length === 0 ? only : JSON.stringify(rest);
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64,}$/.test(text) ? `${text.slice(0, 12)}…` : text;
}

function fileLines({ path, change, lines }: FileDifference, style: Style): string[] {
  const head = `  ${glyph(change, style)} ${path}`;
  return change === 'changed'
    ? [head, ...lines.map((line) => lineLine(line, style))]
    : [`${head}  ${count(lines.length, 'line')}`];
}

/** A line of a text that is new or gone, with its number. */
export function lineLine({ change, line, text }: LineDifference, style: Style): string {
  return `      ${String(line).padStart(4)} ${change === 'added' ? style.good(`+ ${text}`) : style.bad(`- ${text}`)}`;
}

function findingLine({ change, finding }: FindingDifference, style: Style): string {
  const word = finding.acknowledged === undefined ? '' : ` (acknowledged: ${finding.acknowledged})`;
  return `  ${glyph(change, style)} ${finding.severity} ${finding.code}  ${finding.path}: ${finding.message}${word}`;
}

/** What follows from the rest needs no details, unless there is no rest. */
function restLines({ runtime, renderings, stacks, resources, files, findings }: AssemblyDifference): string[] {
  const isAlone = [stacks, resources, files, findings].every((list) => list.length === 0);
  return [
    ...(runtime.length === 0 ? [] : [`The applier is of another version (${count(runtime.length, 'file')}).`]),
    ...(isAlone && renderings.length > 0 ? [`The same in other words: ${renderings.join(', ')}`] : []),
  ];
}

function summary({ resources, files, findings }: AssemblyDifference): string {
  const of = (change: Change) => resources.filter((resource) => resource.change === change).length;
  return [
    `Resources: ${of('added')} added, ${of('changed')} changed, ${of('removed')} removed`,
    count(files.length, 'file'),
    count(findings.length, 'finding'),
  ].join(' · ');
}

/** Lines below a title, and nothing for none. */
export function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.strong(title), ...lines, ''];
}

/** `[+]`, `[~]` or `[-]`. */
export function glyph(change: Change, style: Style): string {
  return glyphs[change](style);
}

const glyphs: Readonly<Record<Change, (style: Style) => string>> = {
  added: (style) => style.good('[+]'),
  changed: (style) => style.careful('[~]'),
  removed: (style) => style.bad('[-]'),
};
