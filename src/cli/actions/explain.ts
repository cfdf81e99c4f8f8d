import { join, relative, resolve, sep } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { packageRoot } from '../../base/package-root.js';
import { codesOfArea, nearestCode, readCodes } from '../../toolkit/error-codes.js';
import { type Action, type Call, exitCodes } from '../command.js';
import { codeText, explanationText } from '../print-explain.js';
import { trySynth } from '../program-assembly.js';
import { readProject } from '../project.js';

/** Says what a code means, or where a value or a line of an artifact comes from. */
export const explain: Action = async (call) => {
  const [subject = '', key] = call.words;
  const mayBeCode = /^[a-z0-9-]+\/[a-z0-9-]+$/.test(subject) && key === undefined;
  const codes = mayBeCode ? readCodes(join(packageRoot(), 'docs/errors.md')) : undefined;
  const found = codes?.get(subject);
  return found === undefined
    ? explainValue(call, subject, key, codes)
    : { code: exitCodes.done, data: { code: subject, ...found }, text: (style) => codeText(subject, found, style) };
};

async function explainValue(
  call: Call,
  subject: string,
  key: string | undefined,
  codes: Codes | undefined,
): Promise<Awaited<ReturnType<Action>>> {
  const project = readProject(call);
  const request = requestOf(call, project.output, subject, key);
  return trySynth(
    call,
    project,
    (run) => {
      if (run.outcome === 'refused') {
        throw new PhoenixError(run.problems.map((problem) => withNearestCode(problem, subject, codes)));
      }
      const { explanation } = run;
      if (explanation === undefined) {
        throw new PhoenixError({
          code: 'explain/too-old',
          message: 'the program uses a release of the library that explains nothing',
          fix: 'update phoenix-cdk in the project',
        });
      }
      return { code: exitCodes.done, data: explanation, text: (style) => explanationText(explanation, style) };
    },
    { PHOENIX_EXPLAIN: JSON.stringify(request) },
  );
}

type Codes = ReturnType<typeof readCodes>;

/** The program knows no codes: what is neither there nor here may be meant as either. */
function withNearestCode(problem: Problem, subject: string, codes: Codes | undefined): Problem {
  if (problem.code !== 'explain/unknown' || codes === undefined) {
    return problem;
  }
  const message = `${problem.message}, and no code is of that name`;
  const { fix = '' } = problem;
  const isNear = fix.startsWith('did you mean');
  const like = nearestCode(subject, codes.keys());
  if (like !== undefined) {
    return { ...problem, message, fix: `${isNear ? `${fix} Or the code` : 'did you mean the code'} ${like}?` };
  }
  const siblings = codesOfArea(subject, codes.keys());
  return siblings.length === 0 || isNear
    ? { ...problem, message }
    : { ...problem, message, fix: `${fix}, or one of the codes ${siblings.join(', ')}` };
}

/** `cdk.out/stacks/ai/guests/950/config.conf:7` is a line; everything else names a resource. */
function requestOf({ cwd }: Call, output: string, subject: string, key: string | undefined): object {
  const [, file, line] = /^(.+):(\d+)$/.exec(subject) ?? [];
  if (file === undefined || line === undefined || key !== undefined) {
    return key === undefined ? { subject } : { subject, key };
  }
  const inside = relative(output, resolve(cwd, file)).split(sep).join('/');
  return { artifact: inside.startsWith('..') ? file : inside, line: Number(line) };
}
