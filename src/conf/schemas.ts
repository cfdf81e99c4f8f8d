import type { Fields } from '../model/fields.js';
import { type JsonSchema, tableJsonSchema } from '../model/json-schema.js';
import { frameFields } from './frame.js';
import { guestKinds } from './guest-kind.js';
import { machineFields } from './machine.js';
import { profileKinds } from './profiles.js';
import { type ConfigSection, sectionField } from './section.js';
import { sections } from './sections/all.js';

/** The JSON Schemas of all kinds of config files, by the names of the schemas' own files. */
export function configSchemas(): ReadonlyMap<string, JsonSchema> {
  return new Map([hostSchema(), ...sections.map(sectionSchema), ...folders.flatMap(folderSchemas)]);
}

type NamedSchema = [file: string, schema: JsonSchema];

const folders = [
  { folder: 'lxc', guest: 'A container', guests: 'containers' },
  { folder: 'vm', guest: 'A machine', guests: 'machines' },
] as const;

const $schema = { $schema: frameFields.$schema };

function hostSchema(): NamedSchema {
  const parts = Object.fromEntries(sections.map((section) => [section.key, sectionField(section)]));
  return fileSchema('host', 'A Proxmox VE machine: host.json of a config directory', {
    ...$schema,
    ...machineFields,
    ...parts,
  });
}

/** A section as a file of its own, `subnets.json`: what host.json has under its key, and `$schema`. */
function sectionSchema(section: ConfigSection): NamedSchema {
  const title = `host-${section.key}`;
  const [file, whole] = fileSchema(title, section.doc, { ...$schema, section: sectionField(section) });
  const { $schema: editors, section: value } = whole['properties'] as Record<string, JsonSchema>;
  const alternatives = (value?.['anyOf'] ?? [value]) as readonly JsonSchema[];
  const { propertyNames: _, ...object } = alternatives.find(({ type }) => type === 'object') ?? {};
  return [
    file,
    {
      $schema: whole['$schema'],
      title,
      description: section.doc,
      ...object,
      properties: { $schema: editors, ...(object['properties'] as JsonSchema | undefined) },
    },
  ];
}

function folderSchemas({ folder, guest, guests }: (typeof folders)[number]): readonly NamedSchema[] {
  const kinds = guestKinds.filter((kind) => kind.folder === folder);
  const profiles = Object.entries(profileKinds[folder] ?? {});
  const shared = profileKinds[folder]?.['profile']?.fields ?? {};
  const { profiles: below } = frameFields;
  return [
    schemaByKind(folder, `${guest}: a file of ${folder}/ in a config directory`, frameFields, kinds),
    schemaByKind(
      `${folder}-profile`,
      `Values that several ${guests} share`,
      { ...$schema, profiles: below },
      profiles.map(([kind, { doc, fields }]) => ({ kind, doc, fields })),
    ),
    fileSchema(`${folder}-defaults`, `Values of all ${guests} that no profile and no guest gives`, {
      ...$schema,
      ...shared,
    }),
  ];
}

interface Kind {
  readonly kind: string;
  readonly doc: string;
  readonly fields: Fields;
}

/** A file whose `kind` decides which keys it has beside those of the frame; without `kind` it is of the first one. */
function schemaByKind(title: string, description: string, frame: Fields, kinds: readonly Kind[]): NamedSchema {
  const [first] = kinds;
  const words = kinds.map(({ kind, doc }) => `${kind}: ${doc}`).join('. ');
  const kind = {
    description: `Which construct the file describes. ${words}.`,
    enum: kinds.map((one) => one.kind),
    ...(first === undefined ? {} : { default: first.kind }),
  };
  // kinds with the same keys share what is said of them
  const same = ({ fields }: Kind) => kinds.find((other) => other.fields === fields)?.kind ?? '';
  const definitions = kinds
    .filter((one) => same(one) === one.kind)
    .map((one) => [one.kind, definitionOf(one, frame, kind)] as const);
  return [
    `${title}.json`,
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title,
      description,
      type: 'object',
      properties: { kind },
      allOf: kinds.map((one, index) => ({
        if: { properties: { kind: { const: one.kind } }, ...(index === 0 ? {} : { required: ['kind'] }) },
        // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema, in data that nobody awaits
        then: { $ref: `#/$defs/${same(one)}` },
      })),
      $defs: Object.fromEntries(definitions),
    },
  ];
}

function definitionOf({ kind, doc, fields }: Kind, frame: Fields, kindSchema: JsonSchema): JsonSchema {
  const { $schema: _, ...whole } = tableJsonSchema({ title: kind, description: doc }, { ...frame, ...fields });
  return { ...whole, properties: { kind: kindSchema, ...(whole['properties'] as JsonSchema) } };
}

function fileSchema(title: string, description: string, fields: Fields): NamedSchema {
  return [`${title}.json`, tableJsonSchema({ title, description }, fields)];
}
