import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { runtimeFolder } from '../../support/runtime.js';

interface Answer {
  readonly values?: readonly unknown[];
  readonly died?: string;
}

interface Waiting {
  readonly resolve: (values: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

let perl: ChildProcessWithoutNullStreams | undefined;
const waiting: Waiting[] = [];

/**
 * What Perl code gives in list context; `@_` holds the arguments. One perl with all modules of the runtime answers the questions of all tests of a
 * worker. A function that dies throws its words, with `Unknown: ` before them where it is one; a warning of Perl is a failure, too.
 */
export function evaluate(code: string, ...args: readonly unknown[]): Promise<readonly unknown[]> {
  perl ??= start();
  const { stdin } = perl;
  const answer = new Promise<readonly unknown[]>((resolve, reject) => waiting.push({ resolve, reject }));
  stdin.write(`${JSON.stringify({ code, arguments: args })}\n`);
  return answer;
}

/** What a function such as `Size::parse` returns in scalar context. */
export async function call(name: string, ...args: readonly unknown[]): Promise<unknown> {
  const [value] = await evaluate(`scalar ${name}(@_)`, ...args);
  return value ?? undefined;
}

/** Whether what a function returns is true to Perl. */
export async function holds(name: string, ...args: readonly unknown[]): Promise<boolean> {
  const [value] = await evaluate(`${name}(@_) ? 1 : 0`, ...args);
  return value === '1';
}

/** What a function returns in list context. */
export function list(name: string, ...args: readonly unknown[]): Promise<readonly unknown[]> {
  return evaluate(`${name}(@_)`, ...args);
}

/** The arguments as a function leaves them. */
export function after(name: string, ...args: readonly unknown[]): Promise<readonly unknown[]> {
  return evaluate(`${name}(@_); @_`, ...args);
}

function start(): ChildProcessWithoutNullStreams {
  const process = spawn('perl', [fileURLToPath(new URL('answer.pl', import.meta.url)), runtimeFolder]);
  let said = '';
  process.stderr.on('data', (text) => {
    said += text;
  });
  createInterface({ input: process.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer;
    const { resolve, reject } = waiting.shift() as Waiting;
    if (answer.values) resolve(answer.values);
    else reject(new Error(answer.died));
  });
  process.on('close', () => {
    perl = undefined;
    for (const { reject } of waiting.splice(0)) reject(new Error(`perl ended: ${said}`));
  });
  // It ends with the worker, and does not keep it from ending.
  process.unref();
  return process;
}
