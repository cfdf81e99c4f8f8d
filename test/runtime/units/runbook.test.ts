import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256, temporaryFolder } from '../bench.js';
import { call, evaluate, list } from './perl.js';

/** An assembly with these runbooks by stack. */
function assembly(runbooks: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(runbooks)) {
    mkdirSync(join(folder, 'stacks', name), { recursive: true });
    writeFileSync(join(folder, 'stacks', name, 'runbook.sh'), text);
  }
  return folder;
}

const preamble = '#!/usr/bin/env bash\n# made by phoenix\nif [[ -z ${x-} ]]; then\n  exec applier\nfi\n';

async function readOne(
  text: string,
): Promise<{ stacks: { name: string; folder: string }[]; steps: { id: string; options: string[][] }[] }> {
  const file = join(assembly({ ai: text }), 'stacks/ai/runbook.sh');
  const [session] = await evaluate(
    'my $session = { stacks => [], steps => [] }; Runbook::read_one($session, @_); $session',
    file,
  );
  return session as Awaited<ReturnType<typeof readOne>>;
}

test('Runbook::read_one reads the calls behind the preamble, whatever lines and notes lie between', async () => {
  const { stacks, steps } = await readOne(
    `${preamble}\nstack ai --app a\n\n# a note\nstep note n1 \\\n  --text 'two words'\nstep note n2 --text x\n`,
  );
  expect(stacks).toMatchObject([{ name: 'ai' }]);
  expect(stacks[0]?.folder).toMatch(/\/stacks\/ai$/);
  expect(steps.map(({ id, options }) => [id, options])).toEqual([
    ['n1', [['text', 'two words']]],
    ['n2', [['text', 'x']]],
  ]);
});

test.each([
  ['stack ai\nrm -rf /\n', /runbook\.sh:2: `rm -rf \/` is no call of a runbook; it holds calls/],
  ['stack ai\nstep note n --text $(id)\n', /runbook\.sh:2: `step note n --text \$\(id\)` is no call/],
  ['stack ai\nstep note n --text x', /runbook\.sh:2: /],
  ['step note n --text x\n', /runbook\.sh:1: a step stands before the line of its stack/],
  ['stack ai\n\n\nstep note n\\\n --colour red\n', /runbook\.sh:4: this applier knows no option --colour/],
])('Runbook::read_one refuses %j by file and line', async (text, why) => {
  await expect(readOne(text)).rejects.toThrow(why);
});

test('Runbook::files names the runbooks of an assembly, Runbook::app whose it is', async () => {
  const folder = assembly({ b: 'stack b --app other\n', a: `${preamble}stack a --host pve --app phoenix-1.x\n` });
  expect(await list('Runbook::files', folder)).toEqual([
    join(folder, 'stacks/a/runbook.sh'),
    join(folder, 'stacks/b/runbook.sh'),
  ]);
  expect(await call('Runbook::app', folder)).toBe('phoenix-1.x');
  expect(await call('Runbook::app', assembly({ a: 'rm -rf /\n' }))).toBe('');
  await expect(list('Runbook::files', temporaryFolder())).rejects.toThrow(/^there is no runbook below /);
});

test('Runbook::read_all reads the runbooks of all stacks in the order of their names, and passes over what is hidden', async () => {
  const folder = assembly({ b: 'stack b\n', a: 'stack a\n', '.old': 'rm -rf /\n' });
  mkdirSync(join(folder, 'stacks/empty'));
  const [session] = await evaluate(
    'my $session = {}; Runbook::read_all($session, @_); [ map { $_->{name} } @{ $session->{stacks} } ]',
    folder,
  );
  expect(session).toEqual(['a', 'b']);
});

test('Runbook::refuse_empty says where no runbook is', async () => {
  await expect(call('Runbook::refuse_empty', '/x')).rejects.toThrow('there is no runbook below /x/stacks');
});

test('Runbook::read_all says where no runbook is', async () => {
  const folder = temporaryFolder();
  await expect(call('Runbook::read_all', {}, folder)).rejects.toThrow(`there is no runbook below ${folder}/stacks`);
  mkdirSync(join(folder, 'stacks'));
  await expect(call('Runbook::read_all', {}, folder)).rejects.toThrow(`there is no runbook below ${folder}/stacks`);
});

test.each([
  [' a  b=c', ['a', 'b=c']],
  [` 'it is' ''`, ['it is', '']],
  [` 'it'\\''s' x`, ["it's", 'x']],
  [` 'a\nb' \\\n  c`, ['a\nb', 'c']],
  ['', []],
])('Runbook::words reads %j', async (text, expected) => {
  expect(await list('Runbook::words', text)).toEqual(expected);
});

test('Runbook::refuse names the line, and shows the beginning of what stands there', async () => {
  const refused = evaluate(`Runbook::refuse('f', \\"a\\nb\\n$_[0]", 4, 'is no call')`, 'x'.repeat(80));
  await expect(refused).rejects.toThrow(`f:3: \`${'x'.repeat(60)}\` is no call; it holds`);
  await expect(evaluate(`Runbook::refuse('f', \\"a", 0, "why\\n")`)).rejects.toThrow(/^f:1: why$/);
});

test('Runbook::content gives the bytes of a file, and says what is not there', async () => {
  const file = join(assembly({ a: 'ü\n' }), 'stacks/a/runbook.sh');
  expect(await call('Runbook::content', file)).toBe('ü\n');
  await expect(call('Runbook::content', `${file}.not`)).rejects.toThrow(/^cannot read .*\.not: No such file/);
});

test('Runbook::sums are those of the manifest, as far as there is one', async () => {
  const folder = assembly({ ai: '' });
  expect(await call('Runbook::sums', folder)).toEqual({});
  const sum = 'a'.repeat(64);
  writeFileSync(join(folder, 'manifest.json'), `{"files":[\n    {"mode":"0644","path":"a/b","sha256":"${sum}"},\n]}`);
  expect(await call('Runbook::sums', folder)).toEqual({ 'a/b': sum });
});

test('Runbook::file_of gives no file that was exchanged', async () => {
  const folder = assembly({ ai: '' });
  writeFileSync(join(folder, 'a'), 'x\n');
  const of = (sums: object) => call('Runbook::file_of', { assembly: folder, sums }, join(folder, 'a'));
  expect(await of({})).toBe('x\n');
  expect(await of({ a: sha256('x\n') })).toBe('x\n');
  await expect(of({ a: sha256('y\n') })).rejects.toThrow(/is not the file that was synthesized \(sha256 differs\)/);
});
