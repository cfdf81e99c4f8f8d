// Ours: import, build the tree, synthesize into a fresh folder. Arguments: guests, folder, shape.
import { cpuSince, report } from './cpu.mjs';

const [guests, folder, shape] = process.argv.slice(2);
const start = process.cpuUsage();
const { fleet } = await import('./fleet.mjs');
const imported = process.cpuUsage();
const app = fleet(Number(guests), folder, shape);
const built = process.cpuUsage();
const result = app.synth();
report({
  import: cpuSince(start) - cpuSince(imported),
  build: cpuSince(imported) - cpuSince(built),
  synth: cpuSince(built),
  files: result.files,
  steps: result.steps,
});
