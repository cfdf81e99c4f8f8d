import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { appliedHost } from './applied-host.mjs';
import { fleet } from './fleet.mjs';

// no-op-child.mjs GUESTS FOLDER: an assembly and a host on which it was applied; prints the environment to run its applier in.
const [guests, folder] = [Number(process.argv[2]), process.argv[3]];
mkdirSync(folder, { recursive: true });
fleet(guests, folder, 'plain').synth();
const env = appliedHost(join(folder, 'cdk.out'), join(folder, 'host'));
writeFileSync(1, JSON.stringify(env));
