import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script, type ScriptOptions } from 'phoenix-cdk';

/**
 * A script from the folder `scripts`. Settings are put in front of it as variables, so that a changed setting is a changed script, which
 * runs again.
 */
export function script(
  name: string,
  settings: Readonly<Record<string, string>> = {},
  options: ScriptOptions = {},
): Script {
  const text = readFileSync(join(import.meta.dirname, 'scripts', `${name}.sh`), 'utf8');
  const assignments = Object.entries(settings).map(([variable, value]) => assignment(variable, value));
  // The applier calls bash itself; a `#!` line would stand in the middle.
  return Script.text(name, assignments.join('') + text.replace(/^#!.*\n/, ''), options);
}

function assignment(variable: string, value: string): string {
  const note = /[$`]/.test(value) ? '# shellcheck disable=SC2016 # text, in which nothing is for the shell\n' : '';
  return `${note}${variable}='${value.replaceAll("'", `'\\''`)}'\n`;
}
