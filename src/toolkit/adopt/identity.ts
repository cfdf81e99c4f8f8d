import { hostNamePattern } from '../../guest/schema.js';
import type { Draft } from './draft.js';
import { Code } from './literal.js';

/**
 * The guest's name, which is not said where it is that of its construct. `key` is `hostname` or, for machines, `name`. Gives why the guest
 * cannot be said; nothing if it can.
 */
export function takeIdentity(draft: Draft, key: 'hostname' | 'name', id: string): string | undefined {
  const name = draft.take(key);
  if (name === undefined) {
    draft.calls.push({ method: 'override', args: [key, new Code('undefined')], why: 'The file does not name it.' });
  } else if (!hostNamePattern.test(name)) {
    return `its name ${JSON.stringify(name)} is none of DNS: give it another one first`;
  } else if (name !== id || !/^[A-Za-z0-9-]{1,63}$/.test(id)) {
    draft.props['hostname'] = name;
  }
  return undefined;
}
