import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { isSigned } from '../../toolkit/altered-files.js';
import { hasNoStacks, missingAssembly } from '../../toolkit/assembly.js';
import type { Action, Call } from '../command.js';
import { newestSource } from '../newest-source.js';
import { shortPath } from '../paths.js';
import { type Project, readProject } from '../project.js';

/** Runs a verb of the assembly's own applier, on this machine or on those that `--host` names: its flags, its output, its exit code. */
export function applierAction(verb: string): Action {
  return async (call) => {
    const project = readProject(call);
    refuseEmpty(project.output);
    const hosts = call.options['host'] as readonly string[];
    if (hosts.length > 0) {
      if (!call.globals.quiet) {
        warnIfStale(call, project);
      }
      return (await import('../remote/run-on-hosts.js')).runOnHosts(call, verb, hosts);
    }
    const applier = join(project.output, 'applier');
    if (!existsSync(applier)) {
      throw missingAssembly(project.output);
    }
    if (process.platform === 'win32') {
      throw notHere(applier);
    }
    if (!call.globals.quiet) {
      warnIfStale(call, project);
    }
    const flags = [...sharedFlags(call), '--signature', await signatureOf(project)];
    return { code: await run(applier, [verb, ...call.words, ...flags]) };
  };
}

/** Looked at where the project asks for it, before anything of the assembly is run; whether its files are whole the applier sees by itself. */
async function signatureOf(project: Project): Promise<string> {
  if (project.signers === undefined) {
    return isSigned(project.output) ? 'not checked' : 'none';
  }
  const { trustedAssembly } = await import('../trusted.js');
  return (await trustedAssembly(project)).signature;
}

/** Flags that mean the same to both; they may stand anywhere on the command line. */
function sharedFlags({ globals }: Call): string[] {
  return [
    ...(globals.json ? ['--json'] : []),
    ...(globals.quiet ? ['--quiet'] : []),
    ...(globals.color ? [] : ['--no-color']),
  ];
}

function run(applier: string, words: readonly string[]): Promise<number> {
  const child = spawn(applier, words, { stdio: 'inherit' });
  // The terminal tells both of us; the applier decides how to end, and we end with it.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise<number>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(applier, error)));
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  }).finally(() => process.off('SIGINT', wait));
}

/** Files that were just checked out or copied differ by moments. */
const MILLISECONDS_THAT_MEAN_NOTHING = 10_000;

function warnIfStale({ cwd, warn }: Call, project: Project): void {
  if (project.file === undefined) {
    return;
  }
  const made = statSync(join(project.output, 'manifest.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = newestSource(project.root, project.output);
  if (newest !== undefined && newest.mtimeMs > made + MILLISECONDS_THAT_MEAN_NOTHING) {
    warn(
      `${shortPath(cwd, project.output)} is older than ${relative(project.root, newest.path)}: run \`phoenix synth\` if that matters`,
    );
  }
}

/** An assembly of nothing but empty stacks has an applier and no runbook. */
function refuseEmpty(output: string): void {
  if (hasNoStacks(output)) {
    throw new PhoenixError({
      code: 'assembly/empty',
      message: `no stack of the assembly in ${output} has anything in it`,
      path: output,
      value: output,
      fix: 'make a guest, a dataset or a storage in a stack of the program, then run `phoenix synth`',
    });
  }
}

function notHere(applier: string): PhoenixError {
  return new PhoenixError({
    code: 'applier/not-here',
    message: 'the applier runs on the Proxmox VE node, not on Windows',
    value: applier,
    fix: 'name the node: --host root@pve1',
  });
}

function notStarted(applier: string, error: NodeJS.ErrnoException): PhoenixError {
  return new PhoenixError({
    code: 'applier/not-started',
    message: `the applier could not be started: ${error.message}`,
    path: applier,
    fix: error.code === 'EACCES' ? `run \`chmod +x ${applier}\`: a copy lost its mode` : 'run `phoenix doctor`',
  });
}
