import * as z from 'zod';
import { isPlainObject } from '../base/plain-object.js';
import { custom, type Fields, list, map, type SpecOf, text } from '../model/fields.js';
import { table } from '../model/layer.js';

/** A port as files write it. */
const portPattern = /^(?:icmp|(?:tcp|udp)\/\d{1,5}(?:-\d{1,5})?)$/;

/** Somebody who may connect: a name, or more than that. */
export interface WrittenPermission {
  readonly peer: string;
  readonly port?: string | undefined;
  readonly why?: string | undefined;
}

const permission = () =>
  z.union([
    z.string(),
    z.strictObject({
      peer: z.string().meta({ description: 'Guest, network, set of addresses, alias, or the machine.' }),
      port: z.string().regex(portPattern).optional().meta({ description: 'tcp/8000, udp/5000-5100 or icmp.' }),
      why: z.string().optional().meta({ description: 'Reason, for the comment of the rule.' }),
    }),
  ]);

const permissions = (doc: string) => ({
  ...list(
    doc,
    custom<string | WrittenPermission>(
      'Who.',
      "the name of a guest or network, or { peer, port, why } with a port such as 'tcp/8000', 'udp/5000-5100' or 'icmp'",
      permission,
    ),
  ),
});

/** Keys of a guest's file that are no props of its construct: what a program says by other files, by methods, or by the app. */
export const frameFields = {
  $schema: text('Schema of this file, for editors.'),
  profiles: list(
    'Profiles that the guest takes values of, by name; later ones win over earlier ones.',
    text('A profile.'),
  ),
  startAfter: list('Guests that have to be ready before this one starts.', text('A guest.')),
  allowFrom: permissions('Who may open connections to the guest; without a port, to its service.'),
  allowTo: permissions('To whom the guest may open connections.'),
  exposePort: text('Where a service of the guest listens: what `allowFrom` without a port opens.', {
    pattern: portPattern,
    expects: "'tcp/8000', 'udp/5000-5100' or 'icmp'",
  }),
  override: map('Values of its config past the props, by key: `net0.rate`. `null` removes.', text('A value.')),
  raw: list(
    'Lines that Proxmox hands to LXC as they are, each as key and value.',
    custom<readonly [string, string]>('A line.', 'key and value: ["lxc.x", "y"]', () =>
      z.tuple([z.string(), z.string()]).readonly(),
    ),
    'sequence',
  ),
  acknowledge: map('Findings that are meant so, by code, each with the reason.', text('Why it is meant so.')),
} satisfies Fields;

export const frameTable = table('a guest', frameFields);

/** What a guest's file says beside its props. */
export type Frame = Partial<SpecOf<typeof frameFields>>;

/** The two parts of a guest's file: its props, and what is said beside them. `kind` is neither. */
export function splitFrame(values: Readonly<Record<string, unknown>>): {
  readonly own: Readonly<Record<string, unknown>>;
  readonly frame: Readonly<Record<string, unknown>>;
} {
  const entries = Object.entries(values).filter(([key]) => key !== 'kind');
  return {
    own: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(frameFields, key))),
    frame: Object.fromEntries(entries.filter(([key]) => Object.hasOwn(frameFields, key))),
  };
}

/** A permission with all its parts, whichever way it is written. */
export function permissionOf(entry: string | WrittenPermission): WrittenPermission {
  return isPlainObject(entry) ? (entry as unknown as WrittenPermission) : { peer: String(entry) };
}
