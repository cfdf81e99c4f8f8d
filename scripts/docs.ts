/**
 * `npm run docs`: writes API.md, one file for both entry points, from the doc comments. `--check`: writes nothing and
 * fails when API.md is not what would be written.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'API.md');

/** In the order of API.md; the names that typedoc gives their pages. */
const chapters = [
  { page: 'index', specifier: 'phoenix-cdk', entry: 'src/index.ts' },
  { page: 'testing', specifier: 'phoenix-cdk/testing', entry: 'src/testing/index.ts' },
].filter(({ entry }) => existsSync(join(root, entry)));

const text = await render();
if (process.argv.includes('--check')) check(text);
else writeFileSync(target, text);

async function render(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'phoenix-cdk-docs-'));
  try {
    await writePages(scratch);
    return [
      '# API of phoenix-cdk',
      'Written from the doc comments by `npm run docs`; do not edit.',
      ...chapters.map((chapter) => chapterText(chapter, readFileSync(join(scratch, pageFile(chapter.page)), 'utf8'))),
    ]
      .join('\n\n')
      .concat('\n');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A project with one entry point has no page for it. */
function pageFile(page: string): string {
  return chapters.length === 1 ? 'README.md' : `${page}.md`;
}

async function writePages(folder: string): Promise<void> {
  const options: Partial<TypeDocOptions & PluginOptions> = {
    name: 'phoenix-cdk',
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: chapters.map(({ entry }) => join(root, entry)),
    basePath: join(root, 'src'),
    displayBasePath: join(root, 'src'),
    tsconfig: join(root, 'tsconfig.build.json'),
    // `npm test` checks types in a stage of its own.
    skipErrorChecking: true,
    readme: 'none',
    disableSources: true,
    disableGit: true,
    excludePrivate: true,
    excludeProtected: false,
    excludeInternal: true,
    excludeExternals: true,
    sort: ['kind', 'alphabetical'],
    validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: false },
    logLevel: 'Warn',
    outputs: [{ name: 'markdown', path: folder }],
    router: 'module',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    useHTMLAnchors: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    enumMembersFormat: 'table',
    typeDeclarationFormat: 'table',
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (!project) throw new Error('typedoc could not read the entry points');
  app.validate(project);
  await app.generateOutputs(project);
}

/** Typedoc wrote a page an entry point; anchors get the page's name so that they stay apart in one file. */
function chapterText({ page, specifier }: { page: string; specifier: string }, text: string): string {
  return text
    .replace(/^# .*\n/, `# ${specifier}\n`)
    .replaceAll(/^(#+) (.*)$/gm, (_, marks: string, title: string) => heading(marks.length + 1, title))
    .replaceAll('<a id="', `<a id="${page}-`)
    .replaceAll('](#', `](#${page}-`)
    .replaceAll(/\]\((\w+)\.md(?:#([^)]*))?\)/g, (_, other: string, anchor = '') => `](#${other}-${anchor})`)
    .trim();
}

/** Markdown knows six levels. */
function heading(level: number, title: string): string {
  return level <= 6 ? `${'#'.repeat(level)} ${title}` : `**${title}**`;
}

function check(expected: string): void {
  if (existsSync(target) && readFileSync(target, 'utf8') === expected) return;
  console.error('API.md is not what the doc comments say: run `npm run docs` and commit it');
  process.exitCode = 1;
}
