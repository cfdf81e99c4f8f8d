import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RootConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';
import { required, text } from '../model/fields.js';
import { type Finding, problemOf } from '../model/finding.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import type { SynthResult } from '../model/report.js';
import type { Acknowledgement } from './acknowledge.js';
import { assemble } from './assembly.js';
import { type ExplainRequest, explain } from './explain.js';
import { factsReader } from './facts-reader.js';
import { type LockEntries, lockFileName, parseLockFile, renderLockFile } from './lock-file.js';
import { catchProblems, writeReport } from './report.js';
import { runtimeFiles } from './runtime-files.js';
import { type Synthesis, synthesize } from './synth.js';
import { vaultReader } from './vault-reader.js';
import { writeAssembly } from './writer.js';
import { withPlaces } from './written-in.js';

export interface AppProps {
  /**
   * The owner's mark on the host: in the descriptions of guests and in the name of the journal. Two apps may share a host.
   * Small letters, digits and `-`. Renaming an app leaves everything it made without an owner.
   */
  readonly name: string;
  /**
   * Folder that relative paths and the lock file refer to.
   * @default - the folder of `phoenix.json`, or the nearest folder with a `package.json` above the program
   */
  readonly root?: string;
  /**
   * Folder that the assembly is written to.
   * @default - `cdk.out` in the root; what the command line says wins over both
   */
  readonly outdir?: string;
  /**
   * Folder of the vault: encrypted secrets, as `phoenix secrets` writes them.
   * @default - `vault` in the root; what phoenix.json and the command line say wins over both
   */
  readonly vault?: string;
}

export interface AcknowledgeOptions {
  /** Why it is meant so. Kept in the report. */
  readonly reason: string;
  /**
   * Constructs that the word is about, each with all below.
   * @default - the whole app
   */
  readonly on?: readonly { readonly node: { readonly path: string } }[];
}

/** The root of a program: everything that one team describes of its hosts. */
export class App extends RootConstruct {
  /** The owner's mark on the host. */
  readonly name: string;
  /** Folder that relative paths refer to. Absolute. */
  readonly root: string;
  /** Folder that the assembly is written to. Absolute. */
  readonly outdir: string;
  /** Folder of the vault. Absolute; need not be there. */
  readonly vault: string;

  private readonly acknowledgements: Acknowledgement[] = [];

  /** Throws `app/name`, and `config/*` with everything that is wrong with the props. */
  constructor(props: AppProps) {
    super();
    catchProblems(process.env['PHOENIX_REPORT']);
    const { name, root, outdir, vault } = readProps(appTable, props, 'app');
    this.name = checkName(name);
    this.root = resolve(root ?? process.env['PHOENIX_APP_ROOT'] ?? nearestPackage(process.argv[1]));
    // The command line wins: it may only want to look at what the program would write, in another folder.
    this.outdir = resolve(this.root, process.env['PHOENIX_OUTDIR'] ?? outdir ?? 'cdk.out');
    this.vault = resolve(this.root, process.env['PHOENIX_VAULT'] ?? vault ?? 'vault');
    for (const [key, value] of Object.entries(contextOf(process.env['PHOENIX_CONTEXT']))) {
      this.node.setContext(key, value);
    }
  }

  /** Says that findings of a code are meant so. They stay in the report, with the reason. Throws `acknowledge/no-reason`. */
  acknowledge(code: string, options: AcknowledgeOptions): void {
    if (options.reason.trim() === '') {
      throw new PhoenixError({
        code: 'acknowledge/no-reason',
        message: `${code} is acknowledged without a reason`,
        value: code,
        fix: 'say why it is meant so; whoever reads the report has to be able to agree',
      });
    }
    this.acknowledgements.push({
      code,
      reason: options.reason,
      paths: options.on?.map((construct) => construct.node.path),
    });
  }

