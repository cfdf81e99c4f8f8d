import * as z from 'zod';
import { configSchemas } from '../src/conf/schemas.js';
import { factsSchema } from '../src/model/facts.js';
import type { Fields } from '../src/model/fields.js';
import { findingSchema } from '../src/model/finding.js';
import { documentJsonSchema, type JsonSchema, tableJsonSchema } from '../src/model/json-schema.js';
import { manifestSchema, runbookSchema, treeSchema } from '../src/model/manifest.js';
import { bondTable, bridgeTable, vlanTable } from '../src/network/schema.js';
import { storageTypes } from '../src/storage/types/all.js';
import { datasetTable, poolTable } from '../src/zfs/schema.js';

/** Every published JSON Schema by the name of its file in `schemas/`. */
export function publishedSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map([...assemblySchemas(), ...configSchemas(), ...hostSchemas()]);
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
    ['facts', 'What the applier saw of a host: `applier facts`, and facts/<host>.json of a project', factsSchema()],
  ];
  return all.map(([name, description, schema]) => [
    `${name}.json`,
    documentJsonSchema({ title: name, description }, schema),
  ]);
}

function hostSchemas(): [string, JsonSchema][] {
  return [
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

const $schema = z.string().optional().meta({ description: 'Schema of this file, for editors.' });
