import type { Construct, IConstruct } from 'constructs';
import { lxcTable } from '../lxc/schema.js';
import type { Fields } from '../model/fields.js';
import { vmTable } from '../vm/schema.js';
import type { GuestKind } from './guest-kind.js';

/** A kind of guests that another package brings. */
export interface OwnKind<P> {
  /** Word of the file: `ollama`. */
  readonly kind: string;
  /** Meaning, for the JSON Schema. */
  readonly doc: string;
  /** Keys that its files have beside those of every guest of the folder. */
  readonly fields: Fields;
  /** Makes the construct, from props in which names are resolved. Their keys are checked by the construct. */
  readonly make: (scope: Construct, id: string, props: P) => IConstruct;
}

/** A kind of containers of one's own, for `ConfigDirectory.load(app, folder, { kinds })`. */
export function lxcKind<P>(kind: OwnKind<P>): GuestKind {
  return kindOf(kind, 'lxc', lxcTable.fields);
}

/** A kind of machines of one's own, for `ConfigDirectory.load(app, folder, { kinds })`. */
export function vmKind<P>(kind: OwnKind<P>): GuestKind {
  return kindOf(kind, 'vm', vmTable.fields);
}

function kindOf<P>({ fields, make, ...kind }: OwnKind<P>, folder: GuestKind['folder'], shared: Fields): GuestKind {
  return { ...kind, folder, fields: { ...shared, ...fields }, make: (scope, id, props) => make(scope, id, props as P) };
}
