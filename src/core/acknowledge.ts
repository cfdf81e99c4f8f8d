import type { Finding } from '../model/finding.js';

/** Somebody's word that findings of a code are meant so. */
export interface Acknowledgement {
  readonly code: string;
  readonly reason: string;
  /** Construct paths that the word is about, each with all below; undefined for the whole app. */
  readonly paths: readonly string[] | undefined;
}

/**
 * Marks what is acknowledged, and reports words about nothing, so that they do not outlive their reason.
 *
 * Errors stay errors: what Proxmox refuses it refuses with or without a reason.
 */
export function acknowledge(findings: readonly Finding[], acknowledgements: readonly Acknowledgement[]): Finding[] {
  const used = new Set<Acknowledgement>();
  const marked = findings.map((finding) => {
    const word = acknowledgements.find((candidate) => concerns(candidate, finding));
    if (word === undefined || finding.severity === 'error') {
      return finding;
    }
    used.add(word);
    return { ...finding, acknowledged: word.reason };
  });
  return [...marked, ...acknowledgements.filter((word) => !used.has(word)).map(unused)];
}

function concerns(word: Acknowledgement, finding: Finding): boolean {
  return (
    word.code === finding.code &&
    (word.paths === undefined ||
      word.paths.some((path) => path === '' || finding.path === path || finding.path.startsWith(`${path}/`)))
  );
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