  /**
   * Makes the assembly and writes it.
   *
   * Throws a PhoenixError with all errors that were found; then nothing is written.
   */
  synth(): SynthResult {
    const lockPath = join(this.root, lockFileName);
    const lockBefore = existsSync(lockPath) ? readFileSync(lockPath, 'utf8') : undefined;
    const synthesis = this.synthesize(lockBefore === undefined ? new Map() : parseLockFile(lockBefore));
    refuseWarnings(synthesis.findings);
    // one that is there stays, if only to say that nothing is pinned any more
    const lockText =
      synthesis.pinned.size === 0 && lockBefore === undefined ? undefined : renderLockFile(synthesis.pinned);
    refuseLockChange(lockBefore, lockText);
    const files = assemble({
      app: this.name,
      generator: generator(),
      root: this,
      synthesis,
      runtime: runtimeFiles(),
      lockText,
      vault: vaultReader(this.vault),
    });
    const written = writeAssembly(this.outdir, files);
    writeLock(lockPath, lockBefore, lockText);
    const steps = [...synthesis.steps.values()].reduce((sum, list) => sum + list.length, 0);
    const result: SynthResult = {
      outcome: 'written',
      app: this.name,
      outdir: this.outdir,
      files: written.files,
      changed: written.changed,
      removed: written.removed,
      stacks: stacksOf(synthesis),
      facts: factsOf(synthesis),
      steps,
      findings: synthesis.findings,
      vault: this.vault,
      secrets: synthesis.secrets,
    };
    writeReport(process.env['PHOENIX_REPORT'], { ...result, ...explained(synthesis, process.env['PHOENIX_EXPLAIN']) });
    return result;
  }

  /** The synth in memory, with nothing written: for tests and tools. */
  synthesize(pinned: LockEntries = new Map()): Synthesis {
    const input = { app: this.name, root: this, pinned, acknowledgements: this.acknowledgements };
    const facts = factsReader(this.root);
    return withPlaces(this, () => synthesize({ ...input, vault: vaultReader(this.vault), facts }));
  }
}

const appTable = table('App', {
  name: required(text("The owner's mark on the host.")),
  root: text('Folder that relative paths and the lock file refer to.'),
  outdir: text('Folder that the assembly is written to.'),
  vault: text('Folder of the vault.'),
});

/** What the command line asked to have explained, as a JSON object. */
function explained(synthesis: Synthesis, request: string | undefined): Pick<SynthResult, 'explanation'> {
  return request === undefined
    ? {}
    : { explanation: explain(synthesis.described, JSON.parse(request) as ExplainRequest) };
}

function stacksOf(synthesis: Synthesis): SynthResult['stacks'] {
  const stacks = new Map(
    synthesis.described.map(({ home: { name, host } }) => [
      `${host.hostName}\n${name}`,
      { name, host: host.hostName, pveVersion: host.pveVersion },
    ]),
  );
  return [...stacks.values()];
}

function factsOf({ facts }: Synthesis): SynthResult['facts'] {
  return [...facts].map(([host, known]) => ({
    host: host.hostName,
    file: known.file,
    takenAt: known.facts.takenAt,
  }));
}

/** Under `--ci` the lock file has to be what the program needs, because nobody would commit the new one. */
function refuseLockChange(before: string | undefined, after: string | undefined): void {
  if (process.env['PHOENIX_CI'] === '1' && before !== after) {
    throw new PhoenixError({
      code: 'lock/would-change',
      message: `${lockFileName} does not pin what the program needs`,
      fix: 'run `phoenix synth` without --ci and commit the lock file',
    });
  }
}

/** Under `--strict` a warning has to be acknowledged or gone before anything is written. */
function refuseWarnings(findings: readonly Finding[]): void {
  const warnings = findings.filter((finding) => finding.severity === 'warning' && finding.acknowledged === undefined);
  if (process.env['PHOENIX_STRICT'] === '1' && warnings.length > 0) {
    throw new PhoenixError(warnings.map(problemOf));
  }
}

/** A trial is only looked at: it pins nothing. */
function writeLock(path: string, before: string | undefined, after: string | undefined): void {
  if (process.env['PHOENIX_TRIAL'] !== '1' && after !== undefined && after !== before) {
    writeFileSync(`${path}.new`, after);
    renameSync(`${path}.new`, path);
  }
}

/** What `--context k=v` gave, as a JSON object. */
function contextOf(text: string | undefined): Readonly<Record<string, unknown>> {
  return text === undefined ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}

function checkName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new PhoenixError({
      code: 'app/name',
      message: `${JSON.stringify(name)} is no name for an app`,
      value: name,
      fix: 'use up to 40 small letters, digits and `-`, beginning with a letter or digit',
    });
  }
  return name;
}

function nearestPackage(program: string | undefined): string {
  const start = dirname(resolve(program ?? '.'));
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) {
      return folder;
    }
    if (dirname(folder) === folder) {
      return start;
    }
  }
}

function generator(): { name: string; version: string } {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return { name, version };
}
