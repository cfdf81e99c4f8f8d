import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { about, host, inStack, type LookFacts, look, secrets } from './given.js';
import { aboutContainer, container, type Given } from './ours.js';
import { call, evaluate, holds } from './perl.js';
import { root } from './root.js';

const script = aboutContainer('guest-run', 'run', '--script', 's', '--digest', 'd', '--title', 'set-up script');
const files = (...more: readonly (string | number)[]) =>
  aboutContainer(
    'guest-file',
    'files',
    '--digest',
    'd',
    '--file',
    '/etc/a',
    'a',
    sha256('text'),
    '--mode',
    '0640',
    '--owner',
    0,
    33,
    ...more,
  );
const stamps = '/var/lib/phoenix-cdk/stamps';
const line = (sum: string, path: string) => `${sum}  ${path}`;
const stamp = line(sha256('abc\n'), `${stamps}/guest_950_run`);
const known = (more: object = {}) => ({ values: { stamp: 'abc', at: '1000', ...more } });

/** A guest that descends from a snapshot of this moment. */
const from = (moment: number) => `parent: before\n[before]\nsnaptime: ${moment}\n`;

/** What is wrong inside, by what the tools in there say one after the other. */
const damage = (of: object, given: Given & { lines?: string }, record: object = known()) => {
  const { lines = '', ...rest } = given;
  const code =
    'my ($look, $known) = @_; my $step = $look->{steps}[0]; Inside::damage($step, $look, Ownership::of($look, 950, "lxc"), $known)';
  return evaluate(code, look(container(lines, { steps: [of as Record<string, unknown>], ...rest })), record).then(
    ([is]) => is,
  );
};
const deep = { flags: { deep: 1 } };
const says = (...answers: readonly (readonly [number, ...string[]])[]) => ({ host: { running: [950], answers } });

test('Inside::stamp_of is a file of its own for each step', async () => {
  expect(await call('Inside::stamp_of', { id: 'guest/950/run: a' })).toBe(`${stamps}/guest_950_run__a`);
});

test.each<[string, () => Promise<unknown>, object]>([
  ['nothing, of an ordinary run', () => damage(script, {}), {}],
  ['nothing, of what has no stamp', () => damage(script, deep, { values: {} }), {}],
  ['nothing where the stamp is there', () => damage(script, { ...deep, ...says([0, stamp]) }), {}],
  [
    'that a guest could not be looked into',
    () => damage(script, deep),
    { notes: ['not looked inside: guest 950 does not run'] },
  ],
  [
    'a stamp that is gone',
    () => damage(script, { ...deep, ...says([1, 'sha256sum: /x: No such file or directory']) }),
    { changes: [{ key: 'set-up script', to: 'done again' }] },
  ],
  [
    'another stamp',
    () => damage(script, { ...deep, ...says([0, line(sha256('old\n'), `${stamps}/guest_950_run`)]) }),
    { changes: [{ to: 'done again' }] },
  ],
  [
    'a roll-back to before, without --deep',
    () => damage(script, { lines: from(999), ...says([1, 'sha256sum: /x: No such file or directory']) }),
    { changes: [{ to: 'done again' }] },
  ],
  [
    'no roll-back, which is written down',
    () => damage(script, { lines: from(999), ...says([0, stamp]) }),
    { sound: ['sound', '950', '-'] },
  ],
  ['nothing of a snapshot that came after', () => damage(script, { lines: from(1000) }), {}],
])('Inside::damage finds %s', async (_, found, expected) => {
  expect(await found()).toEqual(Object.keys(expected).length === 0 ? {} : expect.objectContaining(matched(expected)));
});

const matched = (expected: object) =>
  Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [
      key,
      key === 'changes' ? [expect.objectContaining((value as object[])[0] as object)] : value,
    ]),
  );

test('Inside::may_be_rolled_back is true of a guest that descends from before, until somebody has looked', async () => {
  const asked = (lines: string, records: Given['records'] & object = []) =>
    evaluate(
      'my ($look, $known) = @_; Inside::may_be_rolled_back($look, Ownership::of($look, 950, "lxc"), $known) ? 1 : 0',
      look(container(lines, { records })),
      known(),
    );
  expect(await asked(from(999))).toEqual(['1']);
  expect(await asked(from(1000))).toEqual(['0']);
  expect(await asked('memory: 1\n')).toEqual(['0']);
  expect(await asked(from(999), [['sound', 950, '-']])).toEqual(['0']);
});

test('Inside::written tells one writing of the config from the next', async () => {
  const path = '/etc/pve/nodes/pve/lxc/950.conf';
  const given = look({ host: host({ root: root({ [path]: 'abc' }) }) });
  expect(await call('Inside::written', given, { guest: { path } })).toMatch(/^\d+\.3$/);
  expect(await call('Inside::written', given, { guest: { path: '/none' } })).toBe('-');
});

test('Inside::stamp_differences go by the content of the stamp', async () => {
  const of = (sums: object) => evaluate('Inside::stamp_differences(@_)', script, known(), { sums });
  expect(await of({ [`${stamps}/guest_950_run`]: sha256('abc\n') })).toEqual([]);
  expect(await of({})).toMatchObject([{ key: 'set-up script', from: 'not done any more, the guest was rolled back' }]);
});

