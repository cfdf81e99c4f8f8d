/**
 * `npm run schemas`: writes `schemas/*.json`, the JSON Schemas that editors and third-party appliers read, from the
 * field tables and zod schemas of the sources. `test/model/published-schemas.test.ts` fails when they are stale.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stableJson } from '../src/base/stable.js';
import { publishedSchemas } from './published-schemas.js';

const folder = fileURLToPath(new URL('../schemas/', import.meta.url));
const schemas = publishedSchemas();

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!schemas.has(file)) rmSync(join(folder, file));
for (const [file, schema] of schemas) writeFileSync(join(folder, file), stableJson(schema));
