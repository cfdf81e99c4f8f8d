import { describe, expect, it } from 'vitest';
import { debianPackageOf, hasTool, type Tool } from '../setup/debian-tools.js';

/**
 * A `describe` for tests that start a real program. Without the program they are skipped with the reason printed; where
 * CI is set a missing program is a failure, because there a skip would go unseen for years.
 */
export function describeWithTool(tool: Tool | readonly Tool[], name: string, body: () => void): void {
  const missing = [tool].flat().filter((wanted) => !hasTool(wanted));
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const reason = `${missing.map((it) => `${it} (Debian package ${debianPackageOf[it]})`).join(', ')} is not installed`;
  if (process.env['CI']) {
    describe(name, () => {
      it('finds the programs it starts', () => expect.fail(reason));
    });
    return;
  }
  console.warn(`skipped: ${name}: ${reason}`);
  describe.skip(`${name} [skipped: ${reason}]`, body);
}
