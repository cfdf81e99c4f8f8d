import type { Problem } from '../base/errors.js';

/** Why a key of a container's config may not be set past the props; none if it may. */
export function overrideProblems(key: string, _value: string | undefined, path: string): Problem[] {
  const [name = ''] = key.split('.');
  if (/^[a-z][a-z_]*\d*(\.[a-z][\w-]*)?$/.test(key) && !notOverridable.has(name)) {
    return [];
  }
  return [
    {
      code: 'override/key',
      message: `${JSON.stringify(key)} is no key of a container's config that a program may set`,
      path,
      value: key,
      fix: 'name a key, `hookscript`, or a key within one, `net0.rate`',
    },
  ];
}

/** Keys that say whose the guest is and what is being done with it. */
const notOverridable = new Set(['description', 'lock', 'parent', 'template']);
