import { changeProblems, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { frameFields } from './frame.js';
import type { GuestKind } from './guest-kind.js';

/** Runs an action that makes a guest; what is wrong with keys of its file is told in the words of files: kinds, and keys beside the props. */
export function withWordsOf<T>(kind: GuestKind, kinds: readonly GuestKind[], action: () => T): T {
  return changeProblems(action, (problem) => inWords(problem, kind, kinds));
}

function inWords(problem: Problem, kind: GuestKind, kinds: readonly GuestKind[]): Problem {
  const [key, ...inner] = problem.keys ?? [];
  if (problem.code !== 'config/unknown-key' || key === undefined || inner.length > 0) {
    return problem;
  }
  return { ...problem, message: `\`${key}\` is no key of kind ${kind.kind}`, fix: wayOut(key, kind, kinds) };
}

function wayOut(key: string, kind: GuestKind, kinds: readonly GuestKind[]): string {
  const others = kinds.filter((other) => Object.hasOwn(other.fields, key)).map((other) => other.kind);
  if (others.length > 0) {
    return `it is a key of kind ${others.join(' and ')}: give \`kind\`, or leave the key out`;
  }
  const known = [...Object.keys(kind.fields), ...Object.keys(frameFields), 'kind'];
  const like = nearest(key, known);
  return like === undefined ? `known keys: ${known.join(', ')}` : `did you mean \`${like}\`?`;
}
