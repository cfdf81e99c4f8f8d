import { PhoenixError, type Problem } from '../base/errors.js';
import { exitCodes, type GlobalOptions, type LiveOutput, type Outcome, type TerminalStream } from './command.js';
import { commands } from './commands.js';
import { fileProblem, type UnderstoodLine } from './file-problem.js';
import { ownVersion } from './own-version.js';
import { parse } from './parse.js';
import { problemsText } from './print-problems.js';
import { type Style, styleOf } from './style.js';

/** Where a command line is given and where its words go. */
export interface Terminal extends LiveOutput {
  /** Working directory. */
  readonly cwd: string;
}

/** Reads the command line, does what it says, prints what came of it, and gives the exit code. The only place that prints. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  let line: UnderstoodLine | undefined;
  let manner: Manner = { json: words.includes('--json'), color: !words.includes('--no-color') };
  try {
    const parsed = parse(words, commands, ownVersion(), terminal.cwd);
    if ('shown' in parsed) {
      return show(parsed.shown, parsed.isUsageError, terminal);
    }
    line = parsed;
    manner = parsed.call.globals;
    const action = await parsed.command.load();
    const warn = (text: string) => writeLines(terminal.err, text);
    return print(await action({ ...parsed.call, warn, live: terminal }), manner, terminal);
  } catch (error) {
    return print(failure(problemsOf(error, line)), manner, terminal);
  }
}

type Manner = Pick<GlobalOptions, 'json' | 'color'>;

function show(text: string, isUsageError: boolean, { out, err }: Terminal): number {
  (isUsageError ? err : out).write(text);
  return isUsageError ? exitCodes.usage : exitCodes.done;
}

/** With `--json` the data holds all there is to say. */
function print({ code, data, text, notes }: Outcome, { json, color }: Manner, { out, err }: Terminal): number {
  if (json && data !== undefined) {
    writeLines(out, JSON.stringify(data, undefined, 2));
  } else {
    writeLines(err, notes?.(styleFor(err, color)) ?? '');
    writeLines(out, text?.(styleFor(out, color)) ?? '');
  }
  return code;
}

function failure(problems: readonly Problem[]): Outcome {
  const isUsage = problems.every((problem) => problem.code.startsWith('usage/'));
  return {
    code: isUsage ? exitCodes.usage : exitCodes.failed,
    data: { problems },
    notes: (style) => problemsText(problems, style),
  };
}

/** Our own mistakes are problems too, with the place in our code, so that they can be reported. */
function problemsOf(error: unknown, line: UnderstoodLine | undefined): readonly Problem[] {
  if (PhoenixError.isPhoenixError(error)) {
    return error.problems;
  }
  const ofFile = line === undefined ? undefined : fileProblem(error, line);
  if (ofFile !== undefined) {
    return [ofFile];
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [{ code: 'internal/unexpected', message: text, fix: 'this is a mistake in phoenix itself: please report it' }];
}

function writeLines(stream: TerminalStream, text: string): void {
  if (text !== '') {
    stream.write(`${text}\n`);
  }
}

function styleFor(stream: TerminalStream, color: boolean): Style {
  return styleOf(color && stream.hasColor);
}
