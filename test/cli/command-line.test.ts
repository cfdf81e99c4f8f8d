import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.js';
import { commands } from '../../src/cli/commands.js';
import { fileProblem } from '../../src/cli/file-problem.js';
import { parse } from '../../src/cli/parse.js';
import { person } from '../toolkit/vault/keys.js';
import { copyOf, newProject, removeProjects, run } from './fixture-project.js';

let synthesized: string;
beforeAll(async () => {
  synthesized = newProject();
  await run(synthesized, 'synth', '-q');
});
afterAll(removeProjects);

async function printed(
  words: readonly string[],
  { hasColor = false, cwd = synthesized } = {},
): Promise<{ code: number; out: string; err: string }> {
  const streams = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    hasColor,
    write: (text: string) => {
      streams[name] += text;
    },
  });
  const code = await runCommandLine(words, { cwd, out: stream('out'), err: stream('err') });
  return { code, ...streams };
}

const withJson: readonly (readonly [number, readonly string[]])[] = [
  [0, ['synth']],
  [0, ['validate', '-a', 'cdk.out']],
  [0, ['ls', '-a', 'cdk.out']],
  [0, ['tree', '-a', 'cdk.out']],
  [0, ['graph', '-a', 'cdk.out']],
  [0, ['explain', 'size/invalid']],
  [3, ['diff', '--fail', '-c', 'memory=1']],
  [1, ['doctor']],
  [1, ['init']],
  [1, ['adopt', 'none']],
  [1, ['migrate', 'none', '--to', 'conf.d']],
  [1, ['schema', 'none']],
  [2, ['sign']],
  [1, ['secrets', 'init']],
  [1, ['secrets', 'set', 'a']],
  [1, ['secrets', 'get', 'a']],
  [1, ['secrets', 'list']],
  [1, ['secrets', 'edit', 'a']],
  [1, ['secrets', 'rm', 'a']],
  [1, ['secrets', 'generate', 'a']],
  [1, ['secrets', 'rotate', 'a']],
  [1, ['secrets', 'rekey']],
  [1, ['secrets', 'ensure']],
  [0, ['secrets', 'audit']],
  [1, ['secrets', 'doctor']],
  [0, ['secrets', 'host-key', 'pve1']],
  [0, ['facts']],
  [1, ['facts', 'import', 'none.json']],
  [1, ['diff', '--facts']],
  [1, ['plan', '-o', 'none']],
  [1, ['apply', '-o', 'none']],
  [1, ['verify', '-o', 'none']],
  [1, ['status', '-o', 'none']],
  [1, ['drift', '-o', 'none']],
  [1, ['orphan', '-o', 'none']],
  [1, ['destroy', '-o', 'none']],
  [1, ['restore', '-o', 'none']],
];

describe('a path that nothing can be done with', () => {
  const key = ['--key', 'ada.key'];
  let project: string;
  beforeAll(async () => {
    project = copyOf(synthesized);
    const ada = await person('ada');
    copyFileSync(ada.privateKey, join(project, 'ada.key'));
    await run(project, 'secrets', 'init', '--recipient', ada.publicKey);
    await run(project, 'secrets', 'generate', 'token');
  });

  it.each([
    ['file/exists', '--to: phoenix.json exists already', ['secrets', 'get', 'token', ...key, '--to', 'phoenix.json']],
    ['file/exists', '--to: vault exists already', ['secrets', 'get', 'token', ...key, '--to', 'vault']],
    ['file/missing', '--to: there is no folder none', ['secrets', 'get', 'token', ...key, '--to', 'none/token']],
    [
      'file/no-folder',
      '--to: phoenix.json/x is no folder',
      ['secrets', 'get', 'token', ...key, '--to', 'phoenix.json/x'],
    ],
    ['file/missing', '--key: there is no none', ['secrets', 'get', 'token', '--key', 'none']],
    [
      'file/is-folder',
      '--key: cdk.out is a folder',
      ['secrets', 'get', 'token', '--vault', 'vault', '--key', 'cdk.out'],
    ],
    ['file/missing', '--file: there is no none', ['secrets', 'set', 'other', '--file', 'none']],
    ['file/is-folder', '--file: vault is a folder', ['secrets', 'set', 'other', '--file', 'vault']],
    ['file/missing', '--key: there is no none', ['sign', '--key', 'none']],
    ['file/is-folder', '--key: vault is a folder', ['sign', '--key', 'vault']],
    ['file/no-folder', '--output: phoenix.json is no folder', ['schema', '--output', 'phoenix.json']],
    ['file/no-folder', 'phoenix.json is no folder', ['diff', 'phoenix.json']],
  ])('is a problem of code %s: %s', async (code, message, words) => {
    const { code: exit, out } = await printed([...words, '--json'], { cwd: project });
    expect([exit, JSON.parse(out)]).toMatchObject([1, { problems: [{ code, message, fix: expect.any(String) }] }]);
  });

  it('is our own mistake where nobody named it', () => {
    const line = parse(['sign', '--key', 'ada.key'], commands, '0.0.0', project);
    const error = Object.assign(new Error('gone'), { code: 'ENOENT', path: join(project, 'cdk.out/tree.json') });
    expect('call' in line && fileProblem(error, line)).toBeUndefined();
  });
});

describe('printing what came of a command', () => {
  it.each([...withJson, [1, ['synth', '-c', 'broken=1']] as const, [2, ['ls', '--lnog']] as const])(
    'exits with %i and prints nothing but JSON for %j --json',
    async (code, words) => {
      const found = await printed([...words, '--json']);
      expect([found.code, found.err]).toEqual([code, '']);
      expect(JSON.parse(found.out)).toBeTypeOf('object');
    },
  );

  it('is proved for every command', () => {
    const all = commands.flatMap((row) =>
      'commands' in row ? row.commands.map(({ name }) => [row.name, name]) : [[row.name]],
    );
    const isProved = (name: readonly string[]) =>
      withJson.some(([, words]) => name.every((it, at) => words[at] === it));
    expect(all.filter((name) => !isProved(name))).toEqual([]);
  });

  it('prints problems on standard error, and nothing on standard output', async () => {
    const { code, out, err } = await printed(['ls', '--app', 'none at all']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^error {2}app\/not-found\n {7}the program could not be started: none: ENOENT\n {7}→ correct/);
  });

  it('uses colours where the stream shows them, unless told not to', async () => {
    expect((await printed(['ls', '-a', 'cdk.out'], { hasColor: true })).out).toContain('\u001b[1mbase');
    expect((await printed(['ls', '-a', 'cdk.out', '--no-color'], { hasColor: true })).out).toBe('base\nai\n');
  });

  it('exits with 2 and helps where no command is given', async () => {
    expect(await printed([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: phoenix') });
  });
});
