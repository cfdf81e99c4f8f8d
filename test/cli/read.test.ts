import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOf, newFolder, newProject, removeProjects, run } from './fixture-project.js';

let synthesized: string;
beforeAll(async () => {
  synthesized = newProject();
  await run(synthesized, 'synth', '-q');
});
afterAll(removeProjects);

describe('phoenix ls', () => {
  it('lists what the program makes now in the order of applying, and writes nothing', async () => {
    const project = newProject();
    expect(await run(project, 'ls')).toMatchObject({ code: 0, text: 'base\nai' });
    expect(readdirSync(project)).toEqual(['phoenix.json']);
  });

  it('shows as much as was asked for, and always gives all of it as data', async () => {
    const { text, data } = await run(synthesized, 'ls', '-a', 'cdk.out', '--long', '--show-dependencies');
    expect(text.split('\n')).toEqual([
      'base  pve  PVE 9.1  restart never        1 resource  1 step',
      'ai    pve  PVE 9.1  restart when-needed  1 resource  1 step  after base',
    ]);
    expect(data).toMatchObject({ app: 'fixture', stacks: [{ name: 'base' }, { name: 'ai', dependencies: ['base'] }] });
  });

  it('fails with all that is wrong with the program', async () => {
    await expect(run(newProject(), 'ls', '-c', 'broken=1')).rejects.toMatchObject({
      problems: [{ code: 'data/none' }, { code: 'host/gone' }],
    });
  });

  it('says that a folder is no assembly', async () => {
    await expect(run(synthesized, 'ls', '--app', '.')).rejects.toMatchObject({
      problems: [{ code: 'assembly/missing' }],
    });
  });
});

describe('phoenix tree', () => {
  it('shows constructs, classes and what they are on the host', async () => {
    expect((await run(synthesized, 'tree', '-a', 'cdk.out')).text.split('\n')).toEqual([
      'fixture  App',
      '├─ ai  Stack',
      '│  └─ qwen  Guest  guest/950',
      '├─ base  Stack',
      '│  └─ data  Dataset  zfs/rpool/data',
      '└─ machine  Machine',
    ]);
  });
});

describe('phoenix graph', () => {
  it('shows what waits for what over all stacks, or those that were named', async () => {
    const { text, data } = await run(synthesized, 'graph', '-a', 'cdk.out');
    expect(text.split('\n')).toEqual([
      'graph TD',
      '  r0["base/data · zfs/rpool/data"]',
      '  r1["ai/qwen · guest/950"]',
      '  r0 --> r1',
    ]);
    expect(data).toMatchObject({ edges: [{ from: 'zfs/rpool/data', to: 'guest/950' }] });
    const alone = await run(synthesized, 'graph', '-a', 'cdk.out', '--stack', 'ai', '--format', 'dot');
    expect(alone.text).toContain('digraph {');
    expect(alone.data).toMatchObject({ resources: [{ resource: 'guest/950' }], edges: [] });
  });

  it.each([['--stack'], ['--format']])('refuses what %s does not know, and says what there is', async (flag) => {
    await expect(run(synthesized, 'graph', '-a', 'cdk.out', flag, 'nosuch')).rejects.toMatchObject({
      problems: [{ code: 'usage/invalid-value', value: 'nosuch' }],
    });
  });
});

describe('phoenix diff', () => {
  it('finds nothing between the assembly and its program', async () => {
    expect(await run(synthesized, 'diff', '--fail')).toMatchObject({ code: 0, text: 'No differences.', notes: '' });
  });

  it('shows what the program would change, and exits with 3 if asked to', async () => {
    const words = ['diff', '-c', 'memory=1024', '-c', 'warning=1'];
    const { code, text } = await run(synthesized, ...words);
    expect(code).toBe(0);
    expect(text.split('\n')).toEqual([
      'ai',
      '  [~] guest/950  ai/qwen',
      '      [~] config: memory  512 → 1024  live',
      '',
      'files',
      '  [~] stacks/ai/root/etc/motd',
      '         2 - memory 512',
      '         2 + memory 1024',
      '',
      'findings',
      '  [+] warning data/small  base/data: the quota is small',
      '',
      'Resources: 0 added, 1 changed, 0 removed · 1 file · 1 finding',
    ]);
    expect((await run(synthesized, ...words, '--fail')).code).toBe(3);
  });

  it('compares two folders without running anything', async () => {
    const other = newProject();
    await run(other, 'synth', '-q', '-c', 'alone=1');
    const { text } = await run(newFolder(), 'diff', join(synthesized, 'cdk.out'), join(other, 'cdk.out'));
    expect(text).toContain('[-] stack ai on pve\n  [-] guest/950  ai/qwen  1 step\n');
  });

  it('takes everything for new before the first synth', async () => {
    const { text, notes } = await run(newProject(), 'diff');
    expect(notes).toBe('There is no assembly in cdk.out yet: everything is new.');
    expect(text).toContain('Resources: 2 added, 0 changed, 0 removed');
  });

  it('does not take a folder that was named for new', async () => {
    await expect(run(synthesized, 'diff', 'nothing-here', '-a', 'cdk.out')).rejects.toMatchObject({
      problems: [{ code: 'assembly/missing' }],
    });
  });

  it('says that somebody edited the former assembly', async () => {
    const project = copyOf(synthesized);
    appendFileSync(join(project, 'cdk.out/stacks/ai/root/etc/motd'), 'by hand\n');
    expect((await run(project, 'diff', '-a', 'cdk.out')).notes).toBe(
      '1 file of the former assembly edited by hand: stacks/ai/root/etc/motd',
    );
  });
});
