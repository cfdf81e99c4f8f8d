import { changeProblems, PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { App } from '../core/app.js';
import { Stack } from '../core/stack.js';
import { PveNode } from '../host/pve-node.js';
import { laterSections, sectionNotYet } from './later-sections.js';
import { type LoadContext, placed } from './load-context.js';
import { machineFields, machineOf } from './machine.js';
import type { ReadFiles } from './read-files.js';
import { type ConfigSection, loadSection } from './section.js';
import type { SourceFile } from './source-file.js';

/** The machine that everything belongs to: that of `host.json`, or that of the stack. Throws what is wrong with it, at its place. */
export function hostOf(scope: App | Stack, file: SourceFile | undefined, folder: string): PveNode {
  if (Stack.isStack(scope)) {
    if (!PveNode.isPveNode(scope.host)) {
      throw new PhoenixError({
        code: 'scope/no-node',
        message: `${scope.node.path} is on no Proxmox VE machine`,
        path: scope.node.path,
        fix: 'make the stack with a PveNode as host',
      });
    }
    return scope.host;
  }
  if (file === undefined) {
    throw new PhoenixError({
      code: 'conf/no-host',
      message: `nothing describes the machine: there is no ${folder}/host.json`,
      path: folder,
      fix: 'write host.json with name, address and pveVersion, or load the folder into a Stack that has its host',
    });
  }
  const own = pick(file.value, (key) => key in machineFields);
  return changeProblems(
    () => machineOf(scope, own),
    (problem) => placed(problem, file, []),
  );
}

/** Makes what the sections describe, in the order of the sections, whether they stand in `host.json` or are files of their own. */
export function loadHost(
  { host, sections: files }: Pick<ReadFiles, 'host' | 'sections'>,
  sections: readonly ConfigSection[],
  hasMachine: boolean,
  context: LoadContext,
): void {
  if (host !== undefined) {
    context.problems.push(...unknownKeys(host, sections, hasMachine));
  }
  for (const section of sections) {
    const own = files.find((one) => one.section === section.key)?.file;
    if (own !== undefined) {
      const { $schema: _, ...value } = own.value;
      loadSection(section, value, { file: own, keys: [] }, context);
    }
    const value = host?.value[section.key];
    if (host !== undefined && value !== undefined && own !== undefined) {
      context.problems.push(host.problem(sectionTwice(section.key, host, own), [section.key], 'key'));
    } else if (host !== undefined && value !== undefined && value !== null) {
      loadSection(section, value, { file: host, keys: [section.key] }, context);
    }
  }
}

function sectionTwice(key: string, host: SourceFile, own: SourceFile): Problem {
  return {
    code: 'conf/name-twice',
    message: `the section ${key} is described by ${host.name} and by ${own.name}`,
    value: key,
    fix: 'keep one of them',
  };
}

function unknownKeys(file: SourceFile, sections: readonly ConfigSection[], hasMachine: boolean): Problem[] {
  const machine = Object.keys(machineFields);
  const known = ['$schema', ...(hasMachine ? [] : machine), ...sections.map(({ key }) => key)];
  return Object.keys(file.value)
    .filter((key) => !known.includes(key))
    .map((key) => file.problem(unknownKey(key, known, machine.includes(key)), [key], 'key'));
}

function unknownKey(key: string, known: readonly string[], isOfMachine: boolean): Problem {
  const like = nearest(key, known);
  if (laterSections.includes(key)) {
    return sectionNotYet(key);
  }
  if (isOfMachine) {
    return {
      code: 'conf/machine-twice',
      message: `\`${key}\` is of the machine, and the stack has its machine already`,
      fix: 'leave it out, or load the folder with the App in place of the stack',
    };
  }
  return {
    code: 'config/unknown-key',
    message: `\`${key}\` is no section of host.json and no key of the machine`,
    value: key,
    fix: like === undefined ? `known: ${known.join(', ')}` : `did you mean \`${like}\`?`,
  };
}

function pick(
  values: Readonly<Record<string, unknown>>,
  isWanted: (key: string) => boolean,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => isWanted(key)));
}
