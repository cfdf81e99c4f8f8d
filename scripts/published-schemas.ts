import { z } from 'zod';
import { vllmTable } from '../src/ai/schema.js';
import { hostTable } from '../src/host/schema.js';
import { lxcSharedTable, lxcTable } from '../src/lxc/schema.js';
import type { Fields } from '../src/model/fields.js';
import { findingSchema } from '../src/model/finding.js';
import { documentJsonSchema, type JsonSchema, tableJsonSchema } from '../src/model/json-schema.js';
import { manifestSchema, runbookSchema, treeSchema } from '../src/model/manifest.js';
import { bondTable, bridgeTable, vlanTable } from '../src/network/schema.js';
import { storageTypes } from '../src/storage/types/all.js';
import { vmSharedTable, vmTable } from '../src/vm/schema.js';
import { datasetTable, mountSourceField, poolTable } from '../src/zfs/schema.js';

/** Every published JSON Schema by the name of its file in `schemas/`. */
export function publishedSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map([...assemblySchemas(), ...guestSchemas(), ...hostSchemas()]);
}

function assemblySchemas(): [string, JsonSchema][] {
  const all: readonly [string, string, z.ZodType][] = [
    [
      'manifest',
      'manifest.json of an assembly: its stacks, every other file with its hash, and what was found',
      manifestSchema,
    ],
    ['runbook', 'runbook.json of a stack: its steps, in an order that can be worked through', runbookSchema],
    ['tree', 'tree.json of an assembly: the constructs of the program', treeSchema],
    ['finding', 'Something that a person should know of before applying', findingSchema],
  ];
  return all.map(([name, description, schema]) => [
    `${name}.json`,
    documentJsonSchema({ title: name, description }, schema),
  ]);
}

function guestSchemas(): [string, JsonSchema][] {
  const shared: Fields = lxcSharedTable.fields;
  const lxc: Fields = lxcTable.fields;
  return [
    described('lxc', 'A container', lxc, fileFrame('lxc')),
    described('vllm', 'A container that serves a model with vLLM', { ...lxc, ...vllmFields }, fileFrame('vllm')),
    described('lxc-profile', 'Values that several containers share', shared, { $schema }),
    described('vm', 'A virtual machine', vmTable.fields, fileFrame('vm')),
    described('vm-profile', 'Values that several machines share', vmSharedTable.fields, { $schema }),
    described('lxc-defaults', 'Values of all containers that no profile and no container gives', shared, { $schema }),
  ];
}

function hostSchemas(): [string, JsonSchema][] {
  return [
    described('host', 'A Proxmox VE machine', hostTable.fields, { $schema }),
    described('zfs-dataset', 'A ZFS file system', datasetTable.fields, { $schema }),
    described('bridge', 'A bridge of a host', bridgeTable.fields, { $schema }),
    described('bond', 'Several network cards that work as one', bondTable.fields, { $schema }),
    described('vlan', 'A VLAN of a host as an interface', vlanTable.fields, { $schema }),
    described('zfs-pool', 'A ZFS pool', poolTable.fields, { $schema }),
    ...storageTypes.map(({ type, doc, table }) => described(`storage-${type}`, doc, table.fields, { $schema })),
  ];
}

function described(
  title: string,
  description: string,
  fields: Fields,
  frame: Readonly<Record<string, z.ZodType>>,
): [string, JsonSchema] {
  return [`${title}.json`, tableJsonSchema({ title, description }, fields, frame)];
}

/** Where models lie is said of the container as a whole: a mount of it. */
const vllmFields: Fields = {
  ...vllmTable.fields,
  models: mountSourceField('Dataset or folder of the host where models are kept; mounted at `modelFolder`.'),
};

const $schema = z.string().optional().meta({ description: 'Schema of this file, for editors.' });

/** What a file of one guest says besides the guest's own values. */
function fileFrame(kind: string): Readonly<Record<string, z.ZodType>> {
  return {
    $schema,
    kind: z.literal(kind).optional().meta({ description: 'Which construct the file describes.' }),
    profiles: z
      .array(z.string())
      .optional()
      .meta({ description: 'Names of profiles; later ones win over earlier ones.' }),
    startAfter: z
      .array(z.string())
      .optional()
      .meta({ description: 'Guests that have to be ready before this one starts.' }),
  };
}
