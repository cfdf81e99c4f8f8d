import type { GuestLine } from '../../format/guest-conf.js';
import { environmentKey, rawLineProblems } from '../../format/lxc-raw-line.js';
import { withheldMark } from '../../model/facts.js';
import type { Draft } from './draft.js';
import type { LiteralRecord } from './literal.js';

/**
 * Lines for LXC. The environment of init is a prop if its variables stand in the order in which that writes them; the other lines are
 * calls. A line that no program may say stays on the host, where the applier leaves it alone.
 */
export function takeRawLines(draft: Draft): void {
  const raw = draft.guest.conf.raw.filter(([key, value]) => {
    const trouble = value.includes(withheldMark) ? 'it is left out of the facts' : draft.rules.tooNew(key, value);
    if (trouble !== undefined) {
      draft.remark('host', key, `the line \`${key}: ${value}\` stays as it is: ${trouble}`);
    }
    return trouble === undefined;
  });
  const environment = environmentOf(raw);
  if (environment !== undefined && draft.accepts({ env: environment })) {
    draft.props['env'] = environment;
  }
  for (const [key, value] of raw) {
    if (key === environmentKey && 'env' in draft.props) {
      continue;
    }
    const [problem] = rawLineProblems(key, value, '');
    if (problem === undefined) {
      draft.rawLine(key, value);
    } else {
      draft.remark('host', key, `the line \`${key}: ${value}\` stays as it is: ${problem.message}`);
    }
  }
}

function environmentOf(raw: readonly GuestLine[]): LiteralRecord | undefined {
  const lines = raw.filter(([key]) => key === environmentKey).map(([, value]) => /^(\w+)=(.*)$/s.exec(value));
  if (lines.length === 0 || lines.includes(null)) {
    return undefined;
  }
  const names = lines.map((line) => line?.[1] ?? '');
  const isInOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name);
  return isInOrder && !names.includes('__proto__')
    ? Object.fromEntries(lines.map((line) => [line?.[1] ?? '', line?.[2] ?? '']))
    : undefined;
}
