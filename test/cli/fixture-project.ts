import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call, Outcome } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { parse } from '../../src/cli/parse.js';
import { styleOf } from '../../src/cli/style.js';
import { translateProgram } from './fixture-program.js';

const folders: string[] = [];
let program: string | undefined;

/** Starts the fixture's program without a shell, by this very node. */
export function app(): readonly string[] {
  if (program === undefined) {
    const translated = translateProgram();
    folders.push(translated.folder);
    program = translated.program;
  }
  return [process.execPath, program];
}

/** A new project with the fixture's program. Removed by {@link removeProjects}. */
export function newProject(settings: object = { app: app() }): string {
  const folder = newFolder();
  writeFileSync(join(folder, 'phoenix.json'), JSON.stringify(settings));
  return folder;
}

/** A project that was synthesized already: a copy, which costs less than a synth. */
export function copyOf(project: string): string {
  const folder = newFolder();
  cpSync(project, folder, { recursive: true });
  return folder;
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-project-'));
  folders.push(folder);
  return folder;
}

export function removeProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  program = undefined;
}

export interface Ran {
  readonly code: number;
  readonly data: object | undefined;
  readonly text: string;
  readonly notes: string;
  readonly warnings: readonly string[];
  /** What other programs said meanwhile. */
  readonly live: { readonly out: string; readonly err: string };
}

/** Does in this process what the command line says, and prints nothing. */
export async function run(cwd: string, ...words: readonly string[]): Promise<Ran> {
  const parsed = parse(words, commands, '0.0.0', cwd);
  if ('shown' in parsed) throw new Error(parsed.shown);
  const warnings: string[] = [];
  const live = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => ({
    hasColor: false,
    write: (text: string) => {
      live[stream] += text;
    },
  });
  const call: Call = {
    ...parsed.call,
    warn: (text) => warnings.push(text),
    live: { out: into('out'), err: into('err') },
  };
  const outcome: Outcome = await (await parsed.command.load())(call);
  const plain = styleOf(false);
  const [text, notes] = [outcome.text?.(plain) ?? '', outcome.notes?.(plain) ?? ''];
  return { code: outcome.code, data: outcome.data, text, notes, warnings, live };
}
