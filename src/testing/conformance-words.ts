import { spawnSync } from 'node:child_process';
import { renderStep } from '../format/runbook-shell.js';
import type { Step } from '../model/step.js';
import { unmet } from './unmet.js';

/** Values of the steps that bash does not hand on when it reads them as shell: `ID: VALUE`. */
export function lostWords(steps: readonly Step[]): readonly string[] {
  const read = wordsThroughBash(steps);
  return steps.flatMap((step, index) => {
    const words = new Set(read[index]);
    return [...leaves(step)].filter((leaf) => !words.has(leaf)).map((leaf) => `${step.id}: ${JSON.stringify(leaf)}`);
  });
}

/** The words that each call of `step` gets. */
function wordsThroughBash(steps: readonly Step[]): readonly (readonly string[])[] {
  const program = `step() { printf '%s\\0' "$#" "$@"; }\n${steps.map(renderStep).join('\n')}`;
  const { stdout, stderr, status } = spawnSync('bash', { input: program, encoding: 'utf8' });
  if (status !== 0 || stderr !== '') {
    throw unmet('bash', `bash cannot read the runbook: ${stderr}`);
  }
  const fields = stdout.split('\0');
  const calls: string[][] = [];
  for (let at = 0; at < fields.length - 1; ) {
    const count = Number(fields[at]);
    calls.push(fields.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return calls;
}

/** Words that only say which form a value has; the shell says it by the name of an option. */
const forms = new Set(['is', 'from', 'filled', 'probe']);

/** Text and numbers of a step that have to be words; switches become 0 and 1, or an option that is there or not. */
function* leaves(value: unknown, key = ''): Iterable<string> {
  if (typeof value === 'string' || typeof value === 'number') {
    yield String(value);
  } else if (Array.isArray(value)) {
    // exit codes are one word
    yield* key === 'satisfied' || key === 'absent'
      ? [value.join(',')]
      : value.flatMap((item) => [...leaves(item, key)]);
  } else if (typeof value === 'object' && value !== null) {
    const isMarker = 'is' in value && value.is === 'marker';
    for (const [inner, item] of Object.entries(value)) {
      const isForm = (forms.has(inner) && typeof item === 'string') || (isMarker && inner !== 'value');
      yield* isForm ? [] : leaves(item, inner);
    }
  }
}
