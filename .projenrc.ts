import { JsonFile, javascript, ProjenrcFile } from 'projen';

/**
 * The one description of this package's build set-up. `npx projen` writes package.json, tsconfig*.json, biome.jsonc,
 * .gitignore and the rest from it; `test/package/generated-files.test.ts` fails when one of them was edited by hand.
 */
const project = new javascript.NodeProject({
  name: 'phoenix-cdk',
  description:
    'Typed constructs for AI hosts on Proxmox VE: a TypeScript program becomes reviewable files and idempotent runbooks',
  keywords: ['proxmox', 'pve', 'lxc', 'zfs', 'vllm', 'gpu', 'cdk', 'constructs', 'infrastructure-as-code'],
  license: 'Apache-2.0',
  defaultReleaseBranch: 'main',
  packageManager: javascript.NodePackageManager.NPM,
  projenCommand: 'projen',
  projenVersion: '0.103.25',
  minNodeVersion: '20.19.0',
  entrypoint: 'lib/index.js',
  autoDetectBin: false,
  // Its post-install only checks that the right binary was installed.
  allowScripts: ['esbuild'],
  bin: { phoenix: 'lib/cli/main.js' },

  // Exact versions: an assembly must be the same bytes for everyone, and the compiler and zod take part in that.
  deps: ['commander@14.0.3', 'handlebars@4.7.10', 'jsonc-parser@3.3.1', 'openpgp@6.3.2', 'yaml@2.9.1', 'zod@4.6.7'],
  peerDeps: ['constructs@^10.5.0'],
  peerDependencyOptions: { pinnedDevDependency: false },
  devDeps: [
    // Not 2.6: not every mirror has its binaries for every platform, and then the lock file is of no use.
    '@biomejs/biome@2.5.15',
    '@types/node@20.19.43',
    'ajv@8.20.0',
    'constructs@10.8.1',
    'esbuild@0.28.2',
    'fast-check@4.10.2',
    'tsx@4.23.15',
    'typedoc@0.28.20',
    'typedoc-plugin-markdown@4.14.1',
    'typescript@6.0.3',
    'vitest@4.1.12',
  ],

  // What we do ourselves, or do not have.
  biome: false,
  buildWorkflow: false,
  clobber: false,
  depsUpgrade: false,
  github: false,
  jest: false,
  npmignoreEnabled: false,
  package: false,
  projenrcJs: false,
  pullRequestTemplate: false,
  release: false,
});

/** Tells projen which file its generated files have to name. */
class Projenrc extends ProjenrcFile {
  readonly filePath = '.projenrc.ts';
}
new Projenrc(project);
project.defaultTask?.exec('tsx .projenrc.ts');

// A lock file that names a registry host breaks everyone behind a mirror.
project.npmrc.addConfig('omit-lockfile-registry-resolved', 'true');

packageFields({
  version: '0.1.0',
  type: 'module',
  exports: {
    '.': { types: './lib/index.d.ts', default: './lib/index.js' },
    './testing': { types: './lib/testing/index.d.ts', default: './lib/testing/index.js' },
    './package.json': './package.json',
    './schemas/*': './schemas/*',
  },
  types: 'lib/index.d.ts',
  // What README links to comes along, so that its links hold where people read it first.
  files: [
    'lib',
    '!lib/.build-stamp*',
    'schemas',
    'docs',
    'examples',
    'API.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'bench/RESULTS.md',
  ],
});

scripts({
  build: 'tsx scripts/build.ts',
  check: 'tsc -p tsconfig.json',
  test: 'tsx scripts/test.ts',
  lint: 'biome check --error-on-warnings .',
  format: 'biome check --write .',
  docs: 'tsx scripts/docs.ts',
  schemas: 'tsx scripts/schemas.ts',
  demo: 'tsx scripts/build.ts --if-stale && tsx --tsconfig tsconfig.build.json examples/phoenix/demo.ts',
  bench: 'tsx scripts/build.ts --if-stale && tsx --tsconfig tsconfig.build.json bench/main.ts',
  'bench:conf': 'tsx --tsconfig tsconfig.build.json bench/conf.ts',
  'bench:jobs': 'tsx scripts/build.ts --if-stale && tsx --tsconfig tsconfig.build.json bench/jobs.ts',
  'bench:no-op': 'tsx scripts/build.ts --if-stale && tsx --tsconfig tsconfig.build.json bench/no-op.ts',
  'bench:grammars': 'tsx --tsconfig tsconfig.build.json bench/grammars.ts',
  campaign: 'tsx scripts/campaign.ts',
  prepack: 'tsx scripts/build.ts',
});

gitignore([
  '/lib/',
  '/cdk.out/',
  '/examples/*/cdk.out/',
  '!/examples/single-vllm/cdk.out/',
  '/coverage/',
  '*.tsbuildinfo',
  '*.tgz',
]);
project.gitattributes.addAttributes('examples/single-vllm/cdk.out/**', '-text');

