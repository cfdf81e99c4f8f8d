import type { Step, StepKind } from '../model/step.js';
import { compareFields, type FieldDifference } from './field-difference.js';

/** A step, and the stack that it is in. */
export type StepInStack = Step & { readonly stack: string };

/** What differs between two plans of a step. What is a value on the host has its name there, as in a comparison with facts: `cores`. */
export function stepFields(before: StepInStack, after: StepInStack): FieldDifference[] {
  const list = settings[after.kind];
  return compareFields(withRawLines(before), withRawLines(after)).map((field) => hostField(field, list));
}

/** The list of a step whose members are what the host calls by their names. */
const settings: { readonly [K in StepKind]?: string } = {
  'guest-config': 'keys',
  mapping: 'options',
  storage: 'options',
  'zfs-dataset': 'properties',
};

/** Lines for LXC have no name of their own: they are told as they stand in the config. */
function withRawLines(step: StepInStack): object {
  if (step.kind !== 'guest-config' || step.raw === undefined) {
    return step;
  }
  const { raw, ...others } = step;
  return { ...others, 'raw lines': raw.map(({ key, value }) => `${key}: ${value}`) };
}

/** `keys[cores].value` is `cores`; a disk's `keys[rootfs].bytes` is `rootfs.bytes`. */
function hostField(difference: FieldDifference, list: string | undefined): FieldDifference {
  const field = difference.field.replace(/^raw lines\[\]$/, 'raw lines');
  const [, owner, name, part] = /^(\w+)\[(.+?)\](.*)$/.exec(field) ?? [];
  if (owner === undefined || owner !== list) {
    return { ...difference, field };
  }
  const { before, after } = difference;
  return {
    ...difference,
    field: `${name}${part === '.value' ? '' : part}`,
    ...(before === undefined ? {} : { before: hostValue(before) }),
    ...(after === undefined ? {} : { after: hostValue(after) }),
  };
}

/** A member that is new or gone, as what the host has of it; a disk stays what is asked of it. */
function hostValue(member: unknown): unknown {
  if (typeof member !== 'object' || member === null) {
    return member;
  }
  const { is = 'exact', value } = member as { readonly is?: string; readonly value?: unknown };
  return words[is] ?? value ?? member;
}

const words: Readonly<Record<string, string>> = { generated: 'made by Proxmox', absent: 'has to be absent' };
