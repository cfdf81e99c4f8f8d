import { type Problem, placeText, type SourcePlace } from '../base/errors.js';
import type { Finding, Severity } from '../model/finding.js';
import type { Style } from './style.js';

/** Problems for people, each with code, place, what is wrong and the way out. */
export function problemsText(problems: readonly Problem[], style: Style): string {
  return problems.map((problem) => entry(style.bad('error'), problem, style)).join('\n');
}

/** Findings for people, in the same form. */
export function findingsText(findings: readonly Finding[], style: Style): string {
  return findings.map((finding) => findingText(finding, style)).join('\n');
}

/** `2 errors`, `1 warning`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

function findingText(finding: Finding, style: Style): string {
  const word = words[finding.severity](style);
  const text = entry(word, finding, style);
  return finding.acknowledged === undefined ? text : `${text}${continued(`acknowledged: ${finding.acknowledged}`)}`;
}

const words: Readonly<Record<Severity, (style: Style) => string>> = {
  error: (style) => style.bad('error'),
  warning: (style) => style.careful('warn '),
  info: (style) => style.dim('info '),
};

/** What problems and findings have in common. */
interface Entry {
  readonly code: string;
  readonly path?: string | undefined;
  readonly place?: SourcePlace | undefined;
  readonly message: string;
  readonly fix?: string | undefined;
}

function entry(word: string, { code, path, place, message, fix }: Entry, style: Style): string {
  const where = place === undefined ? path : placeText(place);
  const head = [word, style.strong(code), ...(where === undefined || where === '' ? [] : [where])].join('  ');
  const excerpt = place === undefined ? '' : continued(place.excerpt);
  return `${head}${excerpt}${continued(message)}${fix === undefined ? '' : continued(`→ ${fix}`)}`;
}

function continued(text: string): string {
  return text
    .split('\n')
    .map((line) => `\n       ${line}`)
    .join('');
}
