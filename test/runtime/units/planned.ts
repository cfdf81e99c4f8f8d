export type Facts = Readonly<Record<string, unknown>>;

/** The verdict of a step. */
export const verdict = (is: string, more: Facts = {}) => ({ verdict: is, changes: [], notes: [], ...more });
/** A change of a verdict. */
export const change = (key: string, from: string, to: string, more: Facts = {}) => ({
  key,
  from,
  to,
  impact: 'live',
  ...more,
});

/** A step `id` of the stack ai, and its verdict. */
export const row = (id: string, of: Facts, more: Facts = {}) => ({
  step: {
    id,
    kind: 'guest-config',
    path: `ai/${id}`,
    resource: `guest/${id}`,
    title: `t${id}`,
    stack: { name: 'ai' },
    has: {},
    ...more,
  },
  verdict: of,
});

/** What was found about these steps. */
export const found = (rows: readonly ReturnType<typeof row>[] = [], more: Facts = {}) => ({
  steps: rows.map(({ step }) => step),
  verdicts: Object.fromEntries(rows.map(({ step, verdict }) => [step.id, verdict])),
  flags: {},
  app: 'phoenix',
  here: 'pve',
  version: '9.1.4',
  stacks: [{ name: 'ai' }],
  skipped: [],
  left: { guests: [], things: [] },
  remarks: [],
  notes: [],
  privileges: [],
  processes: 1,
  seconds: 0.5,
  ...more,
});

/** Steps that most tests have use for: a guest to be made, one that changes, one that is as it should be. */
export const created = row('a', verdict('create', { changes: [change('hostname', 'absent', 'qwen')] }), {
  kind: 'guest-create',
});
export const changed = row('b', verdict('change', { changes: [change('memory', '512', '1024')] }));
export const satisfied = row('c', verdict('satisfied'));
