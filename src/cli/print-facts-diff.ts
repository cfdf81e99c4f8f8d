import { addTo } from '../base/group.js';
import type { FactsDifference, OtherThing, UnseenThing } from '../toolkit/facts/diff.js';
import { ageText } from './age.js';
import { resourceLines, section } from './print-diff.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

/** What hosts are otherwise than the program says: `-` and what stands before the arrow is the host. The last line counts. */
export function factsDifferenceText(
  difference: FactsDifference,
  now: number,
  isVerbose: boolean,
  style: Style,
): string {
  const { hosts, without, resources, others, unseen } = difference;
  const stacks = [...new Set(resources.map(({ stack }) => stack))].sort();
  const ages = hosts.map(({ host, takenAt }) => `${host} (facts ${ageText(takenAt, now)} by their own stamp)`);
  return [
    `From ${ages.join(', ')} to the program`,
    ...(without.length === 0 ? [] : [style.careful(`There are no facts of ${without.join(', ')}.`)]),
    '',
    ...stacks.flatMap((stack) =>
      section(
        stack,
        resources.filter((it) => it.stack === stack).flatMap((resource) => resourceLines(resource, style)),
        style,
      ),
    ),
    ...section('on the host and not in the program', others.map(otherLine), style),
    ...section('not told by facts; the applier on the host compares it', unseenLines(unseen, isVerbose), style),
    summary(difference),
  ].join('\n');
}

function otherLine({ what, name, about }: OtherThing): string {
  return `  ${what === 'key' ? name : `${what} ${name}`}  ${about}`;
}

/** Keys; whole steps, which most guests have some of, only if somebody asks for more. */
function unseenLines(unseen: readonly UnseenThing[], isVerbose: boolean): string[] {
  const whole = new Map<string, string[]>();
  for (const { step, resource } of unseen.filter(({ keys }) => keys.length === 0)) {
    addTo(whole, resource, step.slice(resource.length + 1));
  }
  return [
    ...unseen.filter(({ keys }) => keys.length > 0).map(({ step, keys }) => `  ${step}  ${keys.join(', ')}`),
    ...(isVerbose ? [...whole].map(([resource, steps]) => `  ${resource}  ${steps.join(', ')}`) : []),
  ];
}

function summary({ isEmpty, resources, unseen }: FactsDifference): string {
  const added = resources.filter(({ change }) => change === 'added').length;
  const parts = isEmpty
    ? ['No differences']
    : [`Resources: ${added} to be made, ${resources.length - added} to be changed`];
  const hidden = unseen.length === 0 ? [] : [`${count(unseen.length, 'step')} not or not wholly told`];
  return [...parts, ...hidden].join(' · ');
}
