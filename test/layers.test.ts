import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSource } from './support/source-rules.js';

/** Who may import whom: a folder imports itself and what stands before it. */
const kernel = ['base', 'model', 'format', 'core'];
const domains = ['host', 'zfs', 'storage', 'network', 'firewall', 'secrets', 'guest', 'lxc', 'vm', 'gpu', 'ai'];
const onTop = ['checks', 'conf'];
/** Works on files, never on the construct tree: besides the kernel below `core`, only the domains' schemas. */
const beside = ['toolkit', 'cli'];
const order = [...kernel, ...domains, ...onTop];

/** The only places that may look at the clock, the disk, the locale, the environment or the network. */
const environmentAllowed = [
  /^(cli|toolkit|testing)\//,
  /^core\/(app|writer)\.ts$/,
  // Parts of App: what it tells the command line that started it, the shell library that it copies, the vault, and facts of hosts.
  /^core\/(report|runtime-files|vault-reader|facts-reader)\.ts$/,
  // Where the package's own files are.
  /^base\/package-root\.ts$/,
  // Templates are files of this package, read when the first unit is made from one.
  /^format\/template\.ts$/,
  // Reading files is what a configuration directory is.
  /^conf\//,
];

type Sources = ReadonlyMap<string, string>;

describe('the layers of src', () => {
  const sources = sourcesOnDisk();

  it('import one way only', () => {
    expect(sources.size).toBeGreaterThan(0);
    expect(wrongImports(sources)).toEqual([]);
  });

  it('have no cycles, types included', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('leave clock, random, locale, environment and disk to the edges', () => {
    expect(environmentUses(sources)).toEqual([]);
  });

  it('import only packages that package.json gives to users', () => {
    expect(undeclaredPackages(sources)).toEqual([]);
  });
});

describe('the check of the layers', () => {
  const wrong = (files: Record<string, string>) => wrongImports(new Map(Object.entries(files)));

  it('finds an import of a higher layer', () => {
    expect(wrong({ 'base/a.ts': "import { b } from '../core/b.js';", 'core/b.ts': '' })).toEqual([
      'base/a.ts may not import core/b.ts',
    ]);
  });

  it('finds a type-only import, a re-export and an import inside a type', () => {
    const found = wrong({
      'zfs/a.ts': "import type { B } from '../lxc/b.js';",
      'zfs/c.ts': "export { B } from '../lxc/b.js';",
      'zfs/d.ts': "export type D = import('../lxc/b.js').B;",
      'lxc/b.ts': '',
    });
    expect(found).toHaveLength(3);
  });

  it('keeps a domain schema to base, model and schemas', () => {
    const found = wrong({
      'lxc/schema.ts': "import '../zfs/schema.js'; import '../format/x.js'; import './plan.js';",
      'lxc/plan.ts': '',
      'zfs/schema.ts': '',
      'format/x.ts': '',
    });
    expect(found).toEqual(['lxc/schema.ts may not import format/x.ts', 'lxc/schema.ts may not import lxc/plan.ts']);
  });

  it('lets toolkit read schemas but no constructs', () => {
    const found = wrong({
      'toolkit/a.ts': "import '../zfs/schema.js'; import '../zfs/zfs-pool.js';",
      'zfs/schema.ts': '',
      'zfs/zfs-pool.ts': '',
    });
    expect(found).toEqual(['toolkit/a.ts may not import zfs/zfs-pool.ts']);
  });

  it('refuses a folder that has no place, and an import of nothing', () => {
    expect(wrong({ 'misc/a.ts': '' })).toEqual(['misc/a.ts is in a folder without a place in the order']);
    expect(wrong({ 'base/a.ts': "import './b.js';" })).toEqual(['base/a.ts imports base/b.ts, which does not exist']);
  });

  it('finds a cycle', () => {
    const files = { 'base/a.ts': "import './b.js';", 'base/b.ts': "import type { A } from './a.js';" };
    expect(cycles(new Map(Object.entries(files)))).toEqual(['base/a.ts -> base/b.ts -> base/a.ts']);
  });

  it.each([
    ['const now = new Date();', 'Date'],
    ['const home = process.env.HOME;', 'process'],
    ['names.sort((a, b) => a.localeCompare(b));', 'localeCompare'],
    ['const n = Math.random();', 'Math.random'],
    ["import { readFileSync } from 'node:fs';", 'node:fs'],
    ["import { randomBytes } from 'node:crypto';", 'node:crypto randomBytes'],
    ["import { resolve } from 'node:path';", 'node:path resolve'],
  ])('finds the environment in %s', (text, use) => {
    expect(environmentUses(new Map([['model/a.ts', text]]))).toEqual([`model/a.ts uses ${use}`]);
    expect(environmentUses(new Map([['cli/a.ts', text]]))).toEqual([]);
  });

  it('does not mistake comments, keys and other members for the environment', () => {
    const text =
      "// new Date()\nconst a = { process: 1, text: 'Math.random' }; a.process; import { posix } from 'node:path';";
    expect(environmentUses(new Map([['model/a.ts', text]]))).toEqual([]);
  });
});

function wrongImports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    if (!hasPlace(path)) return [`${path} is in a folder without a place in the order`];
    return localImports(path, text).flatMap((imported) => {
      if (!sources.has(imported)) return [`${path} imports ${imported}, which does not exist`];
      return mayImport(path, imported) ? [] : [`${path} may not import ${imported}`];
    });
  });
}

