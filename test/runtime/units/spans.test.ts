import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate, list } from './perl.js';

const session = (folder: string) => ({
  root: folder,
  run: 'r1',
  verb: 'apply',
  started: 100,
  flags: {},
  plan: { app: 'phoenix', here: 'pve' },
  work: {
    todo: [
      { id: 'b', path: 'ai/b', title: 'two', kind: 'file', stack: 'ai' },
      { id: 'a', path: 'ai/a', title: 'one', kind: 'run', stack: 'ai' },
      { id: 'never', path: 'x', title: 'x', kind: 'note', stack: 'other' },
    ],
    since: { a: 101.5, b: 103 },
    done: { a: { result: 'done', reason: '', seconds: '1.5' }, b: { result: 'failed', reason: 'why', seconds: '0.5' } },
  },
});
const end = { exit: 1, outcomes: { done: 1, failed: 1, held: 0 } };

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number };
  readonly attributes: readonly { key: string; value: unknown }[];
}

/** The spans of a request, as a collector reads them. */
async function spans(environment: Readonly<Record<string, string>> = {}): Promise<readonly Span[]> {
  const code = `my ($session, $end, $env) = @_; local %ENV = (%ENV, %$env); Json::text(Spans::request($session, $end))`;
  const [text] = await evaluate(code, session('/r'), end, { TRACEPARENT: '', ...environment });
  return JSON.parse(String(text)).resourceSpans[0].scopeSpans[0].spans;
}

test('Spans::request holds run, stacks and steps in one trace, each below the other', async () => {
  const [run, stack, one, two, ...rest] = await spans();
  expect(rest).toEqual([]);
  expect([run, stack, one, two].map((span) => [span?.name, span?.status.code])).toEqual([
    ['phoenix apply', 2],
    ['stack ai', 2],
    ['ai/a one', 1],
    ['ai/b two', 2],
  ]);
  expect(new Set([run, stack, one, two].map((span) => span?.traceId)).size).toBe(1);
  expect(new Set([run, stack, one, two].map((span) => span?.spanId)).size).toBe(4);
  expect([run?.parentSpanId, stack?.parentSpanId, one?.parentSpanId, two?.parentSpanId]).toEqual([
    undefined,
    run?.spanId,
    stack?.spanId,
    stack?.spanId,
  ]);
  expect([stack?.startTimeUnixNano, stack?.endTimeUnixNano]).toEqual(['101500000000', '103500000000']);
  expect(two?.attributes).toContainEqual({ key: 'phoenix.reason', value: { stringValue: 'why' } });
  expect(run?.attributes).toContainEqual({ key: 'phoenix.steps', value: { intValue: '2' } });
});

test('Spans::request goes on with a trace that was begun by whoever started us', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const [run] = await spans({ TRACEPARENT: `00-${trace}-b7ad6b7169203331-01` });
  expect(run).toMatchObject({ traceId: trace, parentSpanId: 'b7ad6b7169203331' });
});

test('Spans::context of what is no trace is one of our own', async () => {
  const [trace, parent] = await evaluate('local $ENV{TRACEPARENT} = "00-xyz-01"; Spans::context()');
  expect(trace).toMatch(/^[0-9a-f]{32}$/);
  expect(parent).toBeNull();
});

test('Spans::steps are those that were begun, in that order, and Spans::stacks theirs', async () => {
  expect(await evaluate('map { "$_->{id} $_->{began}" } Spans::steps(@_)', session('/r'))).toEqual([
    'a 101.5',
    'b 103',
  ]);
  expect(await list('Spans::stacks', { stack: 'b' }, { stack: 'a' }, { stack: 'b' })).toEqual(['b', 'a']);
});

test('Spans::span of a run that nobody else began has no parent', async () => {
  expect(await call('Spans::span', 't', undefined, 'n', 1, 2, 1, {})).toEqual({
    traceId: 't',
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    name: 'n',
    kind: { literal: '1' },
    startTimeUnixNano: '1000000000',
    endTimeUnixNano: '2000000000',
    attributes: [],
    status: { code: { literal: '1' } },
  });
});

