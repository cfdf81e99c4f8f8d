import { spawnSync } from 'node:child_process';

/** What shellcheck has to say of a script for bash. */
export function shellcheck(text: string): string {
  return spawnSync('shellcheck', ['--shell=bash', '-'], { input: text, encoding: 'utf8' }).stdout;
}
