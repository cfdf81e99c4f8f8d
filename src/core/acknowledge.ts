import type { Finding } from '../model/finding.js';

/** Somebody's word that findings of a code are meant so. */
export interface Acknowledgement {
  readonly code: string;
  readonly reason: string;
  /** Construct paths that the word is about, each with all below; undefined for the whole app. */
  readonly paths: readonly string[] | undefined;
}

/**
 * Marks what is acknowledged, by the word that names the nearest construct where there are several, and reports words about nothing, so that they do not outlive their reason.
 *
 * Errors stay errors: what Proxmox refuses it refuses with or without a reason.
 */
export function acknowledge(findings: readonly Finding[], acknowledgements: readonly Acknowledgement[]): Finding[] {
  const used = new Set<Acknowledgement>();
  const marked = findings.map((finding) => {
    const words = finding.severity === 'error' ? [] : acknowledgements.filter((word) => concerns(word, finding));
    words.forEach((word) => used.add(word));
    const [nearest] = [...words].sort((a, b) => closeness(b, finding) - closeness(a, finding));
    return nearest === undefined ? finding : { ...finding, acknowledged: nearest.reason };
  });
  return [...marked, ...acknowledgements.filter((word) => !used.has(word)).map(unused)];
}

function concerns(word: Acknowledgement, finding: Finding): boolean {
  return word.code === finding.code && (word.paths === undefined || pathsAround(word, finding).length > 0);
}

/** Length of the longest path of the word that the finding is at or below: -1 for a word about the whole app. */
function closeness(word: Acknowledgement, finding: Finding): number {
  return Math.max(-1, ...pathsAround(word, finding).map(({ length }) => length));
}

function pathsAround({ paths = [] }: Acknowledgement, finding: Finding): string[] {
  return paths.filter((path) => path === '' || finding.path === path || finding.path.startsWith(`${path}/`));
}

function unused(word: Acknowledgement): Finding {
  return {
    code: 'acknowledge/nothing-found',
    severity: 'info',
    path: word.paths?.[0] ?? '',
    message: `nothing was found of what ${word.code} was acknowledged for`,
    fix: 'remove the acknowledgement',
  };
}
