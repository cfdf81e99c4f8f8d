import { expect, test } from 'vitest';
import { call, list } from './perl.js';

type Grant = Readonly<Record<string, unknown>>;
const device = (text: string, more: Grant = {}): Grant => ({ kind: 'device', text, ...more });
const folder = (path: string, only = 0, slot = '/x'): Grant => ({
  kind: 'folder',
  form: 'path',
  slot,
  path,
  only,
  owners: '',
  text: `${path} (${only ? 'ro' : 'rw'})`,
});
const restriction = (name: string, more: Grant = {}): Grant => ({
  kind: 'capabilities',
  text: `${name} is dropped`,
  won: `${name} is dropped`,
  lost: `${name} is not dropped any more`,
  ...more,
});
/** A rule that lets through, and one that closes. */
const opening = (text: string, more: Grant = {}): Grant => ({
  kind: 'port',
  form: 'opening',
  nics: ['net0'],
  line: text,
  text,
  ...more,
});
const closing = (text: string, more: Grant = {}): Grant => ({
  kind: 'port',
  form: 'closing',
  rule: text,
  text: `${text} is closed`,
  won: `${text} is closed`,
  lost: `${text} is not closed any more`,
  ...more,
});

const said = (records: readonly unknown[]) =>
  (records as { direction: string; kind: string; text: string }[]).map(
    ({ direction, kind, text }) => `${direction} ${kind} ${text}`,
  );
const compared = async (before: readonly Grant[], after: readonly Grant[], isNew = 0) =>
  said(await list('CompareGrants::compared', before, after, null, isNew));

test.each<[string, readonly Grant[], readonly Grant[], readonly string[]]>([
  ['nothing', [device('a')], [device('a')], []],
  ['something more', [], [device('a')], ['broader device a']],
  ['something less', [device('a')], [], ['narrower device a']],
  ['a folder that may be written', [folder('/a', 1)], [folder('/a')], ['broader folder /a (ro) → (rw)']],
  ['a folder that may be read only', [folder('/a')], [folder('/a', 1)], ['narrower folder /a (rw) → (ro)']],
  ['a folder above', [folder('/a/b')], [folder('/a')], ['broader folder /a/b (rw) → /a (rw)']],
  ['a folder elsewhere', [folder('/a')], [folder('/b')], ['broader folder /b (rw)', 'narrower folder /a (rw)']],
  ['what is never told', [], [device('a', { quiet: 1 })], []],
  ['what every guest has', [], [device('a', { base: 1 })], ['broader device a']],
  ['a restriction that goes', [restriction('mknod')], [], ['broader capabilities mknod is not dropped any more']],
  ['a restriction that comes', [], [restriction('mknod')], ['narrower capabilities mknod is dropped']],
])('CompareGrants::compared: %s', async (_, before, after, expected) => {
  expect(await compared(before, after)).toEqual(expected);
});

test('CompareGrants::compared tells of something new only what goes beyond what all have', async () => {
  expect(await compared([], [device('a'), device('b', { base: 1 }), restriction('mknod')], 1)).toEqual([
    'broader device a',
  ]);
});

test.each<[string, Parameters<typeof compared>, string[]]>([
  ['to what is more', [[folder('/a', 1)], [folder('/a')]], ['broader folder /a (ro) → (rw)']],
  ['to what is less', [[folder('/a')], [folder('/a', 1)]], []],
  ['from nothing', [[], [folder('/a'), device('d', { lost: 'x' })]], ['broader folder /a (rw)']],
])('CompareGrants::one_way %s', async (_, [from, to], expected) => {
  expect(said(await list('CompareGrants::one_way', 'broader', from, to, null, 0))).toEqual(expected);
});

test('CompareGrants::one_way reads what gets narrower the other way round', async () => {
  expect(said(await list('CompareGrants::one_way', 'narrower', [folder('/a', 1)], [folder('/a')], null))).toEqual([
    'narrower folder /a (rw) → (ro)',
  ]);
});

test('CompareGrants::uncovered: nothing, all of it, or a part', async () => {
  const covered = (grant: Grant, ...others: readonly Grant[]) =>
    list('CompareGrants::uncovered', grant, null, ...others);
  expect(await covered(device('a'), device('b'), device('a'))).toEqual([]);
  expect(await covered(device('a'), device('b'))).toEqual([device('a')]);
  expect(await covered(folder('/a/b'), folder('/a'))).toEqual([]);
  const [part] = (await covered(
    opening('IN ACCEPT', { nics: ['net0', 'net1'], every: 1 }),
    opening('IN ACCEPT', { every: 1 }),
  )) as Grant[];
  expect(part).toMatchObject({ text: 'IN ACCEPT on net1', nics: ['net1'] });
});

