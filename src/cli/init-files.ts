/** What a new project starts from. */
export type Template = 'app' | 'sample';

/** The files of a new project by their paths. `version` is that of the library, `name` the project's. */
export function initFiles(template: Template, name: string, version: string): Readonly<Record<string, string>> {
  return {
    ...frameFiles(name, version, 'src'),
    'phoenix.json': phoenixJson('src/main.ts'),
    'src/main.ts': programs[template](name),
  };
}

/** What every project needs beside its program, which lies in a folder of it. */
export function frameFiles(name: string, version: string, sources: string): Readonly<Record<string, string>> {
  return {
    'package.json': json(packageJson(name, version)),
    'tsconfig.json': json({ ...tsconfig, include: [sources === '.' ? '*.ts' : sources] }),
    '.gitattributes': '# The assembly is reviewed and applied byte for byte.\ncdk.out/** -text\n',
    '.gitignore': 'node_modules/\n',
  };
}

/** How the program at a path is run. */
export function phoenixJson(main: string): string {
  return json({ app: `node --import tsx ${/\s/.test(main) ? `"${main}"` : main}` });
}

/** The name of an app and a package, made from that of a folder. */
export function projectName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}

function packageJson(name: string, version: string): object {
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { check: 'tsc', synth: 'phoenix synth', diff: 'phoenix diff' },
    dependencies: { constructs: '^10.5.0', 'phoenix-cdk': `^${version}` },
    devDependencies: { '@types/node': '^20.19.0', tsx: '^4.20.0', typescript: '^6.0.0' },
  };
}

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  },
};

const programs: Readonly<Record<Template, (name: string) => string>> = {
  app: (name) => `import { App, PveNode, Stack } from 'phoenix-cdk';

const app = new App({ name: '${name}' });

// The machine: its name in \`/etc/pve/nodes\`, where it is reached, and the release it runs.
const pve = new PveNode(app, 'pve', { address: '192.0.2.10', pveVersion: '9.1' });

// What is applied together. Make guests, datasets and storages in it.
new Stack(app, 'guests', { host: pve });

app.synth();
`,
  sample: (name) => `import {
  App,
  LxcContainer,
  OsTemplate,
  PveNode,
  Stack,
  Storage,
  Subnet,
  ZfsDataset,
  ZfsPool,
} from 'phoenix-cdk';

const app = new App({ name: '${name}' });

// The machine as it is. Correct these lines first; nothing below repeats them.
const pve = new PveNode(app, 'pve', { address: '192.0.2.10', pveVersion: '9.1' });
const lan = new Subnet(pve, 'lan', { cidr: '192.0.2.0/24', gateway: '192.0.2.1', bridge: 'vmbr0' });

// What belongs to the host. \`fromName\` refers to what exists, and never creates, changes or destroys it.
const host = new Stack(app, 'host', { host: pve });
const disks = Storage.fromName(host, 'local-zfs');
const archives = Storage.fromName(host, 'local');
const debian = OsTemplate.fromCatalogue(archives, 'debian-13-standard_13.1-2_amd64.tar.zst');
const pool = ZfsPool.fromName(host, 'rpool');
const site = new ZfsDataset(host, 'site', { parent: pool, compression: 'lz4', quota: '20GiB' });

// The guests. \`defaults\` are the lowest layer; each container says only what is its own.
const guests = new Stack(app, 'guests', {
  host: pve,
  defaults: { rootfs: { storage: disks, size: '8GiB' }, network: lan, cores: 2, memory: '1GiB' },
});
const web = new LxcContainer(guests, 'web', { vmid: 1001, address: '192.0.2.101', from: debian });
web.mount(site, '/srv/site', { readOnly: true });

app.synth();
`,
};

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
