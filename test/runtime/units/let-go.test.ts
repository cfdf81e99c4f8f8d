import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { host, journal, look, perl, plan, step } from './given.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const mark = '(phoenix-cdk app=phoenix)';
const made = ['made', 'fw', 'firewall-entries', '-', 'firewall/cluster', cluster, 'entries'];
const of = (id: string) => perl(`+{ %{ Chore::step('record-orphan', 'orphan', '${id}', '${id}') }, of => '${id}' }`);

test('LetGo::records is what the journal has besides guests, by what people call it', async () => {
  const known = journal(
    ['applied', 'file/a', '-', 'd'],
    ['applied', 'guest/950/config', '7', '-'],
    ['intent', 'zfs/b', 'r', '1', '-'],
    ['intent', 'adopt/950', 'r', '1', '-'],
    ['intent', 'destroy/950', 'r', '1', '-'],
    ['made', 'x', 'folder', '1', 'folder/x', '/x'],
    ['guest', '950', 'lxc', '7', 'v', '-'],
  );
  const steps = [step('file', 'file/a', '--path', 'host/a', '--resource', 'a', '--file', '/a', 'x', 'y')];
  expect(await list('LetGo::records', plan({ steps, journal: known }))).toEqual([
    { id: 'file/a', resource: 'a', path: 'host/a' },
    { id: 'x', resource: 'folder/x', path: 'folder/x' },
    { id: 'zfs/b', resource: 'zfs/b', path: 'zfs/b' },
  ]);
});

/** The verdict about letting the entries of the cluster's firewall go. */
const record = (files: Readonly<Record<string, string>>, ...records: readonly string[][]) =>
  evaluate(
    'my ($step, $look) = @_; (LetGo::record($step, $look), $step->{has}{file})',
    of('fw'),
    look({ host: host({ root: root(files) }), journal: journal(...records) }),
  );
const marked = `[RULES]\n\nIN ACCEPT -p tcp # web ${mark}\nIN DROP # ${mark}\n`;
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

test('LetGo::record takes our mark out of what we share, then forgets', async () => {
  const [verdict, file] = await record({ [cluster]: marked }, made);
  expect(verdict).toMatchObject({
    verdict: 'change',
    do: 'write',
    fields: { digest: sha1(marked) },
    changes: [{ key: 'mark', from: 'app phoenix', to: 'nobody' }],
  });
  expect(file).toEqual([cluster]);
  expect((await record({ [cluster]: '[RULES]\n' }, made))[0]).toMatchObject({ do: 'forget', arguments: ['fw'] });
  expect((await record({}, made))[0]).toMatchObject({ do: 'forget' });
  expect((await record({}, ['applied', 'fw', '-', 'd']))[0]).toMatchObject({ do: 'forget' });
  expect((await record({}))[0]).toMatchObject({ verdict: 'satisfied' });
});

test('LetGo::record leaves other things as they are', async () => {
  const file = ['made', 'fw', 'file', '1.1', 'file/x', cluster];
  expect((await record({ [cluster]: marked }, file))[0]).toMatchObject({ do: 'forget' });
});

test('LetGo::unmarking changes nothing without a quorum', async () => {
  const files = { [cluster]: marked, '/etc/pve/.members': '"quorate": 0' };
  const unmarking = (given: Readonly<Record<string, string>>) =>
    call('LetGo::unmarking', of('fw'), look({ host: host({ root: root(given) }) }), cluster);
  await expect(unmarking(files)).rejects.toThrow('Unknown: the cluster has no quorum');
  expect(await unmarking({})).toBeUndefined();
  expect(await unmarking({ [cluster]: 'nothing of ours\n' })).toBeUndefined();
});

test.each([
  [`IN ACCEPT # web ${mark}\n`, 'IN ACCEPT # web\n'],
  [`IN ACCEPT # ${mark}\nIN DROP # ${mark}  \n`, 'IN ACCEPT\nIN DROP\n'],
  [`IN ACCEPT # ${mark} and more\n`, `IN ACCEPT # ${mark} and more\n`],
  ['IN ACCEPT # web (phoenix-cdk app=phoenix2)\n', 'IN ACCEPT # web (phoenix-cdk app=phoenix2)\n'],
  [`[group web] # ${mark}`, '[group web]'],
])('LetGo::unmarked of %j', async (text, expected) => {
  expect(await call('LetGo::unmarked', text, 'phoenix')).toBe(expected);
});

test('LetGo::journal forgets all that the journal has, and tells of copies that stay', async () => {
  const verdict = (records: readonly string[][], files: Readonly<Record<string, string>> = {}) =>
    call(
      'LetGo::journal',
      step('note', 'n'),
      look({ host: host({ root: root(files) }), journal: journal(...records) }),
    );
  const kept = { '/var/lib/phoenix/phoenix/before/r1/etc/x': '' };
  const note =
    'former configs and logs stay in /var/lib/phoenix/phoenix (before); remove them when nobody wants them any more';
  expect(await verdict([], kept)).toMatchObject({ verdict: 'satisfied', notes: [note] });
  expect(await verdict([])).toMatchObject({ verdict: 'satisfied', notes: [] });
  expect(await verdict([made, ['secret', 'token', 'h', 's']], kept)).toMatchObject({
    do: 'forget',
    arguments: ['fw', 'token'],
    notes: [note],
  });
});

test('LetGo::copies are former configs and logs', async () => {
  const copies = (files: Readonly<Record<string, string>>) =>
    list('LetGo::copies', look({ host: host({ root: root(files) }) }));
  const folder = '/var/lib/phoenix/phoenix';
  expect(await copies({ [`${folder}/before/x`]: '', [`${folder}/runs/y`]: '', [`${folder}/journal`]: '' })).toEqual([
    expect.stringContaining('(before runs)'),
  ]);
  expect(await copies({ [`${folder}/journal`]: '' })).toEqual([]);
});
