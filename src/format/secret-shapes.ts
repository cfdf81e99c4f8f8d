/** A place of a text where a secret seems to stand in clear. The value itself is never told. */
export interface LiteralSecret {
  /** Counted from 1. */
  readonly line: number;
  /** What it looks like: `a token of Hugging Face`. */
  readonly what: string;
}

/** Places of a text that look like secrets: shapes that issuers give their tokens, private keys, and what nobody could guess behind a telling name. */
export function literalSecrets(text: string): LiteralSecret[] {
  // what is in a line is in the whole, too, and nearly no text has any of it
  if (!anyShape.test(text) && !assignment.test(text)) {
    return [];
  }
  return text.split('\n').flatMap((content, index) => {
    const what = shapeOf(content) ?? (isAssignedSecret(content) ? 'a secret behind its name' : undefined);
    return what === undefined ? [] : [{ line: index + 1, what }];
  });
}

const shapes: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----/, 'a private key'],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]{50,}/, 'a private key of age'],
  [/\bhf_[A-Za-z0-9]{30,}\b/, 'a token of Hugging Face'],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})\b/, 'a token of GitHub'],
  [/\bglpat-[A-Za-z0-9_-]{20,}/, 'a token of GitLab'],
  [/\bsk-[A-Za-z0-9_-]{20,}/, 'an API key'],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, 'an access key of AWS'],
  [/\bAIza[0-9A-Za-z_-]{35}\b/, 'an API key of Google'],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/, 'a token of Slack'],
  [/\bnpm_[A-Za-z0-9]{36}\b/, 'a token of npm'],
  // what is filled in later is none: $PASSWORD, <password>, %s
  [/\w:\/\/[^/\s:@]+:[^/\s@$<{%][^/\s@]*@/, 'a password in a URL'],
];

const anyShape = new RegExp(shapes.map(([pattern]) => pattern.source).join('|'));

function shapeOf(line: string): string | undefined {
  return shapes.find(([pattern]) => pattern.test(line))?.[1];
}

const assignment =
  /(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s*[:=]\s*["']?([A-Za-z0-9+/_.!#%&*~^=-]{16,})/i;

/** Paths, names and words of people have neither the letters nor the digits of a random text. */
function isAssignedSecret(line: string): boolean {
  const value = assignment.exec(line)?.[1] ?? '';
  const looksRandom =
    /[0-9]/.test(value) && /[A-Za-z]/.test(value) && !value.includes('/') && !/^[a-z]+([-_.][a-z0-9]+)*$/.test(value);
  return looksRandom && entropyOf(value) > 3.3;
}

/** Bits a character, by how often each stands in the text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  return -[...counts.values()].reduce((sum, count) => sum + (count / text.length) * Math.log2(count / text.length), 0);
}
