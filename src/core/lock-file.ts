import { PhoenixError } from '../base/errors.js';
import { compareText } from '../base/stable.js';

/** Allocated values by `pool path`. */
export type LockEntries = ReadonlyMap<string, string>;

/** Name of the file that pins allocated values. It belongs under version control. */
export const lockFileName = 'phoenix.lock.json';

/** One line an entry, sorted, so that two branches that add a guest each merge without conflict more often than not. */
export function renderLockFile(entries: LockEntries): string {
  const lines = [...entries]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{\n${['  "version": "1"', ...lines].join(',\n')}\n}\n`;
}

/** Throws `lock/unreadable` for a text that is no lock file, and `lock/too-new` for one of a later version. */
export function parseLockFile(text: string): LockEntries {
  const entries = new Map<string, string>();
  for (const [key, value] of Object.entries(readObject(text))) {
    if (key === 'version') {
      refuseLaterVersion(value);
    } else if (typeof value === 'string') {
      entries.set(key, value);
    } else {
      throw unreadable(`the value of ${JSON.stringify(key)} is no text`);
    }
  }
  return entries;
}

function readObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unreadable('it is no JSON object');
  }
  return value;
}

function refuseLaterVersion(version: unknown): void {
  if (version !== '1') {
    throw new PhoenixError({
      code: 'lock/too-new',
      message: `${lockFileName} has version ${JSON.stringify(version)}, this library knows "1"`,
      value: version,
      fix: 'update phoenix-cdk to the version that wrote the file',
    });
  }
}

function unreadable(why: string): PhoenixError {
  return new PhoenixError({
    code: 'lock/unreadable',
    message: `${lockFileName} cannot be read: ${why}`,
    fix: 'restore the file from version control; it pins numbers that guests on the host already have',
  });
}
