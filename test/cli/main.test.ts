import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFolder, newProject, removeProjects, run } from './fixture-project.js';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

function phoenix(cwd: string, ...words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['--import', tsx, main, ...words], { cwd, encoding: 'utf8' });
}

let synthesized: string;
beforeAll(async () => {
  synthesized = newProject();
  await run(synthesized, 'synth', '-q');
});
afterAll(removeProjects);

describe('phoenix', () => {
  it('puts results on standard output and everything else on standard error', () => {
    const { status, stdout, stderr } = phoenix(synthesized, 'ls', '-c', 'print=1');
    expect([status, stdout, stderr]).toEqual([0, 'base\nai\n', 'the program speaks\n']);
  });

  it('keeps standard output empty when it fails', () => {
    const { status, stdout, stderr } = phoenix(newProject(), 'ls', '-c', 'throw=1');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /Error: the program breaks[\s\S]*error {2}app\/failed\n[\s\S]*exit code 1[\s\S]*→ see above/,
    );
  });

  it('exits with 2 for wrong usage, and names what is nearest', () => {
    const { status, stdout, stderr } = phoenix(synthesized, 'dif');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toBe("error  usage/unknown-command\n       unknown command 'dif'\n       → did you mean `diff`?\n");
  });

  it('explains itself and its version', () => {
    expect(phoenix(synthesized, '--help').stdout).toMatch(/^Usage: phoenix /);
    expect(phoenix(synthesized, '--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("the applier's verbs", () => {
  function withApplier(script: string): string {
    const project = newFolder();
    mkdirSync(join(project, 'cdk.out'));
    writeFileSync(join(project, 'cdk.out/manifest.json'), '{}');
    writeFileSync(join(project, 'cdk.out/applier'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(project, 'cdk.out/applier'), 0o755);
    return project;
  }

  it('reach the applier with their flags, and end with its exit code', () => {
    const project = withApplier('echo "$*"; echo progress >&2; exit 3');
    const { status, stdout, stderr } = phoenix(project, '--no-color', 'plan', '--stack', 'ai', '--fail', '--json');
    expect([status, stdout, stderr]).toEqual([
      3,
      'plan --stack ai --fail --json --no-color --signature none\n',
      'progress\n',
    ]);
  });

  it('end as the applier ends when a signal ends it', () => {
    expect(phoenix(withApplier('kill -TERM $$'), 'apply').status).toBe(143);
  });

  it('say where there is no assembly', () => {
    const { status, stderr } = phoenix(newFolder(), 'status');
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error {2}assembly\/missing[\s\S]*→ run `phoenix synth`/),
    ]);
  });

  it('say that the assembly is older than the program', () => {
    const project = withApplier('exit 0');
    writeFileSync(join(project, 'phoenix.json'), '{}');
    expect(phoenix(project, 'plan').stderr).toBe('');
    utimesSync(join(project, 'cdk.out/manifest.json'), 1_000, 1_000);
    expect(phoenix(project, 'plan')).toMatchObject({
      status: 0,
      stderr: 'cdk.out is older than phoenix.json: run `phoenix synth` if that matters\n',
    });
    expect(phoenix(project, 'plan', '--quiet').stderr).toBe('');
  });
});
