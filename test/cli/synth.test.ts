import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { app, copyOf, newFolder, newProject, removeProjects, run } from './fixture-project.js';

let synthesized: string;
beforeAll(async () => {
  synthesized = newProject();
  await run(synthesized, 'synth', '-q');
});
afterAll(removeProjects);

describe('phoenix synth', () => {
  it('writes the assembly and says so in one line', async () => {
    const project = newProject();
    const { code, text, data } = await run(project, 'synth');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^cdk\.out: \d+ files, \d+ changed, 0 removed · 2 steps · 0 errors, 0 warnings · \d+\.\d\d s\nReview {2}cdk\.out\//,
    );
    expect(data).toMatchObject({ outcome: 'written', app: 'fixture', outdir: join(project, 'cdk.out'), steps: 2 });
    expect(existsSync(join(project, 'cdk.out/manifest.json'))).toBe(true);
  });

  it('says that nothing changed, and remembers when it last looked', async () => {
    const project = copyOf(synthesized);
    const manifest = join(project, 'cdk.out/manifest.json');
    utimesSync(manifest, 1_000, 1_000);
    expect((await run(project, 'synth')).text).toMatch(/^cdk\.out: \d+ files, unchanged$/);
    expect(statSync(manifest).mtimeMs).toBeGreaterThan(1_000_000);
  });

  it('prints findings that nobody acknowledged before the line', async () => {
    const { code, text } = await run(newProject(), 'synth', '-c', 'warning=1');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^warn {3}data\/small {2}base\/data\n +the quota is small\n +→ raise it\n\n.* 0 errors, 1 warning ·/,
    );
  });

  it('leaves acknowledged findings out, unless asked', async () => {
    const words = ['synth', '-c', 'warning=1', '-c', 'acknowledged=1'];
    expect((await run(newProject(), ...words)).text).toMatch(/^cdk\.out: .* 0 warnings, 1 acknowledged ·/);
    expect((await run(newProject(), ...words, '-v')).text).toContain('acknowledged: small is good');
  });

  it('shows all errors at once, leaves the assembly as it is, and keeps the report outside of it', async () => {
    const project = copyOf(synthesized);
    const before = readFileSync(join(project, 'cdk.out/manifest.json'), 'utf8');
    const { code, text, notes, data } = await run(project, 'synth', '-c', 'broken=1');
    expect([code, text]).toEqual([1, '']);
    expect(notes).toContain('error  data/none  base/data\n       there is no room\n       → raise the quota\n');
    expect(notes).toContain('error  host/gone  machine\n       the host is gone\n');
    expect(notes).toContain('2 errors. Nothing was written; cdk.out is as before (stale)');
    const { reportPath } = data as { reportPath: string };
    expect(notes).toContain(`Report  ${reportPath}`);
    expect(JSON.parse(readFileSync(reportPath, 'utf8'))).toMatchObject({ outcome: 'refused', problems: [{}, {}] });
    expect(reportPath.startsWith(project)).toBe(false);
    expect(readFileSync(join(project, 'cdk.out/manifest.json'), 'utf8')).toBe(before);
    rmSync(dirname(reportPath), { recursive: true });
  });

  it('does not call stale what was never there', async () => {
    const project = newProject();
    const { notes, data } = await run(project, 'synth', '-c', 'broken=1');
    expect(notes).toContain('2 errors. Nothing was written\n');
    expect(readdirSync(project)).toEqual(['phoenix.json']);
    rmSync(dirname((data as { reportPath: string }).reportPath), { recursive: true });
  });

  it('takes open warnings for errors under --strict, before anything is written', async () => {
    const project = newProject();
    const refused = await run(project, 'synth', '--strict', '-c', 'warning=1');
    expect(refused).toMatchObject({ code: 1, data: { problems: [{ code: 'data/small' }] } });
    expect(existsSync(join(project, 'cdk.out'))).toBe(false);
    expect((await run(project, 'synth', '--strict', '-c', 'warning=1', '-c', 'acknowledged=1')).code).toBe(0);
  });

  it('tells a program that never synthesizes', async () => {
    const { code, data } = await run(newProject(), 'synth', '-c', 'silent=1');
    expect([code, data]).toMatchObject([1, { problems: [{ code: 'app/no-synth' }] }]);
    rmSync(dirname((data as { reportPath: string }).reportPath), { recursive: true });
  });

  it.each(['throw', 'timer', 'exit', 'construct'])(
    'fails where the program does so after its synth: %s',
    async (how) => {
      const project = newProject();
      const words = ['-c', `afterwards=${how}`];
      const { code, data, notes, text } = await run(project, 'synth', ...words);
      expect([code, text]).toEqual([1, '']);
      expect(data).toMatchObject({ problems: [{ code: 'app/failed-later' }], afterSynth: true });
      expect(notes).toContain('1 error. cdk.out was written before that');
      rmSync(dirname((data as { reportPath: string }).reportPath), { recursive: true });
      expect(await run(project, 'validate', ...words)).toMatchObject({
        code: 1,
        data: { problems: [{ code: 'app/failed-later' }] },
      });
      await expect(run(project, 'tree', ...words)).rejects.toMatchObject({ problems: [{ code: 'app/failed-later' }] });
    },
  );

  it('writes where --output says, from the working directory, or phoenix.json, from its folder', async () => {
    const project = newProject({ app: app(), output: 'made/here' });
    await run(project, 'synth', '-q');
    await run(join(project, 'made'), 'synth', '-q', '-o', 'there');
    expect(readdirSync(join(project, 'made')).sort()).toEqual(['here', 'there']);
  });

  it('says what to do where nothing says how to run the program', async () => {
    await expect(run(newFolder(), 'synth')).rejects.toMatchObject({ problems: [{ code: 'app/missing' }] });
    await expect(run(newProject({}), 'synth')).rejects.toMatchObject({ problems: [{ code: 'app/missing' }] });
  });

  it.each(['', '  '])('says that --app %j is no command', async (words) => {
    await expect(run(newProject(), 'synth', '--app', words)).rejects.toMatchObject({
      problems: [{ code: 'app/missing', message: expect.stringContaining('--app is empty') }],
    });
  });

  it('says which program cannot be started', async () => {
    await expect(run(newFolder(), 'synth', '--app', 'no-such-program here')).rejects.toMatchObject({
      problems: [{ code: 'app/not-found', value: 'no-such-program' }],
    });
  });

  it('refuses what is wrong with phoenix.json, all of it', async () => {
    await expect(run(newProject({ ap: 'x', output: 1 }), 'synth')).rejects.toMatchObject({
      problems: [
        { code: 'project/invalid', value: 'ap', fix: 'did you mean `app`?' },
        { code: 'project/invalid', value: 1 },
      ],
    });
  });
});

