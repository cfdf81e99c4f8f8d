import type { Fields } from '../../model/fields.js';
import { type Literal, printCall } from '../adopt/literal.js';
import type { ProgramNames } from './program-names.js';
import type { ProgramValues } from './program-values.js';
import { type Values, valuesOf } from './values.js';

/** A section of `host.json` as a program writes it. */
export interface HostSection {
  readonly key: string;
  readonly comment: string;
  /** Makes the names of the entries known. */
  readonly declare?: (values: Values, names: ProgramNames) => void;
  readonly print: (values: Values, writer: Writer) => readonly string[];
}

/** What sections are printed with. */
export interface Writer {
  readonly names: ProgramNames;
  readonly values: ProgramValues;
  /** Whether entries of several sections have the name. */
  readonly isShared: (name: string) => boolean;
}

/** A construct of the host. */
export interface Making {
  readonly className: string;
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  readonly props: Record<string, Literal>;
}

/** The statement that makes it. */
export function made({ names }: Writer, { className, kind, name, id, props }: Making): string {
  const args: Literal[] = [names.use('machine', 'machine'), id, ...(Object.keys(props).length === 0 ? [] : [props])];
  return printCall(`${names.head(kind, name)}new ${names.imported(className)}`, args);
}

/** The statement that makes it or finds it; none for what exists and nobody refers to. */
export function existingOrNew(
  writer: Writer,
  { fields, props, ...making }: Omit<Making, 'props'> & { readonly props: Values; readonly fields: Fields },
): string[] {
  const { existing, mountpoint, ...own } = props;
  const { names, values } = writer;
  if (existing !== true) {
    return [
      made(writer, {
        ...making,
        props: values.props(fields, { ...own, ...(mountpoint === undefined ? {} : { mountpoint }) }),
      }),
    ];
  }
  const options: Literal[] = mountpoint === undefined ? [] : [{ mountpoint: String(mountpoint) }];
  const head = names.head(making.kind, making.name);
  // what exists and nobody refers to is nothing that a program has to say
  return head === ''
    ? []
    : [
        printCall(`${head}${names.imported(making.className)}.fromName`, [
          names.use('machine', 'machine'),
          making.name,
          ...options,
        ]),
      ];
}

/**
 * The statement that makes it under an id that is free, or says that it has to be there, whoever refers to it. `nameKey` is the prop of its
 * name on the host.
 */
export function keptOrNew(
  writer: Writer,
  {
    props,
    nameKey,
    fields,
    ...making
  }: Omit<Making, 'id' | 'props'> & { props: Values; fields: Fields; nameKey?: string },
): string {
  const { names, values, isShared } = writer;
  const { existing, ...own } = props;
  const { name, kind, className } = making;
  if (existing === true) {
    const head = names.head(kind, name);
    return printCall(`${head}${names.imported(className)}.fromName`, [names.use('machine', 'machine'), name]);
  }
  const named = nameKey === undefined || !isShared(name) ? {} : { [nameKey]: name };
  const id = isShared(name) ? `${name}-${kind.toLowerCase().replaceAll(' ', '-')}` : name;
  return made(writer, { ...making, id, props: values.props(fields, { ...named, ...own }) });
}

/** Does something with each entry of a section. */
export function each(values: Values, action: (name: string, props: Values) => void): void {
  for (const [name, props] of Object.entries(values)) {
    action(name, valuesOf(props));
  }
}

/** Last to first, so that what refers comes before what it refers to; given back in the order of the file. */
export function mapped(values: Values, print: (name: string, props: Values) => readonly string[]): string[] {
  return Object.entries(values)
    .reverse()
    .map(([name, props]) => print(name, valuesOf(props)))
    .reverse()
    .flat();
}
