import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { collectProblems, PhoenixError } from '../../base/errors.js';
import { type Facts, parseFacts } from '../../model/facts.js';
import { type Assembly, openAssembly } from '../../toolkit/assembly.js';
import { diffFacts } from '../../toolkit/facts/diff.js';
import { type Action, type Call, exitCodes, type Outcome } from '../command.js';
import { shortPath } from '../paths.js';
import { factsDifferenceText } from '../print-facts-diff.js';
import { useProgramAssembly } from '../program-assembly.js';
import { readProject } from '../project.js';

/** Compares hosts, by their facts, with what the program makes now or with the assembly in the folder that is given. */
export const diffWithFacts: Action = (call) => {
  const [folder, ...others] = call.words;
  if (others.length > 0) {
    throw new PhoenixError({
      code: 'usage/excess-argument',
      message: `there are two folders beside --facts: ${call.words.join(', ')}`,
      value: others[0],
      fix: 'name one assembly, or none for what the program makes now',
    });
  }
  return folder === undefined
    ? useProgramAssembly(call, readProject(call), (assembly) => compare(call, assembly))
    : compare(call, openAssembly(resolve(call.cwd, folder)));
};

function compare(call: Call, assembly: Assembly): Outcome {
  const difference = diffFacts(factsFor(call, assembly), assembly);
  const fails = call.options['fail'] === true && !difference.isEmpty;
  return {
    code: fails ? exitCodes.differences : exitCodes.done,
    data: difference,
    text: (style) => factsDifferenceText(difference, Date.now(), call.globals.verbose, style),
  };
}

/** The file that is given, or of each host of the assembly what the project has. */
function factsFor(call: Call, { manifest }: Assembly): Facts[] {
  const hosts = [...new Set(manifest.stacks.map(({ host }) => host))];
  const given = call.options['facts'];
  if (typeof given === 'string') {
    return [factsIn(resolve(call.cwd, given), given, hosts)];
  }
  const { root } = readProject(call);
  const paths = hosts.map((host) => join(root, 'facts', `${host}.json`)).filter((path) => existsSync(path));
  if (paths.length === 0) {
    throw noFile(`there are no facts of ${hosts.join(', ')} in ${shortPath(call.cwd, join(root, 'facts'))}`, root);
  }
  const found: Facts[] = [];
  const problems = collectProblems(
    paths.map((path) => () => void found.push(factsIn(path, shortPath(call.cwd, path), hosts))),
  );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return found;
}

function factsIn(path: string, shown: string, hosts: readonly string[]): Facts {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw noFile(`there is no file ${shown}`, shown);
  }
  const facts = parseFacts(readFileSync(path, 'utf8'), shown);
  if (!hosts.includes(facts.node)) {
    throw new PhoenixError({
      code: 'facts/other-host',
      message: `${shown} are facts of ${facts.node}, and the assembly is for ${hosts.join(', ')}`,
      path: shown,
      value: facts.node,
      fix: 'give facts of one of its hosts, or give the PveNode its `nodeName`',
    });
  }
  return facts;
}

function noFile(message: string, value: string): PhoenixError {
  return new PhoenixError({
    code: 'facts/no-file',
    message,
    value,
    fix: 'npx phoenix facts import --host root@HOST',
  });
}