describe('phoenix validate', () => {
  it('prints findings and writes nothing', async () => {
    const project = newProject();
    const { code, text } = await run(project, 'validate', '-c', 'warning=1');
    expect([code, text]).toEqual([0, expect.stringMatching(/^warn {3}data\/small[\s\S]*\n\n0 errors, 1 warning$/)]);
    expect(readdirSync(project)).toEqual(['phoenix.json']);
  });

  it('fails on errors, and on open warnings under --strict', async () => {
    expect(await run(newProject(), 'validate', '-c', 'broken=1')).toMatchObject({
      code: 1,
      text: expect.stringContaining('error  host/gone'),
      data: { problems: [{ code: 'data/none' }, { code: 'host/gone' }] },
    });
    expect((await run(newProject(), 'validate', '--strict', '-c', 'warning=1')).code).toBe(1);
  });

  it('keeps no report that nobody is told of', async () => {
    const kept = () => readdirSync(temporary).sort();
    const [project, temporary] = [newProject(), newFolder()];
    vi.stubEnv('TMPDIR', temporary);
    try {
      const before = kept();
      await run(project, 'validate', '-c', 'broken=1');
      for (const words of [['ls'], ['tree'], ['explain', '950']]) {
        await expect(run(project, ...words, '-c', 'broken=1')).rejects.toMatchObject({ problems: [{}, {}] });
      }
      expect(kept()).toEqual(before);
      const { data } = await run(project, 'synth', '-c', 'broken=1');
      expect(existsSync((data as { reportPath: string }).reportPath)).toBe(true);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([
    ['explain/unknwon', 'did you mean the code explain/unknown?'],
    ['bse/data', 'did you mean base/data?'],
    ['dat', 'did you mean base/data?'],
  ])('names what is nearest to %s, which is neither in the program nor a code', async (subject, fix) => {
    await expect(run(synthesized, 'explain', subject)).rejects.toMatchObject({
      problems: [{ code: 'explain/unknown', fix }],
    });
  });

  it('reads an assembly that --app names', async () => {
    expect(await run(synthesized, 'validate', '--app', 'cdk.out')).toMatchObject({ code: 0, data: { findings: [] } });
  });
});
