import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What systemd makes of a unit: complaints, and what it read. */
export interface ReadUnit {
  readonly complaints: string;
  /** The words of each command, `$$` not yet made `$`. */
  readonly commands: readonly (readonly string[])[];
  readonly environment: readonly string[];
}

/** Has systemd's own parser read a unit. `programs` are files that the unit starts, made for the while. */
export function readUnit(text: string, programs: readonly string[] = []): ReadUnit {
  const root = mkdtempSync(join(tmpdir(), 'phoenix-unit-'));
  try {
    for (const program of programs) {
      mkdirSync(dirname(join(root, program)), { recursive: true });
      writeFileSync(join(root, program), '#!/bin/sh\n');
      chmodSync(join(root, program), 0o755);
    }
    const unit = join(root, 'x.service');
    writeFileSync(
      unit,
      programs.reduce((all, program) => all.replaceAll(program, join(root, program)), text),
    );
    const verify = (level: string) =>
      spawnSync('systemd-analyze', ['--man=no', 'verify', unit], {
        encoding: 'utf8',
        env: { ...process.env, SYSTEMD_LOG_LEVEL: level, LC_ALL: 'C.UTF-8' },
        maxBuffer: 64 * 1024 * 1024,
      });
    const dump = verify('debug').stdout;
    return {
      complaints: verify('info').stderr,
      commands: matches(dump, /(?<=^|\n)\t\t\tCommand Line: ([^\n]*)/g).map(wordsOf),
      environment: matches(dump, /(?<=^|\n)\t\tEnvironment: ([^\n]*)/g),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Lines end at line feeds only: to JavaScript's `.` and `$` two characters of Unicode end them too. */
function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** Words as systemd prints them: in double quotes where a blank or a special character is in them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|[^ ]+/gsu)].map(
    ([word, quoted]) => quoted?.replaceAll(/\\(.)/gsu, '$1') ?? word,
  );
}
