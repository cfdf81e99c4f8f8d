import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWithTool } from '../../support/tool.js';
import { temporaryFolder } from '../bench.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const session = (folder: string) => ({ root: folder, plan: { app: 'phoenix', here: 'pve' } });
const end = (exit: number) => ({ exit, seconds: '1.5', drifted: 2, outcomes: { done: 3, failed: exit } });
const own = (folder: string) => join(folder, 'var/lib/phoenix/phoenix/metrics.prom');

test('Metrics::write writes for this host and beside the exporter’s other files, where Debian has a folder for them', async () => {
  const folder = temporaryFolder();
  expect(await list('Metrics::write', session(folder), end(0))).toEqual([]);
  const exporter = join(folder, 'var/lib/prometheus/node-exporter');
  expect(existsSync(exporter)).toBe(false);
  mkdirSync(exporter, { recursive: true });
  expect(await list('Metrics::write', session(folder), end(1))).toEqual([]);
  expect(readFileSync(join(exporter, 'phoenix-phoenix.prom'), 'utf8')).toBe(readFileSync(own(folder), 'utf8'));
});

test('the moment of the last success outlives runs that failed', async () => {
  const folder = temporaryFolder();
  const moments = async () => {
    const text = readFileSync(own(folder), 'utf8');
    return [
      /_last_success_timestamp_seconds\{[^}]*\} (\d+)/.exec(text)?.[1],
      /phoenix_run_success\{[^}]*\} (\d)/.exec(text)?.[1],
    ];
  };
  await list('Metrics::write', session(folder), end(1));
  expect(await moments()).toEqual([undefined, '0']);
  await evaluate(
    `no warnings 'redefine'; local *Clock::now = sub { 1000 }; Metrics::write(@_)`,
    session(folder),
    end(0),
  );
  expect(await moments()).toEqual(['1000', '1']);
  await list('Metrics::write', session(folder), end(1));
  expect(await moments()).toEqual(['1000', '0']);
  expect(await call('Metrics::former_success', own(folder))).toBe('1000');
  expect(await call('Metrics::former_success', '/nonexistent')).toBeUndefined();
});

test('metrics that cannot be written are a note, and nobody’s failure', async () => {
  const folder = root({ '/var/lib/phoenix/phoenix': 'no folder' });
  expect(await list('Metrics::write', session(folder), end(0))).toEqual([
    expect.stringMatching(
      /^metrics were not written: cannot make .*metrics\.prom|^metrics were not written: cannot write /,
    ),
  ]);
});

test('Metrics::replace leaves no half of a file where its reader looks', async () => {
  const place = join(temporaryFolder(), 'a/b.prom');
  await evaluate('my $place = shift; Metrics::replace($place, $_) for @_; 1', place, 'old\n', 'new\n');
  expect(readFileSync(place, 'utf8')).toBe('new\n');
  expect(existsSync(`${place}.tmp.phoenix`)).toBe(false);
});

describeWithTool('promtool', 'promtool', () => {
  test('finds nothing to complain of in Metrics::text', async () => {
    const text = String(await call('Metrics::text', session('/r'), end(0), '7'));
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
  });
});

test('Metrics::text counts steps by how they ended', async () => {
  const text = String(await call('Metrics::text', session('/r'), end(1), '7'));
  expect(text).toContain('phoenix_run_steps{app="phoenix",host="pve",outcome="done"} 3\n');
  expect(text).toContain('phoenix_run_last_success_timestamp_seconds{app="phoenix",host="pve"} 7\n');
});

test('Metrics::metric of no sample is nothing', async () => {
  expect(await call('Metrics::metric', 'a', 'Help.', ['x="1"', 2])).toBe(
    '# HELP a Help.\n# TYPE a gauge\na{x="1"} 2\n',
  );
  expect(await call('Metrics::metric', 'a', 'Help.')).toBe('');
});

test('Metrics::labels escapes what Prometheus would read otherwise', async () => {
  expect(await call('Metrics::labels', 'a', 'x"\\\ny', 'b', '')).toBe('a="x\\"\\\\\\ny",b=""');
});
