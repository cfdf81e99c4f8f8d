import { inStack } from './given.js';
import { root } from './root.js';

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

/** A stack as a runbook names it. */
export const stack = (more: Facts = {}) => ({
  name: 'ai',
  folder: '/nonexistent',
  app: 'phoenix',
  host: '',
  pve: '',
  order: '0',
  restart: 'never',
  protect: '0',
  ...more,
});

/** A step of that stack, by its words. */
export const asked = (...words: readonly (string | number)[]) => inStack(stack(), ...words);

/** A folder that the host lacks, or has if its file is among those of a session. */
export const folder = (id: string, ...words: readonly (string | number)[]) =>
  asked('folder', id, '--folder', `/srv/${id}`, '--path', `ai/${id}`, ...words);

/** What a session was told, on a host with these files, before it looks; it began at second 1000. */
export const session = (files: Readonly<Record<string, string>>, steps: readonly Facts[], more: Facts = {}) => ({
  root: root({ '/etc/hostname': 'pve\n', '/etc/pve/.members': '{}', '/etc/pve/nodes/pve/lxc/.none': '', ...files }),
  verb: 'plan',
  operands: [],
  flags: {},
  started: '1000',
  run: 'r1',
  stacks: [stack()],
  steps,
  ...more,
});

/** Perl for what a function returns and prints. */
export const printed = (call: string) =>
  `local *Clock::now = sub { 1002 }; my $printed = ''; open my $out, '>', \\$printed; my $former = select $out; my $value = eval { ${call} }; my $trouble = $@; select $former;
   die $trouble if $trouble; ($value, $printed)`;
