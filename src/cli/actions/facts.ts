import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { collectProblems, PhoenixError } from '../../base/errors.js';
import { compareText } from '../../base/stable.js';
import { type Facts, parseFacts } from '../../model/facts.js';
import { factsChanges } from '../../toolkit/facts/changes.js';
import { renderFacts } from '../../toolkit/facts/render.js';
import { type Action, type Call, exitCodes, type Outcome } from '../command.js';
import { shortPath } from '../paths.js';
import { importedText, listedText } from '../print-facts.js';
import { readProject } from '../project.js';

/** Lists the facts of hosts, or takes some into the project. */
export const facts: Action = async (call) => {
  const [action = 'list', file = '-'] = call.words;
  const { to } = call.options;
  const project = readProject(call);
  const folder = typeof to === 'string' ? resolve(call.cwd, to) : join(project.root, 'facts');
  const hosts = call.options['host'] as readonly string[];
  if (action !== 'import') {
    return listFacts(call, folder);
  }
  if (hosts.length === 0) {
    return importFacts(call, { text: textOf(call.cwd, file), name: file === '-' ? 'standard input' : file }, folder);
  }
  const { factsOfHosts } = await import('../remote/facts-of-hosts.js');
  const found = await factsOfHosts(project, hosts, call.live);
  return together(found.map(({ text, destination }) => importFacts(call, { text, name: destination }, folder)));
};

/** One document for all hosts. */
function together(outcomes: readonly Outcome[]): Outcome {
  return {
    code: exitCodes.done,
    data: { facts: outcomes.map(({ data }) => data) },
    text: (style) => outcomes.map(({ text }) => text?.(style) ?? '').join('\n'),
  };
}

function listFacts({ cwd }: Call, folder: string): Outcome {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const found: { readonly file: string; readonly facts: Facts }[] = [];
  const problems = collectProblems(
    names.sort(compareText).map((name) => () => {
      const file = shortPath(cwd, join(folder, name));
      found.push({ file, facts: parseFacts(readFileSync(join(folder, name), 'utf8'), file) });
    }),
  );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return {
    code: exitCodes.done,
    data: { facts: found.map(({ file, facts }) => ({ file, ...summaryOf(facts) })) },
    text: listedText(found, Date.now()),
  };
}

/** What a list shows of facts. */
function summaryOf({ node, takenAt, pveVersion, guests, unknown }: Facts) {
  return {
    node,
    takenAt,
    ...(pveVersion === undefined ? {} : { pveVersion }),
    ...(guests === undefined ? {} : { guests: guests.length }),
    unknown,
  };
}

function importFacts({ cwd }: Call, given: { readonly text: string; readonly name: string }, folder: string): Outcome {
  const after = parseFacts(given.text, given.name);
  const path = join(folder, `${after.node}.json`);
  const file = shortPath(cwd, path);
  const before = existsSync(path) ? parseFacts(readFileSync(path, 'utf8'), file) : undefined;
  const changes = before === undefined ? [] : factsChanges(before, after);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.new`, renderFacts(after));
  renameSync(`${path}.new`, path);
  return {
    code: exitCodes.done,
    data: { file, ...summaryOf(after), ...(before === undefined ? {} : { since: before.takenAt }), changes },
    text: importedText({ file, after, before, changes }, Date.now()),
  };
}

function textOf(cwd: string, file: string): string {
  if (file === '-') {
    return standardInput();
  }
  const path = resolve(cwd, file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new PhoenixError({
      code: 'facts/no-file',
      message: `there is no file ${file}`,
      value: file,
      fix: 'give the file that `applier facts` was written to, or - for standard input',
    });
  }
  return readFileSync(path, 'utf8');
}

function standardInput(): string {
  if (process.stdin.isTTY) {
    throw new PhoenixError({
      code: 'facts/no-file',
      message: 'no file is given, and nothing comes on standard input',
      fix: 'npx phoenix facts import --host root@HOST',
    });
  }
  return readFileSync(0, 'utf8');
}
