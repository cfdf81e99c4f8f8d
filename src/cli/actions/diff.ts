import { resolve } from 'node:path';
import { alteredFiles } from '../../toolkit/altered-files.js';
import { type Assembly, emptyAssembly, isAssembly, openAssembly } from '../../toolkit/assembly.js';
import { diffAssemblies } from '../../toolkit/diff.js';
import { type Action, type Call, exitCodes, type Outcome } from '../command.js';
import { shortPath } from '../paths.js';
import { differenceText } from '../print-diff.js';
import { count } from '../print-problems.js';
import { useProgramAssembly } from '../program-assembly.js';
import { readProject } from '../project.js';
import { diffWithFacts } from './diff-facts.js';

/** Compares two assemblies; what is not given is the one in the output folder, and what the program makes now. */
export const diff: Action = (call) => {
  if (call.options['facts'] !== undefined) {
    return diffWithFacts(call);
  }
  const [before, after] = call.words.map((folder) => resolve(call.cwd, folder));
  if (after !== undefined) {
    return compare(call, before ?? '', openAssembly(after));
  }
  const project = readProject(call);
  return useProgramAssembly(call, project, (assembly) =>
    compare(call, before ?? project.output, assembly, before === undefined),
  );
};

function compare(call: Call, folder: string, after: Assembly, mayBeMissing = false): Outcome {
  const isFirst = mayBeMissing && !isAssembly(folder);
  const before = isFirst ? undefined : openAssembly(folder);
  const difference = diffAssemblies(before ?? emptyAssembly(after.manifest), after);
  const altered = before === undefined ? [] : alteredFiles(before).map((problem) => problem.path ?? '');
  const fails = call.options['fail'] === true && !difference.isEmpty;
  return {
    code: fails ? exitCodes.differences : exitCodes.done,
    data: { ...difference, altered },
    text: (style) => differenceText(difference, style),
    notes: (style) =>
      [
        ...(isFirst ? [`There is no assembly in ${shortPath(call.cwd, folder)} yet: everything is new.`] : []),
        ...(altered.length === 0 ? [] : [style.careful(alteredText(altered))]),
      ].join('\n'),
  };
}

/** Differences are told from the hashes in the manifest, so edits by hand would go unseen. */
function alteredText(paths: readonly string[]): string {
  return `${count(paths.length, 'file')} of the former assembly edited by hand: ${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ' ...' : ''}`;
}