test('Spans::attributes leaves out what is empty, and tells numbers from text', async () => {
  expect(await call('Spans::attributes', { b: '7', a: 'x', c: '', d: null, e: '1.5' })).toEqual([
    { key: 'a', value: { stringValue: 'x' } },
    { key: 'b', value: { intValue: '7' } },
    { key: 'e', value: { stringValue: '1.5' } },
  ]);
});

test.each([
  [1_781_273_702.25, '1781273702250000000'],
  [0, '0000000000'],
])('Spans::nanoseconds of %d', async (moment, expected) => {
  expect(await call('Spans::nanoseconds', moment)).toBe(expected);
});

test('Spans::hex_digits are new each time', async () => {
  const [one, other] = await evaluate('map { Spans::hex_digits(8) } 1, 2');
  expect(one).toMatch(/^[0-9a-f]{16}$/);
  expect(one).not.toBe(other);
});

/** Writes the spans of a run with these collectors named; gives the notes and what curl was told. */
const written = (
  folder: string,
  flags: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
  answer: readonly unknown[] = [0, ''],
) =>
  evaluate(
    `no warnings 'redefine'; my ($session, $end, $flags, $env, $answer) = @_; my @told; local *Spans::curl = sub { push @told, @_; return @$answer };
     local %ENV = (%ENV, OTEL_EXPORTER_OTLP_ENDPOINT => '', OTEL_EXPORTER_OTLP_HEADERS => '', %$env); ([ Spans::write({ %$session, flags => $flags }, $end) ], @told)`,
    session(folder),
    end,
    flags,
    environment,
    answer,
  );

test('Spans::write keeps the spans beside the log, and sends them nowhere unless somebody says so', async () => {
  const folder = temporaryFolder();
  await evaluate('Write::folder(shift, 0700)', join(folder, 'var/lib/phoenix/phoenix/runs'));
  expect(await written(folder, {}, {})).toEqual([[]]);
  expect(JSON.parse(readFileSync(join(folder, 'var/lib/phoenix/phoenix/runs/r1.otlp.json'), 'utf8'))).toHaveProperty(
    'resourceSpans',
  );
  const [notes] = await written(join(folder, 'none'), {}, {});
  expect(notes).toEqual([expect.stringMatching(/^spans were not written: cannot write in /)]);
});

test('Spans::sent gives headers, which may hold a token, to curl’s standard input', async () => {
  const folder = temporaryFolder();
  await evaluate('Write::folder(shift, 0700)', join(folder, 'var/lib/phoenix/phoenix/runs'));
  const headers = ' Authorization=Bearer%20x"y, a=b\nEvil: 1';
  const [notes, config, ...words] = await written(
    folder,
    { otlp: 'http://c:4318/' },
    { OTEL_EXPORTER_OTLP_HEADERS: headers },
  );
  expect(notes).toEqual([]);
  expect(config).toBe('header = "Content-Type: application/json"\nheader = "Authorization: Bearer x\\"y"\n');
  expect(words.slice(-2)).toEqual(['--', 'http://c:4318/v1/traces']);
  expect(words.join(' ')).not.toContain('Bearer');
});

test.each([
  [[22, 'curl: (22) 401'], 'spans were not sent to http://c/v1/traces: curl: (22) 401'],
  [[7, ''], 'spans were not sent to http://c/v1/traces: curl ended with exit 7'],
] as const)('Spans::sent notes what went wrong: %j', async (answer, note) => {
  const code = `no warnings 'redefine'; my ($session, $answer) = @_; local *Spans::curl = sub { @$answer }; Spans::sent($session, 'http://c', '{}')`;
  expect(await evaluate(code, session('/r'), answer)).toEqual([note]);
});

test('Spans::curl starts curl with its configuration on standard input, and gives what it says in one line', async () => {
  const code = `my ($folder) = @_; open my $h, '>', "$folder/curl"; print $h "#!/bin/sh\\necho \\"\\$@\\"; cat; echo; exit 3\\n"; close $h; chmod 0755, "$folder/curl";
    local $ENV{PATH} = "$folder:$ENV{PATH}"; Spans::curl('header = "x"', '--config', '-')`;
  expect(await evaluate(code, temporaryFolder())).toEqual(['3', '--config - header = "x"']);
  expect(await evaluate(`local $ENV{PATH} = '/nonexistent'; Spans::curl('')`)).toEqual(['127', '']);
});
