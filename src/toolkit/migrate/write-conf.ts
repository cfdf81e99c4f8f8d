import { quoted } from '../adopt/literal.js';
import type { ConfTree } from './conf-tree.js';
import type { Value, Values } from './values.js';

/** Files of a project whose guests are files, by path. */
export function confProject(tree: ConfTree): Readonly<Record<string, string>> {
  const inFolder = Object.entries(confFiles(tree)).map(([path, text]) => [`conf.d/${path}`, text]);
  return { ...Object.fromEntries(inFolder), 'main.ts': mainOf(tree), ...projectFiles };
}

/** How the command line runs a project. */
export const projectFiles = {
  'phoenix.json': `${JSON.stringify({ app: 'node --import tsx main.ts' }, undefined, 2)}\n`,
};

/** Files of the config directory alone, by path in it. */
export function confFiles({ host, bases, profiles, guests, files }: ConfTree): Readonly<Record<string, string>> {
  const result: Record<string, string> = { 'host.json': json(host) };
  for (const [folder, values] of Object.entries(bases)) {
    result[`defaults/${folder}_base.json`] = json(values);
  }
  for (const { folder, name, values } of profiles) {
    result[`defaults/${folder === 'lxc' ? '' : 'vm_'}profile_${name}.json`] = json(values);
  }
  for (const { folder, vmid, id, values } of guests) {
    result[`${folder}/${vmid}_${id}.json`] = json(values);
  }
  return { ...result, ...files };
}

function json(values: Values): string {
  return `${printed(values, '')}\n`;
}

/** Lists and small objects stay on one line, as people write them. */
function printed(value: Value, indent: string): string {
  const line = oneLine(value);
  if (typeof value !== 'object' || (indent !== '' && indent.length + line.length <= 80)) {
    return line;
  }
  const inner = `${indent}  `;
  if (isList(value)) {
    return ['[', value.map((item) => `${inner}${printed(item, inner)}`).join(',\n'), `${indent}]`].join('\n');
  }
  const members = Object.entries(value).map(
    ([key, member]) => `${inner}${JSON.stringify(key)}: ${printed(member, inner)}`,
  );
  return members.length === 0 ? '{}' : ['{', members.join(',\n'), `${indent}}`].join('\n');
}

function oneLine(value: Value): string {
  if (typeof value !== 'object') {
    return JSON.stringify(value);
  }
  if (isList(value)) {
    return `[${value.map(oneLine).join(', ')}]`;
  }
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${oneLine(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function mainOf({ app }: ConfTree): string {
  return [
    '// Everything is in conf.d: the machine in host.json, what guests share in defaults, one file a guest.',
    "import { App, ConfigDirectory } from 'phoenix-cdk';",
    '',
    `const app = new App({ name: ${quoted(app)}, root: import.meta.dirname });`,
    "ConfigDirectory.load(app, 'conf.d');",
    'app.synth();',
    '',
  ].join('\n');
}
