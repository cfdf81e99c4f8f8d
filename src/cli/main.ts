#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { PhoenixError, type Problem } from '../base/errors.js';
import { exitCodes, type GlobalOptions, type Outcome } from './command.js';
import { commands } from './commands.js';
import { parse } from './parse.js';
import { problemsText } from './print-problems.js';
import { type Style, styleOf } from './style.js';

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

/** Reads the command line, does what it says, prints what came of it. The only place that prints. */
async function main(words: readonly string[]): Promise<number> {
  endQuietlyWithTheReader();
  let manner: Manner = { json: words.includes('--json'), color: !words.includes('--no-color') };
  try {
    const parsed = parse(words, commands, ownVersion(), process.cwd());
    if ('shown' in parsed) {
      return show(parsed.shown, parsed.isUsageError);
    }
    manner = parsed.call.globals;
    const action = await parsed.command.load();
    return print(await action({ ...parsed.call, warn: (text) => process.stderr.write(`${text}\n`) }), manner);
  } catch (error) {
    return print(failure(problemsOf(error)), manner);
  }
}

type Manner = Pick<GlobalOptions, 'json' | 'color'>;

function show(text: string, isUsageError: boolean): number {
  (isUsageError ? process.stderr : process.stdout).write(text);
  return isUsageError ? exitCodes.usage : exitCodes.done;
}

/** With `--json` the data holds all there is to say. */
function print({ code, data, text, notes }: Outcome, { json, color }: Manner): number {
  const asJson = json && data !== undefined;
  writeLines(process.stderr, asJson ? '' : (notes?.(styleFor(process.stderr, color)) ?? ''));
  writeLines(
    process.stdout,
    asJson ? JSON.stringify(data, undefined, 2) : (text?.(styleFor(process.stdout, color)) ?? ''),
  );
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
function problemsOf(error: unknown): readonly Problem[] {
  if (PhoenixError.isPhoenixError(error)) {
    return error.problems;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [{ code: 'internal/unexpected', message: text, fix: 'this is a mistake in phoenix itself: please report it' }];
}

function writeLines(stream: NodeJS.WriteStream, text: string): void {
  if (text !== '') {
    stream.write(`${text}\n`);
  }
}

function styleFor(stream: NodeJS.WriteStream, color: boolean): Style {
  return styleOf(color && stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '');
}

/** `phoenix tree | head` closes the pipe early, which is no failure. */
function endQuietlyWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      throw error;
    }
  });
}

function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
