import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtimeFolder, runtimePaths } from '../../support/runtime.js';
import { list } from './perl.js';

test('the Perl of the runtime is what lies in its chapters', async () => {
  const there = runtimePaths.filter((path) => /\.p[lm]$/.test(path)).map((path) => join(runtimeFolder, path));
  expect((await list('Chapters::files')).toSorted()).toEqual(there);
});