function hasPlace(path: string): boolean {
  return path === 'index.ts' || [...order, ...beside, 'testing'].includes(folderOf(path));
}

function mayImport(from: string, to: string): boolean {
  const [importer, imported] = [folderOf(from), folderOf(to)];
  if (from === 'index.ts' || importer === 'testing') return true;
  if (isSchema(from)) return ['base', 'model'].includes(imported) || isSchema(to);
  if (beside.includes(importer)) {
    const lower = ['base', 'model', 'format', ...beside.slice(0, beside.indexOf(importer) + 1)];
    return lower.includes(imported) || isSchema(to);
  }
  return order.slice(0, order.indexOf(importer) + 1).includes(imported);
}

function isSchema(path: string): boolean {
  return domains.includes(folderOf(path)) && /\/([a-z]+-)?schema\.ts$/.test(path);
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

/** Depth first without recursion; each cycle is reported once, from the file that sorts first. */
function cycles(sources: Sources): string[] {
  const edges = new Map([...sources].map(([path, text]) => [path, localImports(path, text)]));
  const done = new Set<string>();
  const found: string[] = [];
  for (const start of [...edges.keys()].sort()) {
    const trail = [start];
    const pending = [[...(edges.get(start) ?? [])]];
    while (trail.length > 0 && !done.has(start)) {
      const next = pending.at(-1)?.pop();
      if (next === undefined) {
        done.add(trail.pop() ?? '');
        pending.pop();
      } else if (trail.includes(next)) {
        found.push([...trail.slice(trail.indexOf(next)), next].join(' -> '));
      } else if (!done.has(next)) {
        trail.push(next);
        pending.push([...(edges.get(next) ?? [])]);
      }
    }
  }
  return found;
}

function environmentUses(sources: Sources): string[] {
  return [...sources]
    .filter(([path]) => !environmentAllowed.some((place) => place.test(path)))
    .flatMap(([path, text]) => readSource(path, text).environment.map((use) => `${path} uses ${use}`));
}

function undeclaredPackages(sources: Sources): string[] {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  return [...sources].flatMap(([path, text]) =>
    readSource(path, text)
      .imports.filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map((name) => name.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? name)
      .filter((name) => !declared.has(name))
      .map((name) => `${path} imports ${name}`),
  );
}

function localImports(path: string, text: string): string[] {
  return readSource(path, text)
    .imports.filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name).replace(/\.js$/, '.ts'));
}

/** Paths relative to src; the shell library and the simulated node's stand-ins are not TypeScript. */
function sourcesOnDisk(): Sources {
  const src = fileURLToPath(new URL('../src', import.meta.url));
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(files.map((file) => [file.replaceAll('\\', '/'), readFileSync(posix.join(src, file), 'utf8')]));
}
