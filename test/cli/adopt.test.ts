import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.js';

const host = join(import.meta.dirname, '../fixtures/adopt/one');

async function run(...words: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'adopt-'));
  const said = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    hasColor: false,
    write: (text: string) => {
      said[name] += text;
    },
  });
  writeFileSync(join(cwd, 'there.ts'), 'mine');
  const code = await runCommandLine(['adopt', host, ...words], { cwd, out: stream('out'), err: stream('err') });
  return { code, ...said, file: (name: string) => readFileSync(join(cwd, name), 'utf8') };
}

test('the program goes to standard output, and what became of the host to standard error', async () => {
  const { code, out, err } = await run();
  expect(code).toBe(0);
  expect(out).toMatch(/^\/\/ What exists on pve1[\s\S]*app\.synth\(\);\n$/);
  expect(err).toContain('112       by-path  left out: its root disk is /srv/containers/112');
  expect(err).toContain('etc/pve/jobs.cfg  backups and other jobs');
});

test('with --to the program is a file, and the report the result', async () => {
  const { code, out, err, file } = await run('--to', 'src/main.ts', '--name', 'site');
  expect([code, err]).toEqual([0, '']);
  expect(file('src/main.ts')).toContain("new App({ name: 'site' })");
  expect(out).toContain('src/main.ts: 22 guests, 2 left out.');
});

test('without a project it makes one around the program, and ends with the commands to type', async () => {
  const { out, file } = await run('--to', 'src/main.ts');
  expect(out).toContain('Beside it: package.json, tsconfig.json, .gitattributes, .gitignore, phoenix.json');
  expect(out).toMatch(/Next\n {2}npm install\n {2}npx phoenix synth\n$/);
  expect(JSON.parse(file('phoenix.json'))).toEqual({ app: 'node --import tsx src/main.ts' });
  expect(JSON.parse(file('tsconfig.json'))).toMatchObject({ include: ['src'] });
  expect((await run()).err).not.toContain('Next');
});

test('what cannot be adopted is said as data, too', async () => {
  const { code, out } = await run('--json', '--to', 'there.ts');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ problems: [{ code: 'adopt/exists', value: 'there.ts' }] });
});

test('a file that is there is overwritten by force only', async () => {
  const refused = await run('--to', 'there.ts');
  expect([refused.code, refused.file('there.ts')]).toEqual([1, 'mine']);
  expect(refused.err).toContain('adopt/exists');
  const forced = await run('--to', 'there.ts', '--force');
  expect([forced.code, forced.file('there.ts').includes('app.synth()')]).toEqual([0, true]);
});

test('as data it says of each guest what became of its keys', async () => {
  const { out } = await run('--json');
  const { nodes, program } = JSON.parse(out) as {
    nodes: { guests: { vmid: number; remarks: object[] }[] }[];
    program: string;
  };
  const legacy = nodes[0]?.guests.find(({ vmid }) => vmid === 106);
  expect(legacy?.remarks).toContainEqual(expect.objectContaining({ is: 'host', key: 'strange_key' }));
  expect(program).toContain('app.synth();');
});
