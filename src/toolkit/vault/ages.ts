import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import type { VaultFolder } from './vault-folder.js';

/** When each secret's file was last changed: by the history of git where there is one, else by the file itself. */
export function lastChanges(vault: VaultFolder): ReadonlyMap<string, Date> {
  const committed = committedChanges(vault);
  return new Map(
    (existsSync(vault.path) ? vault.names() : []).map((name) => {
      const file = vault.fileOf(name);
      return [name, committed.get(relative(vault.path, file).split(sep).join('/')) ?? statSync(file).mtime] as const;
    }),
  );
}

/** By path from the vault on. A file that was changed since its commit is not among them. */
function committedChanges(vault: VaultFolder): ReadonlyMap<string, Date> {
  const changes = new Map<string, Date>();
  if (!existsSync(vault.path)) {
    return changes;
  }
  let date = new Date(0);
  for (const line of git(vault, ['log', '--format=@%cI', '--name-only', '--relative', '--', '.'])) {
    if (line.startsWith('@')) {
      date = new Date(line.slice(1));
    } else if (line !== '' && !changes.has(line)) {
      changes.set(line, date);
    }
  }
  git(vault, ['diff', '--name-only', '--relative', 'HEAD', '--', '.']).forEach((line) => changes.delete(line));
  return changes;
}

function git(vault: VaultFolder, words: readonly string[]): string[] {
  const { status, stdout } = spawnSync('git', ['-c', 'core.quotePath=false', ...words], {
    cwd: vault.path,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.split('\n') : [];
}
