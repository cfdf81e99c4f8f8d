import { appendFileSync, chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { alteredFiles } from '../../src/toolkit/altered-files.js';
import { openAssembly } from '../../src/toolkit/assembly.js';
import { configStep, writeSmallAssembly } from './small-assembly.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function written(): string {
  const folder = writeSmallAssembly({
    stacks: { ai: [configStep(950, '512')] },
    files: { 'stacks/ai/root/a': 'text\n', 'stacks/ai/root/b': 'text\n', 'stacks/ai/root/c': 'text\n' },
  });
  folders.push(folder);
  return folder;
}

it('finds nothing in what was just written, nor in what was signed', () => {
  const folder = written();
  writeFileSync(join(folder, 'manifest.json.asc'), 'a signature');
  expect(alteredFiles(openAssembly(folder))).toEqual([]);
});

it('finds what was edited, what is gone, what else lies there, links, and modes', () => {
  const folder = written();
  const assembly = openAssembly(folder);
  appendFileSync(join(folder, 'stacks/ai/root/a'), 'more');
  chmodSync(join(folder, 'stacks/ai/root/b'), 0o755);
  rmSync(join(folder, 'stacks/ai/root/c'));
  symlinkSync('b', join(folder, 'stacks/ai/root/c'));
  rmSync(join(folder, 'tree.json'));
  writeFileSync(join(folder, 'stacks/run-me.sh'), '', { mode: 0o755 });
  expect(alteredFiles(assembly).map(({ code, path, message }) => [code, path, message])).toEqual([
    ['assembly/altered', 'stacks/ai/root/a', 'has other bytes than the synth wrote'],
    ['assembly/altered', 'stacks/ai/root/b', 'has not the mode 0644'],
    ['assembly/altered', 'stacks/ai/root/c', 'is no plain file'],
    ['assembly/altered', 'stacks/run-me.sh', 'is not of this assembly'],
    ['assembly/altered', 'tree.json', 'is missing'],
  ]);
});
