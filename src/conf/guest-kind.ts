import type { Construct, IConstruct } from 'constructs';
import { vllmTable } from '../ai/schema.js';
import { VllmContainer, type VllmContainerProps } from '../ai/vllm-container.js';
import { LxcContainer } from '../lxc/lxc-container.js';
import { LxcTemplate } from '../lxc/lxc-template.js';
import type { LxcContainerProps } from '../lxc/props.js';
import { lxcTable } from '../lxc/schema.js';
import type { Fields } from '../model/fields.js';
import type { VirtualMachineProps } from '../vm/props.js';
import { vmTable } from '../vm/schema.js';
import { VirtualMachine } from '../vm/virtual-machine.js';
import { VmTemplate } from '../vm/vm-template.js';
import { mountSourceField } from '../zfs/schema.js';

/** A kind of guest: what `kind` of a guest's file chooses. Open: another package adds kinds of its own. */
export interface GuestKind {
  /** Word of the file: `vllm`. */
  readonly kind: string;
  /** Folder of its files; the first kind of a folder is the one of files without `kind`. */
  readonly folder: 'lxc' | 'vm';
  /** Meaning, for the JSON Schema. */
  readonly doc: string;
  /** Keys of the file, which are the props of the construct. */
  readonly fields: Fields;
  /** What the guest is when something refers to it: `container template`. */
  readonly referredAs?: string;
  /** Makes the construct. Throws `config/*` and whatever else the construct finds. */
  readonly make: (scope: Construct, id: string, props: Readonly<Record<string, unknown>>) => IConstruct;
}

/** Kinds that the library brings. */
export const guestKinds: readonly GuestKind[] = [
  {
    kind: 'lxc',
    folder: 'lxc',
    doc: 'A container',
    fields: lxcTable.fields,
    make: (scope, id, props) => new LxcContainer(scope, id, props as LxcContainerProps),
  },
  {
    kind: 'lxc-template',
    folder: 'lxc',
    doc: 'A container that is set up once and then only cloned',
    fields: lxcTable.fields,
    referredAs: 'container template',
    make: (scope, id, props) => new LxcTemplate(scope, id, props as LxcContainerProps),
  },
  {
    kind: 'vllm',
    folder: 'lxc',
    doc: 'A container that serves a model with vLLM',
    fields: {
      ...lxcTable.fields,
      ...vllmTable.fields,
      models: mountSourceField('Dataset or folder of the host where models are kept; mounted at `modelFolder`.'),
    },
    make: (scope, id, props) => new VllmContainer(scope, id, props as unknown as VllmContainerProps),
  },
  {
    kind: 'vm',
    folder: 'vm',
    doc: 'A machine',
    fields: vmTable.fields,
    make: (scope, id, props) => new VirtualMachine(scope, id, props as VirtualMachineProps),
  },
  {
    kind: 'vm-template',
    folder: 'vm',
    doc: 'A machine that is only cloned',
    fields: vmTable.fields,
    referredAs: 'machine template',
    make: (scope, id, props) => new VmTemplate(scope, id, props as VirtualMachineProps),
  },
];

/** What a template in a folder is when something refers to it, also one that could not be made. */
export const templateKinds: Readonly<Record<string, string>> = { lxc: 'container template', vm: 'machine template' };

/** Kinds that people will look for, and that no domain of this release makes. */
export const laterKinds: readonly string[] = ['compose', 'llamacpp', 'nginx', 'ollama', 'vllm-cluster'];
