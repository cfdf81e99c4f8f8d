import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One temporary folder for all tests of a run and what they start, gone afterwards. Its name is short: sockets of gpg lie below. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pt-'));
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
