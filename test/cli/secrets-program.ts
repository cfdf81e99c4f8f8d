import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

const program = `
import { App, content, LxcContainer, OsTemplate, PveNode, Secret, Stack, Storage } from './index.js';
const app = new App({ name: 'lab' });
const host = new PveNode(app, 'pve1', { address: '10.0.0.2', pveVersion: '9.1' });
const local = Storage.fromName(host, 'local');
const stack = new Stack(app, 'web', { host });
new LxcContainer(stack, 'api', {
  vmid: 110,
  from: OsTemplate.fromCatalogue(local, 'debian-13-standard_13.1-2_amd64.tar.zst'),
  rootfs: { storage: local, size: '8GiB' },
  files: [
    { target: '/etc/api.env', mode: '0600', content: content\`TOKEN="\${Secret.fromVault('hf/token').as('env')}"\\n\` },
    { target: '/etc/api.key', mode: '0600', content: content\`\${Secret.generate(stack, 'api/key', { length: 40 })}\` },
  ],
});
Secret.generate(app, 'spare', { alphabet: 'hex' });
app.synth();
`;

/** A program with secrets, bundled with the library: the command of it, and the folder to be removed. */
export function programWithSecrets(): { readonly folder: string; readonly app: readonly string[] } {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  // below node_modules, so that packages are found; with what the library reads at run time
  const folder = mkdtempSync(join(cache, 'secrets-'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'src/runtime'), join(folder, 'src/runtime'), { recursive: true });
  cpSync(join(root, 'src/ai/templates'), join(folder, 'src/ai/templates'), { recursive: true });
  buildSync({
    stdin: { contents: program, resolveDir: join(root, 'src'), loader: 'ts' },
    outfile: join(folder, 'src/program.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    keepNames: true,
    packages: 'external',
  });
  writeFileSync(join(folder, '.gitignore'), '*\n');
  return { folder, app: [process.execPath, join(folder, 'src/program.js')] };
}
