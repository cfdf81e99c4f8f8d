import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ageText } from '../../src/cli/age.js';
import type { Facts } from '../../src/model/facts.js';
import { renderFacts } from '../../src/toolkit/facts/render.js';
import { factsOf, knownGuest } from '../support/facts.js';
import { newFolder, newProject, removeProjects, run } from './fixture-project.js';

afterAll(removeProjects);

/** A file as `applier facts` would have printed it, outside of any project. */
function printed(facts: Facts): string {
  const file = join(newFolder(), 'printed.json');
  writeFileSync(file, JSON.stringify(facts));
  return file;
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
const machine = (changes: Partial<Facts> = {}) => factsOf({ takenAt: minutesAgo(150), ...changes });

describe('phoenix facts', () => {
  it('imports what the applier printed into the project, in its own form', async () => {
    const project = newProject();
    mkdirSync(join(project, 'below'));
    const { code, text, data } = await run(join(project, 'below'), 'facts', 'import', printed(machine()));
    expect(code).toBe(0);
    expect(text).toMatch(
      /facts\/pve\.json: pve · PVE 9\.1\.4 · 0 guests · taken .*Z, 2 hours old by its own stamp\nThe first facts of this host\.$/,
    );
    expect(data).toMatchObject({ node: 'pve', guests: 0, unknown: [], changes: [] });
    expect(readFileSync(join(project, 'facts/pve.json'), 'utf8')).toBe(
      renderFacts(machine({ takenAt: (data as Facts).takenAt })),
    );
  });

  it('says what has changed since the former ones, and whether these are older', async () => {
    const project = newProject();
    await run(project, 'facts', 'import', printed(machine()));
    const later = machine({
      ...knownGuest(101, ['memory: 1'], { node: 'pve' }),
      takenAt: minutesAgo(200),
      memory: 1,
    });
    const { text, data } = await run(project, 'facts', 'import', printed(later));
    expect(text).toMatch(/\n {2}\[~\] host memory {2}\d+ → 1\n/);
    expect(text).toContain('\n  [+] guest 101\n');
    expect(text).toMatch(/\n3 changes since .*Z\. These facts are older than the former ones\.$/);
    expect(data).toMatchObject({
      since: expect.any(String),
      changes: [{ what: 'host' }, { what: 'guest' }, { what: 'file' }],
    });
  });

  it('lists what there is, with its age and with what nobody could see', async () => {
    const project = newProject();
    const unknown = [{ what: 'pools', why: 'zpool list failed' }];
    await run(project, 'facts', 'import', printed(machine({ pools: undefined, unknown })));
    const { text, data } = await run(project, 'facts');
    expect(text).toMatch(
      /^facts\/pve\.json: pve · .* 2 hours old by its own stamp\n {2}unknown pools: zpool list failed$/,
    );
    expect(data).toEqual({
      facts: [expect.objectContaining({ file: 'facts/pve.json', node: 'pve', pveVersion: '9.1.4', unknown })],
    });
    expect((await run(newProject(), 'facts')).text).toMatch(/^No facts\. Next {2}npx phoenix facts import --host/);
  });

  it('puts them where --to says, and reads standard input', async () => {
    const folder = newFolder();
    await run(folder, 'facts', 'import', printed(machine()), '--to', 'here');
    expect(readdirSync(join(folder, 'here'))).toEqual(['pve.json']);
    const main = join(import.meta.dirname, '../../src/cli/main.ts');
    const words = ['--import', 'tsx', main, 'facts', 'import', '-', '--json'];
    const options = {
      cwd: join(import.meta.dirname, '../..'),
      input: JSON.stringify(machine()),
      encoding: 'utf8',
    } as const;
    const { stdout } = spawnSync(process.execPath, [...words, '--to', folder], options);
    expect(JSON.parse(stdout)).toMatchObject({ node: 'pve', file: join(folder, 'pve.json') });
  });

  it.each([
    ['facts/no-file', 'nothing.json', undefined],
    ['facts/invalid', 'x.json', '{"version":1,"node":"../x"}'],
    ['facts/invalid', 'x.json', 'error: no facts'],
    ['facts/version', 'x.json', '{"version":99}'],
  ])('%s is said of what cannot be imported, and nothing is written', async (code, name, text) => {
    const folder = newFolder();
    if (text !== undefined) writeFileSync(join(folder, name), text);
    await expect(run(folder, 'facts', 'import', name)).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code })]),
    });
    expect(readdirSync(folder)).toEqual(text === undefined ? [] : [name]);
  });
});

describe('phoenix synth and phoenix diff', () => {
  it('say how old the facts are that they use', async () => {
    const project = newProject();
    expect((await run(project, 'synth')).notes).toMatch(
      /^phoenix \S+ · app fixture · 2 stacks · host pve \(PVE 9\.1\)$/,
    );
    await run(project, 'facts', 'import', printed(machine()));
    const { notes, data } = await run(project, 'synth');
    expect(notes).toMatch(/ · host pve \(PVE 9\.1\) · facts facts\/pve\.json \(2 hours old by its own stamp\)$/);
    expect(data).toMatchObject({ facts: [{ host: 'pve', file: 'facts/pve.json' }] });
    expect((await run(project, 'synth', '-q')).notes).toBe('');
  });

  it('compare the program with the facts of its hosts', async () => {
    const project = newProject();
    await expect(run(project, 'diff', '--facts')).rejects.toMatchObject({ problems: [{ code: 'facts/no-file' }] });
    const datasets = { 'rpool/data': { quota: '5' }, 'rpool/old': {} };
    await run(project, 'facts', 'import', printed(machine({ datasets })));
    const { code, text, data } = await run(project, 'diff', '--facts', '--fail');
    expect(text).toMatch(/^From pve \(facts 2 hours old by their own stamp\) to the program\n\nbase\n/);
    expect(text).toContain('\n      [~] dataset: quota  5 → 1024  live\n');
    expect(text).toContain('\non the host and not in the program\n');
    expect(data).toMatchObject({
      isEmpty: false,
      hosts: [{ host: 'pve' }],
      resources: [{ resource: 'zfs/rpool/data' }],
    });
    expect(code).toBe(3);
  });

  it('compare an assembly with a file of facts, of one of its hosts only', async () => {
    const project = newProject();
    await run(project, 'synth', '-q');
    const { data } = await run(project, 'diff', 'cdk.out', '--facts', printed(machine()));
    expect(data).toMatchObject({ hosts: [{ host: 'pve' }] });
    await expect(run(project, 'diff', 'cdk.out', '--facts', printed(factsOf({ node: 'far' })))).rejects.toMatchObject({
      problems: [{ code: 'facts/other-host', value: 'far' }],
    });
    await expect(run(project, 'diff', 'cdk.out', 'cdk.out', '--facts', 'x')).rejects.toMatchObject({
      problems: [{ code: 'usage/excess-argument' }],
    });
  });
});

it.each([
  [0, 'a moment old'],
  [59, 'a moment old'],
  [60, '1 minute old'],
  [7199, '1 hour old'],
  [2 * 86_400, '2 days old'],
  [-3600, 'from the future'],
])('%d seconds are %s', (seconds, text) => {
  expect(ageText('2026-06-12T14:15:02Z', Date.parse('2026-06-12T14:15:02Z') + seconds * 1000)).toBe(text);
});
