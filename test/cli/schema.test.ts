import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, removeProjects, run } from './fixture-project.js';

afterAll(removeProjects);

describe('phoenix schema', () => {
  it('lists what there is, with what it is for', async () => {
    const { text, data } = await run(newFolder(), 'schema');
    expect(text).toMatch(/^lxc +A container: a file of lxc\/ in a config directory$/m);
    expect(data).toHaveProperty('schemas', expect.arrayContaining([expect.objectContaining({ name: 'host' })]));
  });

  it('prints one', async () => {
    const { text, data } = await run(newFolder(), 'schema', 'lxc-profile');
    expect(JSON.parse(text)).toEqual(data);
    expect(data).toHaveProperty('title', 'lxc-profile');
  });

  it('writes them into a folder', async () => {
    const folder = newFolder();
    await run(folder, 'schema', '--output', 'schemas/phoenix');
    expect(readdirSync(join(folder, 'schemas/phoenix'))).toEqual(expect.arrayContaining(['host.json', 'vm.json']));
    const { text } = await run(folder, 'schema', 'host');
    expect(readFileSync(join(folder, 'schemas/phoenix/host.json'), 'utf8').trimEnd()).toBe(text);
    expect(existsSync(join(folder, 'cdk.out'))).toBe(false);
  });

  it('names the one that is near', async () => {
    await expect(run(newFolder(), 'schema', 'lxc-profil')).rejects.toMatchObject({
      problems: [{ code: 'schema/unknown', fix: 'did you mean lxc-profile?' }],
    });
  });
});