const seen = (sum: string | undefined, owner: string) => ({
  sums: sum === undefined ? {} : { '/etc/a': sum },
  owners: { '/etc/a': owner },
});

test.each<[string, object, object[]]>([
  ['as it should be', seen(sha256('text'), '640 0:33'), []],
  ['gone', seen(undefined, ''), [{ key: '/etc/a', from: 'gone' }]],
  ['with another content', seen(sha256('other'), '640 0:33'), [{ from: 'another content' }]],
  ['of another owner', seen(sha256('text'), '644 0:0'), [{ from: 'mode and owner 644 0:0', to: '640 0:33' }]],
])('Inside::file_differences and Inside::file_difference of a file that is %s', async (_, is, expected) => {
  expect(await evaluate('Inside::file_differences(@_)', files(), look(), known(), is)).toMatchObject(expected);
  expect(
    await evaluate(
      'my ($step, @rest) = @_; Inside::file_difference(@rest, Words::files($step))',
      files(),
      look(),
      known(),
      is,
    ),
  ).toMatchObject(expected);
  expect(await evaluate('Inside::file_differences(@_)', script, look(), known(), is)).toEqual([]);
});

test('Inside::content_differs goes by the seal of what was sent, of a file with secrets', async () => {
  const given = look({ more: { secrets: secrets({ seal_key: 'k' }) } });
  const differs = (record: object, sum: string) =>
    evaluate(
      `my ($look, $known, $sum) = @_; $known->{values}{'seal:/etc/a'} = $look->{secrets}->seal('inside /etc/a', delete $known->{sealed}) if $known->{sealed}; Inside::content_differs($look, $known, { target => '/etc/a', secrets => ['t'] }, $sum) ? 1 : 0`,
      given,
      record,
      sum,
    );
  expect(await differs({ values: {}, sealed: 'sum' }, 'sum')).toEqual(['0']);
  expect(await differs({ values: {}, sealed: 'sum' }, 'other')).toEqual(['1']);
  expect(await differs({ values: {} }, 'other')).toEqual(['0']);
  expect(await holds('Inside::content_differs', given, {}, { target: '/a', sha256: 'x' }, 'y')).toBe(true);
});

// ---- Looking

const looking = (answers: readonly (readonly [number, ...string[]])[], facts: LookFacts = {}) =>
  look({ steps: [files(), script], ...facts, host: host({ answers }) });

test('Inside::seen asks a guest once for all sums, and with --deep once for owners', async () => {
  const code = 'my $look = shift; (Inside::seen($look, 950), @{ $look->{host}{called} })';
  const sums = [0, stamp, line(sha256('text'), '/etc/a'), 'sha256sum: /var/x: No such file or directory'] as const;
  const all = { '/etc/a': sha256('text'), [`${stamps}/guest_950_run`]: sha256('abc\n') };
  const command = `lxc-attach -n 950 --clear-env -- sha256sum -- ${stamps}/guest_950_files ${stamps}/guest_950_run /etc/a`;
  expect(await evaluate(code, looking([sums]))).toEqual([{ sums: all, owners: {} }, command]);
  const withOwners = await evaluate(code, looking([sums, [0, '640 0:33 /etc/a']], { flags: { deep: 1 } }));
  expect(withOwners).toEqual([
    { sums: all, owners: { '/etc/a': '640 0:33' } },
    command,
    'lxc-attach -n 950 --clear-env -- stat -c %a %u:%g %n -- /etc/a',
  ]);
});

test.each([
  [[0, `${sha256('a')}  /a b`, `\\${sha256('c')} */c`], { '/a b': sha256('a'), '/c': sha256('c') }],
  [[1, 'sha256sum: /x: No such file or directory'], {}],
] as const)('Inside::answers reads %j', async (answer, expected) => {
  const [is] = await evaluate(
    'my $look = shift; +{ Inside::answers($look, 950, qr/^\\\\?(?<is>[0-9a-f]{64}) [ *](?<path>.*)$/, "sha256sum") }',
    looking([answer]),
  );
  expect(is).toEqual(expected);
});

test.each([
  [
    [1, 'lxc-attach: 950: Failed to get init pid'],
    'Unknown: cannot look inside guest 950: lxc-attach: 950: Failed to get init pid',
  ],
  [[137], 'Unknown: cannot look inside guest 950 (exit 137)'],
  [[0, 'surprise'], 'Unknown: cannot look inside guest 950: surprise'],
] as const)('Inside::answers takes %j for no answer', async (answer, why) => {
  await expect(
    evaluate('my $look = shift; Inside::answers($look, 950, qr/^(?<is>\\d+) (?<path>.*)$/, "x")', looking([answer])),
  ).rejects.toThrow(why);
});

test('a step that is well inside is satisfied, and remembers that it was seen', async () => {
  const given = container(from(999), {
    steps: [
      inStack(
        { folder: join('/s') },
        'guest-run',
        'guest/950/run',
        '--guest',
        'lxc',
        950,
        '--script',
        's',
        '--digest',
        'd',
      ),
    ],
    records: [['applied', 'guest/950/run', 7, 'd', 'stamp=abc', 'at=1000']],
    ...says([0, stamp]),
  });
  expect(await about('CompareInside::run', given)).toMatchObject({
    verdict: 'satisfied',
    remember: ['sound', '950', '-'],
  });
});
