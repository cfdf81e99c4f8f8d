import { appendFileSync, chmodSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, listFiles } from './bench.js';
import { dataset, hostFile } from './steps.js';

/** A bench whose applier tells when it reads its first library. */
function newBench(): { readonly bench: Bench; readonly out: (path: string) => string; readonly canary: string } {
  const bench = new Bench();
  const file = hostFile('/etc/x', 'x\n');
  bench.synthesize({ steps: [dataset('rpool/a'), file.step], files: file.files });
  const out = (path: string) => join(bench.folder, 'cdk.out', path);
  const canary = join(bench.folder, 'canary');
  appendFileSync(out('runtime/run/args.bash'), `echo read >>'${canary}'\n`);
  return { bench, out, canary };
}

test('whatever is not as the manifest says is refused by name, all at once, before anything is read', () => {
  const { bench, out, canary } = newBench();
  listFiles(out(''));
  expect(bench.run('plan')).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(canary, 'utf8')).toBe('read\n');
  appendFileSync(out('runtime/plan/Plan.pm'), '\n');
  renameSync(out('runtime/base/Size.pm'), out('runtime/base/size.pm'));
  chmodSync(out('stacks/ai/runbook.sh'), 0o755);
  symlinkSync('/etc/passwd', out('stacks/ai/root/etc/y'));
  rmSync(out('stacks/ai/root/etc/x'));
  symlinkSync('/dev/null', out('stacks/ai/root/etc/x'));
  writeFileSync(out('hook.sh'), '#!/bin/sh\n', { mode: 0o755 });
  const { stderr, stdout, status } = bench.run('apply', '--json');
  expect(stderr.split('\n').slice(2, -2)).toEqual([
    '       hook.sh is not of this assembly',
    '       runtime/base/Size.pm is missing',
    '       runtime/base/size.pm is not of this assembly',
    '       runtime/plan/Plan.pm has other bytes',
    '       stacks/ai/root/etc/x is no plain file',
    '       stacks/ai/root/etc/y is not of this assembly',
    '       stacks/ai/runbook.sh has mode 755, not 0644',
  ]);
  const { problems } = JSON.parse(stdout) as { problems: readonly object[] };
  expect(problems).toHaveLength(7);
  expect(problems[0]).toEqual({ code: 'assembly/altered', message: expect.any(String), fix: expect.any(String) });
  expect(status).toBe(1);
  expect(readFileSync(canary, 'utf8')).toBe('read\n');
  expect(bench.commands()).toEqual([]);
});

test('half a copy is refused, with and without its manifest', () => {
  const { bench, out, canary } = newBench();
  expect(bench.run('plan').stderr).toContain('runtime/run/args.bash has other bytes');
  writeFileSync(out('manifest.json'), '');
  expect(bench.run('plan').stderr).toContain('runtime/run/args.bash is not of this assembly');
  rmSync(out('manifest.json'));
  expect(bench.run('plan')).toMatchObject({ status: 1, stderr: expect.stringContaining('manifest.json is missing') });
  expect(() => readFileSync(canary)).toThrow('ENOENT');
});

test('encrypted secrets that another host uses, and a signature, may be there or not', () => {
  const { bench, out } = newBench();
  bench.node.run(['mkdir', out('vault')]);
  writeFileSync(out('vault/other.asc'), 'ciphertext');
  listFiles(out(''));
  rmSync(out('vault/other.asc'));
  writeFileSync(out('manifest.json.asc'), 'signature');
  expect(bench.run('plan')).toMatchObject({ status: 0, stderr: '' });
});
