import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../core/app.js';

export interface TestAppOptions {
  /**
   * The owner's mark.
   * @default 'test'
   */
  readonly name?: string;
  /**
   * Context values, as `--context` gives them.
   * @default - none
   */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * An app for tests. Its root is a folder of its own that does not exist, so that no lock file is found; nothing is
 * written as long as nobody calls `synth()`: look at it with `synthesized(app)`.
 */
export function testApp(options: TestAppOptions = {}): App {
  const app = new App({ name: options.name ?? 'test', root: join(tmpdir(), `phoenix-test-${randomUUID()}`) });
  for (const [key, value] of Object.entries(options.context ?? {})) {
    app.node.setContext(key, value);
  }
  return app;
}
