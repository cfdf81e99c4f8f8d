/** Verbs that change nothing whatever their flags are. */
const looking = new Set(['plan', 'verify', 'status', 'facts']);
/** Flags without which these verbs only show. */
const leave: Readonly<Record<string, string>> = { drift: '--repair', destroy: '--yes', restore: '--yes' };

/** Whether a verb with these flags may change the host. */
export function acts(verb: string, words: readonly string[]): boolean {
  const flag = leave[verb];
  return flag === undefined ? !looking.has(verb) : words.includes(flag);
}
