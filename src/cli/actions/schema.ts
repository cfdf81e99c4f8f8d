import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSchemas, schemaNamed } from '../../toolkit/published-schemas.js';
import { type Action, exitCodes } from '../command.js';

/** Lists the JSON Schemas, prints one, or writes them into a folder. */
export const schema: Action = (call) => {
  const [name] = call.words;
  const all = readSchemas();
  const wanted = name === undefined ? all : [schemaNamed(name, all)];
  const { output } = call.globals;
  if (output !== undefined) {
    return written(resolve(call.cwd, output), wanted);
  }
  const [only] = wanted;
  if (name !== undefined && only !== undefined) {
    return { code: exitCodes.done, data: JSON.parse(only.text), text: () => only.text.trimEnd() };
  }
  const widest = Math.max(...all.map((one) => one.name.length));
  return {
    code: exitCodes.done,
    data: { schemas: all.map(({ name, description }) => ({ name, description })) },
    text: (style) => all.map((one) => `${style.strong(one.name.padEnd(widest))}  ${one.description}`).join('\n'),
  };
};

function written(folder: string, schemas: ReturnType<typeof readSchemas>): ReturnType<Action> {
  mkdirSync(folder, { recursive: true });
  const files = schemas.map(({ name, text }) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, text);
    return file;
  });
  return { code: exitCodes.done, data: { files }, text: () => files.join('\n') };
}
