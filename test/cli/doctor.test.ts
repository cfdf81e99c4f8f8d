import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkNode } from '../../src/cli/doctor-machine.js';
import { copyOf, newFolder, newProject, removeProjects, run } from './fixture-project.js';

let synthesized: string;
beforeAll(async () => {
  synthesized = newProject();
  const library = join(synthesized, 'node_modules/phoenix-cdk');
  mkdirSync(library, { recursive: true });
  cpSync(fileURLToPath(new URL('../../package.json', import.meta.url)), join(library, 'package.json'));
  await run(synthesized, 'synth', '-q');
});
afterAll(removeProjects);

/** Status of each check by its name. */
async function statuses(project: string, ...words: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const { checks } = (await run(project, 'doctor', ...words)).data as { checks: { name: string; status: string }[] };
  return Object.fromEntries(checks.map(({ name, status }) => [name, status]));
}

function git(cwd: string, ...words: readonly string[]): void {
  spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd });
}

describe('phoenix doctor', () => {
  it('finds nothing wrong with a project that works', async () => {
    const { code, text } = await run(synthesized, 'doctor');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^ok {4}node +\d[\s\S]*ok {4}app [\s\S]*ok {4}library [\s\S]*ok {4}assembly [\s\S]*\n0 failures, \d warnings?$/,
    );
  });

  it('fails where there is no program, no library and no assembly', async () => {
    const project = newFolder();
    expect(await statuses(project)).toMatchObject({ app: 'fail', library: 'fail', assembly: 'warn' });
    expect((await run(project, 'doctor')).code).toBe(1);
  });

  it('fails where the program cannot be started, and for an edited assembly, with the way out', async () => {
    const project = copyOf(synthesized);
    appendFileSync(join(project, 'cdk.out/tree.json'), ' ');
    expect(await statuses(project, '--app', 'no-such-program')).toMatchObject({ app: 'fail', assembly: 'fail' });
    expect((await run(project, 'doctor')).text).toMatch(/fail {2}assembly .*tree\.json\n +→ run `phoenix synth`/);
  });

  it('wants the lock file committed as it is', async () => {
    const project = copyOf(synthesized);
    writeFileSync(join(project, 'phoenix.lock.json'), '{}');
    expect(await statuses(project)).toMatchObject({ 'lock file': 'warn' });
    git(project, 'init');
    expect(await statuses(project)).toMatchObject({ 'lock file': 'warn' });
    git(project, 'add', 'phoenix.lock.json');
    git(project, 'commit', '-m', 'pin');
    expect(await statuses(project)).toMatchObject({ 'lock file': 'ok' });
    writeFileSync(join(project, 'phoenix.lock.json'), '{ }');
    expect(await statuses(project)).toMatchObject({ 'lock file': 'warn' });
  });

  it('knows which release of node is too old', () => {
    expect(['18.20.0', '20.18.9', '20.19.0', '22.0.0'].map((version) => checkNode(version).status)).toEqual([
      'fail',
      'fail',
      'ok',
      'ok',
    ]);
  });
});
