import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Hosts, on, project, temporaryFolder } from './hosts.js';

it('takes the facts of hosts before anything was synthesized, with the applier alone', async () => {
  const hosts = new Hosts('pve1', 'pve2');
  const folder = temporaryFolder();
  const { code, data } = await on(folder, ['pve1', 'pve2'], 'facts', 'import');
  expect(code).toBe(0);
  expect(data).toMatchObject({
    facts: [
      { file: 'facts/pve1.json', node: 'pve1' },
      { file: 'facts/pve2.json', node: 'pve2' },
    ],
  });
  expect(JSON.parse(readFileSync(join(folder, 'facts/pve1.json'), 'utf8'))).toMatchObject({
    node: 'pve1',
    pveVersion: '9.1.4',
  });
  expect(hosts.get('pve1').exists('/var/lib/phoenix/facts/journal')).toBe(false);
});

it('takes them with the applier of the assembly where there is one', async () => {
  const hosts = new Hosts('pve1');
  const folder = project({ ai: { host: 'pve1', datasets: ['a'] } });
  expect((await on(folder, ['pve1'], 'facts', 'import')).text).toMatch(/^facts\/pve1\.json: pve1 · PVE 9\.1\.4/);
  expect(hosts.assemblies('pve1')).toHaveLength(1);
});

it('takes none where one host does not tell them, and says what is wrong with each', async () => {
  const hosts = new Hosts('pve1', 'pve2');
  const folder = temporaryFolder();
  mkdirSync(hosts.get('pve2').path('/etc/phoenix/signers'), { recursive: true });
  await expect(on(folder, ['pve1', 'nowhere', 'pve2'], 'facts', 'import')).rejects.toMatchObject({
    problems: [{ code: 'ssh/no-connection' }, { code: 'facts/not-told', value: 'root@pve2' }],
  });
  expect(existsSync(join(folder, 'facts'))).toBe(false);
});
