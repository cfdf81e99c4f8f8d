import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^phoenix-cdk$/, replacement: source('index.ts') },
      { find: /^phoenix-cdk\/testing$/, replacement: source('testing/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/temporary-folder.ts'],
    // The library keeps no state in its modules, so files of one worker share them: half the time goes into imports else.
    isolate: false,
    // One a processor: a worker mostly waits for the shells that it started.
    maxWorkers: availableParallelism(),
    // End-to-end tests start real shells on machines that are busy with other tests.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
