import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasTool } from '../setup/debian-tools.js';
import { Bench, temporaryFolder } from './bench.js';
import { container, dataset, run } from './steps.js';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: string } }[];
  readonly status: { code: number };
}

const fails = run('a', [{ probe: 'file', path: '/nosuch' }], [['sh', '-c', 'exit 7']]);

/** One dataset that comes into being, a command that fails, and what needs it. */
function half(): Bench {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/x'), fails, dataset('rpool/y', {}, { needs: ['a'] })] });
  return bench;
}

/** The spans that a run has kept. */
function spans(bench: Bench, stdout: string): readonly Span[] {
  const log = /Log (\S+)\.jsonl/.exec(stdout)?.[1] ?? '';
  const { resourceSpans } = JSON.parse(bench.node.readFile(`${log}.otlp.json`));
  return resourceSpans[0].scopeSpans[0].spans;
}

test('a run is spans: the run, its stacks, and the steps that were begun, each within the one above', () => {
  const bench = half();
  const { stdout } = bench.run('apply');
  const [whole, stack, ...steps] = spans(bench, stdout);
  expect([whole?.name, stack?.name, ...steps.map(({ name }) => name)]).toEqual([
    'phoenix apply',
    'stack ai',
    'host/rpool-x dataset',
    'host/a a',
  ]);
  expect(stack?.parentSpanId).toBe(whole?.spanId);
  expect(new Set(steps.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([stack?.spanId]));
  const all = [whole, stack, ...steps].flatMap((span) => (span === undefined ? [] : [span]));
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
  for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } of all) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    expect(BigInt(startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(whole?.startTimeUnixNano ?? 0));
  }
  expect(steps.map(({ status }) => status.code)).toEqual([1, 2]);
  expect(attributes(steps[1])).toMatchObject({
    'phoenix.step': 'a',
    'phoenix.outcome': 'failed',
    'phoenix.reason': '`sh -c exit 7` ended with exit 7',
  });
});

function attributes(span: Span | undefined): Record<string, string | undefined> {
  return Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? value.intValue]),
  );
}

test('spans join the trace of whoever started the run', () => {
  const bench = half();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const parent = `TRACEPARENT=00-${trace}-b7ad6b7169203331-01`;
  const { stdout } = bench.node.run([
    'env',
    parent,
    join(bench.folder, 'cdk.out/applier'),
    'apply',
    '--approve-privileges',
  ]);
  expect(spans(bench, stdout)[0]).toMatchObject({ traceId: trace, parentSpanId: 'b7ad6b7169203331' });
});

test('a collector gets the spans, with headers that no process list shows', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'request');
  const collector = spawn(process.execPath, ['-e', server, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void collector.kill());
  const port = await new Promise<string>((resolve) => collector.stdout.once('data', (text) => resolve(String(text))));
  const bench = half();
  const words = join(folder, 'words');
  bench.standIn('curl', `echo "$*" >> ${words}; exec /usr/bin/curl "$@"`);
  const path = `PATH=${join(bench.node.dir, 'front')}:${bench.node.env.PATH}`;
  const secret = 'OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20t0ken, x-b=c';
  const { stdout } = bench.node.run([
    ...[
      'env',
      path,
      secret,
      join(bench.folder, 'cdk.out/applier'),
      'apply',
      '--approve-privileges',
      '--otlp',
      `http://127.0.0.1:${port}/`,
    ],
  ]);
  const { url, headers, body } = JSON.parse(readFileSync(file, 'utf8'));
  expect(url).toBe('/v1/traces');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    authorization: 'Bearer t0ken',
    'x-b': 'c',
  });
  expect(JSON.parse(body).resourceSpans[0].scopeSpans[0].spans).toEqual(spans(bench, stdout));
  expect(readFileSync(words, 'utf8')).not.toContain('t0ken');
});

/** Writes the first request to a file; prints its port. */
const server = `
  const { createServer } = require('node:http');
  const { writeFileSync } = require('node:fs');
  createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      writeFileSync(process.argv[1], JSON.stringify({ url: request.url, headers: request.headers, body }));
      response.end('{}');
    });
  }).listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)); });`;

test('a collector that is not there fails no run, and is told', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/x')] });
  bench.standIn('curl', 'exec /usr/bin/curl "$@"');
  const { stdout, status } = bench.run('apply', '--otlp', 'http://127.0.0.1:9');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^note: spans were not sent to http:\/\/127\.0\.0\.1:9\/v1\/traces: .+$/m);
});

const metrics = '/var/lib/phoenix/phoenix/metrics.prom';
const exporter = '/var/lib/prometheus/node-exporter';

/** Values of the metrics, by name and outcome. */
function values(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      expect(labels).toContain('app="phoenix",host="pve"');
      const outcome = /outcome="(\w+)"/.exec(labels)?.[1];
      return [outcome === undefined ? name : `${name} ${outcome}`, Number(value)];
    }),
  );
}

test('metrics say how the last run ended, and when one was last a success', () => {
  const bench = half();
  mkdirSync(bench.node.path(exporter), { recursive: true });
  bench.run('apply');
  const first = values(bench.node.readFile(metrics));
  expect(first).toMatchObject({
    phoenix_run_success: 0,
    phoenix_run_drifted_steps: 0,
    'phoenix_run_steps done': 1,
    'phoenix_run_steps failed': 1,
    'phoenix_run_steps skipped': 1,
  });
  expect(first).not.toHaveProperty('phoenix_run_last_success_timestamp_seconds');
  expect(bench.node.readFile(`${exporter}/phoenix-phoenix.prom`)).toBe(bench.node.readFile(metrics));

  bench.synthesize({ steps: [dataset('rpool/x')] });
  bench.run('apply');
  const second = values(bench.node.readFile(metrics));
  expect(second).toMatchObject({ phoenix_run_success: 1, 'phoenix_run_steps in_place': 1 });
  expect(second['phoenix_run_last_success_timestamp_seconds']).toBe(second['phoenix_run_timestamp_seconds']);

  bench.synthesize({ steps: [dataset('rpool/x'), fails] });
  bench.run('apply');
  const third = values(bench.node.readFile(metrics));
  expect(third['phoenix_run_success']).toBe(0);
  expect(third['phoenix_run_last_success_timestamp_seconds']).toBe(second['phoenix_run_timestamp_seconds']);
});

test('what somebody else has undone is counted as drift, what the program changed is not', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', { onboot: true }).steps });
  bench.run('apply');
  bench.node.run(['pct', 'set', '950', '--onboot', '0']);
  bench.synthesize({ steps: [...container(950, 'qwen', { onboot: true }).steps, dataset('rpool/x')] });
  bench.run('apply');
  expect(values(bench.node.readFile(metrics))).toMatchObject({
    phoenix_run_drifted_steps: 1,
    'phoenix_run_steps done': 2,
  });
});

test('promtool accepts the metrics', { skip: !hasTool('promtool') }, () => {
  const bench = half();
  bench.run('apply');
  const input = bench.node.readFile(metrics);
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  expect(stdout + stderr).toBe('');
  expect(status).toBe(0);
});

test('promtool accepts the alerts that the docs propose', { skip: !hasTool('promtool') }, () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/observability.md'), 'utf8');
  const rules = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
  const file = join(temporaryFolder(), 'rules.yml');
  writeFileSync(file, rules);
  const { stdout, status } = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  expect(stdout).toContain('2 rules found');
  expect(status).toBe(0);
});