/** Strictness shared by the build and the check of everything. */
const strictCompilerOptions = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  forceConsistentCasingInFileNames: true,
  skipLibCheck: true,
  incremental: true,
};

json('tsconfig.json', {
  compilerOptions: {
    ...strictCompilerOptions,
    noEmit: true,
    tsBuildInfoFile: './node_modules/.cache/check.tsbuildinfo',
    // Examples read as a user writes them, and are checked against the sources without a build.
    paths: { 'phoenix-cdk': ['./src/index.ts'], 'phoenix-cdk/testing': ['./src/testing/index.ts'] },
  },
  include: ['.projenrc.ts', 'vitest.config.ts', 'src', 'test', 'examples', 'bench', 'scripts'],
});

json('tsconfig.build.json', {
  compilerOptions: {
    ...strictCompilerOptions,
    rootDir: './src',
    outDir: './lib',
    declaration: true,
    emitDeclarationOnly: true,
    // Beside the output: deleting lib must also forget what was built.
    tsBuildInfoFile: './lib/.build-stamp.tsbuildinfo',
  },
  include: ['src'],
});

json('biome.jsonc', {
  $schema: './node_modules/@biomejs/biome/configuration_schema.json',
  vcs: { enabled: true, clientKind: 'git', useIgnoreFile: true },
  files: { includes: ['**/*.ts', '!**/cdk.out'] },
  formatter: { indentStyle: 'space', indentWidth: 2, lineWidth: 120 },
  javascript: { formatter: { quoteStyle: 'single', semicolons: 'always' } },
  // The only JSON that Biome insists on reading is this file, which projen lays out in its own way.
  json: { formatter: { enabled: false } },
  assist: { actions: { source: { organizeImports: 'on' } } },
  linter: {
    rules: {
      preset: 'recommended',
      complexity: {
        // Bracket access is how an index signature is read on purpose.
        useLiteralKeys: 'off',
      },
      correctness: { noUnusedImports: 'error', noUnusedVariables: 'error' },
      performance: { noBarrelFile: 'error', noReExportAll: 'error' },
      style: {
        noDefaultExport: 'error',
        noEnum: 'error',
        noNamespace: 'error',
        noNonNullAssertion: 'error',
        noParameterAssign: 'error',
        useConst: 'error',
        useFilenamingConvention: { level: 'error', options: { filenameCases: ['kebab-case'] } },
        useImportType: 'error',
        useNodejsImportProtocol: 'error',
      },
      suspicious: {
        noExplicitAny: 'error',
        // `forEach((id) => seen.add(id))` is no mistake.
        useIterableCallbackReturn: { level: 'error', options: { checkForEach: false } },
        // Shell text is full of ${...} that is not ours to fill in.
        noTemplateCurlyInString: 'off',
      },
    },
  },
  overrides: [
    {
      // The two entry points re-export, by name; that is their whole task.
      includes: ['src/index.ts', 'src/testing/index.ts'],
      linter: { rules: { performance: { noBarrelFile: 'off' } } },
    },
    {
      includes: ['vitest.config.ts'],
      linter: { rules: { style: { noDefaultExport: 'off' } } },
    },
    {
      includes: ['test/**'],
      linter: { rules: { style: { noNonNullAssertion: 'off' } } },
    },
  ],
});

project.synth();

function packageFields(fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) project.package.addField(name, value);
}

/** Plain npm scripts: a detour over projen's task runner costs half a second a call and decorates the last line. */
function scripts(commands: Readonly<Record<string, string>>): void {
  // Build first: it refers to the others.
  for (const name of ['build', 'pre-compile', 'compile', 'post-compile', 'test', 'package', 'eject']) {
    project.tasks.removeTask(name);
  }
  for (const task of project.tasks.all) project.package.removeScript(task.name);
  for (const [name, command] of Object.entries(commands)) {
    project.addTask(name, { exec: command });
    project.package.setScript(name, command);
  }
}

function gitignore(patterns: readonly string[]): void {
  // Projen's list hides *.log, *.pid and more anywhere, which would swallow test fixtures.
  project.gitignore.removePatterns(
    'logs',
    '*.log',
    'npm-debug.log*',
    'yarn-debug.log*',
    'yarn-error.log*',
    'report.[0-9]*.[0-9]*.[0-9]*.[0-9]*.json',
    'pids',
    '*.pid',
    '*.seed',
    '*.pid.lock',
    'lib-cov',
    'coverage',
    '*.lcov',
    '.nyc_output',
    'build/Release',
    'jspm_packages/',
    '*.tsbuildinfo',
    '.eslintcache',
    '*.tgz',
    '.yarn-integrity',
    '.cache',
  );
  project.gitignore.exclude(...patterns);
}

function json(path: string, obj: object): void {
  new JsonFile(project, path, {
    obj,
    allowComments: path.endsWith('.jsonc') || path.startsWith('tsconfig'),
  });
}
