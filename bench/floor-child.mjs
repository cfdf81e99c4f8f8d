// The floor: our library loaded, a bare tree of five constructs a guest, the same bytes written to the same number of files.
// What has to be written is read before the clock runs. Arguments: guests, folder with an assembly, folder to write to.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cpuSince, report } from './cpu.mjs';

const [guests, from, to] = process.argv.slice(2);
const files = readdirSync(from, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => [path.slice(from.length), readFileSync(path, 'utf8')]);

const start = process.cpuUsage();
await import('phoenix-cdk');
const { Construct, RootConstruct } = await import('constructs');
const imported = process.cpuUsage();
const root = new RootConstruct('app');
for (let number = 0; number < Number(guests); number++) {
  const guest = new Construct(root, `guest-${number}`);
  for (const child of ['a', 'b', 'c', 'd']) {
    new Construct(guest, child);
  }
}
const built = process.cpuUsage();
const made = new Set();
for (const [path, text] of files) {
  const folder = dirname(to + path);
  if (!made.has(folder)) {
    mkdirSync(folder, { recursive: true });
    made.add(folder);
  }
  writeFileSync(to + path, text);
}
report({ import: cpuSince(start) - cpuSince(imported), build: cpuSince(imported) - cpuSince(built), synth: cpuSince(built), files: files.length });
