import { PhoenixError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { flag } from '../../model/fields.js';

/** What takes the place of everything else of an entry: `fromName` of a program. */
export const existingField = flag(
  'Whether it exists already: it has to be there, and is never created, changed or removed.',
);

/** What `find` finds, if the entry says that the thing exists; undefined if the thing is the program's own. */
export function existing<T>(
  { existing: exists, ...props }: Readonly<Record<string, unknown>>,
  find: (props: Readonly<Record<string, unknown>>) => T,
  allowed: readonly string[] = [],
): T | undefined {
  if (exists !== true) {
    return undefined;
  }
  const [other] = Object.keys(props).filter((key) => !allowed.includes(key));
  if (other !== undefined) {
    const like = nearest(other, allowed);
    throw new PhoenixError({
      code: 'conf/existing',
      message: `\`${other}\` of a thing that exists already would never be brought about`,
      keys: [other],
      value: other,
      fix: like === undefined ? `leave it out, or leave out \`existing\`` : `did you mean \`${like}\`?`,
    });
  }
  return find(props);
}
