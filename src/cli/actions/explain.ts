import { join, relative, resolve, sep } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { packageRoot } from '../../base/package-root.js';
import { readCodes } from '../../toolkit/error-codes.js';
import { type Action, type Call, exitCodes } from '../command.js';
import { codeText, explanationText } from '../print-explain.js';
import { trySynth } from '../program-assembly.js';
import { readProject } from '../project.js';

/** Says what a code means, or where a value or a line of an artifact comes from. */
export const explain: Action = async (call) => {
  const [subject = '', key] = call.words;
  return /^[a-z0-9-]+\/[a-z0-9-]+$/.test(subject) && key === undefined
    ? (explainCode(subject) ?? (await explainValue(call, subject, key)))
    : explainValue(call, subject, key);
};

function explainCode(code: string): ReturnType<Action> | undefined {
  const found = readCodes(join(packageRoot(), 'docs/errors.md')).get(code);
  return found === undefined
    ? undefined
    : { code: exitCodes.done, data: { code, ...found }, text: (style) => codeText(code, found, style) };
}

async function explainValue(
  call: Call,
  subject: string,
  key: string | undefined,
): Promise<Awaited<ReturnType<Action>>> {
  const project = readProject(call);
  const request = requestOf(call, project.output, subject, key);
  return trySynth(
    call,
    project,
    (run) => {
      if (run.outcome === 'refused') {
        throw new PhoenixError(run.problems);
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

/** `cdk.out/stacks/ai/guests/950/config.conf:7` is a line; everything else names a resource. */
function requestOf({ cwd }: Call, output: string, subject: string, key: string | undefined): object {
  const [, file, line] = /^(.+):(\d+)$/.exec(subject) ?? [];
  if (file === undefined || line === undefined || key !== undefined) {
    return key === undefined ? { subject } : { subject, key };
  }
  const inside = relative(output, resolve(cwd, file)).split(sep).join('/');
  return { artifact: inside.startsWith('..') ? file : inside, line: Number(line) };
}
