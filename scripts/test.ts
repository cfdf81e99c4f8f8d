/**
 * `npm test`: everything that has to hold before a change is done. Each stage that is not a vitest run counts as one
 * check, so that the last line and the exit code never disagree. Words after `--` go to vitest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installMissingTools } from '../test/setup/debian-tools.js';

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What we read of vitest's JSON report. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'phoenix-cdk-test-'));
try {
  process.exitCode = report(await run());
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function run(): Promise<Totals> {
  for (const tool of installMissingTools()) console.log(`missing: ${tool}; the tests that start it are skipped`);
  const stages = await Promise.all([
    stage('build', ['tsx', 'scripts/build.ts']),
    stage('type-check of everything', ['tsc', '-p', 'tsconfig.json']),
    stage('lint and format', ['biome', 'check', '--error-on-warnings', '.']),
  ]);
  const [tests, api] = await Promise.all([vitest(), stage('API.md is current', ['tsx', 'scripts/docs.ts', '--check'])]);
  return sum([...stages, tests, api]);
}

/** Runs one tool of node_modules; its output is shown only when it has something to say. */
async function stage(name: string, [tool = '', ...words]: readonly string[]): Promise<Totals> {
  const started = performance.now();
  const child = spawn(process.execPath, [binary(tool), ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const [code, output] = await finished(child);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function vitest(): Promise<Totals> {
  const json = join(scratch, 'vitest.json');
  const words = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${json}`, ...process.argv.slice(2)];
  const child = spawn(process.execPath, [binary('vitest'), ...words], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await finished(child);
  // A vitest that died leaves no report.
  if (!existsSync(json)) return { passed: 0, failed: 1, skipped: 0 };
  return vitestTotals(code, JSON.parse(readFileSync(json, 'utf8')));
}

function vitestTotals(code: number, report: VitestReport): Totals {
  // A file that cannot be loaded has no failed test to its name.
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + unloadable;
  return {
    passed: report.numPassedTests,
    // An error outside any test fails the run and is in no count.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function sum(totals: readonly Totals[]): Totals {
  return totals.reduce((left, right) => ({
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  }));
}

function report({ passed, failed, skipped }: Totals): number {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

function finished(child: ChildProcess): Promise<[code: number, output: string]> {
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve([code ?? 1, output]));
  });
}

/** The entry file of a tool, started by this very node: no shell, no npx. */
function binary(tool: string): string {
  const paths: Readonly<Record<string, string>> = {
    biome: '@biomejs/biome/bin/biome',
    tsc: 'typescript/bin/tsc',
    tsx: 'tsx/dist/cli.mjs',
    vitest: 'vitest/vitest.mjs',
  };
  return join(root, 'node_modules', paths[tool] ?? tool);
}
