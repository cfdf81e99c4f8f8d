/** Verbs that change nothing whatever their flags are. */
const looking = new Set(['plan', 'verify', 'status', 'facts']);
/** Flags without which these verbs only show. */
const leave: Readonly<Record<string, string>> = { drift: '--repair', destroy: '--yes', restore: '--yes' };

/** Whether a verb with these flags may change the host. */
export function acts(verb: string, words: readonly string[]): boolean {
  const flag = leave[verb];
  return flag === undefined ? !looking.has(verb) : words.includes(flag);
}

/** Verbs that work through the steps of the program, in its order. */
const working = new Set(['apply', 'drift']);

/** Whether hosts have to wait for each other, as the program says, when they do this. */
export function isInOrder(verb: string, words: readonly string[]): boolean {
  return working.has(verb) && acts(verb, words);
}