test.each<[string, Grant, readonly Grant[], readonly Grant[], string | undefined]>([
  ['no slot', device('b'), [device('a')], [], undefined],
  ['one of another slot', device('b', { slot: 's' }), [device('a', { slot: 't' })], [], undefined],
  ['one of another kind', device('b', { slot: 's' }), [{ ...device('a', { slot: 's' }), kind: 'usb' }], [], undefined],
  ['what holds without it', device('b', { slot: 's', instead: 'nothing' }), [], [], 'nothing'],
  [
    'two of its slot',
    device('b', { slot: 's' }),
    [device('a', { slot: 's' }), device('c', { slot: 's' })],
    [],
    undefined,
  ],
  ['one that stays', device('b', { slot: 's' }), [device('a', { slot: 's' })], [device('a', { slot: 's' })], undefined],
])('CompareGrants::instead: %s', async (_, grant, from, more, expected) => {
  expect(await call('CompareGrants::instead', grant, null, from, [...more, grant])).toBe(expected);
});

test('CompareGrants::instead names what is not lost', async () => {
  expect(await call('CompareGrants::instead', folder('/a'), null, [folder('/a', 1)], [folder('/a')])).toBe('/a (ro)');
  expect(await call('CompareGrants::instead', folder('/b'), null, [folder('/a')], [folder('/b')])).toBeUndefined();
});

test.each([
  ['tcp 80 from 10.0.0.5', 'tcp 80 from 10.0.0.0/24', 'tcp 80 from 10.0.0.5 → 10.0.0.0/24'],
  ['/a (ro)', '/a (rw)', '/a (ro) → (rw)'],
  ['generated', 'unconfined', 'generated → unconfined'],
  ['a', 'a b', 'a → a b'],
  ['a b', 'a', 'a b → a'],
])('CompareGrants::arrow from %s to %s', async (from, to, expected) => {
  expect(await call('CompareGrants::arrow', from, to)).toBe(expected);
});

const restrictions = async (from: readonly Grant[], to: readonly Grant[], direction = 'broader') =>
  said(await list('CompareGrants::restrictions', direction, from, to));

test('CompareGrants::restrictions that are gone', async () => {
  expect(await restrictions([restriction('a'), restriction('b')], [restriction('b')])).toEqual([
    'broader capabilities a is not dropped any more',
  ]);
  expect(await restrictions([restriction('a')], [], 'narrower')).toEqual(['narrower capabilities a is dropped']);
  expect(await restrictions([restriction('a', { idle: 1 })], [])).toEqual([]);
});

test('CompareGrants::restrictions: what closed a port matters where another rule opens one', async () => {
  const web = opening('IN ACCEPT -p tcp');
  expect(await restrictions([closing('udp')], [])).toEqual([]);
  expect(await restrictions([closing('udp')], [web])).toEqual(['broader port udp is not closed any more']);
  expect(await restrictions([closing('udp')], [{ ...web, kind: 'reach' }])).toEqual([]);
});

test('CompareGrants::restrictions: a rule that came before the one that closes', async () => {
  const before = [closing('udp'), opening('IN ACCEPT', { after: ['udp'] })];
  const after = [opening('IN ACCEPT', { after: [] }), closing('udp')];
  expect(await restrictions(before, after)).toEqual(['broader port IN ACCEPT comes before what is closed, udp']);
  expect(await restrictions(before, after, 'narrower')).toEqual([
    'narrower port IN ACCEPT comes after what is closed, udp',
  ]);
  expect(await restrictions(after, before)).toEqual([]);
});

test('CompareGrants::named: aliases, sets and groups', async () => {
  const text = (address: string, rule: string) => `[ALIASES]\n\noffice ${address}\n\n[group web]\n\n${rule}\n`;
  const named = async (before: string, after: string) => said(await list('CompareGrants::named', before, after));
  expect(await named(text('10.0.0.5', 'IN ACCEPT -p tcp'), text('10.0.0.0/24', 'IN ACCEPT'))).toEqual([
    'broader filter alias office 10.0.0.5 → 10.0.0.0/24',
    'broader port group web: every port from anywhere',
  ]);
  const rule = 'IN ACCEPT -p tcp -dport 80';
  expect(
    await named(text('10.0.0.0/24', `${rule} -source 10.0.0.5`), text('10.0.0.0/24', `${rule} -source office`)),
  ).toEqual(['broader port group web: tcp 80 from 10.0.0.5 → office']);
});
