/** What snippets of documents take for granted, by name; each may use those above it. */
const context: Readonly<Record<string, string>> = {
  app: "new App({ name: 'docs', root: import.meta.dirname })",
  pve: `new PveNode(app, 'pve', {
    address: '10.20.0.13', pveVersion: '9.1', memory: '128GiB', gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' })],
  })`,
  host: 'pve',
  lan: "new Subnet(pve, 'home', { cidr: '10.20.0.0/16', gateway: '10.20.0.1', bridge: 'vmbr0', range: { from: 100, to: 200 } })",
  base: "new Stack(app, 'base', { host: pve })",
  tank: "ZfsPool.fromName(base, 'tank')",
  models: "new ZfsDataset(base, 'models', { parent: tank })",
  disks: `Storage.zfsPool(base, 'disks', {
    dataset: new ZfsDataset(base, 'guests', { parent: tank }), content: ['rootdir', 'images'],
  })`,
  debian: "OsTemplate.fromName(Storage.fromName(base, 'local'), 'debian-13-standard_13.1-2_amd64.tar.zst')",
  driver: "new NvidiaDriver(pve, 'driver', { version: '580.76.05' })",
  ai: `new Stack(app, 'ai', {
    host: pve, defaults: { from: debian, network: lan, rootfs: { storage: disks, size: '64GiB' }, memory: '16GiB' },
  })`,
  stack: `new Stack(app, 'stack', {
    host: pve,
    defaults: {
      from: debian, network: lan, rootfs: { storage: disks, size: '64GiB' }, memory: '16GiB',
      vm: { network: lan, memory: '4GiB', disk: { storage: disks, size: '8GiB' } },
    },
  })`,
  container: "new LxcContainer(stack, 'files', {})",
  heads: "Secret.fromVault('samba/heads')",
  qwen: "new VllmContainer(ai, 'qwen', { model: 'Qwen/Qwen3-8B', gpus: [pve.gpu(0)] })",
  web: "new Stack(app, 'web', { host: pve })",
  store: "new Stack(app, 'store', { host: pve })",
  registry: "new LxcContainer(ai, 'registry', {})",
  worker: "new LxcContainer(ai, 'worker', {})",
  sambaSection: "sectionOfSections('samba', 'Shares.', [])",
  ollamaKind:
    "lxcKind({ kind: 'ollama', doc: 'Ollama', fields: {}, make: (scope, id, props: object) => new LxcContainer(scope, id, props) })",
};

/** The snippet as a program: what it takes for granted before it, the imports that both need above, a synth behind. */
export function programOf(snippet: string, exported: readonly string[]): string {
  const needed: string[] = [];
  for (const [name, value] of Object.entries(context).reverse()) {
    const text = [...needed, snippet].join('\n');
    if (uses(text, name) && !new RegExp(`^const ${name}\\b`, 'm').test(snippet)) {
      needed.unshift(`const ${name} = ${value};`);
    }
  }
  // a program synthesizes once
  const synth = /^app\.synth\(\)/m.test(snippet) || !uses([...needed, snippet].join('\n'), 'app') ? '' : 'app.synth();';
  const body = [...needed, snippet, synth].join('\n');
  const names = exported.filter((name) => uses(body, name));
  return /^import .*'phoenix-cdk'/m.test(snippet)
    ? body
    : `import { ${names.join(', ')} } from 'phoenix-cdk';\n${body}`;
}

/** Whether the code uses the name: neither a text, nor a property. */
function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w.'/-])${name}\\b(?!['/-])`).test(code.replaceAll(/\/\/.*$|\/\*.*?\*\//gm, ''));
}
