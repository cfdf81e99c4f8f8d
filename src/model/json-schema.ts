import * as z from 'zod';
import { authoredSchema, type Fields } from './fields.js';

/** A JSON Schema of draft 2020-12, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What editors show of a schema as a whole. */
export interface SchemaTitle {
  readonly title: string;
  readonly description: string;
}

/**
 * The JSON Schema of a field table in the form that people write in files: sizes and durations are text with a unit,
 * every key may be missing because another layer may give it, and `null` removes.
 *
 * `frame` are keys of the file itself that are no values: what kind of thing it describes, which profiles it takes.
 */
export function tableJsonSchema(
  title: SchemaTitle,
  fields: Fields,
  frame: Readonly<Record<string, z.ZodType>> = {},
): JsonSchema {
  const values = toJson(authoredSchema(fields));
  const extra = toJson(z.strictObject(frame));
  const required = (extra['required'] ?? []) as readonly string[];
  return {
    $schema: values['$schema'],
    ...title,
    type: 'object',
    properties: { ...(extra['properties'] as JsonSchema), ...(values['properties'] as JsonSchema) },
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** The JSON Schema of a file that the library itself writes. */
export function documentJsonSchema(title: SchemaTitle, schema: z.ZodType): JsonSchema {
  const { $schema, ...rest } = toJson(schema);
  return { $schema, ...title, ...rest };
}

function toJson(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    override: ({ jsonSchema }) => {
      // That a list is readonly in TypeScript says nothing about the file.
      delete jsonSchema.readOnly;
      // The bounds of what a JavaScript number holds exactly are no rule of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
}
